"""The fake server: a real gRPC server on a thread of the test's process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar, overload

from remora.channel.service import ServerBase, ServerContext
from remora.testing.fake.kinds import BidiProgram, ClientStreamProgram, StreamProgram, UnaryProgram, kind_of
from remora.testing.fake.program import Program
from remora.testing.fake.service import FakeService

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from remora.channel.method import Method
    from remora.channel.server import RunningServer
    from remora.client import Client

Base = TypeVar("Base", bound=ServerBase)
Req = TypeVar("Req")
Res = TypeVar("Res")


class FakeServer:
    """Serves generated services on a free port of this machine, and answers as a test tells it to.

    Everything between client and test is real: connection, HTTP/2, codecs, deadlines. Methods that were told nothing
    answer UNIMPLEMENTED. Every method notes what it received.

    Args:
        *services: Generated server bases, the classes themselves.

    Raises:
        TypeError: One of them is something else.

    Example:
        >>> with FakeServer(LibraryBase) as fake, fake.client():  # doctest: +SKIP
        ...     fake.on(LibraryBase.get_book).answer(GetBookResponse(book=Book(id="b1")))
        ...     assert entities.Book.get("b1").id == "b1"
        ...     assert fake.on(LibraryBase.get_book).requests == [GetBookRequest(id="b1")]
    """

    def __init__(self, *services: type[ServerBase]) -> None:
        given: tuple[object, ...] = services
        for service in given:
            if not (isinstance(service, type) and issubclass(service, ServerBase) and service.METHODS):
                raise TypeError(f"a fake server serves generated server bases such as LibraryBase, not {service!r}")
        self._services = services
        self._failures: list[BaseException] = []
        # Two spellings of a method: the function of the base that a test names, and the facts that the wire knows.
        self._programs: dict[Method[Any, Any], Program[Any, Any]] = {}
        self._by_function: dict[Any, Program[Any, Any]] = {}
        for service in services:
            for name, method in service.METHODS.items():
                program = kind_of(method.shape)(method)
                self._programs[method] = self._by_function[getattr(service, name)] = program
        self._thread: threading.Thread | None = None
        self._clients: list[Client] = []

    # The first two lines are the methods whose clients stream: their requests come as an iterator.
    @overload
    def on(
        self, method: Callable[[Base, AsyncIterator[Req], ServerContext], Coroutine[Any, Any, Res]]
    ) -> ClientStreamProgram[Req, Res]: ...
    @overload
    def on(
        self, method: Callable[[Base, AsyncIterator[Req], ServerContext], AsyncIterator[Res]]
    ) -> BidiProgram[Req, Res]: ...
    @overload
    def on(self, method: Callable[[Base, Req, ServerContext], Coroutine[Any, Any, Res]]) -> UnaryProgram[Req, Res]: ...
    @overload
    def on(self, method: Callable[[Base, Req, ServerContext], AsyncIterator[Res]]) -> StreamProgram[Req, Res]: ...
    def on(self, method: Callable[..., Any]) -> Program[Any, Any]:
        """The program of a method: tell it what to answer, ask it what came.

        Args:
            method: The method of a generated server base, for example `LibraryBase.get_book`.

        Raises:
            LookupError: The server does not serve it.
        """
        program = self._by_function.get(method)
        if program is None:
            served = ", ".join(service.__name__ for service in self._services) or "nothing"
            name = getattr(method, "__qualname__", repr(method))
            raise LookupError(f"this fake server has no method {name}; it serves {served}")
        return program

    def reset(self) -> Self:
        """Forget what all methods were told, and the calls that came; for a server that several tests share."""
        for program in self._programs.values():
            program.forget()
        self._failures.clear()
        return self

    @property
    def url(self) -> str:
        """Where it listens, "http://127.0.0.1:PORT"."""
        if self._thread is None:
            raise RuntimeError("the fake server is not running; use it in a `with` block")
        return self._running.url

    def client(self, **settings: Any) -> Client:
        """Make a client of this server; it is closed when the server stops.

        Args:
            **settings: Settings of `remora.Client`. Neither the environment nor config files have a say.
        """
        from remora.client import Client

        defaults: dict[str, Any] = {"endpoint": self.url, "config_file": False, "trust_env": False}
        client = Client(**{**defaults, **settings})
        self._clients.append(client)
        return client

    def start(self) -> Self:
        """Start, and return when calls are accepted."""
        if self._thread is not None:
            raise RuntimeError("the fake server is running already")
        ready: Future[None] = Future()
        thread = threading.Thread(target=self._run, args=(ready,), name="remora-fake-server", daemon=True)
        thread.start()
        try:
            ready.result()
        except BaseException:
            thread.join()
            raise
        self._thread = thread
        return self

    def stop(self) -> None:
        """Stop; calls that go on are ended. Stopping twice does nothing."""
        if self._thread is None:
            return
        for client in self._clients:
            client.close()
        self._clients.clear()
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
        # A function of the test that failed has given the client no more than INTERNAL.
        if error is None and self._failures:
            raise self._failures[0]

    def _run(self, ready: Future[None]) -> None:
        loop = asyncio.new_event_loop()
        try:
            loop.run_until_complete(self._serve(ready))
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    async def _serve(self, ready: Future[None]) -> None:
        from remora.channel.server import serve

        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        try:
            self._running: RunningServer = await serve([FakeService(self._programs, self._failures)])
        except BaseException as error:
            ready.set_exception(error)
            return
        ready.set_result(None)
        await self._stopping.wait()
        await self._running.aclose(grace=0)
