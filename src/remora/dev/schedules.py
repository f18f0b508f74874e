"""Schedules of triggers: when they are due."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timezone, tzinfo
from typing import Protocol

from remora.dev.clock import nanoseconds
from remora.dev.cron import Cron
from remora.dev.literals.durations import parse_duration
from remora.errors import InvalidArgument
from remora_api.flyteidl2.task import FixedRate, FixedRateUnit, TriggerAutomationSpec

_SECOND = 1_000_000_000
_UNITS = {FixedRateUnit.MINUTE: 60, FixedRateUnit.HOUR: 3600, FixedRateUnit.DAY: 86400}


class Schedule(Protocol):
    """Times, in nanoseconds since the epoch."""

    def next(self, after: int) -> int | None:
        """The first time that is later; None when there is none."""
        ...

    def recent(self, after: int, until: int, limit: int) -> list[int]:
        """The last times, at most `limit`, that are later than `after` and not later than `until`, oldest first."""
        ...


def read_schedule(automation: TriggerAutomationSpec | None) -> Schedule | None:
    """The schedule of a trigger; None when it has none.

    Raises:
        InvalidArgument: It cannot be read.
    """
    schedule = automation.schedule if automation is not None else None
    if schedule is None:
        return None
    if schedule.rate is not None:
        return _rate(schedule.rate)
    if schedule.cron is not None:
        return read_cron(schedule.cron.expression, schedule.cron.timezone)
    if schedule.cron_expression is not None:
        return read_cron(schedule.cron_expression)
    raise InvalidArgument("schedule: one of rate and cron is required")


def _rate(rate: FixedRate) -> Schedule:
    seconds = _UNITS.get(rate.unit)
    if not rate.value or seconds is None:
        raise InvalidArgument("schedule.rate: a value above 0 and a unit (minute, hour or day) are required")
    interval = rate.value * seconds * _SECOND
    return _Every(interval, None if rate.start_time is None else nanoseconds(rate.start_time))


@dataclass(frozen=True)
class _Every:
    interval: int
    start: int | None = None

    def next(self, after: int) -> int:
        if self.start is None:
            return after + self.interval
        if after < self.start:
            return self.start
        return after + self.interval - (after - self.start) % self.interval

    def recent(self, after: int, until: int, limit: int) -> list[int]:
        first = self.next(after)
        count = max(0, (until - first) // self.interval + 1)
        return [first + number * self.interval for number in range(max(0, count - limit), count)]


def read_cron(text: str, zone: str = "") -> Schedule:
    """Read a cron expression; without a zone it is in UTC.

    Raises:
        InvalidArgument: It is none.
    """
    prefix = re.match(r"(?:CRON_TZ|TZ)=(\S+)\s+", text)
    if prefix:
        zone, text = prefix[1], text[prefix.end() :]
    try:
        place = _zone(zone) if zone else timezone.utc
        text = text.strip()
        if text.startswith("@every "):
            interval = parse_duration(text[len("@every ") :])
            if interval <= 0:
                raise ValueError("the interval must be positive")
            # Whole seconds, at least one.
            return _Every(max(_SECOND, interval - interval % _SECOND))
        return Cron.parse(text, place)
    except ValueError as error:
        raise InvalidArgument(f'invalid cron expression "{text}": {error}') from None


def _zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo, available_timezones

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        if available_timezones():
            raise ValueError(f"unknown time zone {name}") from None
        raise ValueError("this machine has no time zone data; install the package tzdata") from None
