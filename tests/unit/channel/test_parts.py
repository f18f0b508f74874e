"""The small parts of a channel: compression, frames, options, retries, facts of methods."""

from __future__ import annotations

import asyncio
import gzip
import math
import os
from typing import Any

import pytest

from remora.channel import ChannelOptions, Method, RetryPolicy, Shape
from remora.channel.compression import Corrupt, TooLarge, compress, decompress
from remora.channel.deadline import Deadline, within
from remora.channel.frames import ReceiveBuffer, Truncated, frame
from remora.channel.retry import Retries
from remora.errors import ConfigError


@pytest.mark.parametrize("size", [0, 1, 1000, 100_000])
def test_gzip_there_and_back(size: int) -> None:
    data = os.urandom(size // 2) + b"a" * (size - size // 2)
    assert gzip.decompress(compress(data)) == data
    assert decompress(gzip.compress(data), size) == data


def test_gzip_stops_at_the_limit() -> None:
    bomb = gzip.compress(b"\0" * 10_000_000)
    with pytest.raises(TooLarge):
        decompress(bomb, 1000)
    with pytest.raises(TooLarge):
        decompress(gzip.compress(b"ab", mtime=0), 1)


@pytest.mark.parametrize(
    "data", [b"", b"nonsense", gzip.compress(b"abc" * 100, mtime=0)[:-9], gzip.compress(b"abc" * 100, mtime=0)[:12]]
)
def test_damaged_gzip_is_told(data: bytes) -> None:
    with pytest.raises(Corrupt):
        decompress(data, 1000)


async def test_frames_arrive_in_any_pieces() -> None:
    acknowledged: list[int] = []
    buffer = ReceiveBuffer(acknowledged.append)
    wire = frame(b"one") + frame(b"") + frame(b"x" * 1000, compressed=True)

    async def feed() -> None:
        for i in range(0, len(wire), 3):
            buffer.add(wire[i : i + 3], len(wire[i : i + 3]) + 1)  # one byte of padding each
            await asyncio.sleep(0)
        buffer.eof()

    task = asyncio.create_task(feed())
    assert await buffer.next_message(1000) == (False, b"one")
    assert await buffer.next_message(1000) == (False, b"")
    assert await buffer.next_message(1000) == (True, b"x" * 1000)
    assert await buffer.next_message(1000) is None
    await task
    assert sum(acknowledged) + buffer.unacked_size() == len(wire) + -(-len(wire) // 3)
    assert buffer.unacked_size() == 0


async def test_a_reader_that_takes_nothing_acknowledges_nothing() -> None:
    acknowledged: list[int] = []
    buffer = ReceiveBuffer(acknowledged.append)
    for _ in range(10):
        buffer.add(frame(b"12345"), 10)
    assert acknowledged == []
    await buffer.next_message(10)
    assert acknowledged == [10]
    assert buffer.unacked_size() == 90


async def test_frames_that_are_too_large_or_cut_short_are_told() -> None:
    buffer = ReceiveBuffer(lambda size: None)
    buffer.add(frame(b"123456"), 11)
    with pytest.raises(TooLarge) as caught:
        await buffer.next_message(5)
    assert caught.value.size == 6
    for wire in (b"\0", frame(b"123456")[:-1]):
        buffer = ReceiveBuffer(lambda size: None)
        buffer.add(wire, len(wire))
        buffer.eof()
        with pytest.raises(Truncated):
            await buffer.next_message(5000)


async def test_a_cancelled_read_loses_nothing_and_two_readers_are_refused() -> None:
    buffer = ReceiveBuffer(lambda size: None)
    first = asyncio.create_task(buffer.next_message(10))
    await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="another task"):
        await buffer.next_message(10)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    buffer.add(frame(b"x"), 6)
    assert await buffer.next_message(10) == (False, b"x")


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": 0},
        {"timeout": -1},
        {"timeout": math.nan},
        {"connect_timeout": 0},
        {"keepalive": 0},
        {"keepalive_timeout": -1},
        {"max_message_bytes": 0},
        {"compression": "brotli"},
        {"retry": RetryPolicy(attempts=0)},
        {"retry": RetryPolicy(initial=0)},
        {"retry": RetryPolicy(multiplier=0.5)},
    ],
)
def test_senseless_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        ChannelOptions(**options).check()


def test_sensible_options_are_taken() -> None:
    ChannelOptions(timeout=math.inf, keepalive=None, compression="gzip").check()


NEVER = Deadline(None, strict=False)


class Clock:
    """Stands for `asyncio.sleep`, and notes the pauses."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("remora.channel.retry.asyncio.sleep", made.sleep)
    return made


async def test_pauses_grow_with_full_jitter_up_to_the_number_of_attempts(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bounds: list[tuple[float, float]] = []

    def uniform(low: float, high: float) -> float:
        bounds.append((low, high))
        return high

    monkeypatch.setattr("random.uniform", uniform)
    retries = Retries(RetryPolicy(attempts=6, initial=0.1, maximum=0.5, multiplier=2), NEVER)
    assert [await retries.pause(None) for _ in range(7)] == [True] * 5 + [False] * 2
    assert bounds == [(0, 0.1), (0, 0.2), (0, 0.4), (0, 0.5), (0, 0.5)]
    assert clock.pauses == [0.1, 0.2, 0.4, 0.5, 0.5]


async def test_the_servers_wish_decides(clock: Clock) -> None:
    retries = Retries(RetryPolicy(), NEVER)
    assert await retries.pause(1.5)
    assert clock.pauses == [1.5]
    assert not await retries.pause(-1)
    assert clock.pauses == [1.5]


async def test_no_pause_reaches_past_the_deadline(clock: Clock) -> None:
    deadline = Deadline(asyncio.get_running_loop().time() + 10, strict=True)
    assert not await Retries(RetryPolicy(), deadline).pause(11)
    assert await Retries(RetryPolicy(), deadline).pause(1)
    assert clock.pauses == [1]


def test_one_attempt_means_no_retry() -> None:
    assert asyncio.run(Retries(RetryPolicy(attempts=1), NEVER).pause(None)) is False


def test_facts_of_a_method() -> None:
    method = Method("/a.B/C", str, bytes, Shape.UNARY_STREAM)
    assert (method.name, method.may_repeat, method.idempotent) == ("a.B/C", False, False)
    assert method.repeatable().may_repeat
    assert method.repeatable().path == method.path
    assert Method("/a.B/C", str, bytes, Shape.UNARY_UNARY, idempotent=True).may_repeat
    assert Method("/a.B/C", str, bytes, Shape.UNARY_UNARY, retry_safe=True).may_repeat
    assert repr(method.repeatable()) == "Method(a.B/C, unary_stream, may repeat)"
    with pytest.raises(AttributeError, match="immutable"):
        method.path = "/x"
    shapes = {(shape.client_streaming, shape.server_streaming) for shape in Shape}
    assert len(shapes) == 4


async def test_within_gives_back_what_the_work_gives() -> None:
    async def work() -> int:
        await asyncio.sleep(0)
        return 5

    assert await within(None, work()) == 5
    assert await within(20, work()) == 5


async def test_within_ends_work_that_takes_too_long() -> None:
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with pytest.raises(asyncio.TimeoutError):
        await within(0.01, work())
    assert ended.is_set()


async def test_within_loses_no_cancellation() -> None:
    release: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def work() -> None:
        await release

    task = asyncio.create_task(within(20, work()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    release.set_result(None)
    await asyncio.sleep(0)  # the work is done, and whoever waits for it does not know yet
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
