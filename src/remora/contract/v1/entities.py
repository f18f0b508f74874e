"""What generated entities import. Names here keep their meaning for as long as this is `v1`."""

from __future__ import annotations

from remora.bindings import RetrySafe, headers, merged, present
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
from remora.dual.positions import (
    bytes_key,
    next_key,
    next_number,
    next_offset,
    number_key,
    offset,
    page_number,
    text_key,
)
from remora.entity import Entity
from remora.resource_names import resource_name, resource_part

__all__ = [
    "AsyncPager",
    "AsyncStream",
    "Client",
    "Entity",
    "Page",
    "PageSource",
    "Pager",
    "RetrySafe",
    "Stream",
    "StreamSource",
    "bytes_key",
    "headers",
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
    "run_sync",
    "stream_async",
    "stream_sync",
    "text_key",
]
