"""Connections that do not come about, break, go silent, or speak something else."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from remora import errors
from remora.channel import Channel, ChannelOptions, RetryPolicy, parse_endpoint

ONCE = RetryPolicy(attempts=1)


async def answer(call: Any) -> None:
    await call.ended.wait()
    call.answer(call.text)


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


async def fail(port: int, methods: Any, text: Any, url: str = "http://127.0.0.1:{}", **options: Any) -> errors.RpcError:
    """Make a call that must fail with Unavailable; give the error."""
    options.setdefault("retry", ONCE)
    tls = options.pop("tls", None)
    channel = Channel(
        parse_endpoint(url.format(port)).endpoint(), options=ChannelOptions(timeout=15, **options), tls=tls
    )
    try:
        with pytest.raises(errors.Unavailable) as caught:
            await channel.unary_unary(methods["unary"], text("x"))
    finally:
        channel.close()
    return caught.value


async def test_an_http1_server_is_recognised(tcp: Any, methods: Any, text: Any) -> None:
    async def http1(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        await reader.read()

    error = await fail(await tcp(http1), methods, text)
    assert "does not speak HTTP/2: it answers in HTTP/1" in error.message


async def test_a_tls_server_that_is_spoken_to_in_plaintext(tcp: Any, methods: Any, text: Any) -> None:
    async def tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"\x15\x03\x01\x00\x02\x02\x46")  # alert: protocol version

    error = await fail(await tcp(tls), methods, text)
    assert "it wants TLS: use https://" in error.message


async def test_nonsense_is_a_broken_rule(tcp: Any, methods: Any, text: Any) -> None:
    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"\x00\x00\x04\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00" * 3)

    error = await fail(await tcp(nonsense), methods, text)
    assert "the server broke a rule of HTTP/2" in error.message


async def test_a_server_that_hangs_up_at_once(tcp: Any, methods: Any, text: Any) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)

    error = await fail(await tcp(hang_up), methods, text)
    assert "before it answered anything" in error.message


async def test_a_plaintext_server_that_is_spoken_to_in_tls(start: Any, methods: Any, text: Any) -> None:
    from remora.channel.security import TransportSecurity

    server, _ = await start(answer)
    error = await fail(server.port, methods, text, "https://127.0.0.1:{}", tls=TransportSecurity().h2_context())
    assert not error.retriable
    assert "does not speak TLS" in error.message or "closed the connection while it was being made" in error.message
    assert error.hint


async def test_a_connection_that_breaks_in_the_middle(start: Any, methods: Any, text: Any) -> None:
    async def script(call: Any) -> None:
        await call.ended.wait()
        if call.text == "drop":
            call.peer.drop()
        elif call.text == "stream":
            call.start()
            call.message("one")
            await asyncio.sleep(0)
            call.peer.drop()
        else:
            call.answer(call.text)

    server, channel = await start(script)
    with pytest.raises(errors.Unavailable, match="the connection was lost") as caught:
        await channel.unary_unary(methods["unary"], text("drop"))
    assert not caught.value.retriable
    assert len(server.calls) == 1
    with pytest.raises(errors.Unavailable, match="the connection was lost") as caught:
        await channel.unary_unary(methods["safe"], text("drop"))
    assert caught.value.retriable
    assert len(server.calls) == 5
    stream = channel.unary_stream(methods["stream"], text("stream"))
    assert (await stream.__anext__()).value == "one"
    with pytest.raises(errors.Unavailable, match="the connection was lost"):
        await stream.__anext__()
    assert (await channel.unary_unary(methods["unary"], text("again"))).value == "again"


async def test_a_connection_that_the_server_closed_while_idle(start: Any, methods: Any, text: Any) -> None:
    server, channel = await start(answer)
    await channel.unary_unary(methods["unary"], text("a"))
    server.peers[0].drop()
    await asyncio.wait_for(server.peers[0].closed.wait(), 10)
    await asyncio.sleep(0.01)
    assert (await channel.unary_unary(methods["unary"], text("b"))).value == "b"
    assert len(server.peers) == 2


async def test_a_silent_connection_is_found_by_a_ping(start: Any, methods: Any, text: Any) -> None:
    async def silent(call: Any) -> None:
        call.peer.answer_pings = False

    server, channel = await start(silent, keepalive=0.05, keepalive_timeout=0.05)
    with pytest.raises(errors.Unavailable, match=r"did not answer a keepalive ping within 0\.05 s"):
        await channel.unary_unary(methods["unary"], text("x"))
    assert len(server.peers[0].pings) == 1


async def test_a_quiet_call_lives_as_long_as_pings_are_answered(start: Any, methods: Any, text: Any) -> None:
    async def quiet(call: Any) -> None:
        await call.ended.wait()
        while len(call.peer.pings) < 4:
            await asyncio.wait_for(call.peer.pinged.wait(), 10)
            call.peer.pinged.clear()
        call.answer("late")

    server, channel = await start(quiet, keepalive=0.02, keepalive_timeout=5)
    assert (await channel.unary_unary(methods["unary"], text("x"))).value == "late"
    count = len(server.peers[0].pings)
    await asyncio.sleep(0.1)
    assert len(server.peers[0].pings) == count  # no pings without calls


async def test_frames_of_kinds_that_nobody_knows_are_ignored(start: Any, methods: Any, text: Any) -> None:
    async def odd(call: Any) -> None:
        await call.ended.wait()
        call.peer.raw(b"\x00\x00\x05\x0a\x00\x00\x00\x00\x00\x00\x03abc")  # ALTSVC for an origin
        call.peer.raw(b"\x00\x00\x03\xfa\x00\x00\x00\x00\x00xyz")  # a type from the future
        call.peer.headers(call.id, [(":status", "103"), ("link", "x")])  # early hints
        call.answer("fine")

    server, channel = await start(odd)
    assert (await channel.unary_unary(methods["unary"], text("x"))).value == "fine"
    assert (await channel.unary_unary(methods["unary"], text("x"))).value == "fine"
    assert len(server.peers) == 1


async def test_a_host_that_does_not_exist(methods: Any, text: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unknown(*arguments: Any, **options: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    error = await fail(1, methods, text, "http://nowhere.invalid:{}")
    assert error.message == "the host 'nowhere.invalid' cannot be resolved"
    assert not error.retriable


async def test_an_endpoint_that_never_answers_the_connection(
    methods: Any, text: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    connecting = asyncio.Event()

    async def never(*arguments: Any, **options: Any) -> Any:
        connecting.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", never)
    error = await fail(1, methods, text, connect_timeout=0.05)
    assert error.message == "no connection within 0.05 s"
    channel = Channel(parse_endpoint("http://127.0.0.1:1").endpoint())
    with pytest.raises(errors.DeadlineExceeded):
        await channel.unary_unary(methods["unary"], text("x"), timeout=0.05)
    call = asyncio.ensure_future(channel.unary_unary(methods["unary"], text("x")))
    await connecting.wait()
    channel.close()
    with pytest.raises(errors.ClientClosed):
        await call


async def test_callers_share_an_attempt_to_connect_and_one_that_gives_up_does_not_end_it(
    start: Any, methods: Any, text: Any
) -> None:
    server, channel = await start(answer)
    first = asyncio.ensure_future(channel.unary_unary(methods["unary"], text("first")))
    others = [asyncio.ensure_future(channel.unary_unary(methods["unary"], text(str(i)))) for i in range(10)]
    await asyncio.sleep(0)
    first.cancel()
    assert [(await other).value for other in others] == [str(i) for i in range(10)]
    assert len(server.peers) == 1


async def test_failures_to_connect_are_spaced_out(tcp: Any, methods: Any, text: Any) -> None:
    times: list[float] = []
    loop = asyncio.get_running_loop()

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        times.append(loop.time())

    options = ChannelOptions(timeout=1.0, retry=RetryPolicy(attempts=10_000, initial=1e-6, maximum=1e-6))
    channel = Channel(parse_endpoint(f"http://127.0.0.1:{await tcp(hang_up)}").endpoint(), options=options)
    with pytest.raises((errors.Unavailable, errors.DeadlineExceeded)):
        await channel.unary_unary(methods["safe"], text("x"))
    channel.close()
    assert 1 < len(times) < 40


# TLS -----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def authority() -> Any:
    trustme = pytest.importorskip("trustme")
    return trustme.CA()


@pytest.fixture
async def tls_server(authority: Any, start: Any) -> Any:
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    context.set_alpn_protocols(["h2"])
    server, _ = await start(answer)
    server.server.close()
    await server.start(context)
    return server


async def test_a_certificate_of_an_authority_of_ones_own(
    tls_server: Any, authority: Any, methods: Any, text: Any, tmp_path: Any
) -> None:
    from remora.channel.security import TransportSecurity

    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    url = f"https://localhost:{tls_server.port}"
    channel = Channel(
        parse_endpoint(url).endpoint(), tls=TransportSecurity(ca_cert_file=str(tmp_path / "ca.pem")).h2_context()
    )
    assert (await channel.unary_unary(methods["unary"], text("safe"))).value == "safe"
    assert tls_server.calls[0].headers[":scheme"] == "https"
    channel.close()

    error = await fail(
        tls_server.port,
        methods,
        text,
        "https://127.0.0.1:{}",
        tls=TransportSecurity(ca_cert_file=str(tmp_path / "ca.pem")).h2_context(),
    )
    assert "certificate is not trusted" in error.message  # it is for localhost, not for this address


async def test_a_certificate_that_nobody_knows(tls_server: Any, methods: Any, text: Any) -> None:
    from remora.channel.security import TransportSecurity

    error = await fail(tls_server.port, methods, text, "https://localhost:{}", tls=TransportSecurity().h2_context())
    assert "certificate is not trusted" in error.message
    assert "ca_cert_file" in str(error.hint)
    assert not error.retriable


async def test_skipping_the_check_works_and_warns(tls_server: Any, methods: Any, text: Any) -> None:
    from remora.channel.security import TransportSecurity

    with pytest.warns(errors.ConfigWarning, match="anyone in between can read"):
        context = TransportSecurity(insecure_skip_verify=True).h2_context()
    channel = Channel(parse_endpoint(f"https://localhost:{tls_server.port}").endpoint(), tls=context)
    assert (await channel.unary_unary(methods["unary"], text("x"))).value == "x"
    channel.close()


def test_a_ca_file_that_cannot_be_used(tmp_path: Any) -> None:
    from remora.channel.security import TransportSecurity

    with pytest.raises(errors.ConfigError, match="cannot be read"):
        TransportSecurity(ca_cert_file=str(tmp_path / "missing.pem")).h2_context()
    (tmp_path / "bad.pem").write_text("no certificate")
    with pytest.raises(errors.ConfigError, match="holds no usable certificate"):
        TransportSecurity(ca_cert_file=str(tmp_path / "bad.pem")).h2_context()


# Proxies -------------------------------------------------------------------------------------------------------------


class TunnelProxy:
    """An HTTP proxy that knows CONNECT; `answer` decides what it says."""

    def __init__(self, reply: bytes = b"HTTP/1.1 200 OK\r\nX: y\r\n\r\n") -> None:
        self.reply = reply
        self.requests: list[bytes] = []

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        self.requests.append(request)
        if b" 200 " not in self.reply:
            writer.write(self.reply)
            await writer.drain()
            return
        host, _, port = request.split()[1].decode().rpartition(":")
        upstream_reader, upstream_writer = await asyncio.open_connection(host.strip("[]"), int(port))
        writer.write(self.reply)
        try:
            await asyncio.gather(self.copy(reader, upstream_writer), self.copy(upstream_reader, writer))
        finally:
            upstream_writer.close()

    async def copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()


@pytest.mark.parametrize("login", ["", "me:pass@"])
async def test_calls_go_through_a_proxy(start: Any, tcp: Any, methods: Any, text: Any, login: str) -> None:
    from remora.channel.proxy_url import parse_proxy

    server, _ = await start(answer)
    proxy = TunnelProxy()
    url = f"http://{login}127.0.0.1:{await tcp(proxy.handle)}"
    channel = Channel(parse_endpoint(f"http://127.0.0.1:{server.port}").endpoint(), proxy=parse_proxy(url))
    assert (await channel.unary_unary(methods["unary"], text("through"))).value == "through"
    assert (await channel.unary_unary(methods["unary"], text("x" * 10_000))).value == "x" * 10_000
    channel.close()
    assert len(proxy.requests) == 1
    lines = proxy.requests[0].decode().split("\r\n")
    assert lines[:2] == [f"CONNECT 127.0.0.1:{server.port} HTTP/1.1", f"Host: 127.0.0.1:{server.port}"]
    assert ("Proxy-Authorization: Basic bWU6cGFzcw==" in lines) is bool(login)


async def test_tls_goes_through_a_proxy_from_end_to_end(
    tls_server: Any, authority: Any, tcp: Any, methods: Any, text: Any, tmp_path: Any
) -> None:
    from remora.channel.proxy_url import parse_proxy
    from remora.channel.security import TransportSecurity

    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    proxy = TunnelProxy()
    channel = Channel(
        parse_endpoint(f"https://localhost:{tls_server.port}").endpoint(),
        tls=TransportSecurity(ca_cert_file=str(tmp_path / "ca.pem")).h2_context(),
        proxy=parse_proxy(f"http://127.0.0.1:{await tcp(proxy.handle)}"),
    )
    assert (await channel.unary_unary(methods["unary"], text("sealed"))).value == "sealed"
    channel.close()


@pytest.mark.parametrize(
    ("reply", "message", "retriable"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", r"refused to connect to .* \(HTTP 407\)", False),
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", r"\(HTTP 403\)", False),
        (b"HTTP/1.1 503 Busy\r\n\r\n", r"\(HTTP 503\)", True),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "did not answer with HTTP", True),
        (b"", "did not answer with HTTP", True),
        (b"x" * 40_000, "did not answer with HTTP", True),
    ],
)
async def test_a_proxy_that_refuses(
    tcp: Any, methods: Any, text: Any, reply: bytes, message: str, retriable: bool
) -> None:
    from remora.channel.proxy_url import parse_proxy

    proxy = parse_proxy(f"http://me:hunter2@127.0.0.1:{await tcp(TunnelProxy(reply).handle)}")
    channel = Channel(
        parse_endpoint("http://flyte.example.com").endpoint(),
        proxy=proxy,
        options=ChannelOptions(retry=ONCE, timeout=15),
    )
    with pytest.raises(errors.Unavailable, match=message) as caught:
        await channel.unary_unary(methods["unary"], text("x"))
    channel.close()
    assert caught.value.retriable is retriable
    assert "hunter2" not in str(caught.value)


async def test_a_proxy_that_is_not_there(methods: Any, text: Any, unused_tcp_port: int) -> None:
    from remora.channel.proxy_url import parse_proxy

    channel = Channel(
        parse_endpoint("http://flyte.example.com").endpoint(),
        proxy=parse_proxy(f"http://127.0.0.1:{unused_tcp_port}"),
        options=ChannelOptions(retry=ONCE, timeout=15),
    )
    with pytest.raises(errors.Unavailable, match=r"the HTTP proxy 127\.0\.0\.1:\d+ cannot be reached"):
        await channel.unary_unary(methods["unary"], text("x"))
    channel.close()
