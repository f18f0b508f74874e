"""One piece of work that any number of callers wait for, on any event loop and any thread."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import threading
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from remora.errors import RemoraError

if TYPE_CHECKING:
    from remora.dual.portal import Submitted


class Flight:
    """Work on the portal's event loop, and the number of those who wait for it.

    A caller that is cancelled leaves the work alone. When all have left, work that only waits for a person is given
    up; other work is finished, because a provider may already have used up what was sent to it.

    Args:
        work: Makes the coroutine.
        droppable: Whether the work is given up when nobody waits any more; asked when the last one leaves.
    """

    def __init__(self, work: Callable[[], Coroutine[Any, Any, None]], droppable: Callable[[], bool]) -> None:
        from remora.dual.portal import portal

        self._lock = threading.Lock()
        self._waiting = 0
        self._dropped = False
        self._droppable = droppable
        self._submitted: Submitted[None] = portal.submit(work())

    @property
    def over(self) -> bool:
        """Whether the work has ended or was given up."""
        return self._dropped or self._submitted.done()

    async def join(self) -> bool:
        """Wait for the work; raises what it raised.

        Returns:
            False, at once, if the work was given up before: another flight is needed.
        """
        with self._lock:
            if self._dropped:
                return False
            self._waiting += 1
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()

        def settle() -> None:
            if not waiter.done():
                waiter.set_result(None)

        def wake(_: object) -> None:
            with contextlib.suppress(RuntimeError):  # the waiting loop has closed
                loop.call_soon_threadsafe(settle)

        try:
            self._submitted.add_done_callback(wake)
            await waiter
        finally:
            self._leave()
        error = self._submitted.exception()
        if error is not None:
            # One object raised in several threads would collect the tracebacks of all of them.
            raise copy.copy(error) if isinstance(error, RemoraError) else error
        return True

    def _leave(self) -> None:
        with self._lock:
            self._waiting -= 1
            last = self._waiting == 0 and not self._submitted.done()
            self._dropped = self._dropped or (last and self._droppable())
        if last and self._dropped:
            self._submitted.cancel()
