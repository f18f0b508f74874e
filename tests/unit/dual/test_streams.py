from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
import time
import traceback
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest

from remora.dual import run_sync, stream_async, stream_sync
from remora.dual.pump import CAPACITY
from remora.errors import SyncInAsyncWarning

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


class Source:
    """A counted source that notes how far it was read and whether it was closed."""

    def __init__(self, count: int, error: BaseException | None = None) -> None:
        self.count = count
        self.error = error
        self.produced = 0
        self.closed = threading.Event()

    async def items(self) -> AsyncGenerator[int, None]:
        try:
            for i in range(self.count):
                self.produced = i + 1
                yield i
                if i % 10 == 0:
                    await asyncio.sleep(0)
            if self.error is not None:
                raise self.error
        finally:
            await asyncio.sleep(0)
            self.closed.set()


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.002)


@pytest.mark.parametrize("count", [0, 1, CAPACITY - 1, CAPACITY, CAPACITY + 1, 10 * CAPACITY + 3])
def test_all_items_in_order(count: int) -> None:
    source = Source(count)
    stream = stream_sync(source.items(), "Thing.watch")
    assert list(stream) == list(range(count))
    assert source.closed.is_set()
    with pytest.raises(StopIteration):
        next(stream)


def test_nothing_starts_before_the_first_item_is_asked_for() -> None:
    source = Source(3)
    stream = stream_sync(source.items(), "Thing.watch")
    run_sync(asyncio.sleep(0.01), "wait")
    assert source.produced == 0
    stream.close()
    assert list(stream) == []
    assert source.produced == 0


def test_the_source_is_at_most_a_buffer_ahead_and_resumes_at_half() -> None:
    source = Source(10_000)
    stream = stream_sync(source.items(), "Thing.watch")
    assert next(stream) == 0
    until(lambda: source.produced >= CAPACITY)
    run_sync(asyncio.sleep(0.02), "wait")
    assert source.produced <= CAPACITY + 1
    ahead = source.produced
    for _ in range(CAPACITY // 2 - 2):
        next(stream)
    run_sync(asyncio.sleep(0.02), "wait")
    assert source.produced == ahead  # not yet half empty
    for _ in range(3):
        next(stream)
    until(lambda: source.produced > ahead)
    stream.close()


def test_an_error_comes_after_the_items_before_it_and_once() -> None:
    stream = stream_sync(Source(5, ValueError("broken")).items(), "Thing.watch")
    assert [next(stream) for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match="broken") as caught:
        next(stream)
    assert list(stream) == []
    assert "items" in [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]


def test_close_and_with_wait_for_the_clean_up() -> None:
    source = Source(10**9)
    with stream_sync(source.items(), "Thing.watch") as stream:
        for item in stream:
            if item == 3:
                break
    assert source.closed.is_set()
    assert list(stream) == []
    stream.close()
    stream.close()

    source = Source(10**9)
    stream = stream_sync(source.items(), "Thing.watch")
    next(stream)
    stream.close()
    assert source.closed.is_set()


def test_a_dropped_stream_is_closed() -> None:
    source = Source(10**9)
    for item in stream_sync(source.items(), "Thing.watch"):
        if item == 3:
            break
    gc.collect()
    assert source.closed.wait(10)


def test_a_stream_in_a_reference_cycle_is_closed_by_the_collector() -> None:
    source = Source(10**9)
    holder: list[Any] = [stream_sync(source.items(), "Thing.watch")]
    holder.append(holder)
    next(holder[0])
    del holder
    gc.collect()
    assert source.closed.wait(10)


def test_context_variables_are_those_of_the_call() -> None:
    async def seen() -> AsyncGenerator[str, None]:
        yield variable.get()

    variable.set("at the call")
    stream = stream_sync(seen(), "Thing.watch")
    variable.set("later")
    assert list(stream) == ["at the call"]


def test_several_threads_may_read_one_stream() -> None:
    stream = stream_sync(Source(20_000).items(), "Thing.watch")
    got: list[list[int]] = [[] for _ in range(4)]
    threads = [threading.Thread(target=lambda i=i: got[i].extend(stream)) for i in range(4)]  # type: ignore[misc]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    assert sorted(item for part in got for item in part) == list(range(20_000))
    assert all(part == sorted(part) for part in got)


def test_a_slow_source_hands_each_item_over_at_once() -> None:
    gate: list[asyncio.Event] = []

    async def items() -> AsyncGenerator[int, None]:
        for i in range(3):
            gate.append(asyncio.Event())
            yield i
            await gate[i].wait()

    stream = stream_sync(items(), "Thing.watch")
    for i in range(3):
        assert next(stream) == i

        async def open_gate(i: int = i) -> None:
            gate[i].set()

        run_sync(open_gate(), "open")
    assert list(stream) == []


async def test_in_a_running_loop_it_works_and_warns() -> None:
    with pytest.warns(SyncInAsyncWarning, match=r"use `async for \.\.\. in Thing\.watch\.aio\(\.\.\.\)`"):
        stream = stream_sync(Source(3).items(), "Thing.watch")
    assert list(stream) == [0, 1, 2]


async def test_the_async_form_iterates_the_source_itself() -> None:
    source = Source(5)
    threads = set()
    async for _ in stream_async(source.items()):
        threads.add(threading.current_thread())
    assert threads == {threading.current_thread()}

    source = Source(10**9)
    async with stream_async(source.items()) as stream:
        assert await stream.__anext__() == 0
        async for item in stream:
            if item == 4:
                break
    assert source.closed.is_set()

    source = Source(10**9)
    stream = stream_async(source.items())
    assert await stream.__anext__() == 0
    await stream.aclose()
    assert source.closed.is_set()


async def test_cancelling_the_async_form_waits_for_the_clean_up() -> None:
    source = Source(10**9)

    async def read() -> None:
        async with stream_async(source.items()) as stream:
            async for item in stream:
                if item == 3:
                    reached.set()
                await asyncio.sleep(0)

    reached = asyncio.Event()
    task = asyncio.create_task(read())
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert source.closed.is_set()


def test_repr_names_the_method() -> None:
    assert repr(stream_sync(Source(1).items(), "Run.logs")) == "<Stream of Run.logs>"
