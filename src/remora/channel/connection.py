"""One HTTP/2 connection of a client: grpclib's protocol, with the gaps closed.

- A graceful GOAWAY lets calls in flight finish; calls that the server will not serve fail as untouched.
- Frames and events that grpclib does not know (ALTSVC, ORIGIN, early hints) are ignored, as RFC 9113 section 5.5 says.
- Keepalive pings find a dead connection while calls wait for it.
- A peer that does not speak HTTP/2 is recognised by its first bytes.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from typing import TYPE_CHECKING, Any, cast

from grpclib.client import Handler
from grpclib.protocol import Connection, EventsProcessor, H2Protocol, Stream
from h2.connection import ConnectionInputs, ConnectionState
from h2.errors import ErrorCodes
from h2.exceptions import ProtocolError

from .broken import ConnectionBroken, StreamBroken, StreamReset
from .corked import CorkedTransport
from .dial import alert
from .h2_stream import CallStream
from .header_blocks import HeaderEncoder
from .slots import Slots

if TYPE_CHECKING:
    from collections.abc import Callable

    from grpclib.config import Configuration
    from h2.config import H2Configuration
    from h2.events import ConnectionTerminated, RemoteSettingsChanged
    from h2.events import StreamReset as StreamResetEvent

# hpack writes every header, credentials included, to its debug log.
logging.getLogger("hpack.hpack").addFilter(lambda record: False)

_NOT_HTTP2 = (
    (b"HTTP/", "it answers in HTTP/1, so it is not a gRPC server, or a proxy in between does not let HTTP/2 pass"),
    (b"\x15\x03", "it answers with a TLS alert, so it wants TLS: use https:// or leave out insecure"),
)


class Processor(EventsProcessor):
    """Events of one connection, brought to its streams."""

    handler: Handler
    connection: Connection

    def __init__(self, handler: Handler, connection: Connection, protocol: ClientProtocol) -> None:
        super().__init__(handler, connection)
        self._protocol = protocol
        self.draining = False

    def register(self, stream: Stream) -> Callable[[], None]:
        """Note a stream that was opened, and close a drained connection with its last stream."""
        release = super().register(stream)

        def release_and_drain() -> None:
            release()
            self._protocol.slots.wake_one()
            if self.draining and not self.streams:
                self.close("drained")

        return release_and_drain

    def process(self, event: Any) -> None:
        """Bring one event to its stream; an event of a kind that is not known means nothing to a call."""
        processors = getattr(self, "processors", None)
        if processors is not None and event.__class__ in processors:
            processors[event.__class__](event)

    def process_remote_settings_changed(self, event: RemoteSettingsChanged) -> None:
        """The server says what it takes."""
        super().process_remote_settings_changed(event)
        self._protocol.slots.limit = None
        self._protocol.slots.wake_all()

    def process_stream_reset(self, event: StreamResetEvent) -> None:
        """The server gave a stream up. After a complete response that only says: do not send me the rest."""
        stream = self.streams.get(event.stream_id or 0)
        if isinstance(stream, CallStream):
            if stream.ended:
                stream.window_updated.set()
            elif event.remote_reset:
                stream.fail(StreamReset(int(event.error_code or 0)))
            else:
                stream.fail(StreamBroken("the server broke a rule of HTTP/2 on this stream"))
        elif stream is not None:
            super().process_stream_reset(event)
        self.connection.streams_failed += 1

    def process_connection_terminated(self, event: ConnectionTerminated) -> None:
        """The server wants no new calls on this connection (GOAWAY, RFC 9113 section 6.8)."""
        self.draining = True
        self.handler.connection_lost = True  # the channel makes a new connection for the next call
        code = int(event.error_code or 0)
        name = _code_name(code)
        if name == "ENHANCE_YOUR_CALM" and event.additional_data == b"too_many_pings":
            self._protocol.too_many_pings()
        reason = f"the server closed the connection ({name})"
        for stream_id, stream in list(self.streams.items()):
            if isinstance(stream, CallStream) and stream_id > (event.last_stream_id or 0):
                stream.fail(ConnectionBroken(reason, unprocessed=True))
        for waiting in list(self._protocol.waiting):
            waiting.fail(ConnectionBroken(reason, unprocessed=True))
        if code:
            self.close(reason)
        elif not self.streams:
            self.close("drained")

    def close(self, reason: str = "the connection was closed") -> None:
        """Close the connection; streams that are open fail."""
        protocol = self._protocol
        protocol.close_reason = protocol.close_reason or reason
        for waiting in list(protocol.waiting):
            waiting.fail(ConnectionBroken(reason, unprocessed=True))
        protocol.stop_keepalive()
        super().close(reason)


class ClientConnection(Connection):
    """Makes streams that can be failed from outside."""

    def create_stream(self, *, stream_id: int | None = None, wrapper: Any = None) -> Stream:
        """A stream for a call; with a wrapper, one for grpclib's own stubs."""
        if wrapper is not None:
            return super().create_stream(stream_id=stream_id, wrapper=wrapper)
        return CallStream(self, self._connection, self._transport)


