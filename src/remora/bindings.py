"""What the methods of generated entities need around an RPC."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, TypeVar

from remora.errors import Internal

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Iterable, Mapping

    from remora.channel.method import Caller, Metadata, Method, ResponseStream
    from remora.message.base import Message

    M = TypeVar("M", bound=Message)

T = TypeVar("T")
Req = TypeVar("Req")
Res = TypeVar("Res")


def merged(request: M | None, message: M) -> M:
    """A request that a user gave, with the fields of `message` on top.

    Fields that are set in `message` win, nested messages are merged, lists are joined: what parsing the two encodings
    in a row gives (encoding specification, "Last One Wins").
    """
    return message if request is None else message.parse(bytes(request) + bytes(message))


def headers(given: Mapping[str, str | bytes | None]) -> Metadata:
    """Metadata of a call, without the headers that have no value."""
    return {name: value for name, value in given.items() if value is not None}


def present(value: T | None, rpc: str, field: str) -> T:
    """A message that an answer must hold.

    Args:
        value: The field's value.
        rpc: "package.Service/Method".
        field: The field's path in the answer.

    Raises:
        Internal: the server left it out.
    """
    if value is None:
        raise Internal(f"the server answered without '{field}'", method=rpc)
    return value


def deprecated(what: str, instead: str) -> None:
    """Warn, at the line that uses it, that something will go.

    Args:
        what: Its public dotted name.
        instead: What to use instead.
    """
    warnings.warn(f"{what} is deprecated: {instead}", DeprecationWarning, stacklevel=3)


class RetrySafe:
    """A caller whose calls may be sent again although the .proto files do not say so; see `Method.repeatable`."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def unary_unary(
        self, method: Method[Req, Res], request: Req, *, timeout: float | None = None, metadata: Metadata | None = None
    ) -> Res:
        """Send one request, wait for one response."""
        return await self._caller.unary_unary(method.repeatable(), request, timeout=timeout, metadata=metadata)

    def unary_stream(
        self, method: Method[Req, Res], request: Req, *, timeout: float | None = None, metadata: Metadata | None = None
    ) -> ResponseStream[Res]:
        """Send one request, iterate over responses."""
        return self._caller.unary_stream(method.repeatable(), request, timeout=timeout, metadata=metadata)

    async def stream_unary(
        self,
        method: Method[Req, Res],
        requests: Iterable[Req] | AsyncIterable[Req],
        *,
        timeout: float | None = None,
        metadata: Metadata | None = None,
    ) -> Res:
        """Send requests as they come; they cannot be sent again, so nothing changes."""
        return await self._caller.stream_unary(method, requests, timeout=timeout, metadata=metadata)

    def stream_stream(
        self,
        method: Method[Req, Res],
        requests: Iterable[Req] | AsyncIterable[Req],
        *,
        timeout: float | None = None,
        metadata: Metadata | None = None,
    ) -> ResponseStream[Res]:
        """Send requests as they come; they cannot be sent again, so nothing changes."""
        return self._caller.stream_stream(method, requests, timeout=timeout, metadata=metadata)
