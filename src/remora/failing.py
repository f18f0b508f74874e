"""Errors of a service's own: made of a status, a message, a detail, or a status that stands in an answer."""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from remora.channel.method import Caller, Metadata, Method, Req, Res, ResponseStream
from remora.errors import RpcError, StatusCode, Unknown, rpc_error

if TYPE_CHECKING:
    from remora.message.base import Message

    M = TypeVar("M", bound=Message)


class Rule:
    """When an error becomes one of a class. Everything that is given must hold.

    Args:
        error: The class.
        status: The status of the call, by name.
        message: A regular expression that is found somewhere in the message.
        detail: Full name of the message that is among the details of the error.
        body: Codes of a status in an answer, by name or number; True where a bool says that it failed.
    """

    __slots__ = ("_body", "_detail", "_message", "_status", "error")

    def __init__(
        self,
        error: type[RpcError],
        *,
        status: str = "",
        message: str = "",
        detail: str = "",
        body: Collection[object] = (),
    ) -> None:
        self.error = error
        self._status = StatusCode[status] if status else None
        self._message = re.compile(message) if message else None
        self._detail = detail
        self._body = body

    def fits(self, error: RpcError, code: object = None) -> bool:
        """Whether an error is meant; `code` is the code of an answer's status, None for the status of the call."""
        # True is no code 1.
        if self._body and not any(item == code and isinstance(item, bool) is (code is True) for item in self._body):
            return False
        if self._status is not None and (code is not None or error.code is not self._status):
            return False
        if self._message is not None and not self._message.search(error.message):
            return False
        return not self._detail or any(name == self._detail for name, _ in details(error))


def mapped(error: RpcError, rules: Sequence[Rule], code: object = None) -> RpcError:
    """The error of the first class whose rule fits; the same error when none does."""
    found = next((rule.error for rule in rules if rule.fits(error, code)), None)
    if found is None or isinstance(error, found):
        return error
    return found(
        error.message,
        code=error.code,
        method=error.method,
        endpoint=error.endpoint,
        request_id=error.request_id,
        retriable=error.retriable,
        details=error.details,
        hint=error.hint,
    )


def details(error: RpcError) -> Iterator[tuple[str, bytes]]:
    """The details that a server sent with an error (`google.rpc.Status`): full names of messages, and their bytes."""
    if not error.details:
        return
    from remora.errors import DecodeError
    from remora_api.google.rpc import Status

    try:
        found = Status.parse(error.details).details
    except DecodeError:
        return
    for detail in found:
        yield detail.type_url.rpartition("/")[2], detail.value


def detail_of(error: RpcError, name: str, message: type[M]) -> M | None:
    """The first detail of a type; None if the server sent none.

    Args:
        error: The error.
        name: Full name of the message.
        message: Its class.
    """
    return next((message.parse(data) for found, data in details(error) if found == name), None)


def check_status(
    code: Any,
    message: str,
    *,
    ok: Collection[object],
    method: str,
    endpoint: str,
    rules: Sequence[Rule] = (),
    standard: bool = False,
) -> None:
    """Raise the error that an answer tells of.

    Args:
        code: The code of the status.
        message: Its message.
        ok: Codes that mean success.
        method: "package.Service/Method" of the call.
        endpoint: Where the call went.
        rules: Which code becomes which class.
        standard: The codes are those of gRPC.

    Raises:
        RpcError: The code is none of `ok`.
    """
    if code in ok:
        return
    if standard:
        error = rpc_error(int(code), message, method=method, endpoint=endpoint)
    else:
        shown = getattr(code, "name", None) or code
        if code is True:
            text = message or "the answer tells of a failure"
        else:
            text = f"{shown}: {message}" if message else f"{shown}"
        error = Unknown(text, method=method, endpoint=endpoint)
    found = mapped(error, rules, code)
    if found is not error:
        found.message, found.code = message or error.message, type(found).default_code
    raise found


class Mapped:
    """A caller whose errors become those of a service's own.

    Args:
        caller: What makes the calls.
        rules: Which error becomes which class; the first rule that fits counts.
    """

    __slots__ = ("_caller", "_rules")

    def __init__(self, caller: Caller, rules: Sequence[Rule]) -> None:
        self._caller = caller
        self._rules = rules

    async def unary_unary(
        self, method: Method[Req, Res], request: Req, *, timeout: float | None = None, metadata: Metadata | None = None
    ) -> Res:
        """Send one request, wait for one response."""
        try:
            return await self._caller.unary_unary(method, request, timeout=timeout, metadata=metadata)
        except RpcError as error:
            self._raise(error)
            raise

    def unary_stream(
        self, method: Method[Req, Res], request: Req, *, timeout: float | None = None, metadata: Metadata | None = None
    ) -> ResponseStream[Res]:
        """Send one request, iterate over responses."""
        return _Responses(self._caller.unary_stream(method, request, timeout=timeout, metadata=metadata), self._rules)

    async def stream_unary(
        self,
        method: Method[Req, Res],
        requests: Iterable[Req] | AsyncIterable[Req],
        *,
        timeout: float | None = None,
        metadata: Metadata | None = None,
    ) -> Res:
        """Send requests as they come, wait for one response."""
        try:
            return await self._caller.stream_unary(method, requests, timeout=timeout, metadata=metadata)
        except RpcError as error:
            self._raise(error)
            raise

    def stream_stream(
        self,
        method: Method[Req, Res],
        requests: Iterable[Req] | AsyncIterable[Req],
        *,
        timeout: float | None = None,
        metadata: Metadata | None = None,
    ) -> ResponseStream[Res]:
        """Send requests as they come, iterate over responses meanwhile."""
        return _Responses(self._caller.stream_stream(method, requests, timeout=timeout, metadata=metadata), self._rules)

    def _raise(self, error: RpcError) -> None:
        found = mapped(error, self._rules)
        if found is not error:
            raise found from error


class _Responses(ResponseStream[Res]):
    def __init__(self, responses: ResponseStream[Res], rules: Sequence[Rule]) -> None:
        self._responses = responses
        self._rules = rules

    async def __anext__(self) -> Res:
        try:
            return await self._responses.__anext__()
        except RpcError as error:
            found = mapped(error, self._rules)
            if found is error:
                raise
            raise found from error
        finally:
            self.initial_metadata = self._responses.initial_metadata
            self.trailing_metadata = self._responses.trailing_metadata

    async def aclose(self) -> None:
        await self._responses.aclose()
