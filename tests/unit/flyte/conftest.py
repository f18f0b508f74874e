"""A client without a server: calls are answered by functions of the test."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from remora.channel.method import Metadata, Method, ResponseStream
from remora.errors import ConfigError, RpcError, Unimplemented

if TYPE_CHECKING:
    from remora.client import Client

Answer = Callable[[Any], Any]


class FakeStream(ResponseStream[Any]):
    """Messages, errors and pauses in the order in which the test lists them.

    An item is a message, an error to raise, or an `asyncio.Event` to wait for. After the last item the stream ends.
    """

    def __init__(self, items: Iterable[Any]) -> None:
        self._items = iter(items)
        self.closed = False
        self.cancelled_reads = 0

    async def __anext__(self) -> Any:
        for item in self._items:
            if isinstance(item, asyncio.Event):
                try:
                    await item.wait()
                except asyncio.CancelledError:
                    self.cancelled_reads += 1
                    raise
            elif isinstance(item, BaseException):
                raise item
            else:
                await asyncio.sleep(0)
                return item
        raise StopAsyncIteration

    async def aclose(self) -> None:
        self.closed = True


@dataclass
class Call:
    """One call that was made."""

    name: str
    request: Any
    timeout: float | None


@dataclass
class FakeClient:
    """What behaviours need of a client: settings, and calls."""

    project: str = "proj"
    domain: str = "dev"
    org: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    streams: list[FakeStream] = field(default_factory=list)
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    endpoint: str = "https://flyte.example.com:443"
    kept: dict[str, Any] = field(default_factory=dict)
    config: Any = field(default_factory=lambda: SimpleNamespace(console_url="https://console.example.com"))
    siblings: dict[str, FakeClient] = field(default_factory=dict)

    def at(self, endpoint: str) -> FakeClient:
        """A client of another cluster, with answers of its own."""
        return self.siblings.setdefault(endpoint, FakeClient(endpoint=endpoint))

    @property
    def as_client(self) -> Client:
        """Itself, for a checker."""
        return cast("Client", self)

    def names(self) -> list[str]:
        """Names of the RPCs that were called, in order."""
        return [call.name for call in self.calls]

    def requests(self, name: str) -> list[Any]:
        """Requests of one RPC, in order."""
        return [call.request for call in self.calls if call.name == name]

    def value(self, setting: str, given: str | None = None, *, required: bool = True) -> str:
        found = given or getattr(self, setting)
        if required and not found:
            raise ConfigError(f"no {setting}")
        return str(found)

    def _answer(self, method: Method[Any, Any], request: Any, timeout: float | None) -> Any:
        name = method.name.rpartition("/")[2]
        if name == "SelectCluster" and name not in self.answers:
            raise Unimplemented("one cluster only", method=method.name)
        # What a server would see: the bytes, not the object, which the caller may change later.
        self.calls.append(Call(name, method.request_type.parse(bytes(request)), timeout))
        if name not in self.answers:
            raise Unimplemented(f"{name} is not part of this test", method=method.name)
        return self.answers[name](self.calls[-1].request)

    async def unary_unary(
        self,
        method: Method[Any, Any],
        request: Any,
        *,
        timeout: float | None = None,
        metadata: Metadata | None = None,
    ) -> Any:
        found = self._answer(method, request, timeout)
        if inspect.isawaitable(found):
            found = await found
        if isinstance(found, RpcError):
            raise found
        await asyncio.sleep(0)
        return found

    def unary_stream(
        self,
        method: Method[Any, Any],
        request: Any,
        *,
        timeout: float | None = None,
        metadata: Metadata | None = None,
    ) -> ResponseStream[Any]:
        found = self._answer(method, request, timeout)
        stream = found if isinstance(found, FakeStream) else FakeStream(found)
        self.streams.append(stream)
        self.opened.set()
        return stream

    async def stream_unary(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError

    def stream_stream(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError


@pytest.fixture
def client() -> FakeClient:
    """A client whose answers the test sets."""
    return FakeClient()


def in_turn(*answers: Any) -> Answer:
    """Answers one after the other; the last one is given for ever."""
    remaining = list(answers)

    def answer(request: Any) -> Any:
        found = remaining.pop(0) if len(remaining) > 1 else remaining[0]
        return found(request) if callable(found) else found

    return answer


@pytest.fixture
def answers() -> Callable[..., Answer]:
    """Makes an answer that gives one thing after the other."""
    return in_turn
