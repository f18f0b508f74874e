"""Servers that end just when a connection comes: nothing is left open."""

from __future__ import annotations

import asyncio
import gc
import socket
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest

from remora.auth.callback import CallbackServer
from remora.channel.server import serve
from remora.dev.objects.http import HttpRequest, HttpResponse, HttpServer


@asynccontextmanager
async def callback() -> AsyncIterator[int]:
    async with CallbackServer("", "state") as server:
        yield urlsplit(server.redirect_uri).port or 0


@asynccontextmanager
async def http() -> AsyncIterator[int]:
    async def handle(request: HttpRequest) -> HttpResponse:
        return HttpResponse(200)

    server = HttpServer(handle)
    yield await server.start("127.0.0.1", 0)
    await server.close()


@asynccontextmanager
async def grpc() -> AsyncIterator[int]:
    async with await serve([]) as server:
        yield server.port


@pytest.mark.parametrize("turns", range(6))
@pytest.mark.parametrize("server", [callback, http, grpc])
def test_a_connection_that_comes_at_the_end_is_closed(server: Callable[[], object], turns: int) -> None:
    """In each of the turns that the event loop takes from accepting a socket to serving it."""

    async def come() -> None:
        async with server() as port:  # type: ignore[attr-defined]
            client = socket.create_connection(("127.0.0.1", port), timeout=20)
            for _ in range(turns):
                await asyncio.sleep(0)
            if server is callback:
                client.shutdown(socket.SHUT_WR)  # a browser that is slow is waited for
        clients.append(client)

    clients: list[socket.socket] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        asyncio.run(come())
        gc.collect()
    assert [str(each.message) for each in caught if each.category is ResourceWarning] == []
    with clients[0] as client:
        try:
            while client.recv(1000):  # what the server said before it left
                pass
        except ConnectionResetError:
            pass
