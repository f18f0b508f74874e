"""Waiting for the next message of a stream with a limit, without disturbing the stream."""

from __future__ import annotations

import asyncio
import collections
import contextlib
from typing import TYPE_CHECKING, Generic, TypeVar

from remora.errors import Cancelled

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from remora.flyte.deadline import Deadline

T = TypeVar("T")

AHEAD = 64
"""Messages that are read before they are wanted, so that a burst does not cost a task switch for each."""


class Reader(Generic[T]):
    """Reads an async iterator in a task of its own.

    `asyncio.wait_for(stream.__anext__(), ...)` cancels the read when the time is over, and a stream whose read was
    cancelled may be broken. Here the read goes on, and only waiting for it ends.
    """

    def __init__(self, stream: AsyncIterator[T]) -> None:
        self._stream = stream
        self._items: collections.deque[T] = collections.deque()
        self._ended = False
        self._error: Exception | None = None
        self._task: asyncio.Task[None] | None = None
        # Futures that the reader and the task wait for: something to take, and room for more.
        self._arrival: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None

    async def __aenter__(self) -> Reader[T]:
        self._task = asyncio.ensure_future(self._read())
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.wait({self._task})

    async def ready(self, limit: float | None) -> bool:
        """Wait for the next message or the end of the stream, at most `limit` seconds."""
        if not self._items and not self._ended:
            loop = asyncio.get_running_loop()
            self._arrival = loop.create_future()
            timer = None if limit is None else loop.call_later(limit, _release, self._arrival)
            try:
                await self._arrival
            finally:
                if timer is not None:
                    timer.cancel()
        return self._ended or bool(self._items)

    async def take(self) -> T | None:
        """The next message; None at the end of the stream.

        Raises:
            Exception: what the stream raised, after the messages that came before it.
        """
        await self.ready(None)
        if self._items:
            item = self._items.popleft()
            if len(self._items) < AHEAD // 2:
                _release(self._room)
            return item
        if self._error is not None:
            raise self._error
        return None

    async def _read(self) -> None:
        try:
            async for item in self._stream:
                self._items.append(item)
                _release(self._arrival)
                if len(self._items) >= AHEAD:
                    self._room = asyncio.get_running_loop().create_future()
                    await self._room
        except asyncio.CancelledError:
            # Whoever waits here must learn that it was not the end of the stream, if it was not this reader's end.
            self._error = Cancelled("the stream was cancelled while it was being read")
            raise
        except Exception as error:
            self._error = error
        finally:
            self._ended = True
            _release(self._arrival)


def _release(future: asyncio.Future[None] | None) -> None:
    if future is not None and not future.done():
        future.set_result(None)


async def until(
    source: AsyncGenerator[T, None], deadline: Deadline, too_late: Callable[[], Exception]
) -> AsyncGenerator[T, None]:
    """The items of a source, with one limit for the whole time.

    Args:
        source: An async generator; it is closed at the end.
        deadline: When it is too late.
        too_late: Makes the error that is raised then.
    """
    async with contextlib.aclosing(source):
        if deadline.left() is None:
            async for item in source:
                yield item
            return
        async with Reader(source) as reader:
            while await reader.ready(deadline.left()):
                found = await reader.take()
                if found is None:
                    return
                yield found
            raise too_late()
