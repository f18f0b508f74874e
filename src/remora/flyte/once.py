"""One fetch for any number of callers, in any threads and event loops."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")


class Once(Generic[T]):
    """A value that is fetched when it is first wanted, by one caller while the others wait.

    A failure is given to everybody who waited for it, and is not kept: the next caller tries again. When the caller
    that fetches is cancelled, one of the others takes over.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: list[T] = []
        # True: there is a value or an error; False: whoever was fetching has gone away.
        self._flight: concurrent.futures.Future[bool] | None = None
        self._process = os.getpid()

    @property
    def value(self) -> T | None:
        """The value if it has been fetched."""
        return self._values[0] if self._values else None

    def put(self, value: T) -> None:
        """Give the value instead of fetching it; for an object that nobody has used yet."""
        self._values.append(value)

    async def get(self, fetch: Callable[[], Awaitable[T]]) -> T:
        """The value, fetched now if it has not been.

        Args:
            fetch: Gets the value; called at most once at a time.
        """
        while not self._values:
            flight, leads = self._join()
            if leads:
                return await self._lead(flight, fetch)
            # A waiter that is cancelled must not cancel the fetch of the others.
            await asyncio.shield(asyncio.wrap_future(flight))
        return self._values[0]

    def _join(self) -> tuple[concurrent.futures.Future[bool], bool]:
        """The fetch that is under way, and whether this caller is the one to do it."""
        with self._lock:
            # A fetch that was under way in the parent of a fork does not go on here.
            if self._flight is not None and self._process == os.getpid():
                return self._flight, False
            self._flight = concurrent.futures.Future()
            self._process = os.getpid()
            return self._flight, True

    async def _lead(self, flight: concurrent.futures.Future[bool], fetch: Callable[[], Awaitable[T]]) -> T:
        error: Exception | None = None
        try:
            value = await fetch()
            self._values.append(value)
        except Exception as caught:
            error = caught
            raise
        finally:
            with self._lock:
                self._flight = None
            if error is not None:
                flight.set_exception(error)
            else:
                flight.set_result(bool(self._values))
        return value