class ClientProtocol(H2Protocol):
    """The protocol object of one client connection.

    Args:
        config: grpclib's settings (flow-control windows).
        h2_config: Settings of the HTTP/2 engine.
        keepalive: Seconds of silence, with calls in flight, after which a ping is sent; None for no pings.
        keepalive_timeout: Seconds in which something must arrive after a ping.
        keepalive_without_calls: Send pings also while there are no calls.
        on_too_many_pings: Called when the server complains about pings.
    """

    handler: Handler

    def __init__(
        self,
        config: Configuration,
        h2_config: H2Configuration,
        *,
        keepalive: float | None,
        keepalive_timeout: float,
        keepalive_without_calls: bool,
        on_too_many_pings: Callable[[], None],
    ) -> None:
        super().__init__(Handler(), config, h2_config)
        self.waiting: set[CallStream] = set()  # streams that have not sent their headers yet
        self.slots = Slots()
        self.close_reason = ""
        self.answered = False  # the server has sent something that HTTP/2 understands
        self.too_many_pings = on_too_many_pings
        self._keepalive = keepalive
        self._keepalive_timeout = keepalive_timeout
        self._always_ping = keepalive_without_calls
        self._timer: asyncio.TimerHandle | None = None
        self._pinged = False
        self._last_read = 0.0
        self._first_bytes = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start HTTP/2 (called by asyncio)."""
        self._loop = asyncio.get_running_loop()
        corked = CorkedTransport(cast("asyncio.Transport", transport), self._loop)
        super().connection_made(cast("asyncio.Transport", corked))
        h2 = self.connection._connection
        h2.encoder = HeaderEncoder()  # before the server says how large its table may be
        self.connection = ClientConnection(h2, cast("asyncio.Transport", corked), config=self.config)
        self.processor = Processor(self.handler, self.connection, self)
        _survive_goaway(h2)
        self._last_read = self._loop.time()
        if self._keepalive is not None:
            self._timer = self._loop.call_later(self._keepalive, self._check_silence)

    def data_received(self, data: bytes) -> None:
        """Feed what arrived to HTTP/2 (called by asyncio)."""
        self._last_read = self._loop.time()
        connection = self.connection
        if self._pinged:
            self._answered_ping()
        if not self.answered and self._speaks_something_else(data):
            return
        try:
            events = connection.feed(data)
        except ProtocolError as error:
            self._give_up(f"the server broke a rule of HTTP/2: {error}")
            return
        if events:
            self.answered = True
        for event in events:
            self.processor.process(event)
        if not connection.is_closing():
            connection.flush()

    def connection_lost(self, exc: BaseException | None) -> None:
        """The connection is gone (called by asyncio)."""
        reason = "the connection was lost"
        if not self.answered:
            reason = "the server closed the connection before it answered anything"
        if isinstance(exc, ssl.SSLError):
            reason = alert(exc)
        elif isinstance(exc, OSError) and exc.strerror:
            reason = f"{reason} ({exc.strerror})"
        self.processor.close(reason)

    def _speaks_something_else(self, data: bytes) -> bool:
        self._first_bytes = (self._first_bytes + data)[:8]
        for start, explanation in _NOT_HTTP2:
            if self._first_bytes.startswith(start):
                self._give_up(f"the endpoint does not speak HTTP/2: {explanation}")
                return True
        return False

    def _give_up(self, reason: str) -> None:
        if not self.connection.is_closing():
            self.connection.flush()  # a GOAWAY that says why
        self.processor.close(reason)

    def stop_keepalive(self) -> None:
        """Send no more pings."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _check_silence(self) -> None:
        assert self._keepalive is not None
        now = self._loop.time()
        silent = now - self._last_read
        needed = self._always_ping or bool(self.processor.streams)
        if not needed or silent < self._keepalive:
            wait = self._keepalive - silent if needed else self._keepalive
            self._timer = self._loop.call_later(max(wait, 0.001), self._check_silence)
            return
        self.connection._connection.ping(b"remora\0\0")
        self.connection.flush()
        self._pinged = True
        self._timer = self._loop.call_later(self._keepalive_timeout, self._missed_ping)

    def _answered_ping(self) -> None:
        # Anything that arrives shows that the peer is there, its answer to the ping or something else.
        self._pinged = False
        if self._timer is not None and self._keepalive is not None:
            self._timer.cancel()
            self._timer = self._loop.call_later(self._keepalive, self._check_silence)

    def _missed_ping(self) -> None:
        transport = self.connection._transport
        self.processor.close(f"the server did not answer a keepalive ping within {self._keepalive_timeout:g} s")
        transport.abort()  # a peer that is gone does not take the rest of the data either


def _survive_goaway(h2: Any) -> None:
    """Let the HTTP/2 engine go on reading after a GOAWAY.

    h2 holds the connection for closed as soon as it reads one, and calls a DATA frame that follows an error, even one
    from the same packet. RFC 9113 section 6.8 lets streams up to the last identifier finish. The table of transitions
    is private to h2; if it is not there, a GOAWAY ends the calls in flight as before.
    """
    machine = h2.state_machine
    transitions = getattr(machine, "_transitions", None)
    if isinstance(transitions, dict):
        key = (ConnectionState.CLIENT_OPEN, ConnectionInputs.RECV_GOAWAY)
        machine._transitions = {**transitions, key: (None, ConnectionState.CLIENT_OPEN)}


def _code_name(code: int) -> str:
    try:
        return ErrorCodes(code).name
    except ValueError:
        return f"code {code}"
