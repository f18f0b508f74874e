"""The clock that schedules follow; tests bring one that they set themselves."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import datetime, timedelta, timezone
from typing import Protocol

# A system that sleeps, or whose clock is set, is noticed after this many seconds.
_LONGEST_SLEEP = 30.0


class Clock(Protocol):
    """Tells the time and waits for it."""

    def now(self) -> int:
        """The present, in nanoseconds since the epoch."""
        ...

    async def sleep_until(self, moment: int) -> None:
        """Return when `moment` is no longer in the future."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> int:
        """The present, in nanoseconds since the epoch."""
        return time.time_ns()

    async def sleep_until(self, moment: int) -> None:
        """Return when `moment` is no longer in the future, also if the clock was set meanwhile."""
        while (left := moment - self.now()) > 0:  # noqa: ASYNC110 - time is all that can be waited for
            await asyncio.sleep(min(left / 1e9, _LONGEST_SLEEP))


class ManualClock:
    """A clock that stands still until it is told to go on; may be used from any thread.

    Example:
        >>> clock = ManualClock(datetime(2024, 1, 1, tzinfo=timezone.utc))
        >>> clock.advance(hours=6)
        >>> clock.time
        datetime.datetime(2024, 1, 1, 6, 0, tzinfo=datetime.timezone.utc)
    """

    def __init__(self, start: datetime | None = None) -> None:
        """Make a clock.

        Args:
            start: What it shows first; None means the present. A time without a zone is in UTC.
        """
        start = start or datetime.now(timezone.utc)
        self._now = _nanoseconds(start if start.tzinfo is not None else start.replace(tzinfo=timezone.utc))
        self._lock = threading.Lock()
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    @property
    def time(self) -> datetime:
        """What it shows."""
        return datetime.fromtimestamp(0, timezone.utc) + timedelta(microseconds=self._now // 1000)

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        """Go forward; whoever waits for a time that is over then goes on.

        Args:
            days: How many days; all four are added up.
            hours: How many hours.
            minutes: How many minutes.
            seconds: How many seconds.
        """
        span = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        if span < timedelta(0):
            raise ValueError("a clock does not go back")
        with self._lock:
            self._now += span // timedelta(microseconds=1) * 1000
            for loop, event in self._waiting:
                loop.call_soon_threadsafe(event.set)

    def now(self) -> int:
        """The present, in nanoseconds since the epoch."""
        return self._now

    async def sleep_until(self, moment: int) -> None:
        """Return when `moment` is no longer in the future.

        Args:
            moment: When, in nanoseconds since the epoch.
        """
        entry = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            self._waiting.add(entry)
        try:
            while self._now < moment:
                await entry[1].wait()
                entry[1].clear()
        finally:
            with self._lock:
                self._waiting.discard(entry)


def _nanoseconds(moment: datetime) -> int:
    return (moment - datetime.fromtimestamp(0, timezone.utc)) // timedelta(microseconds=1) * 1000
