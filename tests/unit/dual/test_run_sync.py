from __future__ import annotations

import asyncio
import contextlib
import contextvars
import gc
import inspect
import sys
import threading
import traceback
import types
import warnings
import weakref
from typing import Any

import pytest

from remora.dual import run_sync, stream_sync
from remora.dual.portal import portal
from remora.errors import SyncInAsyncWarning, WouldDeadlock

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


async def value(x: Any) -> Any:
    await asyncio.sleep(0)
    return x


class _BoundGet:
    """The shape of a generated dual method."""

    def __call__(self, x: Any) -> Any:
        return run_sync(value(x), "Thing.get")

    async def aio(self, x: Any) -> Any:
        return await value(x)


class Thing:
    @property
    def get(self) -> _BoundGet:
        return _BoundGet()


def test_a_blocking_call_gives_the_value() -> None:
    assert run_sync(value(7), "Thing.get") == 7


def test_the_work_is_done_on_the_portal_thread_and_aio_on_the_callers() -> None:
    async def where() -> threading.Thread:
        return threading.current_thread()

    there = run_sync(where(), "where")
    assert there is not threading.current_thread()
    assert there.daemon
    assert there.name == "remora-portal"
    assert run_sync(where(), "where") is there

    class Where:
        async def aio(self) -> threading.Thread:
            return await where()

    assert asyncio.run(Where().aio()) is threading.current_thread()


def test_frames_of_an_error_are_complete() -> None:
    async def inner() -> None:
        raise ValueError("boom")

    async def outer() -> None:
        await inner()

    def user() -> None:
        run_sync(outer(), "Thing.get")

    with pytest.raises(ValueError, match="boom") as caught:
        user()
    names = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert [name for name in names if name in ("user", "run_sync", "outer", "inner")] == [
        "user",
        "run_sync",
        "outer",
        "inner",
    ]


def test_an_error_keeps_nothing_alive() -> None:
    class Big:
        pass

    alive: list[Any] = []

    async def fail() -> None:
        big = Big()
        alive.append(weakref.ref(big))
        raise ValueError("boom")

    gc.disable()
    try:
        with contextlib.suppress(ValueError):
            run_sync(fail(), "fail")
        run_sync(value(None), "settle")  # the loop's own reference to the finished task goes with its next turn
        assert alive[0]() is None
    finally:
        gc.enable()


def test_context_variables_are_seen_and_not_changed() -> None:
    async def change() -> str:
        seen = variable.get()
        variable.set("changed")
        return seen

    variable.set("mine")
    assert run_sync(change(), "change") == "mine"
    assert variable.get() == "mine"


def test_a_blocking_call_on_the_portal_thread_is_refused_with_the_rewrite() -> None:
    async def deadlock() -> None:
        coroutine = value(1)
        try:
            with pytest.raises(WouldDeadlock, match=r"Thing\.get\(\).*`await Thing\.get\.aio\(\.\.\.\)`"):
                run_sync(coroutine, "Thing.get")
        finally:
            assert inspect.getcoroutinestate(coroutine) == inspect.CORO_CLOSED

        async def items() -> Any:
            yield 1

        with pytest.raises(WouldDeadlock, match=r"`async for \.\.\. in Thing\.watch\.aio\(\.\.\.\)`"):
            stream_sync(items(), "Thing.watch")

    run_sync(deadlock(), "outer")


async def test_in_a_running_loop_it_works_and_warns_once_per_line_at_the_users_line() -> None:
    thing = Thing()
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("default")
        for _ in range(3):
            line = inspect.currentframe().f_lineno + 1  # type: ignore[union-attr]
            assert thing.get(5) == 5
        assert thing.get(6) == 6
    assert [(each.category, each.filename, each.lineno) for each in seen] == [
        (SyncInAsyncWarning, __file__, line),
        (SyncInAsyncWarning, __file__, line + 1),
    ]
    assert str(seen[0].message) == "Thing.get() blocks the running event loop; use `await Thing.get.aio(...)`"


async def test_the_warning_as_an_error_leaves_no_coroutine_behind() -> None:
    coroutine = value(1)
    with pytest.raises(SyncInAsyncWarning):
        run_sync(coroutine, "Thing.get")
    assert inspect.getcoroutinestate(coroutine) == inspect.CORO_CLOSED


@pytest.mark.parametrize("active", [True, False])
async def test_a_notebook_is_not_warned_but_a_program_that_has_ipython_is(
    monkeypatch: pytest.MonkeyPatch, active: bool
) -> None:
    ipython = types.ModuleType("IPython")
    ipython.get_ipython = lambda: object() if active else None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    if active:
        assert Thing().get(1) == 1
    else:
        with pytest.warns(SyncInAsyncWarning):
            Thing().get(1)


def test_sixteen_threads_share_one_portal() -> None:
    portal.stop()
    barrier = threading.Barrier(16)
    results: list[tuple[int, str]] = []

    async def work(i: int) -> str:
        await asyncio.sleep(0.001 * (i % 3))
        return threading.current_thread().name + str(threading.get_ident())

    def thread(i: int) -> None:
        barrier.wait()
        results.extend((i, run_sync(work(i), "work")) for _ in range(20))

    threads = [threading.Thread(target=thread, args=(i,)) for i in range(16)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert len(results) == 320
    assert len({name for _, name in results}) == 1
    assert sum(each.name == "remora-portal" for each in threading.enumerate()) == 1


def test_a_timeout_error_of_the_call_itself_comes_through() -> None:
    async def late() -> None:
        raise TimeoutError("mine")

    with pytest.raises(TimeoutError, match="mine"):
        run_sync(late(), "late")
