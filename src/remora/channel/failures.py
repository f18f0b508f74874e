"""From what a transport saw to one error of our tree, by the rules of the gRPC specification."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from remora.errors import RpcError, StatusCode, rpc_error

from .broken import ClosedByCaller, ConnectFailed, DeadlinePassed, StreamBroken, StreamReset
from .headers import decode_binary, decode_message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .method import Method

# doc/http-grpc-status-mapping.md of the gRPC specification
_HTTP = {
    400: StatusCode.INTERNAL,
    401: StatusCode.UNAUTHENTICATED,
    403: StatusCode.PERMISSION_DENIED,
    404: StatusCode.UNIMPLEMENTED,
    429: StatusCode.UNAVAILABLE,
    502: StatusCode.UNAVAILABLE,
    503: StatusCode.UNAVAILABLE,
    504: StatusCode.UNAVAILABLE,
}

# "Errors" in doc/PROTOCOL-HTTP2.md of the gRPC specification, by HTTP/2 error code; others are INTERNAL
_RESET = {
    0x7: StatusCode.UNAVAILABLE,  # REFUSED_STREAM
    0x8: StatusCode.CANCELLED,  # CANCEL
    0xB: StatusCode.RESOURCE_EXHAUSTED,  # ENHANCE_YOUR_CALM
    0xC: StatusCode.PERMISSION_DENIED,  # INADEQUATE_SECURITY
}

_HINTS = {
    StatusCode.UNAUTHENTICATED: "log in from a terminal, pass auth= or metadata=, or set FLYTE_API_KEY",
    StatusCode.UNIMPLEMENTED: "the server may be older than this client, or the endpoint may not be a control plane",
}

_NOT_GRPC = "is this the endpoint of the API, and not that of its web console or of a proxy?"


class CallFacts(NamedTuple):
    """What every error of one call says about it.

    Attributes:
        method: The method.
        endpoint: Where the call went.
        request_id: Its `x-request-id`.
        timeout: Its deadline in seconds from its start, or None.
    """

    method: Method[Any, Any]
    endpoint: str
    request_id: str
    timeout: float | None

    def error(
        self,
        code: StatusCode | int,
        message: str,
        *,
        unprocessed: bool = False,
        permanent: bool = False,
        details: bytes | None = None,
        hint: str | None = None,
    ) -> RpcError:
        """The error of this call.

        Args:
            code: Status code, possibly one that the specification does not know.
            message: What happened.
            unprocessed: The server has certainly not looked at the request.
            permanent: Trying again would end the same way.
            details: `google.rpc.Status` bytes.
            hint: What to do about it; some codes have one of their own.
        """
        transient = code == StatusCode.UNAVAILABLE and not permanent
        return rpc_error(
            code,
            message,
            method=self.method.name,
            endpoint=self.endpoint,
            request_id=self.request_id,
            retriable=transient and (unprocessed or self.method.may_repeat),
            details=details,
            hint=hint or _HINTS.get(StatusCode(code) if 0 <= code <= 16 else StatusCode.UNKNOWN),
        )

    def from_break(self, failure: StreamBroken) -> RpcError:
        """The error for a stream that ended without a response."""
        if isinstance(failure, DeadlinePassed):
            return self.deadline_exceeded()
        if isinstance(failure, StreamReset):
            code = _RESET.get(failure.error_code, StatusCode.INTERNAL)
        else:
            code = StatusCode.CANCELLED if isinstance(failure, ClosedByCaller) else StatusCode.UNAVAILABLE
        return self.error(code, failure.reason, unprocessed=failure.unprocessed)

    def from_connect(self, failure: ConnectFailed) -> RpcError:
        """The error for a connection that could not be made; nothing was sent."""
        return self.error(
            StatusCode.UNAVAILABLE,
            failure.reason,
            unprocessed=True,
            permanent=failure.permanent,
            hint=failure.hint,
        )

    def deadline_exceeded(self) -> RpcError:
        """The error for a deadline that passed."""
        text = "no answer in time" if self.timeout is None else f"no answer within {self.timeout:g} s"
        return self.error(StatusCode.DEADLINE_EXCEEDED, text, hint="pass a larger timeout= if the call may take longer")

    def check_response(self, headers: Mapping[str, str]) -> None:
        """Raise if the first headers are not those of a gRPC response."""
        status = headers.get(":status", "")
        content_type = headers.get("content-type", "")
        if "grpc-status" in headers:  # a gRPC status says more than the HTTP status beside it
            return
        if status != "200":
            code = _HTTP.get(int(status) if status.isdecimal() else 0, StatusCode.UNKNOWN)
            what = f" with {content_type.partition(';')[0]}" if content_type and not _is_grpc(content_type) else ""
            raise self.error(code, f"the endpoint answered HTTP {status or 'without a status'}{what}", hint=_NOT_GRPC)
        if not _is_grpc(content_type):
            shown = content_type.partition(";")[0] or "no content type"
            raise self.error(
                StatusCode.UNKNOWN, f"the endpoint answered with {shown}, which is not gRPC", hint=_NOT_GRPC
            )

    def check_status(self, headers: Mapping[str, str]) -> None:
        """Raise if the trailers say that the call failed, or say nothing."""
        if "grpc-status" not in headers:
            raise self.error(StatusCode.INTERNAL, "the server ended the response without a status")
        text = headers["grpc-status"]
        if text == "0":
            return
        message = decode_message(headers.get("grpc-message", ""))
        if not text.isdecimal() or len(text) > 9:
            raise self.error(StatusCode.UNKNOWN, f"the server sent the malformed status {text!r}: {message}")
        details = headers.get("grpc-status-details-bin")
        raise self.error(int(text), message, details=None if details is None else decode_binary(details))


def _is_grpc(content_type: str) -> bool:
    name = "application/grpc"
    return content_type == name or content_type.startswith((f"{name}+proto", f"{name};"))
