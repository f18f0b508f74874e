"""A control plane that gives URLs, and a store behind them that behaves, or does not."""

from __future__ import annotations

import asyncio
import inspect
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from remora.channel.security import TransportSecurity
from remora.client import Client
from remora.errors import AlreadyExists, ConfigError, RpcError, Unimplemented
from remora.transfer import attempts
from remora_api.flyteidl2 import cluster, dataproxy
from remora_api.google import protobuf

SECRET = "X-Amz-Signature=0123456789abcdef"


@dataclass
class Request:
    """What the store was sent."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Answer:
    """What the store says: a status and a body, after reading all of the request or the first `after` bytes."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    after: int | None = None
    stall: bool = False
    """Say nothing, until the client has left."""


@dataclass
class Store:
    """An HTTP/1.1 server that keeps what it is sent and answers as it is told; afterwards with 200."""

    answers: list[Answer] = field(default_factory=list)
    decide: Callable[[Request], Answer | None] | None = None
    received: list[Request] = field(default_factory=list)
    connections: int = 0
    open: int = 0
    busy: int = 0
    most_busy: int = 0
    stalled: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        try:
            while await self._request(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            self.open -= 1
            self.left.set()
            writer.close()

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        method, target, _ = first.split(" ")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        assert "transfer-encoding" not in headers
        request = Request(method, target, headers, b"")
        self.busy += 1
        self.most_busy = max(self.most_busy, self.busy)
        try:
            answer = self.answers.pop(0) if self.answers else Answer()
            length = int(headers.get("content-length", "0"))
            request.body = await reader.readexactly(length if answer.after is None else min(length, answer.after))
            self.received.append(request)
            if self.decide is not None:
                answer = self.decide(request) or answer
            if answer.stall:
                self.stalled.set()
                await reader.read()
                return False
        finally:
            self.busy -= 1
        if not answer.status:
            return False
        given = {"Content-Length": str(len(answer.body)), **answer.headers}
        lines = [f"HTTP/1.1 {answer.status} X", *(f"{name}: {value}" for name, value in given.items())]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + answer.body)
        await writer.drain()
        return answer.after is None and int(given["Content-Length"]) == len(answer.body)

    def bodies(self) -> dict[str, bytes]:
        """The last body for each path, without query."""
        return {request.target.partition("?")[0].removeprefix("/"): request.body for request in self.received}


@dataclass
class Plane:
    """A control plane in place of a client: it gives URLs of the store, and remembers digests like a backend."""

    store: Store
    config: Any = None
    project: str = "proj"
    domain: str = "dev"
    org: str = ""
    asked: list[dataproxy.CreateUploadLocationRequest] = field(default_factory=list)
    digests: dict[str, bytes] = field(default_factory=dict)
    override: Callable[[Any], Any] | None = None
    expires_in: float | None = None
    root: str = "s3://bucket/uploads"
    kept: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        endpoint = SimpleNamespace(tls=False, host="127.0.0.1")
        self.config = SimpleNamespace(endpoint=endpoint, security=TransportSecurity())

    @property
    def client(self) -> Client:
        """Itself, for a checker."""
        return cast("Client", self)

    def value(self, setting: str, given: str | None = None, *, required: bool = True) -> str:
        found = given or getattr(self, setting)
        if required and not found:
            raise ConfigError(f"no {setting}")
        return str(found)

    async def unary_unary(self, method: Any, request: Any, *, timeout: Any = None, metadata: Any = None) -> Any:
        await asyncio.sleep(0)
        request = method.request_type.parse(bytes(request))
        if isinstance(request, cluster.SelectClusterRequest):
            raise Unimplemented("there is one cluster")
        if isinstance(request, dataproxy.CreateUploadLocationRequest):
            self.asked.append(request)
        answer = self.override(request) if self.override is not None else None
        if inspect.isawaitable(answer):
            answer = await answer
        if answer is None:
            answer = self.locate(request)
        if isinstance(answer, RpcError):
            raise answer
        return answer

    def locate(self, request: dataproxy.CreateUploadLocationRequest) -> Any:
        """What a backend answers: another digest under a name that is taken is refused."""
        key = f"{request.filename_root}/{request.filename}".lstrip("/")
        if request.filename_root and self.digests.get(key, request.content_md5) != request.content_md5:
            return AlreadyExists(f"file already exists at [{key}] with different content (hash mismatch)")
        expires_at = None
        if self.expires_in is not None:
            import time

            expires_at = protobuf.Timestamp(seconds=int(time.time() + self.expires_in))
        return dataproxy.CreateUploadLocationResponse(
            signed_url=f"{self.store.url}/{_quoted(key)}?n={len(self.asked)}&{SECRET}",
            native_url=f"{self.root}/{key}",
            headers={"x-amz-meta-flyteContentMD5": "abc"},
            expires_at=expires_at,
        )


def _quoted(key: str) -> str:
    from urllib.parse import quote

    return quote(key)


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    found = Store()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield found
    server.close()
    await server.wait_closed()


@pytest.fixture
def plane(store: Store, monkeypatch: pytest.MonkeyPatch) -> Plane:
    """A control plane whose store is the fixture `store`; pauses between attempts take no time."""
    monkeypatch.setattr(attempts, "FIRST_DELAY", 0.0)
    return Plane(store)


@pytest.fixture
def answer_class() -> type[Answer]:
    """The class of answers, for tests that program the store."""
    return Answer
