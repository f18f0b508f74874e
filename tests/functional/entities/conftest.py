"""Generated SDKs for two small services, a library and a depot, and real servers of them."""

from __future__ import annotations

import asyncio
import contextlib
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

HERE = Path(__file__).resolve().parent
LIBRARY = HERE / "library"
DEPOT = HERE / "depot"


def generated(place: Path, out: Path) -> Path:
    """Writes the package of one of the services."""
    package = f"{place.name}_api"
    settings = Settings(protos=place / "protos", manifest=place / f"{place.name}.yaml", package=package)
    write.write(out, package, render(settings))
    return out


@contextlib.contextmanager
def importable(place: Path, out: Path) -> Iterator[None]:
    """Makes a package, its hand-written functions and its server importable."""
    added = [str(out), str(place / "behaviours"), str(place)]
    sys.path[:0] = added
    try:
        yield
    finally:
        for entry in added:
            sys.path.remove(entry)
        for name in [name for name in sys.modules if name.partition(".")[0].startswith(f"{place.name}_")]:
            del sys.modules[name]


@pytest.fixture(scope="session")
def library_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory that holds the generated package `library_api`."""
    return generated(LIBRARY, tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="session")
def depot_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory that holds the generated package `depot_api`."""
    return generated(DEPOT, tmp_path_factory.mktemp("depot"))


@pytest.fixture(scope="session")
def library_path(library_out: Path) -> Iterator[None]:
    """Makes the library's package importable."""
    with importable(LIBRARY, library_out):
        yield


@pytest.fixture(scope="session")
def depot_path(depot_out: Path) -> Iterator[None]:
    """Makes the depot's package importable."""
    with importable(DEPOT, depot_out):
        yield


@pytest.fixture(scope="session")
def entities(library_path: None) -> Any:
    """The library's package of entities."""
    return importlib.import_module("library_api.entities")


@pytest.fixture(scope="session")
def messages(library_path: None) -> Any:
    """The library's package of messages."""
    return importlib.import_module("library_api.library.v1")


@pytest.fixture(scope="session")
def depot(depot_path: None) -> Any:
    """The depot's package of entities."""
    return importlib.import_module("depot_api.entities")


@pytest.fixture(scope="session")
def depot_messages(depot_path: None) -> Any:
    """The depot's package of messages."""
    return importlib.import_module("depot_api.depot.v1")


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


@pytest.fixture
def depot_service(depot_messages: ModuleType) -> Any:
    """The items, and what the server was asked."""
    from depot_server import make_service

    return make_service(depot_messages)


@pytest.fixture
def depot_client(depot_service: Any) -> Iterator[Client]:
    """The current client, of a running depot."""
    with (
        ServerThread(depot_service) as server,
        Client(server.url, context={"tenant": "acme"}, config_file=False) as client,
    ):
        yield client
