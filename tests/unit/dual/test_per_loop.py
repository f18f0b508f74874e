from __future__ import annotations

import asyncio
import gc
import threading

from remora.dual import run_sync
from remora.dual.per_loop import PerLoop


class Value:
    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.closed_on: list[asyncio.AbstractEventLoop] = []

    def close(self) -> None:
        self.closed_on.append(asyncio.get_running_loop())


def make() -> PerLoop[Value]:
    return PerLoop(Value, Value.close)


async def use(per: PerLoop[Value]) -> Value:
    value = per.get()
    assert per.get() is value
    await asyncio.sleep(0)
    assert per.get() is value
    return value


def test_two_loops_in_sequence_have_a_value_each_and_close_it() -> None:
    per = make()
    first = asyncio.run(use(per))
    assert first.closed_on == [first.loop]
    second = asyncio.run(use(per))
    assert second is not first
    assert second.closed_on == [second.loop]
    assert per._entries == {}


def test_the_portal_and_the_callers_loop_have_a_value_each() -> None:
    per = make()
    portal_value = run_sync(use(per), "use")
    assert run_sync(use(per), "use") is portal_value
    assert asyncio.run(use(per)) is not portal_value
    assert portal_value.closed_on == []
    per.close()
    run_sync(asyncio.sleep(0), "settle")
    assert portal_value.closed_on == [portal_value.loop]


def test_loops_in_threads_do_not_meet() -> None:
    per = make()
    values: list[Value] = []
    barrier = threading.Barrier(8)

    async def work() -> None:
        barrier.wait()
        for _ in range(100):
            values.append(per.get())
            await asyncio.sleep(0)

    threads = [threading.Thread(target=lambda: asyncio.run(work())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(values) == 800
    assert len(set(map(id, values))) == 8
    assert all(value.closed_on == [value.loop] for value in values)


async def test_close_closes_the_running_loops_value_at_once() -> None:
    per = make()
    value = per.get()
    per.close()
    assert value.closed_on == [value.loop]
    assert per.get() is not value


async def test_dropping_the_owner_closes_the_value() -> None:
    per = make()
    value = per.get()
    del per
    gc.collect()
    for _ in range(5):
        await asyncio.sleep(0)
    assert value.closed_on == [value.loop]


def test_a_loop_that_was_closed_without_a_shutdown_is_forgotten() -> None:
    per = make()
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(use(per))
    finally:
        loop.close()
    assert len(per._entries) == 1
    other = asyncio.new_event_loop()
    try:
        other.run_until_complete(use(per))
        assert list(per._entries) == [other]
        other.run_until_complete(other.shutdown_asyncgens())
    finally:
        other.close()


def test_a_forked_child_starts_without_values(run_script) -> None:  # type: ignore[no-untyped-def]
    done = run_script(
        """
        import asyncio, os
        from remora.dual import run_sync
        from remora.dual.per_loop import PerLoop
        closed = []
        per = PerLoop(object, closed.append)
        async def get(): return id(per.get())
        before = run_sync(get(), "get")
        child = os.fork()
        if child == 0:
            after = run_sync(get(), "get")
            os._exit(0 if len(per._entries) == 1 and closed == [] else 1)
        status = os.waitpid(child, 0)[1]
        print(status, run_sync(get(), "get") == before, closed)
        """
    )
    assert (done.stdout, done.stderr) == ("0 True []\n", "")
