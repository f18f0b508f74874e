"""Errors of remote calls: one class per gRPC status."""

from __future__ import annotations

from typing import ClassVar

from .base import RemoraError
from .status import StatusCode


class RpcError(RemoraError):
    """A remote call that did not succeed.

    Catch a subclass (`NotFound`, `Unavailable`, ...) to handle one status, this class to handle all of them. A server
    raises the same classes: `raise NotFound('project "p" not found')`.

    Args:
        message: The server's message, or what the client saw of the failure.
        code: Status code; the subclass knows its own.
        method: "package.Service/Method" of the call.
        endpoint: Where the call went.
        request_id: Value of the `x-request-id` header that was sent, to find the call in the server's log.
        retriable: The same call may succeed when it is made again, and making it again does no harm.
        details: `google.rpc.Status` bytes as the server sent them, if it did.
        hint: What to do about it.
    """

    default_code: ClassVar[StatusCode] = StatusCode.UNKNOWN

    def __init__(
        self,
        message: str = "",
        *,
        code: StatusCode | None = None,
        method: str = "",
        endpoint: str = "",
        request_id: str = "",
        retriable: bool = False,
        details: bytes | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.code = self.default_code if code is None else code
        self.method = method
        self.endpoint = endpoint
        self.request_id = request_id
        self.retriable = retriable
        self.details = details

    def __str__(self) -> str:
        head = f"{self.method}: {self.code.name}" if self.method else self.code.name
        text = f"{head}: {self.message}" if self.message else head
        facts = []
        if self.endpoint:
            facts.append(f"endpoint {self.endpoint}")
        if self.request_id:
            facts.append(f"request id {self.request_id}")
        if self.hint is not None:
            facts.append(f"hint: {self.hint}")
        return f"{text} ({', '.join(facts)})" if facts else text


class Cancelled(RpcError):
    """The call was cancelled, by the server or because the client was closed."""

    default_code = StatusCode.CANCELLED


class Unknown(RpcError):
    """The server failed without saying how."""

    default_code = StatusCode.UNKNOWN


class InvalidArgument(RpcError):
    """The request is wrong whatever the state of the system."""

    default_code = StatusCode.INVALID_ARGUMENT


class DeadlineExceeded(RpcError, TimeoutError):
    """The call did not finish before its deadline; the server may or may not have done the work."""

    default_code = StatusCode.DEADLINE_EXCEEDED


class NotFound(RpcError):
    """What the request names does not exist."""

    default_code = StatusCode.NOT_FOUND


class AlreadyExists(RpcError):
    """What the request wants to create is there already."""

    default_code = StatusCode.ALREADY_EXISTS


class PermissionDenied(RpcError):
    """The caller is known and may not do this."""

    default_code = StatusCode.PERMISSION_DENIED


class ResourceExhausted(RpcError):
    """A quota, a rate limit or a message size limit was reached."""

    default_code = StatusCode.RESOURCE_EXHAUSTED


class FailedPrecondition(RpcError):
    """The system is not in the state that the request needs."""

    default_code = StatusCode.FAILED_PRECONDITION


class Aborted(RpcError):
    """The server gave up because of a conflict with another call."""

    default_code = StatusCode.ABORTED


class OutOfRange(RpcError):
    """The request reaches past a valid range."""

    default_code = StatusCode.OUT_OF_RANGE


class Unimplemented(RpcError):
    """The server does not offer this method."""

    default_code = StatusCode.UNIMPLEMENTED


class Internal(RpcError):
    """The server, or the connection to it, broke one of its own rules."""

    default_code = StatusCode.INTERNAL


class Unavailable(RpcError):
    """The server could not be reached or cannot serve now."""

    default_code = StatusCode.UNAVAILABLE


class DataLoss(RpcError):
    """Data was lost or damaged beyond repair."""

    default_code = StatusCode.DATA_LOSS


class Unauthenticated(RpcError):
    """The call carried no valid credentials."""

    default_code = StatusCode.UNAUTHENTICATED


_CLASSES: dict[StatusCode, type[RpcError]] = {
    cls.default_code: cls
    for cls in (
        Cancelled,
        Unknown,
        InvalidArgument,
        DeadlineExceeded,
        NotFound,
        AlreadyExists,
        PermissionDenied,
        ResourceExhausted,
        FailedPrecondition,
        Aborted,
        OutOfRange,
        Unimplemented,
        Internal,
        Unavailable,
        DataLoss,
        Unauthenticated,
    )
}


def rpc_error(
    code: int,
    message: str,
    *,
    method: str = "",
    endpoint: str = "",
    request_id: str = "",
    retriable: bool = False,
    details: bytes | None = None,
    hint: str | None = None,
) -> RpcError:
    """Make the error of the class that belongs to a status code.

    Args:
        code: Status code on the wire; a number outside 1..16 becomes `Unknown`, as the gRPC specification says.
        message: The server's message.
        method: "package.Service/Method" of the call.
        endpoint: Where the call went.
        request_id: Value of the `x-request-id` header that was sent.
        retriable: The same call may be made again without harm.
        details: `google.rpc.Status` bytes, if the server sent them.
        hint: What to do about it.
    """
    cls = _CLASSES.get(StatusCode(code), Unknown) if 0 < code <= 16 else Unknown
    return cls(
        message,
        method=method,
        endpoint=endpoint,
        request_id=request_id,
        retriable=retriable,
        details=details,
        hint=hint,
    )
