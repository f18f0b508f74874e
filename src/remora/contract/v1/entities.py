"""What generated entities import. Names here keep their meaning for as long as this is `v1`."""

from __future__ import annotations

from remora.bindings import RetrySafe, merged, present
from remora.client import Client, resolve_client
from remora.dual import (
    AsyncPager,
    AsyncStream,
    Page,
    Pager,
    PageSource,
    Stream,
    run_sync,
    stream_async,
    stream_sync,
)
from remora.entity import Entity

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
    "merged",
    "present",
    "resolve_client",
    "run_sync",
    "stream_async",
    "stream_sync",
]
