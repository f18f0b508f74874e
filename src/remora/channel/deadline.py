"""When a call ends."""

from __future__ import annotations


class Deadline:
    """The end of one call, on the clock of its event loop.

    Args:
        at: Time of the event loop, or None if the call has no end.
        strict: The caller gave it. Time in which a person logs in counts against a strict deadline only.
    """

    __slots__ = ("at", "strict")

    def __init__(self, at: float | None, *, strict: bool) -> None:
        self.at = at
        self.strict = strict

    def left(self, now: float) -> float | None:
        """Seconds that are left, possibly below 0; None if the call has no end."""
        return None if self.at is None else self.at - now

    def put_off(self, seconds: float) -> None:
        """Move the end."""
        if self.at is not None:
            self.at += seconds
