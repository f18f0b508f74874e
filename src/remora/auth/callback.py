"""The loopback server that a browser comes back to after a login: RFC 8252 section 7.3."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import socket
from types import TracebackType
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

import h11

from remora.channel.listening import stop_listening
from remora.errors import AuthError

_SECONDS, _MAX_HEAD = 10.0, 16 * 1024
_HOSTS = {"localhost": ("127.0.0.1", "::1"), "127.0.0.1": ("127.0.0.1",), "::1": ("::1",)}

# Nothing that a request said is shown, so there is nothing to escape.
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1><p>{text}</p></body></html>
"""
_HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
    ("Connection", "close"),
)


class Returned(NamedTuple):
    """What the browser brought back.

    Attributes:
        code: The authorization code, or "".
        error: The provider's code of a failure, or "".
        description: Its words for the failure.
        issuer: Who says that it answered (RFC 9207), or "".
    """

    code: str
    error: str
    description: str
    issuer: str


class _Page(NamedTuple):
    status: int
    title: str
    text: str


_DONE = _Page(200, "Login received", "You can close this page and go back to your program.")
_FAILED = _Page(200, "No login", "The login did not succeed. Your program says why; you can close this page.")
_STRANGE = _Page(400, "Not a login", "This page is only for the end of a login that is under way.")
_NOT_HERE = _Page(404, "Not found", "There is nothing here.")
_NOT_SO = _Page(405, "Not allowed", "This page can only be read.")
_MALFORMED = _Page(400, "Malformed request", "This was not a request of a browser.")


class CallbackServer:
    """Waits on this machine for one login to come back; use it in an `async with` block.

    Args:
        redirect_uri: Where the browser is sent, "http://localhost:53593/callback"; "" for a free port. A port that is
            left out is a free one too.
        state: What the answer must repeat (RFC 6749 section 10.12).

    Attributes:
        redirect_uri: The full address, known when it listens.

    Raises:
        AuthError: The address is not one of this machine.
    """

    def __init__(self, redirect_uri: str, state: str) -> None:
        self._state = state
        self._host, self._port, self._path = _read(redirect_uri or "http://127.0.0.1/callback")
        self.redirect_uri = ""
        self._servers: list[asyncio.Server] = []
        self._returned: asyncio.Future[Returned] = asyncio.get_running_loop().create_future()
        self._connections: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> CallbackServer:
        try:
            await self._listen()
        except OSError as error:
            await self.__aexit__(None, None, None)
            raise AuthError(
                f"cannot wait for the browser on {self._host} port {self._port}: {error.strerror or error}",
                hint="another login may be under way; finish it, or pass another redirect_uri",
            ) from None
        host = f"[{self._host}]" if ":" in self._host else self._host
        self.redirect_uri = f"http://{host}:{self._port}{self._path}"
        return self

    async def _listen(self) -> None:
        # Addresses are literal: a name could be resolved to an interface that others reach.
        first, *others = _HOSTS[self._host]
        server = await asyncio.start_server(self._accept, first, self._port, limit=_MAX_HEAD)
        self._servers.append(server)
        self._port = int(server.sockets[0].getsockname()[1])
        for address in others:
            # "localhost" is the IPv6 address for some browsers; a machine without IPv6 does without it.
            if socket.has_ipv6:
                with contextlib.suppress(OSError):
                    self._servers.append(await asyncio.start_server(self._accept, address, self._port, limit=_MAX_HEAD))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            await stop_listening(*self._servers)
            # The page that says "done" is still on its way when the login goes on.
            if self._connections:
                await asyncio.wait(self._connections, timeout=1.0)
        finally:
            for task in self._connections:
                task.cancel()

    async def returned(self) -> Returned:
        """Wait for the browser."""
        return await asyncio.shield(self._returned)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            await asyncio.wait_for(self._serve(reader, writer), _SECONDS)
        except (asyncio.TimeoutError, OSError):
            pass  # browsers open connections that they do not use
        except asyncio.CancelledError:
            pass  # by `__aexit__`; asyncio's streams would report a cancelled callback as a failure
        finally:
            self._connections.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        http = h11.Connection(h11.SERVER, max_incomplete_event_size=_MAX_HEAD)
        returned: Returned | None = None
        try:
            while (event := http.next_event()) is h11.NEED_DATA:
                data = await reader.read(_MAX_HEAD)
                http.receive_data(data)
            if not isinstance(event, h11.Request):
                return
            page, returned = self._answer(event.method, event.target.decode("latin-1"))
        except h11.RemoteProtocolError:
            page = _MALFORMED
        await _send(http, writer, page)
        if returned is not None and not self._returned.done():
            self._returned.set_result(returned)

    def _answer(self, method: bytes, target: str) -> tuple[_Page, Returned | None]:
        parts = urlsplit(target)
        if parts.path != self._path:
            return _NOT_HERE, None
        if method != b"GET":
            return _NOT_SO, None
        fields = dict(parse_qsl(parts.query, keep_blank_values=True, max_num_fields=50))
        # Compared in constant time; whoever does not know the state can neither finish nor stop the login.
        if not hmac.compare_digest(fields.get("state", "").encode(), self._state.encode()):
            return _STRANGE, None
        code, error = fields.get("code", ""), fields.get("error", "")
        if self._returned.done() or bool(code) == bool(error):
            return _STRANGE, None
        returned = Returned(code, error, fields.get("error_description", ""), fields.get("iss", ""))
        return (_DONE if code else _FAILED), returned


async def _send(http: h11.Connection, writer: asyncio.StreamWriter, page: _Page) -> None:
    body = _PAGE.format(title=page.title, text=page.text).encode()
    headers = [*_HEADERS, ("Content-Length", str(len(body)))]
    parts: list[h11.Event] = [
        h11.Response(status_code=page.status, headers=headers),
        h11.Data(data=body),
        h11.EndOfMessage(),
    ]
    with contextlib.suppress(h11.LocalProtocolError):  # a malformed request may be past an answer
        writer.write(b"".join(http.send(part) or b"" for part in parts))
        await writer.drain()


def _read(redirect_uri: str) -> tuple[str, int, str]:
    hint = 'it must be on this machine, such as "http://localhost:53593/callback"'
    try:
        parts = urlsplit(redirect_uri)
        host, port = parts.hostname or "", parts.port or 0
    except ValueError:
        raise AuthError(f"the redirect URI {redirect_uri!r} is malformed", hint=hint) from None
    if parts.scheme != "http" or host not in _HOSTS or parts.query or parts.fragment or parts.username is not None:
        raise AuthError(f"the redirect URI {redirect_uri!r} cannot be served", hint=hint)
    return host, port, parts.path
