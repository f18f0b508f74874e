"""A server that speaks HTTP/2 exactly as a test tells it to, right or wrong."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import h2.config
import h2.connection
import h2.events
import pytest
import trustme

from remora import errors
from remora.channel import Channel, ChannelOptions, Method, RetryPolicy, Shape, parse_endpoint
from remora_api.google.protobuf import StringValue

UNARY = Method("/test.v1.Echo/Unary", StringValue, StringValue, Shape.UNARY_UNARY)
SAFE = Method("/test.v1.Echo/Safe", StringValue, StringValue, Shape.UNARY_UNARY, idempotent=True)
STREAM = Method("/test.v1.Echo/Stream", StringValue, StringValue, Shape.UNARY_STREAM, idempotent=True)
JOIN = Method("/test.v1.Echo/Join", StringValue, StringValue, Shape.STREAM_UNARY)

GRPC_HEADERS = [(":status", "200"), ("content-type", "application/grpc")]


class Call:
    """One request that a client made."""

    def __init__(self, peer: Peer, stream_id: int, headers: dict[str, str]) -> None:
        self.peer = peer
        self.id = stream_id
        self.headers = headers
        self.body = bytearray()  # large requests come in thousands of frames
        self.ended = asyncio.Event()
        self.reset_code: int | None = None
        self.reset = asyncio.Event()

    @property
    def text(self) -> str:
        return StringValue.parse(bytes(self.body[5:])).value

    async def window(self) -> None:
        """Wait until the client takes more data."""
        self.peer.window.clear()
        await self.peer.window.wait()

    def start(self, *extra: tuple[str, str], end: bool = False) -> None:
        self.peer.headers(self.id, [*GRPC_HEADERS, *extra], end=end)

    def send(self, wire: bytes, *, end: bool = False, pad: int | None = None) -> None:
        self.peer.h2.send_data(self.id, wire, end_stream=end, pad_length=pad)
        self.peer.flush()

    def message(self, value: str) -> None:
        self.send(frame(bytes(StringValue(value=value))))

    def finish(self, status: int = 0, message: str = "", *extra: tuple[str, str]) -> None:
        self.peer.headers(self.id, [("grpc-status", str(status)), ("grpc-message", message), *extra], end=True)

    def answer(self, value: str) -> None:
        self.start()
        self.message(value)
        self.finish()

    def reset_with(self, code: int) -> None:
        self.peer.h2.reset_stream(self.id, code)
        self.peer.flush()


class Peer:
    """One connection of a client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.h2 = h2.connection.H2Connection(
            h2.config.H2Configuration(
                client_side=False,
                header_encoding="utf-8",
                validate_outbound_headers=False,
                normalize_outbound_headers=False,
            )
        )
        self.calls: dict[int, Call] = {}
        self.pings: list[bytes] = []
        self.answer_pings = True
        self.closed = asyncio.Event()
        self.window = asyncio.Event()
        self.pinged = asyncio.Event()

    def flush(self) -> None:
        data = self.h2.data_to_send()
        if data:
            self.writer.write(data)

    def raw(self, data: bytes) -> None:
        self.flush()
        self.writer.write(data)

    def headers(self, stream_id: int, headers: list[tuple[str, str]], *, end: bool = False) -> None:
        self.h2.send_headers(stream_id, headers, end_stream=end)
        self.flush()

    def goaway(self, last_stream_id: int, code: int = 0, extra: bytes = b"") -> None:
        """Send GOAWAY past h2's own state, so that the connection can go on."""
        body = last_stream_id.to_bytes(4, "big") + code.to_bytes(4, "big") + extra
        self.raw(len(body).to_bytes(3, "big") + b"\x07\x00" + bytes(4) + body)

    def drop(self) -> None:
        self.flush()
        transport = self.writer.transport
        transport.abort()


Script = Callable[[Call], Awaitable[None]]


