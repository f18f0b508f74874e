"""Facts about one RPC, and what can carry it.

Nothing here needs a transport: generated stubs import this module, and a program that never calls loads no more.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterable, Iterable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from types import TracebackType
    from typing import TypeAlias

    from typing_extensions import Self

Req = TypeVar("Req")
Res = TypeVar("Res")

Metadata: TypeAlias = Mapping[str, "str | bytes"]
"""Headers of a call: lower-case names; values are text, or bytes for names that end with "-bin"."""


class Shape(Enum):
    """Which side of an RPC sends a stream of messages."""

    UNARY_UNARY = "unary_unary"
    UNARY_STREAM = "unary_stream"
    STREAM_UNARY = "stream_unary"
    STREAM_STREAM = "stream_stream"

    @property
    def client_streaming(self) -> bool:
        """The client sends any number of requests."""
        return self in (Shape.STREAM_UNARY, Shape.STREAM_STREAM)

    @property
    def server_streaming(self) -> bool:
        """The server sends any number of responses."""
        return self in (Shape.UNARY_STREAM, Shape.STREAM_STREAM)


class Method(Generic[Req, Res]):
    """Immutable facts about one RPC, made from its .proto declaration.

    Args:
        path: Path on the wire, "/package.Service/Method".
        request_type: Message class of requests.
        response_type: Message class of responses.
        shape: Who streams.
        idempotent: The proto's `idempotency_level` is NO_SIDE_EFFECTS or IDEMPOTENT, so a call may be repeated.
        retry_safe: Declared by the SDK's manifest: a call may be repeated although the proto does not say so.
    """

    __slots__ = ("idempotent", "path", "request_type", "response_type", "retry_safe", "shape")

    path: str
    request_type: type[Req]
    response_type: type[Res]
    shape: Shape
    idempotent: bool
    retry_safe: bool

    def __init__(
        self,
        path: str,
        request_type: type[Req],
        response_type: type[Res],
        shape: Shape,
        idempotent: bool = False,
        *,
        retry_safe: bool = False,
    ) -> None:
        put = object.__setattr__
        put(self, "path", path)
        put(self, "request_type", request_type)
        put(self, "response_type", response_type)
        put(self, "shape", shape)
        put(self, "idempotent", idempotent)
        put(self, "retry_safe", retry_safe)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"Method is immutable; cannot set {name!r}")

    @property
    def name(self) -> str:
        """The method as errors show it, "package.Service/Method"."""
        return self.path[1:]

    @property
    def may_repeat(self) -> bool:
        """Repeating a call that may have reached the server does no harm."""
        return self.idempotent or self.retry_safe

    def repeatable(self) -> Method[Req, Res]:
        """The same method, marked as safe to repeat; for a call whose request makes it so.

        An example is creating something under a name that the caller chose: a repeat cannot create a second one.
        """
        return Method(self.path, self.request_type, self.response_type, self.shape, self.idempotent, retry_safe=True)

    def __repr__(self) -> str:
        return f"Method({self.name}, {self.shape.value}{', may repeat' if self.may_repeat else ''})"


class ResponseStream(ABC, Generic[Res]):
    """Responses of a server-streaming call, as an async iterator.

    The call starts with the first item that is asked for (or with `async with`). Close it when you stop early:
    `async with stub.watch_runs(request) as responses: ...` or `await responses.aclose()`.

    Attributes:
        initial_metadata: Headers of the response, or None before they arrived.
        trailing_metadata: Trailers of the response, or None before they arrived.
    """

    initial_metadata: Metadata | None = None
    trailing_metadata: Metadata | None = None

    def __aiter__(self) -> Self:
        return self

    @abstractmethod
    async def __anext__(self) -> Res: ...

    @abstractmethod
    async def aclose(self) -> None:
        """Stop the call; the server is told if it has not finished. Closing twice does nothing."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()


class Caller(Protocol):
    """What a stub needs: something that can make the four kinds of calls.

    `remora.channel.Channel` is one, bound to one event loop; `remora.Client` is one for any loop and any thread. Tests
    can pass their own. In every method `timeout` is in seconds, None means the caller's default, and `math.inf` means
    no deadline; every failure is a `remora.errors.RpcError`.
    """

    async def unary_unary(
        self,
        method: Method[Req, Res],
        request: Req,
        *,
        timeout: float | None = None,
        metadata: Metadata | None = None,
    ) -> Res:
        """Send one request, wait for one response.

        Args:
            method: What to call.
            request: The request.
            timeout: Deadline in seconds; the default of the connection when None, `math.inf` for none.
            metadata: Headers of this call, over those of every call.
        """
        ...

    def unary_stream(
        self,
        method: Method[Req, Res],
        request: Req,
        *,
        timeout: float | None = None,
        metadata: Metadata | None = None,
    ) -> ResponseStream[Res]:
        """Send one request, iterate over responses.

        Args:
            method: What to call.
            request: The request.
            timeout: Deadline of the whole stream in seconds; None for none.
            metadata: Headers of this call, over those of every call.
        """
        ...

    async def stream_unary(
        self,
        method: Method[Req, Res],
        requests: Iterable[Req] | AsyncIterable[Req],
        *,
        timeout: float | None = None,
        metadata: Metadata | None = None,
    ) -> Res:
        """Send requests as they come, wait for one response.

        Args:
            method: What to call.
            requests: The requests, sent as they are taken from it.
            timeout: Deadline in seconds; the default of the connection when None, `math.inf` for none.
            metadata: Headers of this call, over those of every call.
        """
        ...

    def stream_stream(
        self,
        method: Method[Req, Res],
        requests: Iterable[Req] | AsyncIterable[Req],
        *,
        timeout: float | None = None,
        metadata: Metadata | None = None,
    ) -> ResponseStream[Res]:
        """Send requests as they come, iterate over responses meanwhile.

        Args:
            method: What to call.
            requests: The requests, sent as they are taken from it.
            timeout: Deadline of the whole stream in seconds; None for none.
            metadata: Headers of this call, over those of every call.
        """
        ...
