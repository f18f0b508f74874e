"""What dual methods cost: a call, an attribute, an item of a stream; and one call over a socket in each form.

All functions return microseconds, the least of several rounds, because noise of a shared machine only adds.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

from remora.channel.method import Method, Shape
from remora.channel.server import serve
from remora.channel.service import ServerBase, ServerContext
from remora.client import Client
from remora.dual import AsyncStream, Stream, run_sync, stream_async, stream_sync
from remora_api.google.protobuf import StringValue

ROUNDS = 7

BUDGETS = {
    "`.aio` over a plain await": 1.0,
    "attribute access": 0.5,
    "blocking call": 100.0,
    "blocking stream over the async one, per item": 5.0,
}


async def _value(x: int) -> int:
    return x


async def _items(count: int) -> AsyncGenerator[int, None]:
    for i in range(count):
        yield i


class _Get:
    """The shape of a generated dual method."""

    __slots__ = ("_self",)

    def __init__(self, self_: Thing) -> None:
        self._self = self_

    def __call__(self, x: int, *, timeout: float | None = None) -> int:
        return run_sync(self._self._get(x, timeout=timeout), "Thing.get")

    async def aio(self, x: int, *, timeout: float | None = None) -> int:
        return await self._self._get(x, timeout=timeout)


class _Watch:
    __slots__ = ("_self",)

    def __init__(self, self_: Thing) -> None:
        self._self = self_

    def __call__(self, count: int) -> Stream[int]:
        return stream_sync(_items(count), "Thing.watch")

    def aio(self, count: int) -> AsyncStream[int]:
        return stream_async(_items(count))


class Thing:
    """An entity with one dual method of each kind."""

    @property
    def get(self) -> _Get:
        return _Get(self)

    @property
    def watch(self) -> _Watch:
        return _Watch(self)

    async def _get(self, x: int, *, timeout: float | None = None) -> int:
        return await _value(x)


def least(function: Callable[[int], object], count: int) -> float:
    """Microseconds per step of `function(count)`, the least of several rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        function(count)
        best = min(best, time.perf_counter() - start)
    return best / count * 1e6


def least_async(function: Callable[[int], Coroutine[Any, Any, object]], count: int) -> float:
    """The same for a coroutine function, without the cost of starting a loop."""

    async def rounds() -> float:
        best = float("inf")
        for _ in range(ROUNDS):
            start = time.perf_counter()
            await function(count)
            best = min(best, time.perf_counter() - start)
        return best / count * 1e6

    return asyncio.run(rounds())


def plain_await() -> float:
    """Awaiting the implementation itself."""
    thing = Thing()

    async def loop(count: int) -> None:
        for i in range(count):
            await thing._get(i)

    return least_async(loop, 50_000)


def aio_call() -> float:
    """`await thing.get.aio(i)`."""
    thing = Thing()

    async def loop(count: int) -> None:
        for i in range(count):
            await thing.get.aio(i)

    return least_async(loop, 50_000)


def attribute() -> float:
    """`thing.get`, without the loop around it."""
    thing = Thing()

    def loop(count: int) -> None:
        for _ in range(count):
            thing.get  # noqa: B018

    def empty(count: int) -> None:
        for _ in range(count):
            thing  # noqa: B018

    return least(loop, 200_000) - least(empty, 200_000)


def blocking_call() -> float:
    """`thing.get(i)`."""
    thing = Thing()

    def loop(count: int) -> None:
        for i in range(count):
            thing.get(i)

    return least(loop, 3_000)


def bare_hop() -> float:
    """`asyncio.run_coroutine_threadsafe(...).result()`: what the standard library takes for the same hop."""
    event_loop = asyncio.new_event_loop()
    thread = threading.Thread(target=event_loop.run_forever)
    thread.start()

    def loop(count: int) -> None:
        for i in range(count):
            asyncio.run_coroutine_threadsafe(_value(i), event_loop).result()

    try:
        return least(loop, 3_000)
    finally:
        event_loop.call_soon_threadsafe(event_loop.stop)
        thread.join()
        event_loop.close()


def on_one_core(figure: Callable[[], float]) -> float:
    """The same figure with all threads on one core: what is left when no sleeping core has to be woken."""
    cores = os.sched_getaffinity(0)
    _pin({min(cores)})
    try:
        return figure()
    finally:
        _pin(cores)


