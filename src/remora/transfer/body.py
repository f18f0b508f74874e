"""A file as the body of a request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future

import httpx

from remora.transfer.content import FileChanged, Pieces
from remora.transfer.workers import Workers


class SmallBody(httpx.AsyncByteStream):
    """A body that is in memory.

    Args:
        data: The body.
        advance: Told how many bytes were handed to the connection.
    """

    def __init__(self, data: bytes, advance: Callable[[int], None]) -> None:
        self._data = data
        self._advance = advance
        self._given = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if not self._given:
            self._given = True
            return self._data
        self._advance(len(self._data))
        raise StopAsyncIteration


class FileBody(httpx.AsyncByteStream):
    """A body that is read from its file while it is sent, one piece ahead.

    Bodies are their own iterators and not generators, so that a request that breaks off leaves nothing suspended.

    Args:
        pieces: Reads the file.
        workers: Where it does so.
        advance: Told how many bytes were handed to the connection.

    Attributes:
        error: Why reading has ended early. What httpx makes of it depends on how far the request had come.
    """

    def __init__(self, pieces: Pieces, workers: Workers, advance: Callable[[int], None]) -> None:
        self._pieces = pieces
        self._workers = workers
        self._advance = advance
        self._next: Future[bytes] | None = None
        self._sent = 0
        self.error: FileChanged | OSError | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self._sent:
            self._advance(self._sent)
            self._sent = 0
        if self._next is None:
            self._next = self._workers.submit(self._pieces.next)
        try:
            # A piece that is there already costs no turn of the event loop.
            piece = self._next.result() if self._next.done() else await asyncio.wrap_future(self._next)
        except (FileChanged, OSError) as error:
            self.error = error
            raise
        if not piece:
            raise StopAsyncIteration
        self._sent = len(piece)
        self._next = self._workers.submit(self._pieces.next)
        return piece

    def close(self) -> None:
        """Close the file, as soon as no thread reads it any more."""
        if self._next is None:
            self._pieces.close()
        else:
            self._next.add_done_callback(lambda _: self._pieces.close())
