"""A generated SDK for a small library service, and a real server of it."""

from __future__ import annotations

import asyncio
import importlib
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from remora.channel.server import serve
from remora.client import Client
from remora_codegen import write
from remora_codegen.config import Settings
from remora_codegen.generate import render

LIBRARY = Path(__file__).resolve().parent / "library"


@pytest.fixture(scope="session")
def library_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory that holds the generated package `library_api`."""
    out = tmp_path_factory.mktemp("library")
    settings = Settings(protos=LIBRARY / "protos", manifest=LIBRARY / "library.yaml", package="library_api")
    write.write(out, "library_api", render(settings))
    return out


@pytest.fixture(scope="session")
def library_path(library_out: Path) -> Iterator[None]:
    """Makes the package and the hand-written functions importable."""
    added = [str(library_out), str(LIBRARY / "behaviours")]
    sys.path[:0] = added
    try:
        yield
    finally:
        for entry in added:
            sys.path.remove(entry)
        for name in [name for name in sys.modules if name.partition(".")[0] in ("library_api", "library_behaviours")]:
            del sys.modules[name]


@pytest.fixture(scope="session")
def entities(library_path: None) -> Any:
    """The package of entities."""
    return importlib.import_module("library_api.entities")


@pytest.fixture(scope="session")
def messages(library_path: None) -> Any:
    """The package of messages."""
    return importlib.import_module("library_api.library.v1")


class ServerThread:
    """A server on an event loop of its own, so that blocking calls can be tested.

    Attributes:
        url: where it listens.
    """

    def __init__(self, service: Any) -> None:
        self._service = service
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._main, daemon=True)
        self.url = ""

    def __enter__(self) -> ServerThread:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        assert not self._thread.is_alive()

    def _main(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    async def _serve(self) -> None:
        async with await serve([self._service]) as server:
            self.url = server.url
            self._ready.set()
            await self._stop.wait()


@pytest.fixture
def service(messages: ModuleType) -> Any:
    """The books, and what the server was asked."""
    from library_server import make_service

    return make_service(messages)


@pytest.fixture
def client(service: Any) -> Iterator[Client]:
    """A client of a running server."""
    with ServerThread(service) as server:
        client = Client(server.url, org="city", config_file=False)
        try:
            yield client
        finally:
            client.close()


@pytest.fixture(scope="session", autouse=True)
def _server_module() -> Iterator[None]:
    here = str(LIBRARY)
    sys.path.insert(0, here)
    try:
        yield
    finally:
        sys.path.remove(here)
