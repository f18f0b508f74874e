"""Schedules of triggers: cron expressions as the backend's scheduler reads them."""

from __future__ import annotations

import re

from remora.dev.literals.durations import parse_duration
from remora.errors import InvalidArgument
from remora_api.flyteidl2.task import TriggerAutomationSpec

_NAMES = frozenset({"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"})
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
# Name, smallest and largest value, and names that stand for the values from the smallest on.
_FIELDS: tuple[tuple[str, int, int, list[str]], ...] = (
    ("minute", 0, 59, []),
    ("hour", 0, 23, []),
    ("day of month", 1, 31, []),
    ("month", 1, 12, _MONTHS),
    ("day of week", 0, 6, _DAYS),
)
_ITEM = re.compile(r"(?P<first>\*|\?|\w+)(?:-(?P<last>\w+))?(?:/(?P<step>\d+))?\Z", re.ASCII)


def check_schedule(automation: TriggerAutomationSpec | None) -> None:
    """Refuse a cron expression that the scheduler could not read.

    Raises:
        InvalidArgument: It is not one: five fields, `@daily` and its kin, or `@every 1h30m`, after an optional
            `CRON_TZ=Zone`.
    """
    schedule = automation.schedule if automation is not None else None
    if schedule is None:
        return
    text, zone = "", ""
    if schedule.cron is not None:
        text, zone = schedule.cron.expression, schedule.cron.timezone
    elif schedule.cron_expression is not None:
        text = schedule.cron_expression
    else:
        return
    prefix = re.match(r"(?:CRON_TZ|TZ)=(\S+)\s+", text)
    if prefix:
        zone, text = prefix[1], text[prefix.end() :]
    try:
        if zone:
            _check_zone(zone)
        _check_expression(text.strip())
    except ValueError as error:
        raise InvalidArgument(f'invalid cron expression "{text}": {error}') from None


def _check_zone(zone: str) -> None:
    from zoneinfo import ZoneInfo, available_timezones

    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        # A machine without time zone data cannot tell.
        if available_timezones():
            raise ValueError(f"unknown time zone {zone}") from None


def _check_expression(text: str) -> None:
    if text.startswith("@every "):
        if parse_duration(text[len("@every ") :]) <= 0:
            raise ValueError("the interval must be positive")
        return
    if text.startswith("@"):
        if text not in _NAMES:
            raise ValueError(f"unrecognized descriptor: {text}")
        return
    fields = text.split()
    if len(fields) != len(_FIELDS):
        raise ValueError(f"expected exactly {len(_FIELDS)} fields, found {len(fields)}")
    for field, (name, low, high, names) in zip(fields, _FIELDS, strict=True):
        for item in field.split(","):
            _check_item(item, name, low, high, names)


def _check_item(item: str, name: str, low: int, high: int, names: list[str]) -> None:
    match = _ITEM.match(item)
    if match is None:
        raise ValueError(f"{name}: {item!r} is not a value, a range or a step")
    first, last, step = match["first"], match["last"], match["step"]
    if step is not None and int(step) == 0:
        raise ValueError(f"{name}: a step must be positive")
    if first in "*?":
        if last is not None:
            raise ValueError(f"{name}: {item!r} is not a range")
        return
    begin = _number(first, name, low, high, names)
    if last is not None and _number(last, name, low, high, names) < begin:
        raise ValueError(f"{name}: the range {item!r} ends before it begins")


def _number(text: str, name: str, low: int, high: int, names: list[str]) -> int:
    if text.lower() in names:
        return low + names.index(text.lower())
    if not text.isdigit() or not low <= int(text) <= high:
        raise ValueError(f"{name}: {text} is not from {low} to {high}")
    return int(text)
