"""A small HTTP/1.1 server for loopback: h11 reads and writes the protocol, asyncio the bytes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import h11

from remora.channel.listening import stop_listening

_CHUNK = 256 * 1024
_IDLE_TIMEOUT = 60.0
# A refused upload is read to its end up to this size, so that the client sees the answer and not a broken pipe.
_MAX_DRAIN = 128 * 1024 * 1024
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class HttpRequest:
    """Head of a request; `target` is path and query as sent, header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: AsyncIterator[bytes]


class Body(Protocol):
    """A body that is sent in pieces. It is closed whether it was sent or not."""

    length: int

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    def close(self) -> None:
        """Give back what it holds."""


@dataclass(frozen=True)
class HttpResponse:
    """An answer; with `abandon` the connection is broken off instead, as by a failing network."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Body = b""
    abandon: bool = False


HttpHandler = Callable[[HttpRequest], Awaitable[HttpResponse]]
_Event = h11.Request | h11.Data | h11.EndOfMessage | h11.ConnectionClosed


class HttpServer:
    """Serves a handler until it is closed."""

    def __init__(self, handler: HttpHandler) -> None:
        self._handler = handler
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._closing = False

    async def start(self, host: str, port: int) -> int:
        """Listen and return the port.

        Raises:
            OSError: The port is taken.
        """
        self._server = await asyncio.start_server(self._accept, host, port)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening and drop every connection."""
        self._closing = True
        await stop_listening(self._server)
        for task, writer in self._connections.items():
            # Before Python 3.12 a cancellation can get lost in `wait_for`; without its transport the task ends anyway.
            writer.transport.abort()
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._closing:  # accepted before the end, but served only now
            writer.close()
            return
        task = asyncio.current_task()
        assert task is not None
        self._connections[task] = writer
        try:
            await _Connection(reader, writer, self._handler).serve()
        except (ConnectionError, asyncio.TimeoutError):
            _logger.debug("an object store connection broke off")
        except asyncio.CancelledError:
            # Only `close` cancels. A cancelled callback would be reported by asyncio's streams as a failure.
            pass
        finally:
            del self._connections[task]
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, handler: HttpHandler) -> None:
        self._reader = reader
        self._writer = writer
        self._handler = handler
        self._http = h11.Connection(h11.SERVER)

    async def serve(self) -> None:
        """Answer requests until the connection ends."""
        while True:
            try:
                event = await self._next()
                if not isinstance(event, h11.Request):
                    return
                response = await self._respond(event)
                if response.abandon:
                    self._writer.transport.abort()
                    return
                try:
                    await self._send(event, response)
                finally:
                    if not isinstance(response.body, bytes):
                        response.body.close()
                if not await self._drain():
                    return
            except h11.RemoteProtocolError as error:
                await self._refuse(error)
                return
            self._http.start_next_cycle()

    async def _next(self) -> _Event:
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                if self._http.they_are_waiting_for_100_continue:
                    await self._write(h11.InformationalResponse(status_code=100, headers=[]))
                data = await asyncio.wait_for(self._reader.read(_CHUNK), _IDLE_TIMEOUT)
                self._http.receive_data(data)
            elif event is h11.PAUSED:
                return h11.ConnectionClosed()
            else:
                assert isinstance(event, (h11.Request, h11.Data, h11.EndOfMessage, h11.ConnectionClosed))
                return event

    async def _body(self) -> AsyncIterator[bytes]:
        while True:
            event = await self._next()
            if not isinstance(event, h11.Data):
                return
            yield bytes(event.data)

    async def _respond(self, event: h11.Request) -> HttpResponse:
        headers: dict[str, str] = {}
        for name, value in event.headers:
            key, text = name.decode("latin-1"), value.decode("utf-8", "surrogateescape")
            headers[key] = f"{headers[key]},{text}" if key in headers else text
        request = HttpRequest(event.method.decode("latin-1"), event.target.decode("latin-1"), headers, self._body())
        try:
            return await self._handler(request)
        except (h11.RemoteProtocolError, ConnectionError, asyncio.TimeoutError):
            raise
        except Exception:
            _logger.exception("the object store failed")
            return HttpResponse(500)

    async def _send(self, request: h11.Request, response: HttpResponse) -> None:
        length = len(response.body) if isinstance(response.body, bytes) else response.body.length
        headers = [*response.headers.items(), ("Content-Length", str(length))]
        if self._http.their_state is h11.ERROR:
            headers.append(("Connection", "close"))
        await self._write(h11.Response(status_code=response.status, headers=headers))
        if request.method != b"HEAD":
            if isinstance(response.body, bytes):
                await self._write(h11.Data(data=response.body))
            else:
                async for piece in response.body:
                    await self._write(h11.Data(data=piece))
        await self._write(h11.EndOfMessage())

    async def _write(self, event: h11.Event) -> None:
        data = self._http.send(event)
        if data:
            self._writer.write(data)
            await self._writer.drain()

    async def _drain(self) -> bool:
        # Whether the connection can carry another request; reads what the handler left of the body.
        left = _MAX_DRAIN
        while self._http.their_state is h11.SEND_BODY and left > 0:
            event = await self._next()
            if isinstance(event, h11.Data):
                left -= len(event.data)
        return self._http.our_state is h11.DONE and self._http.their_state is h11.DONE

    async def _refuse(self, error: h11.RemoteProtocolError) -> None:
        if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            headers = [("Content-Length", "0"), ("Connection", "close")]
            await self._write(h11.Response(status_code=error.error_status_hint or 400, headers=headers))
            await self._write(h11.EndOfMessage())
