"""Coroutines that end: several at once, of which none is left behind, and one in a limited time."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

from remora.channel import deadline
from remora.errors import RemoraError

T = TypeVar("T")


class OutOfTime(Exception):
    """The time of the whole is over."""


async def together(coroutines: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Run coroutines until all have ended or one has failed; then the others are cancelled and waited for.

    Raises:
        Exception: what the first one that failed has raised.
    """
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


async def within(seconds: float | None, coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine, and cancel it when it takes too long; it is waited for then, too.

    Raises:
        OutOfTime: it took too long. A call of it that had a deadline of its own, and missed that, is another matter.
    """
    try:
        return await deadline.within(seconds, coroutine)
    except RemoraError:  # DeadlineExceeded is a TimeoutError as well
        raise
    except asyncio.TimeoutError:
        raise OutOfTime from None
