"""Carrying items from the portal's event loop to a reader elsewhere, in batches through a bounded buffer."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable
from typing import Generic, Protocol, TypeVar

from .portal import CLEANUP_SECONDS, cancelled_error, portal

T = TypeVar("T")

CAPACITY = 64
"""Items that may wait for the reader. The source pauses when there are so many, and goes on at half of them."""

# An event loop holds its tasks weakly. Without this, a dropped stream that is part of a cycle would take its producer
# along, which could then not clean up.
_running: set[object] = set()


class Flag(Protocol):
    """What wakes the reader up: `threading.Event`, or something like it for an event loop."""

    def set(self) -> None:
        """Wake the reader up, from the portal's thread."""

    def clear(self) -> None:
        """Note that the reader is about to look for items."""

    def is_set(self) -> bool:
        """Whether the reader knows already that there is something."""
        ...


class Pump(Generic[T]):
    """One producer task and its buffer. It does not refer to the stream that reads it, so that can be collected.

    The producer appends to `items` and then looks at the wake-up flag; the reader clears that flag and then looks at
    `items`. The producer sets `paused` and then looks at `items` again; the reader takes an item and then looks at
    `paused`. So in either case at least one of the two sees what the other did, and nobody waits for ever.
    """

    __slots__ = (
        "_closed",
        "_context",
        "_done",
        "_ended",
        "_error",
        "_lock",
        "_loop",
        "_room",
        "_source",
        "_started",
        "_task",
        "_wake",
        "items",
        "paused",
    )

    def __init__(self, source: AsyncGenerator[T, None], wake: Flag) -> None:
        self.items: deque[T] = deque()
        self.paused = False
        self._source = source
        self._context = contextvars.copy_context()
        self._lock = threading.Lock()
        self._started = False
        self._closed = False  # the reader wants no more
        self._done = False  # the producer has ended
        self._error: BaseException | None = None
        self._wake = wake
        self._ended = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._room: asyncio.Event | None = None
        self._task: asyncio.Task[None] | None = None

    def is_here(self) -> bool:
        """Whether the calling thread is the one that produces."""
        return portal.is_here()

    def look(self) -> bool | None:
        """Whether there is an item (True), or there will be no more (False); None: wait for the flag, look again."""
        self._start()
        if self._closed:
            return False
        self._wake.clear()
        if self.items:
            return True
        if self._done:
            return bool(self.items)
        return None

    def take_error(self) -> BaseException | None:
        """The error that ended the source; it is given once."""
        error, self._error = self._error, None
        return error

    def resume(self) -> None:
        """Let a paused producer go on when half of the buffer is free."""
        if len(self.items) <= CAPACITY // 2:
            self.paused = False
            assert self._room is not None
            self._call(self._room.set)

    def cancel(self) -> None:
        """Stop the producer without waiting; safe in a finalizer."""
        with self._lock:
            self._closed = True
            started = self._started
        if started and not self._done:
            self._call(self._cancel_task)

    def close(self) -> None:
        """Stop the producer, wait for its clean-up, drop what the buffer holds."""
        self.cancel()
        if self._started and not portal.is_here():
            self._ended.wait(CLEANUP_SECONDS)
        self.drop()

    def drop(self) -> None:
        """Forget what the buffer holds, and let the reader know that there is no more."""
        self.items.clear()
        self._error = None
        self._wake.set()

    def _call(self, function: Callable[[], object]) -> None:
        assert self._loop is not None
        with contextlib.suppress(RuntimeError):  # the loop closed, and cancelled the producer before that
            self._loop.call_soon_threadsafe(function)

    def _start(self) -> None:
        with self._lock:
            if self._started or self._closed:
                return
            self._loop = portal.loop()
            self._loop.call_soon_threadsafe(self._begin, context=self._context)
            self._started = True

    def _begin(self) -> None:
        assert self._loop is not None
        self._room = asyncio.Event()
        self._task = self._loop.create_task(self._produce(self._room))
        _running.add(self)

    def _cancel_task(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _produce(self, room: asyncio.Event) -> None:
        items, wake = self.items, self._wake
        try:
            async for item in self._source:
                items.append(item)
                if not wake.is_set():
                    wake.set()
                if len(items) >= CAPACITY:
                    room.clear()
                    self.paused = True
                    if len(items) > CAPACITY // 2:
                        await room.wait()
                    self.paused = False
        except asyncio.CancelledError:
            if not self._closed:
                self._error = cancelled_error()
        except BaseException as error:
            self._error = error
        try:
            await self._source.aclose()
        except BaseException as error:
            if self._error is None:
                self._error = error
        finally:
            self._done = True
            self._task = None
            _running.discard(self)
            wake.set()
            self._ended.set()
