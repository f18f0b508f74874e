"""The portal: one lazy daemon thread with an event loop, where blocking calls do their work.

The thread starts with the first blocking call. A forked child starts its own. At exit its tasks are cancelled and get
a moment to clean up, so nothing is left pending.
"""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import contextlib
import os
import sys
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar, cast

from remora.errors import Cancelled, RemoraError

T = TypeVar("T")

CLEANUP_SECONDS = 5.0
"""How long an interrupted call may clean up before the interrupt is passed on all the same."""

EXIT_SECONDS = 2.0
"""How long all tasks together may clean up when the interpreter exits."""

# On Windows a wait without a timeout cannot be interrupted by Ctrl-C, so waits are cut in slices there.
SLICE: float | None = 0.1 if sys.platform == "win32" else None

# A forked child must not touch its parent's event loops: they share the kernel's poll object, and a finalizer that
# unregisters a socket would unregister it in the parent. What a fork leaves behind is kept here, alive and unused.
_abandoned: list[object] = []

# An event loop holds its tasks weakly, so someone has to hold those whose caller went away. And when a loop closes,
# those that it has not ended get an end.
_running: set[Submitted[Any]] = set()


class Submitted(concurrent.futures.Future[T]):
    """A coroutine on its way to an event loop of another thread, and the future of its result."""

    def __init__(self, loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, T]) -> None:
        super().__init__()
        self._target = loop
        self._coroutine: Coroutine[Any, Any, T] | None = coroutine
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Hand the coroutine over. The loop runs it in a copy of the context of the calling thread."""
        _running.add(self)
        try:
            self._target.call_soon_threadsafe(self._begin)
        except RuntimeError:  # the loop has just closed
            self.give_up()

    def cancel(self) -> bool:
        """Ask for cancellation; the future is done when the coroutine has finished its clean-up."""
        try:
            self._target.call_soon_threadsafe(self._cancel_task)
        except RuntimeError:  # the loop closed: it cancelled what had begun, and begins nothing any more
            self.give_up()
        return not self.done()

    def give_up(self) -> None:
        """End without the loop, which has closed: nothing else would tell the caller."""
        with contextlib.suppress(concurrent.futures.InvalidStateError):  # two threads may see that it has closed
            if not self._drop() and not self.done():
                self.set_exception(cancelled_error())
        _running.discard(self)

    def is_for(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Whether this loop runs it."""
        return self._target is loop

    def settle(self, seconds: float) -> None:
        """Wait until the coroutine has ended, at most `seconds`; its result or error is not looked at."""
        concurrent.futures.wait([self], timeout=seconds)

    def _begin(self) -> None:
        if self._coroutine is None:  # cancelled before it began
            return
        self._task = self._target.create_task(self._run())
        self._task.add_done_callback(self._ended)

    async def _run(self) -> None:
        # The caller gets the outcome from inside the task: that of the task itself comes a turn of the loop later.
        coroutine, self._coroutine = self._coroutine, None
        if coroutine is None:
            return
        try:
            result = await coroutine
        except asyncio.CancelledError:
            self.set_exception(cancelled_error())
            raise
        except Exception as error:
            self.set_exception(error)
        except BaseException as error:
            if not self.done():  # it was given up, and is garbage now
                self.set_exception(error)
            raise  # it ends the loop
        else:
            self.set_result(result)
        finally:
            del self  # an error in it refers to this frame: without this, both wait for the cycle collector

    def _cancel_task(self) -> None:
        if not self._drop() and self._task is not None:
            self._task.cancel()

    def _drop(self) -> bool:
        """Give up a coroutine that has not begun; False when there is none."""
        coroutine, self._coroutine = self._coroutine, None
        if coroutine is None:
            return False
        coroutine.close()
        self.set_exception(cancelled_error())
        _running.discard(self)
        return True

    def _ended(self, _task: asyncio.Task[None]) -> None:
        self._task = None
        _running.discard(self)
        self._drop()  # the task was cancelled before its first step


