"""Received data of one HTTP/2 stream, taken out message by message (gRPC over HTTP/2: Length-Prefixed-Message)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from .compression import TooLarge

PREFIX = 5
"""Bytes before each message: one flag, four of length."""


BURST = 32
"""Messages after which a sender lets others run. A source that never waits would otherwise keep the event loop from
noticing anything else, such as that nobody wants the rest."""


class Truncated(Exception):
    """The stream ended in the middle of a message."""


class ReceiveBuffer:
    """Data that arrived and was not read yet.

    The peer may send more only when data was acknowledged, and that happens when a reader takes it or waits for the
    rest of a message; so a slow reader slows its peer down, and memory is bounded by the flow-control window.

    Args:
        acknowledge: Tells the peer that so many bytes were consumed.
    """

    def __init__(self, acknowledge: Callable[[int], None]) -> None:
        self._acknowledge = acknowledge
        self._data = bytearray()
        self._unacknowledged = 0
        self._ended = False
        self._waiter: asyncio.Future[None] | None = None

    def add(self, data: bytes, ack_size: int) -> None:
        """Take data from the connection; `ack_size` counts its padding too."""
        self._data += data
        self._unacknowledged += ack_size
        self._wake()

    def eof(self) -> None:
        """No more data will come."""
        self._ended = True
        self._wake()

    def unacked_size(self) -> int:
        """What is not acknowledged yet, for the moment when the stream is released; asked once."""
        size, self._unacknowledged = self._unacknowledged, 0
        return size

    async def next_message(self, limit: int) -> tuple[bool, bytes] | None:
        """Wait for the next message: whether it is compressed, and its bytes. None when the stream has ended.

        Raises:
            TooLarge: Its declared size is over the limit.
            Truncated: The stream ended within it.
        """
        data = self._data
        while True:
            if len(data) >= PREFIX:
                size = int.from_bytes(data[1:PREFIX], "big")
                if size > limit:
                    raise TooLarge(size)
                end = PREFIX + size
                if len(data) >= end:
                    body = bytes(data[PREFIX:end])
                    compressed = data[0] != 0
                    del data[:end]
                    self._consume(end)
                    return compressed, body
            if self._ended:
                if data:
                    raise Truncated
                return None
            self._consume(self._unacknowledged)
            await self._wait()

    def _consume(self, size: int) -> None:
        amount = min(size, self._unacknowledged) if self._data else self._unacknowledged
        if amount:
            self._unacknowledged -= amount
            self._acknowledge(amount)

    async def _wait(self) -> None:
        if self._waiter is not None:
            raise RuntimeError("another task is reading this stream already")
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


def frame(body: bytes, *, compressed: bool = False) -> bytes:
    """One message with its prefix."""
    return bytes((compressed,)) + len(body).to_bytes(4, "big") + body