def _pin(cores: set[int]) -> None:
    for thread in os.listdir("/proc/self/task"):
        os.sched_setaffinity(int(thread), cores)


def blocking_stream() -> float:
    """One item of `for item in thing.watch(n)`."""
    thing = Thing()

    def loop(count: int) -> None:
        for _ in thing.watch(count):
            pass

    return least(loop, 50_000)


def async_stream() -> float:
    """One item of `async for item in thing.watch.aio(n)`."""
    thing = Thing()

    async def loop(count: int) -> None:
        async for _ in thing.watch.aio(count):
            pass

    return least_async(loop, 50_000)


class Echo(ServerBase):
    """The other end of calls over a socket."""

    UNARY = Method("/bench.v1.Echo/Unary", StringValue, StringValue, Shape.UNARY_UNARY)
    COUNT = Method("/bench.v1.Echo/Count", StringValue, StringValue, Shape.UNARY_STREAM)
    METHODS = {"unary": UNARY, "count": COUNT}  # noqa: RUF012

    async def unary(self, request: StringValue, context: ServerContext) -> StringValue:
        return request

    async def count(self, request: StringValue, context: ServerContext) -> AsyncIterator[StringValue]:
        for _ in range(int(request.value)):
            yield request


class Served:
    """An echo server in a process of its own, so that only the client is measured."""

    def __enter__(self) -> str:
        import multiprocessing

        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        url: str = ours.recv()
        return url

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        self._process.join()


def _serve(pipe: Any) -> None:
    async def main() -> None:
        async with await serve([Echo()]) as server:
            pipe.send(server.url)
            await asyncio.Event().wait()

    asyncio.run(main())


def calls_over_a_socket(url: str) -> dict[str, float]:
    """Microseconds of one call, or of one item of a stream, over a loopback socket."""
    request = StringValue(value="x" * 20)
    client = Client(url, config_file=False)

    async def unary(count: int) -> None:
        for _ in range(count):
            await client.unary_unary(Echo.UNARY, request)

    def blocking_unary(count: int) -> None:
        for _ in range(count):
            run_sync(client.unary_unary(Echo.UNARY, request), "Echo.unary")

    async def at_once(count: int) -> None:
        for _ in range(count // 64):
            await asyncio.gather(*(client.unary_unary(Echo.UNARY, request) for _ in range(64)))

    async def responses(count: int) -> AsyncGenerator[StringValue, None]:
        async with client.unary_stream(Echo.COUNT, StringValue(value=str(count))) as stream:
            async for response in stream:
                yield response

    async def stream(count: int) -> None:
        async for _ in stream_async(responses(count)):
            pass

    def blocking(count: int) -> None:
        for _ in stream_sync(responses(count), "Echo.count"):
            pass

    with client:
        return {
            "one call, async": least_async(unary, 300),
            "one call, blocking": least(blocking_unary, 300),
            "one of 64 calls at once": least_async(at_once, 640),
            "one item of a stream, async": least_async(stream, 5_000),
            "one item of a stream, blocking": least(blocking, 5_000),
        }


def measure() -> dict[str, float]:
    """The figures that have a budget, in microseconds."""
    return {
        "`.aio` over a plain await": aio_call() - plain_await(),
        "attribute access": attribute(),
        "blocking call": blocking_call(),
        "blocking stream over the async one, per item": blocking_stream() - async_stream(),
    }


def report(home: Path) -> str:
    """A table of all figures. `home` is where other benchmarks keep their environments; this one needs none."""
    lines = ["| what | µs | budget |", "|---|---|---|"]
    lines += [f"| {name} | {value:.2f} | {BUDGETS[name]:g} |" for name, value in measure().items()]
    for name, figure in {"blocking call": blocking_call, "standard library's hop": bare_hop}.items():
        lines.append(f"| {name}, free to move between cores | {figure():.1f} | |")
        lines.append(f"| {name}, all threads on one core | {on_one_core(figure):.1f} | |")
    with Served() as url:
        lines += [f"| over a socket: {name} | {value:.1f} | |" for name, value in calls_over_a_socket(url).items()]
    return "\n".join(lines)


if __name__ == "__main__":
    print(report(Path()))