def cancelled_error() -> Cancelled:
    """The error of a blocking call whose coroutine was cancelled by someone else."""
    return Cancelled("the call was cancelled before it finished, because the client or the program is ending")


class Portal:
    """An event loop on a thread of its own, started when first used."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def loop(self) -> asyncio.AbstractEventLoop:
        """The running loop; starts the thread when there is none.

        Raises:
            RemoraError: The interpreter is shutting down and lets no thread start any more.
        """
        loop = self._loop
        if loop is not None:
            return loop
        with self._lock:
            if self._loop is None:
                self._loop = self._start()
            return self._loop

    def _start(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=self._main, args=(loop,), name="remora-portal", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            loop.close()
            raise RemoraError(
                "the interpreter is shutting down, so a blocking call can no longer be made",
                hint="make the call before the program ends, not in an atexit function",
            ) from error
        self._thread = thread
        atexit.unregister(self.stop)
        atexit.register(self.stop)
        return loop

    def is_here(self) -> bool:
        """Whether the calling thread is the portal's own."""
        thread = self._thread
        return thread is not None and thread.ident == threading.get_ident()

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> Submitted[T]:
        """Start a coroutine on the portal's loop, in a copy of the caller's context."""
        submitted = self._prepare(coroutine)
        try:
            submitted.start()
        except BaseException:
            submitted.cancel()
            raise
        return submitted

    def _prepare(self, coroutine: Coroutine[Any, Any, T]) -> Submitted[T]:
        try:
            return Submitted(self.loop(), coroutine)
        except BaseException:
            coroutine.close()
            raise

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the portal's loop and wait for it.

        When the wait is interrupted (Ctrl-C, or any exception thrown into this thread), the coroutine is cancelled and
        gets `CLEANUP_SECONDS` for its clean-up, then the interrupt goes on.
        """
        submitted = self._prepare(coroutine)
        try:
            submitted.start()  # inside: an interrupt may come as soon as the coroutine runs
            while SLICE is not None and not submitted.done():
                submitted.settle(SLICE)
            return submitted.result()
        except BaseException:
            if not submitted.done():
                submitted.cancel()
                submitted.settle(CLEANUP_SECONDS)
            raise
        finally:
            del submitted  # an error in it refers to this frame: without this, both wait for the cycle collector

    def _main(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        try:
            # A task that raises one of these ends its loop; its caller gets the exception too, and deals with it.
            with contextlib.suppress(SystemExit, KeyboardInterrupt):
                loop.run_forever()
        finally:
            with self._lock:
                if self._loop is loop:
                    self._loop = self._thread = None
            try:
                _wind_up(loop)
            finally:
                asyncio.set_event_loop(None)
                loop.close()
                _give_up(loop)

    def stop(self) -> None:
        """Cancel what runs, let it clean up for a moment, and end the thread. A later call starts a new one."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return
        with contextlib.suppress(RuntimeError):  # it ended by itself meanwhile
            loop.call_soon_threadsafe(loop.stop)
        thread.join(2 * EXIT_SECONDS + 1)

    def after_fork(self) -> None:
        """Forget the parent's thread, which does not exist in a forked child."""
        _abandoned.append((self._loop, self._thread))
        self._lock = threading.Lock()
        self._loop = self._thread = None


def _wind_up(loop: asyncio.AbstractEventLoop) -> None:
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.wait(tasks, timeout=EXIT_SECONDS))
    for task in tasks:
        if not task.done():
            # Nobody can finish a task that ignores its cancellation; without this, asyncio logs an error for it.
            cast("Any", task)._log_destroy_pending = False
        elif not task.cancelled():
            task.exception()  # seen, so asyncio does not log it as lost
    with contextlib.suppress(asyncio.TimeoutError):
        loop.run_until_complete(asyncio.wait_for(loop.shutdown_asyncgens(), EXIT_SECONDS))


def _give_up(loop: asyncio.AbstractEventLoop) -> None:
    """End what a closed loop has not: what came too late for it, and tasks that have ignored their cancellation."""
    for submitted in tuple(_running):
        if submitted.is_for(loop):
            submitted.give_up()


portal = Portal()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=portal.after_fork)
