"""The loopback server against what browsers, and others, send."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from remora.auth.callback import CallbackServer, Returned
from remora.errors import AuthError

STATE = "the-right-state"


async def _get(server: CallbackServer, query: str, path: str | None = None, method: str = "GET") -> httpx.Response:
    url = server.redirect_uri if path is None else server.redirect_uri.replace("/callback", path)
    async with httpx.AsyncClient(trust_env=False, timeout=20) as browser:
        return await browser.request(method, f"{url}?{query}" if query else url)


async def test_a_login_comes_back() -> None:
    async with CallbackServer("", STATE) as server:
        page = await _get(server, f"code=c1&state={STATE}&iss=https%3A%2F%2Fidp")
        assert await server.returned() == Returned("c1", "", "", "https://idp")
    assert page.status_code == 200
    assert page.headers["connection"] == "close"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "c1" not in page.text
    assert STATE not in page.text


async def test_everything_else_is_answered_and_changes_nothing() -> None:
    async with CallbackServer("", STATE) as server:
        strange = [
            (await _get(server, "", "/favicon.ico"), 404),
            (await _get(server, "code=x&state=wrong"), 400),
            (await _get(server, "code=x"), 400),
            (await _get(server, f"state={STATE}"), 400),
            (await _get(server, f"state={STATE}&code=x&error=y"), 400),
            (await _get(server, "error=access_denied&state=wrong"), 400),
            (await _get(server, f"code=x&state={STATE}", method="POST"), 405),
            (await _get(server, "code=%3Cscript%3Ealert(1)%3C/script%3E&state=%3Cb%3E"), 400),
        ]
        for page, status in strange:
            assert page.status_code == status
            assert "<script>" not in page.text
        await _get(server, f"code=good&state={STATE}")
        assert (await server.returned()).code == "good"


async def test_an_end_that_is_cancelled_leaves_nothing_open() -> None:
    server = await CallbackServer("http://localhost/callback", STATE).__aenter__()
    port = urlsplit(server.redirect_uri).port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    end = asyncio.ensure_future(server.__aexit__(None, None, None))
    await asyncio.sleep(0)
    end.cancel()
    with pytest.raises(asyncio.CancelledError):
        await end
    assert await asyncio.wait_for(reader.read(), 20) == b""
    writer.close()
    for host in ("127.0.0.1", "::1"):
        with pytest.raises(OSError, match="Errno"):
            await asyncio.open_connection(host, port)


async def test_the_first_answer_counts() -> None:
    async with CallbackServer("", STATE) as server:
        await _get(server, f"code=first&state={STATE}")
        assert (await _get(server, f"code=second&state={STATE}")).status_code == 400
        assert (await server.returned()).code == "first"


async def test_an_error_comes_back() -> None:
    async with CallbackServer("", STATE) as server:
        page = await _get(server, f"error=access_denied&error_description=%3Cb%3Eno&state={STATE}")
        returned = await server.returned()
    assert (returned.error, returned.description) == ("access_denied", "<b>no")
    assert "<b>" not in page.text


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\r\n",
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 5000,
        b"GET /callback",
    ],
    ids=["nothing", "empty line", "half a request", "TLS", "large", "cut off"],
)
async def test_junk_does_not_stop_a_login(sent: bytes) -> None:
    async with CallbackServer("", STATE) as server:
        parts = urlsplit(server.redirect_uri)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(sent)
        writer.write_eof()
        with contextlib.suppress(ConnectionError):
            await asyncio.wait_for(reader.read(), 20)
        writer.close()
        await _get(server, f"code=good&state={STATE}")
        assert (await server.returned()).code == "good"


async def test_a_browser_that_keeps_its_connection_gets_its_page() -> None:
    async with CallbackServer("", STATE) as server, httpx.AsyncClient(trust_env=False, timeout=20) as browser:
        for query in ("code=x&state=wrong", f"code=good&state={STATE}"):
            await browser.get(f"{server.redirect_uri}?{query}")
        assert (await server.returned()).code == "good"


async def test_localhost_is_only_this_machine() -> None:
    async with CallbackServer("http://localhost/back", STATE) as server:
        hosts = {socket.getsockname()[0] for each in server._servers for socket in each.sockets}
        assert server.redirect_uri.startswith("http://localhost:")
        assert server.redirect_uri.endswith("/back")
    assert hosts <= {"127.0.0.1", "::1"}


async def test_a_port_that_is_taken() -> None:
    async with CallbackServer("", STATE) as server:
        with pytest.raises(AuthError, match="another login may be under way"):
            async with CallbackServer(server.redirect_uri, STATE):
                pass


@pytest.mark.parametrize(
    "uri",
    [
        "http://0.0.0.0/callback",
        "http://example.com/callback",
        "https://localhost/callback",
        "http://user@localhost/callback",
        "http://localhost:99999/callback",
        "http://localhost/callback#x",
        "nonsense",
    ],
)
async def test_an_address_that_is_not_on_this_machine(uri: str) -> None:
    with pytest.raises(AuthError, match="redirect URI"):
        CallbackServer(uri, STATE)


async def test_nothing_is_left(recwarn: Any) -> None:
    async with CallbackServer("", STATE) as server:
        uri = server.redirect_uri
    parts = urlsplit(uri)
    with pytest.raises(OSError, match=r"Connect call failed|refused"):
        await asyncio.open_connection(parts.hostname, parts.port)
