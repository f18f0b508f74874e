"""Cron expressions: five fields, or `@daily` and its kin, as the backend's scheduler reads them.

A day matches when the day of the month and the day of the week both do, or either of them if neither is `*`. Times
follow the clock on the wall: what falls into an hour that is skipped is skipped, what falls into an hour that comes
twice is due twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo

_SECOND = 1_000_000_000
_MINUTE = timedelta(minutes=1)
_FIRST_LOOK = 3600 * _SECOND
# The backend looks five years ahead; an expression that is not due by then (February 30th) never is.
_HORIZON = timedelta(days=5 * 366)
_NAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
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
# What counts as `*`: with a step it names some values only.
_EVERY = re.compile(r"[*?](/0*1)?\Z")


@dataclass(frozen=True)
class Cron:
    """The values that each field allows, and the zone in which they are read."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    both_days: bool
    zone: tzinfo

    @classmethod
    def parse(cls, text: str, zone: tzinfo) -> Cron:
        """Read an expression.

        Raises:
            ValueError: It is none; says what is wrong.
        """
        if text.startswith("@"):
            if text not in _NAMES:
                raise ValueError(f"unrecognized descriptor: {text}")
            text = _NAMES[text]
        return cls(*_fields(text), zone=zone)

    def next(self, after: int) -> int | None:
        """The first time that is later; None when there is none within five years."""
        moment = datetime.fromtimestamp(after // _SECOND, timezone.utc).replace(second=0) + _MINUTE
        end = moment + _HORIZON
        while moment <= end:
            later = self._skip(moment.astimezone(self.zone))
            if later is None:
                return int(moment.timestamp()) * _SECOND
            moment = later
        return None

    def recent(self, after: int, until: int, limit: int) -> list[int]:
        """The last times of a span, at most `limit`, oldest first."""
        # The last ones are near the end: look at ever longer spans before it, whatever the whole span is.
        span = _FIRST_LOOK
        while True:
            start = max(after, until - span)
            found = []
            moment = self.next(start)
            while moment is not None and moment <= until:
                found.append(moment)
                moment = self.next(moment)
            if len(found) >= limit or start == after:
                return found[-limit:] if limit else []
            span *= 4

    def _skip(self, local: datetime) -> datetime | None:
        """None when this minute is due, else the next moment that is worth a look."""
        # Arithmetic is that of the clock on the wall.
        midnight = local.replace(hour=0, minute=0)
        if local.month not in self.months:
            later = (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)
        elif not self._day(local):
            later = midnight + timedelta(days=1)
        elif local.hour not in self.hours:
            later = local.replace(minute=0) + timedelta(hours=1)
        elif local.minute not in self.minutes:
            later = local
        else:
            return None
        return max(later.astimezone(timezone.utc), local.astimezone(timezone.utc) + _MINUTE)

    def _day(self, local: datetime) -> bool:
        day, weekday = local.day in self.days, local.isoweekday() % 7 in self.weekdays
        return (day and weekday) if self.both_days else (day or weekday)


def _fields(text: str) -> tuple[frozenset[int], frozenset[int], frozenset[int], frozenset[int], frozenset[int], bool]:
    fields = text.split()
    if len(fields) != len(_FIELDS):
        raise ValueError(f"expected exactly {len(_FIELDS)} fields, found {len(fields)}")
    sets = []
    for field, (name, low, high, names) in zip(fields, _FIELDS, strict=True):
        values: set[int] = set()
        for item in field.split(","):
            values |= _item(item, name, low, high, names)
        sets.append(frozenset(values))
    starred = any(_EVERY.match(item) for field in (fields[2], fields[4]) for item in field.split(","))
    minutes, hours, days, months, weekdays = sets
    return minutes, hours, days, months, weekdays, starred


def _item(item: str, name: str, low: int, high: int, names: list[str]) -> set[int]:
    match = _ITEM.match(item)
    if match is None:
        raise ValueError(f"{name}: {item!r} is not a value, a range or a step")
    first, last, step = match["first"], match["last"], match["step"]
    if step is not None and int(step) == 0:
        raise ValueError(f"{name}: a step must be positive")
    if first in "*?":
        if last is not None:
            raise ValueError(f"{name}: {item!r} is not a range")
        begin, end = low, high
    else:
        begin = _number(first, name, low, high, names)
        # `5/10` is every tenth value from 5 on.
        end = high if step is not None else begin
        if last is not None:
            end = _number(last, name, low, high, names)
        if end < begin:
            raise ValueError(f"{name}: the range {item!r} ends before it begins")
    return set(range(begin, end + 1, int(step or 1)))


def _number(text: str, name: str, low: int, high: int, names: list[str]) -> int:
    if text.lower() in names:
        return low + names.index(text.lower())
    if not text.isdigit() or not low <= int(text) <= high:
        raise ValueError(f"{name}: {text} is not from {low} to {high}")
    return int(text)
