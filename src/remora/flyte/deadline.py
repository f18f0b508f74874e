"""One span of time for several calls."""

from __future__ import annotations

import time

from remora.flyte.parameters import Seconds, seconds


class Deadline:
    """Counts down from a timeout; without one it never ends.

    Args:
        timeout: Seconds or a `timedelta`, None for no limit.
        parameter: How an error calls the timeout.
    """

    __slots__ = ("_end",)

    def __init__(self, timeout: Seconds | None, parameter: str = "timeout") -> None:
        span = seconds(timeout, parameter)
        self._end = None if span is None else time.monotonic() + span

    def left(self) -> float | None:
        """Seconds that are left, never negative; None when there is no limit."""
        return None if self._end is None else max(0.0, self._end - time.monotonic())

    @property
    def passed(self) -> bool:
        """Whether there is a limit and it is over."""
        return self._end is not None and time.monotonic() >= self._end
