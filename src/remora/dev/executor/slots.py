"""Places for attempts that run at the same time."""

from __future__ import annotations

import asyncio
from collections import deque


class Slots:
    """A number of places, given out in the order of the requests.

    `asyncio.wait_for` around a semaphore can lose a place, or a cancellation, when both happen in the same step of the
    loop; here a place that is given to somebody who has just left goes to the next one.
    """

    def __init__(self, number: int) -> None:
        self._free = number
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def full(self) -> bool:
        """The next request has to wait."""
        return self._free == 0

    async def acquire(self, timeout: float | None) -> None:
        """Take a place.

        Raises:
            asyncio.TimeoutError: None became free in time.
        """
        if self._free:
            self._free -= 1
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            done, _ = await asyncio.wait([place], timeout=timeout)
        except asyncio.CancelledError:
            self._leave(place)
            raise
        if not done:
            self._leave(place)
            raise asyncio.TimeoutError

    def _leave(self, place: asyncio.Future[None]) -> None:
        if place.done():
            self.release()
        else:
            self._waiting.remove(place)

    def release(self) -> None:
        """Give a place back."""
        if self._waiting:
            self._waiting.popleft().set_result(None)
        else:
            self._free += 1
