"""When a call ends."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


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


async def within(seconds: float | None, work: Coroutine[Any, Any, T]) -> T:
    """Wait for work, and cancel it when it takes too long.

    Like `asyncio.wait_for`, which before Python 3.12 loses a cancellation that comes just when the work is done.

    Args:
        seconds: How long it may take, or None.
        work: The work.

    Raises:
        asyncio.TimeoutError: It took longer.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait([task], timeout=seconds)
    except asyncio.CancelledError:
        await _end(task)
        raise
    if not task.done():
        await _end(task)
        raise asyncio.TimeoutError
    return task.result()


async def _end(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.exception()  # seen, so asyncio does not log it as lost
