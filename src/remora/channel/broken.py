"""What can end an HTTP/2 stream besides its response. Internal: callers only ever see `remora.errors`."""

from __future__ import annotations

from grpclib.exceptions import StreamTerminatedError


class StreamBroken(StreamTerminatedError):
    """A stream ended without a response."""

    def __init__(self, reason: str, *, unprocessed: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        # The server has certainly not looked at the request, so any method may be tried again.
        self.unprocessed = unprocessed


class StreamReset(StreamBroken):
    """The server reset the stream (RST_STREAM, RFC 9113 section 6.4)."""

    def __init__(self, error_code: int) -> None:
        from h2.errors import ErrorCodes

        try:
            name = ErrorCodes(error_code).name
        except ValueError:
            name = f"code {error_code}"
        # RFC 9113 section 8.7: a refused stream was closed before any processing.
        super().__init__(f"the server reset the stream ({name})", unprocessed=name == "REFUSED_STREAM")
        self.error_code = int(error_code)


class ConnectionBroken(StreamBroken):
    """The connection ended, or the server will not serve this stream on it."""


class ClosedByCaller(StreamBroken):
    """The caller gave the call up."""


class DeadlinePassed(StreamBroken):
    """The deadline of the call passed."""


class ConnectFailed(Exception):
    """No connection could be made.

    Args:
        reason: What went wrong.
        hint: What to do about it.
        permanent: Trying again would end the same way.
    """

    def __init__(self, reason: str, *, hint: str | None = None, permanent: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint
        self.permanent = permanent
