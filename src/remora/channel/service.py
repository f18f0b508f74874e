"""What generated server bases inherit; grpclib is loaded when a service is first served."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from remora.errors import Unimplemented

if TYPE_CHECKING:
    from grpclib.const import Handler

    from .method import Metadata, Method


class ServerContext:
    """What a handler can know about the call it serves, and the headers it can add.

    Attributes:
        metadata: Request headers, names in lower case; the transport's own headers are left out.
        peer: Address of the other side, for logs.
        initial_metadata: Fill it before the first response to send response headers.
        trailing_metadata: Fill it to send trailers, also beside an error.
    """

    __slots__ = ("_deadline", "initial_metadata", "metadata", "peer", "trailing_metadata")

    def __init__(self, metadata: Metadata, *, peer: str = "", deadline: float | None = None) -> None:
        self.metadata = metadata
        self.peer = peer
        self._deadline = deadline
        self.initial_metadata: dict[str, str | bytes] = {}
        self.trailing_metadata: dict[str, str | bytes] = {}

    @property
    def deadline(self) -> float | None:
        """Seconds that are left for this call, never negative; None when the client set no deadline."""
        if self._deadline is None:
            return None
        from time import monotonic

        return max(0.0, self._deadline - monotonic())


class ServerBase:
    """Base of generated server bases.

    A generated base lists its methods in `METHODS`: the name of the Python method that serves an RPC, and the facts of
    that RPC. A subclass overrides the methods it offers; the others answer UNIMPLEMENTED.
    """

    METHODS: ClassVar[Mapping[str, Method[Any, Any]]] = {}

    def __mapping__(self) -> dict[str, Handler]:
        """Handlers by path, in the form that `grpclib.server.Server` takes."""
        from .handlers import handler

        return {method.path: handler(getattr(self, name), method) for name, method in self.METHODS.items()}


def unimplemented(method: str) -> Unimplemented:
    """The error that the default body of a generated server method raises.

    Args:
        method: "package.Service/Method".
    """
    return Unimplemented(f"{method} is not implemented by this server", method=method)
