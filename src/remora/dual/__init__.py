"""Blocking and async forms of one coroutine: the portal thread, streams, paging, one value per event loop.

Importing this package loads no asyncio and starts no thread; the first blocking call does.
"""

from __future__ import annotations

from .calls import run_sync
from .paging import AsyncPager, Page, Pager, PageSource, StreamSource
from .streams import AsyncStream, Stream, stream_async, stream_sync

__all__ = [
    "AsyncPager",
    "AsyncStream",
    "Page",
    "PageSource",
    "Pager",
    "Stream",
    "StreamSource",
    "run_sync",
    "stream_async",
    "stream_sync",
]
