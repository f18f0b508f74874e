"""One HTTP/2 stream of a client call, which can be failed from outside without cancelling anybody's task.

grpclib ends waits by cancelling the waiting task and replacing the cancellation by an error. That loses a cancellation
that comes from the user at the same time, and confuses `asyncio.timeout` and task groups, which count cancellations. So
every wait here looks at `failure` when it wakes up, and `fail` wakes all of them.
"""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import TYPE_CHECKING, Any

from grpclib.protocol import Connection, EventsProcessor, Stream
from h2.errors import ErrorCodes
from h2.exceptions import StreamClosedError, TooManyStreamsError

from .broken import ConnectionBroken, StreamBroken
from .frames import ReceiveBuffer

if TYPE_CHECKING:
    from collections.abc import Callable

    from .corked import CorkedTransport
    from .headers import Headers
    from .slots import Slots


class CallStream(Stream):
    """A stream that a client opens."""

    buffer: ReceiveBuffer  # type: ignore[assignment]
    _transport: CorkedTransport  # type: ignore[assignment]

    def __init__(self, connection: Connection, h2_connection: Any, transport: Any) -> None:
        super().__init__(connection, h2_connection, transport)
        self.failure: StreamBroken | None = None
        self.ended = False  # the server has sent everything
        self._broken: asyncio.Event = asyncio.Event()
        self._turn: asyncio.Future[None] | None = None  # waits for the server to take one more stream
        self._processor: EventsProcessor | None = None

    def init_stream(self, stream_id: int, connection: Connection) -> None:
        """Give the stream its number (called by grpclib)."""
        super().init_stream(stream_id, connection)
        self.buffer = ReceiveBuffer(partial(connection.ack, stream_id))

    def fail(self, failure: StreamBroken) -> None:
        """End the stream; whoever waits for it gets this failure, except for what arrived completely before."""
        if self.failure is None:
            self.failure = failure
        self._wake()

    def __ended__(self) -> None:
        self.ended = True
        self._wake()

    def __terminated__(self, reason: str) -> None:
        self.fail(ConnectionBroken(reason))

    def _wake(self) -> None:
        self._broken.set()
        self.headers_received.set()
        self.trailers_received.set()
        self.window_updated.set()
        if self._turn is not None and not self._turn.done():
            self._turn.set_result(None)
        if self.id is not None:
            self.buffer.eof()

    async def start(
        self, headers: Headers, processor: EventsProcessor, slots: Slots, *, more: bool = False
    ) -> Callable[[], None]:
        """Send the request headers as soon as the server takes one more stream.

        Args:
            headers: The headers.
            processor: Brings the connection's events to its streams.
            slots: Where streams wait that are too many for the server.
            more: `send` follows at once, so the headers may wait for it.

        Returns:
            A function that gives up the stream's place; call it once.

        Raises:
            StreamBroken: The connection ended, or the deadline passed, before the headers were sent.
        """
        again = False
        try:
            while True:
                await self._writable()
                if slots.limit is None or len(processor.streams) < slots.limit:
                    stream_id = self._h2_connection.get_next_available_stream_id()
                    with contextlib.suppress(TooManyStreamsError):
                        self._h2_connection.send_headers(stream_id, headers)
                        break
                await self._wait_for(slots, again=again)
                again = True
        except BaseException:
            if again:
                slots.wake_one()  # a turn that is not used goes to the next in the queue
            raise
        self.init_stream(stream_id, self.connection)
        self._processor = processor
        release = processor.register(self)
        if not more:
            self._flush()
        return release

    async def _wait_for(self, slots: Slots, *, again: bool) -> None:
        self._turn = slots.enter(again=again)
        try:
            await self._turn
        except asyncio.CancelledError:
            slots.leave(self._turn)
            raise
        if self.failure is not None:
            slots.leave(self._turn)
            raise self.failure

    async def send(self, data: bytes, *, end: bool) -> bool:
        """Send data as fast as the server takes it.

        Returns:
            False if the server answered meanwhile and does not want the rest.
        """
        h2, position, total = self._h2_connection, 0, len(data)
        while True:
            await self._writable()
            if self.ended:
                return False
            assert self.id is not None
            try:
                if not total:  # an empty DATA frame needs no room in the window
                    h2.end_stream(self.id)
                    self._flush()
                    return True
                window = h2.local_flow_control_window(self.id)
                if window <= 0:
                    self._flush()  # headers may still be waiting, and a server that has not seen them opens no window
                    self.window_updated.clear()
                    await self.window_updated.wait()
                    continue
                step = position + min(window, h2.max_outbound_frame_size, total - position)
                h2.send_data(self.id, data[position:step], end_stream=end and step == total)
            except StreamClosedError:
                return False
            position = step
            self._flush(last=end and step == total)
            if position == total:
                return True

    async def send_end(self) -> None:
        """Say that no more data will be sent."""
        await self.send(b"", end=True)

    async def response_headers(self) -> list[tuple[str, str]]:
        """Wait for the headers of the response."""
        if self.headers is None:
            await self.headers_received.wait()
            if self.headers is None:
                raise self.failure or StreamBroken("the server ended the stream without a response")
        return self.headers

    async def response_trailers(self) -> list[tuple[str, str]] | None:
        """Wait for the trailers of the response; None if the server ended the stream without any."""
        if self.trailers is None:
            await self.trailers_received.wait()
        if self.failure is not None and not self.ended:
            raise self.failure
        return self.trailers

    def abandon(self) -> None:
        """Tell the server that nobody waits for this call any more, unless both sides have finished."""
        if self.id is not None and self.closable:
            self.reset_nowait(ErrorCodes.CANCEL)

    def _flush(self, *, last: bool = False) -> None:
        """Write what HTTP/2 has to send: at the end of this turn of the loop, or now if nothing can be added to it."""
        data = self._h2_connection.data_to_send()
        if last and self._processor is not None and len(self._processor.streams) == 1:
            self._transport.write_now(data)
        else:
            self._transport.write(data)

    async def _writable(self) -> None:
        if self.failure is not None:
            raise self.failure
        if not self.connection.write_ready.is_set():
            await self._until(self.connection.write_ready)

    async def _until(self, event: asyncio.Event) -> None:
        """Wait for an event that others wait for too, or for the end of this stream."""
        waits = [asyncio.ensure_future(event.wait()), asyncio.ensure_future(self._broken.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        if self.failure is not None:
            raise self.failure
