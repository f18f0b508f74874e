"""One value for each event loop, closed by the loop's own shutdown."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import weakref
from collections.abc import AsyncGenerator, Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")

_instances: weakref.WeakSet[PerLoop[Any]] = weakref.WeakSet()

# What a fork leaves behind is kept alive: a finalizer would close sockets that the parent still uses.
_abandoned: list[object] = []


class PerLoop(Generic[T]):
    """Makes a value for each event loop that asks for one, and closes it when that loop shuts down.

    Each value is held by a suspended asynchronous generator that belongs to its loop. `asyncio.run` closes such
    generators when it ends, and that closes the value, on its own loop. The same happens when this object is dropped.

    Args:
        make: Makes a value; called on the loop that it is for.
        close: Closes a value; called on the same loop.
    """

    def __init__(self, make: Callable[[], T], close: Callable[[T], None]) -> None:
        self._make = make
        self._close = close
        self._lock = threading.Lock()
        self._entries: dict[asyncio.AbstractEventLoop, tuple[T, AsyncGenerator[None, None]]] = {}
        _instances.add(self)

    def get(self) -> T:
        """The value of the running loop; made when it is first asked for.

        Raises:
            RuntimeError: No event loop is running in this thread.
        """
        loop = asyncio.get_running_loop()
        entry = self._entries.get(loop)
        if entry is None:
            entry = self._add(loop)
        return entry[0]

    def _add(self, loop: asyncio.AbstractEventLoop) -> tuple[T, AsyncGenerator[None, None]]:
        value = self._make()
        keeper = _keep(value, self._close, weakref.ref(self), loop)
        _start(keeper)
        with self._lock:
            # A loop that was closed without a shutdown cannot close its value any more; it only takes up memory.
            self._entries = {each: entry for each, entry in self._entries.items() if not each.is_closed()}
            self._entries[loop] = value, keeper
        return value, keeper

    def forget(self, loop: asyncio.AbstractEventLoop) -> None:
        """Drop the entry of a loop that shuts down."""
        with self._lock:
            entries = dict(self._entries)
            entries.pop(loop, None)
            self._entries = entries

    def close(self) -> None:
        """Close all values, each on its own loop, without waiting."""
        with self._lock:
            entries, self._entries = self._entries, {}
        running = asyncio._get_running_loop()
        for loop, (_, keeper) in entries.items():
            if loop is running:
                _finish(keeper)
            else:
                with contextlib.suppress(RuntimeError):  # the loop has closed
                    loop.call_soon_threadsafe(_finish, keeper)

    def after_fork(self) -> None:
        """Forget the parent's values."""
        _abandoned.append(self._entries)
        self._lock = threading.Lock()
        self._entries = {}


async def _keep(
    value: T,
    close: Callable[[T], None],
    owner: weakref.ref[PerLoop[T]],
    loop: asyncio.AbstractEventLoop,
) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        close(value)
        alive = owner()
        if alive is not None:
            alive.forget(loop)


def _start(keeper: AsyncGenerator[None, None]) -> None:
    # Runs to the `yield` without an await, so the loop takes note of the generator now and not in a later task.
    with contextlib.suppress(StopIteration):
        keeper.__anext__().send(None)


def _finish(keeper: AsyncGenerator[None, None]) -> None:
    with contextlib.suppress(StopIteration):
        keeper.aclose().send(None)


def _after_fork() -> None:
    for instance in list(_instances):
        instance.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
