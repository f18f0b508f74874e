"""Streams that go on where they were when the connection is lost: nothing is lost, nothing comes twice."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, TypeVar

from remora.errors import RpcError, StatusCode

if TYPE_CHECKING:
    from remora.channel.method import ResponseStream

Res = TypeVar("Res")
P = TypeVar("P", int, str, bytes)

# Statuses of a stream that was lost rather than refused. INTERNAL is among them because proxies end streams with
# RST_STREAM, CANCELLED because servers do when they shut down.
LOST = frozenset({StatusCode.ABORTED, StatusCode.CANCELLED, StatusCode.INTERNAL, StatusCode.UNAVAILABLE})

FIRST_DELAY = 0.1
LARGEST_DELAY = 5.0


def pause_after(failures: int) -> float:
    """Seconds to wait after so many failures in a row: exponential back-off with full jitter."""
    return random.uniform(0, min(LARGEST_DELAY, FIRST_DELAY * 2 ** min(failures, 10)))


async def resumed(
    start: Callable[[P | None, float | None], ResponseStream[Res]],
    position: Callable[[Res], P | None],
    *,
    first: Callable[[Res], P | None] | None = None,
    give_up: float,
    timeout: float | None = None,
) -> AsyncGenerator[Res, None]:
    """The responses of a stream, over as many calls as it takes.

    Args:
        start: Starts the call behind a position (None: where it began), with a deadline in seconds.
        position: The position of a response; None if it has none.
        first: The position that the first response of the first call tells, which holds until a response has one.
        give_up: Seconds without a response after which the error is raised.
        timeout: Deadline for all of it, in seconds; None for none.

    Raises:
        RpcError: The stream was refused, or was lost and could not be started again.
        DeadlineExceeded: `timeout` was over first.
    """
    clock = asyncio.get_running_loop().time
    ends = None if timeout is None else clock() + timeout
    last: P | None = None
    heard, failures, new = clock(), 0, True
    while True:
        behind, fresh = last, False
        responses = start(behind, None if ends is None else max(0.0, ends - clock()))
        try:
            async with responses:
                async for response in responses:
                    heard, failures = clock(), 0
                    here = position(response)
                    if here is None and new and first is not None:
                        last = first(response)
                    new = False
                    if here is not None and behind is not None and not fresh and _seen(here, behind):
                        continue
                    if here is not None:
                        last, fresh = here, fresh or not isinstance(here, int)
                    yield response
            return
        except RpcError as error:
            if error.code not in LOST or clock() - heard >= give_up:
                raise
        failures += 1
        pause = pause_after(failures)
        # When the time is over, it is the next call that says so.
        await asyncio.sleep(pause if ends is None else min(pause, max(0.0, ends - clock())))


def _seen(here: int | str | bytes, behind: int | str | bytes) -> bool:
    """Whether a response of a new call lies at or before the position that was reached with the last one."""
    if isinstance(here, int) and isinstance(behind, int):
        return here <= behind
    return here == behind
