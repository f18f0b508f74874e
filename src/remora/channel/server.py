"""Serving generated server bases: on a TCP port or a unix socket, with a graceful stop."""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
import weakref
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import grpclib.server
from grpclib.config import Configuration
from grpclib.encoding.base import StatusDetailsCodecBase
from grpclib.protocol import EventsProcessor, H2Protocol
from h2.errors import ErrorCodes
from hyperframe.frame import GoAwayFrame

from remora.errors import ConfigError

from .codec import CODEC
from .endpoint import Endpoint
from .listening import stop_listening
from .options import CONNECTION_WINDOW

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from .service import ServerBase

GRACE_SECONDS = 5.0
"""How long calls in flight may go on when a server stops."""


class _RawDetails(StatusDetailsCodecBase):
    """Passes `google.rpc.Status` bytes through: messages of this library need no registry of types."""

    def encode(self, status: Any, message: str | None, details: Any) -> bytes:
        return bytes(details)

    def decode(self, status: Any, message: str | None, data: bytes) -> Any:
        return data


class _Processor(EventsProcessor):
    """Ignores kinds of events that grpclib does not know (RFC 9113 section 5.5), instead of dropping the connection."""

    def process(self, event: Any) -> None:
        processors = getattr(self, "processors", None)
        if processors is not None and event.__class__ in processors:
            processors[event.__class__](event)


class _Protocol(H2Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.processor = _Processor(self.handler, self.connection)

    def go_away(self) -> None:
        """Ask the client for no new calls. The frame is written past h2, which would stop to serve the old ones too."""
        if not self.connection.is_closing():
            self.connection._transport.write(GoAwayFrame(0, last_stream_id=2**31 - 1).serialize())

    def hang_up(self) -> None:
        """Close the connection."""
        if not self.connection.is_closing():
            self.connection._connection.close_connection()
            self.connection.flush()
            self.processor.close("the server stopped")


class _Handler(grpclib.server.Handler):
    """Refuses new calls while the server stops; the client repeats them elsewhere (RFC 9113 section 8.7)."""

    draining = False

    def accept(self, stream: Any, headers: Any, release_stream: Any) -> None:
        if self.draining:
            stream.reset_nowait(ErrorCodes.REFUSED_STREAM)
            release_stream()
            return
        super().accept(stream, headers, release_stream)

    def running(self) -> set[asyncio.Task[None]]:
        return {task for task in self._tasks.values() if not task.done()}


class _Server(grpclib.server.Server):
    protocols: weakref.WeakSet[_Protocol]

    def _protocol_factory(self) -> H2Protocol:
        self.__gc_step__()
        made = _Handler(self._mapping, self._codec, self._status_details_codec, self.__dispatch__)
        self._handlers.add(made)
        protocol = _Protocol(made, self._config, self._h2_config)
        self.protocols.add(protocol)
        return protocol

    async def drain(self) -> set[asyncio.Task[None]]:
        """Take no new calls; give those that are running."""
        self._go_away()
        if self._server is not None:
            await stop_listening(self._server)  # leaves connections alone
            self._go_away()  # for those that came meanwhile
        return {task for each in self._handlers if isinstance(each, _Handler) for task in each.running()}

    def _go_away(self) -> None:
        for protocol in self._connected():
            handler = protocol.handler
            if isinstance(handler, _Handler) and not handler.draining:
                handler.draining = True
                protocol.go_away()

    def hang_up(self) -> None:
        """Close all connections. grpclib leaves that to the clients, and newer Pythons wait for it."""
        for protocol in self._connected():
            protocol.hang_up()

    def _connected(self) -> list[_Protocol]:
        return [protocol for protocol in self.protocols if hasattr(protocol, "connection")]


class RunningServer:
    """A server that accepts calls. Stop it with `aclose`, or use it in an `async with` block.

    Attributes:
        endpoint: Where it listens.
        port: Its TCP port; 0 for a unix socket.
    """

    def __init__(self, server: _Server, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.port = endpoint.port
        self._server = server
        self._closed = False

    @property
    def url(self) -> str:
        """The endpoint as text, to give to a client: "http://127.0.0.1:50051" or "unix:/path"."""
        return self.endpoint.url

    async def aclose(self, grace: float = GRACE_SECONDS) -> None:
        """Stop: accept nothing new, let calls in flight go on for a while, then cancel them.

        Args:
            grace: Seconds that calls in flight may go on.
        """
        if self._closed:
            return
        self._closed = True
        running = await self._server.drain()
        if running and grace > 0:
            await asyncio.wait(running, timeout=grace)
        self._server.close()
        await asyncio.sleep(0)  # cancelled handlers say so to their clients before the connection goes
        self._server.hang_up()
        await self._server.wait_closed()

    async def wait_closed(self) -> None:
        """Wait until someone else stops the server."""
        await self._server.wait_closed()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()


def _listen(host: str, port: int) -> socket.socket:
    # The protocol is named because asyncio turns off Nagle's algorithm only for sockets that say they are TCP;
    # with it on, each call waits 40 ms for a delayed acknowledgement.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(128)
        listening.setblocking(False)
    except BaseException:
        listening.close()
        raise
    return listening


async def serve(
    services: Collection[ServerBase],
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    path: str | None = None,
    tls: ssl.SSLContext | None = None,
) -> RunningServer:
    """Start to serve generated server bases on the running event loop.

    Args:
        services: Instances of subclasses of generated server bases.
        host: Address to listen on; this machine only by default.
        port: TCP port; 0 takes a free one, see `RunningServer.port`.
        path: Path of a unix socket to listen on instead.
        tls: TLS settings; its ALPN must offer "h2".

    Returns:
        The running server.

    Raises:
        ConfigError: The address cannot be used, for example because another process listens there.

    Example:
        >>> async with await serve([Greeter()]) as server:  # doctest: +SKIP
        ...     print(server.url)
    """
    config = Configuration(http2_connection_window_size=CONNECTION_WINDOW)
    server = _Server(services, codec=CODEC, status_details_codec=_RawDetails(), config=config)
    server.protocols = weakref.WeakSet()
    try:
        if path is not None:
            await server.start(path=path, ssl=tls)
            return RunningServer(server, Endpoint("", 0, path, False))
        listening = _listen(host, port)
        try:
            await server.start(sock=listening, ssl=tls)
        except BaseException:
            listening.close()
            raise
    except OSError as error:
        where = path or f"{host}:{port}"
        raise ConfigError(f"cannot listen on {where}: {error.strerror or error}") from error
    return RunningServer(server, Endpoint(host, listening.getsockname()[1], "", tls is not None))
