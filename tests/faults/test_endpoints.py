"""Every way to write an endpoint, from the text to an answer."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from remora.client import Client


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback address")


async def called(url: str, methods: Any, text: Any, **settings: Any) -> Client:
    client = Client(url, config_file=False, timeout=60, **settings)
    try:
        assert (await client.unary_unary(methods["unary"], text("here"))).value == "here"
    finally:
        await client.aclose()
    return client


@pytest.mark.parametrize(
    ("spelling", "insecure", "authority"),
    [
        ("http://127.0.0.1:{port}", None, "127.0.0.1:{port}"),
        ("http://127.0.0.1:{port}/", None, "127.0.0.1:{port}"),
        ("HTTP://localhost:{port}", True, "localhost:{port}"),
        ("127.0.0.1:{port}", True, "127.0.0.1:{port}"),
        ("localhost:{port}", True, "localhost:{port}"),
        ("dns:///localhost:{port}", True, "localhost:{port}"),
    ],
)
async def test_plaintext(
    start: Any, answer: Any, methods: Any, text: Any, spelling: str, insecure: bool | None, authority: str
) -> None:
    server, _ = await start(answer)
    await called(spelling.format(port=server.port), methods, text, insecure=insecure)
    assert server.calls[0].headers[":scheme"] == "http"
    assert server.calls[0].headers[":authority"] == authority.format(port=server.port)


@pytest.mark.parametrize("spelling", ["https://localhost:{}", "localhost:{}", "dns:///127.0.0.1:{}", "127.0.0.1:{}"])
async def test_tls(
    start: Any, answer: Any, methods: Any, text: Any, server_tls: Any, ca_file: str, spelling: str
) -> None:
    server, _ = await start(answer, server_tls=server_tls())
    await called(spelling.format(server.port), methods, text, ca_cert_file=ca_file)
    assert server.calls[0].headers[":scheme"] == "https"


@needs_ipv6
@pytest.mark.parametrize(
    ("spelling", "settings"),
    [
        ("http://[::1]:{}", {}),
        ("[::1]:{}", {"insecure": True}),
        ("dns:///[::1]:{}", {"insecure": True}),
        ("https://[::1]:{}", {"tls": True}),
    ],
)
async def test_ipv6(
    start: Any,
    answer: Any,
    methods: Any,
    text: Any,
    server_tls: Any,
    ca_file: str,
    spelling: str,
    settings: dict[str, Any],
) -> None:
    tls = settings.pop("tls", False)
    server, _ = await start(answer)
    server.server.close()
    listening = await asyncio.start_server(server.connected, "::1", 0, ssl=server_tls() if tls else None)
    port = listening.sockets[0].getsockname()[1]
    extra = {"ca_cert_file": ca_file} if tls else {}
    await called(spelling.format(port), methods, text, **settings, **extra)
    assert server.calls[0].headers[":authority"] == f"[::1]:{port}"
    listening.close()


@pytest.mark.parametrize("spelling", ["unix:{}", "unix://{}"])
async def test_unix_sockets(
    start: Any, answer: Any, methods: Any, text: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, spelling: str
) -> None:
    server, _ = await start(answer)
    path = tmp_path / "s"
    listening = await asyncio.start_unix_server(server.connected, path)
    client = await called(spelling.format(path), methods, text)
    assert client.endpoint == f"unix:{path}"
    assert server.calls[0].headers[":authority"] == "localhost"
    monkeypatch.chdir(tmp_path)
    await called("unix:s", methods, text)
    listening.close()


async def test_names_that_options_override(start: Any, answer: Any, methods: Any, text: Any) -> None:
    server, _ = await start(answer)
    options = [
        ("grpc.default_authority", "api.example.com"),
        ("grpc.primary_user_agent", "app/1"),
        ("grpc.secondary_user_agent", "lib/2"),
    ]
    await called(f"http://127.0.0.1:{server.port}", methods, text, grpc_options=options)
    headers = server.calls[0].headers
    assert headers[":authority"] == "api.example.com"
    assert headers["user-agent"].startswith("app/1 remora/")
    assert headers["user-agent"].endswith(" lib/2")
