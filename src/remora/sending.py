"""The requests of a call that streams them: items of any iterable, with what goes before them."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Collection, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from remora.bindings import merged

if TYPE_CHECKING:
    from remora.message.base import Message

    M = TypeVar("M", bound=Message)

T = TypeVar("T")

AHEAD = 16
"""Items that a thread may read from a plain iterator before they are sent."""


async def sent(
    items: Iterable[T] | AsyncIterable[T],
    make: Callable[[T], M],
    *,
    head: M | None = None,
    alone: bool = False,
) -> AsyncGenerator[M, None]:
    """The requests for some items.

    Args:
        items: What is sent.
        make: Makes a request of an item.
        head: What the first request holds besides; it is sent even if there are no items.
        alone: The head is a request of its own.
    """
    if head is not None and alone:
        yield head
        head = None
    source = each(items)
    try:
        async for item in source:
            request = make(item)
            if head is not None:
                request, head = merged(head, request), None
            yield request
    finally:
        await source.aclose()
    if head is not None:
        yield head


def whole(request: M) -> M:
    """The request that an item is itself."""
    return request


async def kept_open(request: M) -> AsyncGenerator[M, None]:
    """One request, after which the sending side stays open until the call ends."""
    yield request
    await asyncio.Event().wait()


async def each(items: Iterable[T] | AsyncIterable[T]) -> AsyncGenerator[T, None]:
    """The items of any iterable. A plain iterator may block, so it is read in a thread; a collection does not."""
    if isinstance(items, AsyncIterable):
        async for item in items:
            yield item
    elif isinstance(items, Collection):
        for item in items:
            yield item
    else:
        source = _in_thread(items)
        try:
            async for item in source:
                yield item
        finally:
            await source.aclose()


async def _in_thread(items: Iterable[T]) -> AsyncGenerator[T, None]:
    loop = asyncio.get_running_loop()
    # Each entry is a tuple with an item, or the error that ended the iterator, or None at its end.
    queue: asyncio.Queue[tuple[T] | BaseException | None] = asyncio.Queue()
    room = threading.Semaphore(AHEAD)
    stopped = threading.Event()

    def put(entry: tuple[T] | BaseException | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has closed, and nobody waits any more
            loop.call_soon_threadsafe(queue.put_nowait, entry)

    def read() -> None:
        try:
            for item in items:
                room.acquire()
                if stopped.is_set():
                    break
                put((item,))
        except BaseException as error:
            put(error)
        else:
            put(None)
        finally:
            close: Any = getattr(items, "close", None)
            if stopped.is_set() and close is not None:
                close()

    # Not a pool's thread: one that waits for ever in the caller's iterator must not keep the program from ending.
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(read,), name="remora-requests", daemon=True).start()
    try:
        while (entry := await queue.get()) is not None:
            if isinstance(entry, BaseException):
                raise entry
            room.release()
            yield entry[0]
    finally:
        stopped.set()
        room.release()
