"""What generated entities import. Names here keep their meaning for as long as this is `v1`.

What every package needs is imported at once; what some methods of some packages need, when a module asks for it.
"""

from __future__ import annotations

from remora.bindings import RetrySafe, deprecated, headers, merged, present
from remora.client import Client, resolve_client
from remora.dual import (
    AsyncPager,
    AsyncStream,
    Page,
    Pager,
    PageSource,
    Stream,
    StreamSource,
    run_sync,
    stream_async,
    stream_sync,
)
from remora.entity import Entity
from remora.message.lazy import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from remora import errors as errors
    from remora.auth.rpc_login import RpcLogin as RpcLogin
    from remora.channel.method import Caller as Caller
    from remora.channel.method import ResponseStream as ResponseStream
    from remora.chunks import Content as Content
    from remora.chunks import Saving as Saving
    from remora.chunks import Target as Target
    from remora.chunks import chunks as chunks
    from remora.dual.positions import bytes_key as bytes_key
    from remora.dual.positions import next_key as next_key
    from remora.dual.positions import next_number as next_number
    from remora.dual.positions import next_offset as next_offset
    from remora.dual.positions import number_key as number_key
    from remora.dual.positions import offset as offset
    from remora.dual.positions import page_number as page_number
    from remora.dual.positions import text_key as text_key
    from remora.failing import Mapped as Mapped
    from remora.failing import Rule as Rule
    from remora.failing import check_status as check_status
    from remora.failing import detail_of as detail_of
    from remora.resource_names import resource_name as resource_name
    from remora.resource_names import resource_part as resource_part
    from remora.resume import resumed as resumed
    from remora.sending import each as each
    from remora.sending import kept_open as kept_open
    from remora.sending import sent as sent
    from remora.sending import whole as whole
    from remora.unset import UNSET as UNSET
    from remora.unset import Unset as Unset
    from remora.unset import changed as changed
    from remora.waiting import Wait as Wait

__all__ = [
    "UNSET",
    "AsyncPager",
    "AsyncStream",
    "Caller",
    "Client",
    "Content",
    "Entity",
    "Mapped",
    "Page",
    "PageSource",
    "Pager",
    "ResponseStream",
    "RetrySafe",
    "RpcLogin",
    "Rule",
    "Saving",
    "Stream",
    "StreamSource",
    "Target",
    "Unset",
    "Wait",
    "bytes_key",
    "changed",
    "check_status",
    "chunks",
    "deprecated",
    "detail_of",
    "each",
    "errors",
    "headers",
    "kept_open",
    "merged",
    "next_key",
    "next_number",
    "next_offset",
    "number_key",
    "offset",
    "page_number",
    "present",
    "resolve_client",
    "resource_name",
    "resource_part",
    "resumed",
    "run_sync",
    "sent",
    "stream_async",
    "stream_sync",
    "text_key",
    "whole",
]

_HOMES = {
    "remora.auth.rpc_login": ("RpcLogin",),
    "remora.channel.method": ("Caller", "ResponseStream"),
    "remora.chunks": ("Content", "Saving", "Target", "chunks"),
    "remora.dual.positions": (
        "bytes_key",
        "next_key",
        "next_number",
        "next_offset",
        "number_key",
        "offset",
        "page_number",
        "text_key",
    ),
    "remora.failing": ("Mapped", "Rule", "check_status", "detail_of"),
    "remora.resource_names": ("resource_name", "resource_part"),
    "remora.resume": ("resumed",),
    "remora.sending": ("each", "kept_open", "sent", "whole"),
    "remora.unset": ("UNSET", "Unset", "changed"),
    "remora.waiting": ("Wait",),
    "remora": ("errors",),
}

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_names(
        __name__, {name: f"{module}:{name}" for module, names in _HOMES.items() for name in names}
    )
