from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from remora.channel.method import Method, Shape
from remora.channel.server import RunningServer, serve
from remora.channel.service import ServerBase, ServerContext
from remora.client import Client, current
from remora.errors import NotFound
from remora_api.google.protobuf import StringValue


class Echo(ServerBase):
    UNARY = Method("/test.v1.Echo/Unary", StringValue, StringValue, Shape.UNARY_UNARY)
    COUNT = Method("/test.v1.Echo/Count", StringValue, StringValue, Shape.UNARY_STREAM)
    JOIN = Method("/test.v1.Echo/Join", StringValue, StringValue, Shape.STREAM_UNARY)
    CHAT = Method("/test.v1.Echo/Chat", StringValue, StringValue, Shape.STREAM_STREAM)
    METHODS: ClassVar[Mapping[str, Method[Any, Any]]] = {"unary": UNARY, "count": COUNT, "join": JOIN, "chat": CHAT}

    def __init__(self) -> None:
        self.peers: list[str] = []
        self.metadata: list[Mapping[str, str | bytes]] = []
        self.waiting = threading.Event()
        self.cancelled = threading.Event()

    async def unary(self, request: StringValue, context: ServerContext) -> StringValue:
        self.peers.append(context.peer)
        self.metadata.append(context.metadata)
        if request.value == "missing":
            raise NotFound("missing")
        if request.value == "wait":
            self.waiting.set()
            try:
                await asyncio.Event().wait()
            finally:
                self.cancelled.set()
        return StringValue(value=request.value.upper())

    async def count(self, request: StringValue, context: ServerContext) -> AsyncIterator[StringValue]:
        self.peers.append(context.peer)
        context.initial_metadata["x-initial"] = "one"
        context.trailing_metadata["x-trailing"] = "two"
        try:
            for i in range(int(request.value)):
                yield StringValue(value=str(i))
        finally:
            self.cancelled.set()

    async def join(self, requests: AsyncIterator[StringValue], context: ServerContext) -> StringValue:
        return StringValue(value=",".join([request.value async for request in requests]))

    async def chat(self, requests: AsyncIterator[StringValue], context: ServerContext) -> AsyncIterator[StringValue]:
        async for request in requests:
            yield StringValue(value=request.value.upper())


class Served:
    """An echo service on a thread of its own, so that tests may block."""

    def __init__(self) -> None:
        self.echo = Echo()
        self.url = ""
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._main, name="echo")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None

    def _main(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server: RunningServer = await serve([self.echo])
        self.url = server.url
        self._ready.set()
        await self._stop.wait()
        await server.aclose(grace=0)

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(20)

    def stop(self) -> None:
        assert self._loop is not None
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)


@pytest.fixture
def served() -> Iterator[Served]:
    made = Served()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def make(served: Served) -> Iterator[Callable[..., Client]]:
    """Makes clients of the echo service, and closes them."""
    clients: list[Client] = []

    def client(**options: Any) -> Client:
        clients.append(Client(served.url, **options))
        return clients[-1]

    yield client
    for each in clients:
        each.close()


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings from the machine that runs the test, and no default client from another test."""
    import os

    for name in list(os.environ):
        if name.startswith(("FLYTE", "UCTL")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(current, "_default", None)


@pytest.fixture
def run_script() -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(source: str, *arguments: str) -> Any:
        command = [sys.executable, "-W", "error", "-c", textwrap.dedent(source), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    return run
