"""Calls through an HTTP proxy, with CONNECT."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from remora import errors
from remora.channel import Channel, ChannelOptions, RetryPolicy, parse_endpoint
from remora.channel.proxy_url import parse_proxy
from remora.client import Client

ONCE = RetryPolicy(attempts=1)


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
async def test_calls_go_through_a_proxy(start: Any, tcp: Any, methods: Any, text: Any, login: str, answer: Any) -> None:
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
    start: Any, answer: Any, server_tls: Any, ca_file: str, tcp: Any, methods: Any, text: Any
) -> None:
    server, _ = await start(answer, server_tls=server_tls("localhost"))
    proxy = TunnelProxy()
    client = Client(
        f"https://localhost:{server.port}",
        config_file=False,
        ca_cert_file=ca_file,
        http_proxy_url=f"http://me:pass@127.0.0.1:{await tcp(proxy.handle)}",
    )
    assert (await client.unary_unary(methods["unary"], text("sealed"))).value == "sealed"
    client.close()
    assert len(proxy.requests) == 1
    assert b"Basic bWU6cGFzcw==" in proxy.requests[0]


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
    proxy = parse_proxy(f"http://me:hunter2@127.0.0.1:{await tcp(TunnelProxy(reply).handle)}")
    channel = Channel(
        parse_endpoint("http://flyte.example.com").endpoint(),
        proxy=proxy,
        options=ChannelOptions(retry=ONCE, timeout=60),
    )
    with pytest.raises(errors.Unavailable, match=message) as caught:
        await channel.unary_unary(methods["unary"], text("x"))
    channel.close()
    assert caught.value.retriable is retriable
    assert "hunter2" not in str(caught.value)


async def test_a_proxy_that_is_not_there(methods: Any, text: Any, unused_tcp_port: int) -> None:
    channel = Channel(
        parse_endpoint("http://flyte.example.com").endpoint(),
        proxy=parse_proxy(f"http://127.0.0.1:{unused_tcp_port}"),
        options=ChannelOptions(retry=ONCE, timeout=60),
    )
    with pytest.raises(errors.Unavailable, match=r"the HTTP proxy 127\.0\.0\.1:\d+ cannot be reached"):
        await channel.unary_unary(methods["unary"], text("x"))
    channel.close()
