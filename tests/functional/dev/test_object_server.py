"""The HTTP server of the object store by itself."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from remora.dev.faults import Faults
from remora.dev.objects.files import ObjectFiles
from remora.dev.objects.handlers import ObjectHandlers
from remora.dev.objects.http import HttpRequest, HttpResponse, HttpServer
from remora.dev.objects.signing import Signer
from remora.dev.store.database import Database


@dataclass
class Store:
    """A running object store."""

    files: ObjectFiles
    signer: Signer
    url: str
    http: httpx.AsyncClient

    def sign(self, method: str, key: str) -> str:
        return self.url + self.signer.sign(method, key, int(time.time()) + 60, {})


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    workers = ThreadPoolExecutor(2)
    database = Database(tmp_path / "remora.db", lambda topics: None)
    await database.open()
    files = ObjectFiles(tmp_path / "objects", tmp_path / "incoming")
    files.prepare()
    signer = Signer(b"key")
    server = HttpServer(ObjectHandlers(files, signer, database, Faults(), workers, 10_000_000).handle)
    port = await server.start("127.0.0.1", 0)
    async with httpx.AsyncClient(trust_env=False) as http:
        yield Store(files, signer, f"http://127.0.0.1:{port}", http)
    await server.close()
    await database.close()
    workers.shutdown()


async def test_what_was_uploaded_can_be_read(store: Store) -> None:
    body = bytes(range(256)) * 20_000
    headers = {"Content-Type": "text/x-test"}
    assert (await store.http.put(store.sign("PUT", "a/b"), content=body, headers=headers)).status_code == 200
    read = await store.http.get(store.sign("GET", "a/b"))
    assert (read.status_code, read.content, read.headers["content-type"]) == (200, body, "text/x-test")
    head = await store.http.head(store.sign("GET", "a/b"))
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(body)))
    assert head.headers["etag"] == read.headers["etag"]


async def test_what_a_task_wrote_can_be_read(store: Store) -> None:
    store.files.write("data/x", b"written")
    read = await store.http.get(store.sign("GET", "data/x"))
    assert (read.content, read.headers["content-type"]) == (b"written", "application/octet-stream")
    assert "etag" not in read.headers


async def test_what_is_not_there(store: Store) -> None:
    store.files.write("folder/x", b"")
    for key in ("missing", "folder", "folder/x/y"):
        response = await store.http.get(store.sign("GET", key))
        assert (response.status_code, "NoSuchKey" in response.text) == (404, True)


async def test_names_that_are_no_names(store: Store) -> None:
    # Only somebody with the key could sign these.
    for key in ("a/../../x", "a//b", "..", "a\x01b"):
        # Written by hand: an HTTP client would tidy the path.
        reader, writer = await asyncio.open_connection("127.0.0.1", int(store.url.rpartition(":")[2]))
        target = store.signer.sign("PUT", key, int(time.time()) + 60, {})
        writer.write(f"PUT {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx".encode())
        assert (await reader.readline()).startswith(b"HTTP/1.1 400")
        writer.close()
        await writer.wait_closed()
    assert not list(store.files.root.iterdir())


async def test_the_largest_upload(store: Store) -> None:
    response = await store.http.put(store.sign("PUT", "big"), content=bytes(10_000_001))
    assert (response.status_code, "EntityTooLarge" in response.text) == (400, True)
    assert store.files.read("big") is None


async def test_one_connection_for_many_requests(store: Store) -> None:
    statuses = await asyncio.gather(
        *(store.http.put(store.sign("PUT", f"many/{number}"), content=b"x" * number) for number in range(100))
    )
    assert {response.status_code for response in statuses} == {200}
    assert store.files.read("many/99") == b"x" * 99


async def test_a_replaced_object_is_never_read_in_part(store: Store) -> None:
    sizes = [300_000, 500_000, 700_000]

    async def write() -> None:
        for size in sizes * 3:
            await store.http.put(store.sign("PUT", "hot"), content=bytes([size // 100_000]) * size)

    async def read() -> None:
        for _ in range(20):
            response = await store.http.get(store.sign("GET", "hot"))
            if response.status_code == 200:
                assert set(response.content) == {len(response.content) // 100_000}

    await asyncio.gather(write(), read(), read())


async def test_a_handler_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    async def handler(request: HttpRequest) -> HttpResponse:
        raise LookupError("secret detail")

    server = HttpServer(handler)
    port = await server.start("127.0.0.1", 0)
    async with httpx.AsyncClient(trust_env=False) as http:
        with caplog.at_level(logging.CRITICAL, "remora.dev.objects.http"):
            response = await http.get(f"http://127.0.0.1:{port}/")
    assert (response.status_code, response.content) == (500, b"")
    await server.close()


async def test_closing_drops_open_connections() -> None:
    async def handler(request: HttpRequest) -> HttpResponse:
        return HttpResponse(200)

    server = HttpServer(handler)
    port = await server.start("127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
    await reader.readuntil(b"\r\n\r\n")
    await asyncio.wait_for(server.close(), 5)
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()