class H2Server:
    """Listens on a free port of this machine and runs a script for each call."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.on_connect: Callable[[Peer], Awaitable[bool]] | None = None
        self.settings: dict[Any, int] = {}
        self.peers: list[Peer] = []
        self.calls: list[Call] = []
        self.tasks: set[asyncio.Task[Any]] = set()
        self.errors: list[BaseException] = []
        self.port = 0
        self.arrived = asyncio.Event()
        self.reading = asyncio.Event()
        self.reading.set()

    async def start(self, tls: ssl.SSLContext | None = None) -> None:
        self.server = await asyncio.start_server(self.connected, "127.0.0.1", 0, ssl=tls)
        self.port = self.server.sockets[0].getsockname()[1]

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        peer = Peer(reader, writer)
        self.peers.append(peer)
        try:
            if self.on_connect is not None and not await self.on_connect(peer):
                return
            await self.serve(peer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            peer.closed.set()
            writer.close()

    async def serve(self, peer: Peer) -> None:
        peer.h2.initiate_connection()
        if self.settings:
            peer.h2.update_settings(self.settings)
        peer.flush()
        while True:
            await self.reading.wait()
            data = await peer.reader.read(65536)
            if not data:
                return
            for event in peer.h2.receive_data(data):
                self.handle(peer, event)
            if peer.answer_pings or not peer.pings:
                peer.flush()

    def handle(self, peer: Peer, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.RequestReceived):
            call = Call(peer, event.stream_id or 0, dict(event.headers or ()))  # type: ignore[arg-type]
            peer.calls[call.id] = call
            self.calls.append(call)
            self.arrived.set()
            task = asyncio.get_running_loop().create_task(self.run(call))
            self.tasks.add(task)
        elif isinstance(event, h2.events.DataReceived):
            peer.calls[event.stream_id or 0].body += event.data or b""
            peer.h2.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id or 0)
        elif isinstance(event, h2.events.WindowUpdated):
            peer.window.set()
        elif isinstance(event, h2.events.StreamEnded):
            peer.calls[event.stream_id or 0].ended.set()
        elif isinstance(event, h2.events.StreamReset):
            peer.calls[event.stream_id or 0].reset_code = int(event.error_code or 0)
            peer.calls[event.stream_id or 0].reset.set()
        elif isinstance(event, h2.events.PingReceived):
            peer.pings.append(event.ping_data or b"")
            peer.pinged.set()
            if not peer.answer_pings:
                peer.h2.clear_outbound_data_buffer()

    async def called(self, count: int) -> None:
        """Wait until so many calls have come."""
        while len(self.calls) < count:
            self.arrived.clear()
            await asyncio.wait_for(self.arrived.wait(), 60)

    async def run(self, call: Call) -> None:
        try:
            await self.script(call)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            if not call.reset.is_set():  # nobody waits for the answer to a call that was given up
                self.errors.append(error)

    async def stop(self) -> None:
        self.reading.set()
        self.server.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for peer in self.peers:
            peer.writer.close()
            with contextlib.suppress(Exception):
                await peer.writer.wait_closed()
        assert self.errors == []


def frame(body: bytes, compressed: int = 0) -> bytes:
    return bytes([compressed]) + len(body).to_bytes(4, "big") + body


StartServer = Callable[..., Awaitable["tuple[H2Server, Channel]"]]


@pytest.fixture
async def start() -> AsyncIterator[StartServer]:
    """Starts a scripted server and a channel to it: `server, channel = await start(script, **options)`."""
    servers: list[H2Server] = []
    channels: list[Channel] = []

    async def make(
        script: Script,
        *,
        settings: dict[Any, int] | None = None,
        server_tls: ssl.SSLContext | None = None,
        **options: Any,
    ) -> tuple[H2Server, Channel]:
        server = H2Server(script)
        server.settings = settings or {}
        servers.append(server)
        await server.start(server_tls)
        options.setdefault("retry", RetryPolicy(initial=0.001, maximum=0.002))
        options.setdefault("timeout", 60)
        channel = Channel(
            parse_endpoint(f"http://127.0.0.1:{server.port}").endpoint(), options=ChannelOptions(**options)
        )
        channels.append(channel)
        return server, channel

    yield make
    for channel in channels:
        channel.close()
    for server in servers:
        await server.stop()


@pytest.fixture
def methods() -> dict[str, Any]:
    return {"unary": UNARY, "safe": SAFE, "stream": STREAM, "join": JOIN}


@pytest.fixture
def text() -> Callable[[str], StringValue]:
    return lambda value: StringValue(value=value)


@pytest.fixture
def framed() -> Callable[..., bytes]:
    return frame


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """An authority that nobody knows."""
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file with the authority's certificate."""
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


@pytest.fixture(scope="session")
def server_tls(authority: trustme.CA) -> Callable[..., ssl.SSLContext]:
    """Makes the TLS context of a server; by default with a certificate for localhost and the loopback addresses."""

    def make(*names: str, client_certificates: bool = False, **validity: Any) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*(names or ("localhost", "127.0.0.1", "::1")), **validity).configure_cert(context)
        context.set_alpn_protocols(["h2"])
        if client_certificates:
            authority.configure_trust(context)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    return make


@pytest.fixture
def answer() -> Script:
    """The script of a server that answers each request with its own text."""

    async def script(call: Call) -> None:
        await call.ended.wait()
        call.answer(call.text)

    return script


Handle = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
async def tcp() -> AsyncIterator[Callable[[Handle], Awaitable[int]]]:
    """Starts a plain TCP server; gives its port."""
    servers: list[asyncio.AbstractServer] = []
    tasks: set[asyncio.Task[Any]] = set()

    async def start_tcp(handle: Handle) -> int:
        async def run(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            try:
                await handle(reader, writer)
            except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(run, "127.0.0.1", 0)
        servers.append(server)
        port: int = server.sockets[0].getsockname()[1]
        return port

    yield start_tcp
    for server in servers:
        server.close()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
def fail(text: Any) -> Callable[..., Awaitable[errors.Unavailable]]:
    """Makes a call that must fail with Unavailable, once; gives the error."""

    async def call(port: int, url: str = "http://127.0.0.1:{}", tls: Any = None, **options: Any) -> errors.Unavailable:
        options = {"retry": RetryPolicy(attempts=1), "timeout": 60, **options}
        channel = Channel(parse_endpoint(url.format(port)).endpoint(), options=ChannelOptions(**options), tls=tls)
        try:
            with pytest.raises(errors.Unavailable) as caught:
                await channel.unary_unary(UNARY, text("x"))
        finally:
            channel.close()
        return caught.value

    return call
