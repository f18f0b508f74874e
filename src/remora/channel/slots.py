"""Who opens the next stream when the server takes no more of them at the moment."""

from __future__ import annotations

import asyncio
from collections import deque

UNTIL_SETTINGS = 100
"""Streams that are opened before the server has said how many it takes. RFC 9113 section 6.5.2 recommends servers not
to take fewer, and some end the connection of a client that opens more than they take."""


class Slots:
    """A queue of callers that wait for a free stream; each stream that ends lets one of them try.

    Attributes:
        limit: Most streams at once, or None when the HTTP/2 engine knows what the server takes.
    """

    def __init__(self) -> None:
        self.limit: int | None = UNTIL_SETTINGS
        self._waiters: deque[asyncio.Future[None]] = deque()

    def enter(self, *, again: bool) -> asyncio.Future[None]:
        """Queue up; the future is done when there may be room. Whoever tried in vain goes to the front again."""
        waiter = asyncio.get_running_loop().create_future()
        if again:
            self._waiters.appendleft(waiter)
        else:
            self._waiters.append(waiter)
        return waiter

    def leave(self, waiter: asyncio.Future[None]) -> None:
        """Give up waiting. A turn that came meanwhile goes to the next in the queue."""
        if waiter in self._waiters:
            self._waiters.remove(waiter)
        else:
            self.wake_one()

    def wake_one(self) -> None:
        """Let the first in the queue try."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return

    def wake_all(self) -> None:
        """Let everybody try."""
        waiters, self._waiters = self._waiters, deque()
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)
