"""Threads for what would block the event loop: reading, hashing, writing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class Workers:
    """The threads of one transfer. They end with it, so nothing is left behind when it is cancelled.

    Args:
        count: How many there may be; each is started when it is first needed.
    """

    def __init__(self, count: int) -> None:
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="remora-transfer")
        self._busy: set[Future[object]] = set()

    def submit(self, function: Callable[..., T], *arguments: object) -> Future[T]:
        """Start a function."""
        future = self._pool.submit(function, *arguments)
        self._busy.add(future)  # type: ignore[arg-type]  # Future is invariant; only its end matters here
        future.add_done_callback(self._busy.discard)
        return future

    async def run(self, function: Callable[..., T], *arguments: object) -> T:
        """Call a function and wait for its result."""
        return await asyncio.wrap_future(self.submit(function, *arguments))

    async def close(self) -> None:
        """End the threads, when they have done what they were given.

        Whoever is cancelled while a thread works for it leaves that work running; it is waited for here, without
        blocking the event loop. Each piece of work is short, and some of it closes files.
        """
        self._pool.shutdown(wait=False)
        busy = [asyncio.wrap_future(future) for future in tuple(self._busy)]
        if busy:
            await asyncio.wait(busy)
            for future in busy:
                if not future.cancelled():
                    future.exception()  # seen: nobody waits for it any more
        self._pool.shutdown()
