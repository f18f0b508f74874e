"""What generated stubs and server bases import. Names here keep their meaning for as long as this is `v1`."""

from __future__ import annotations

from remora.channel.method import Caller, Metadata, Method, ResponseStream, Shape
from remora.channel.service import ServerBase, ServerContext, unimplemented
from remora.errors import RpcError

__all__ = [
    "Caller",
    "Metadata",
    "Method",
    "ResponseStream",
    "RpcError",
    "ServerBase",
    "ServerContext",
    "Shape",
    "unimplemented",
]
