"""What can go wrong between our channel and the servers of other makers."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

import pytest

from remora import errors
from remora.channel import RetryPolicy

COUNT = 50
MAKERS = ("grpcio", "grpclib", "node")
PATIENT = RetryPolicy(attempts=1000, initial=0.05, maximum=0.1)


@pytest.mark.parametrize("maker", MAKERS)
async def test_answers_of_every_kind(peer: Any, calls: Any, maker: str) -> None:
    call = calls(await peer(maker))
    for size in (0, 1, 20_000, 20_000_000):
        answer = await call("x" * size)
        assert len(answer) == size  # comparing the texts would make pytest explain 20 MB
        assert not answer.strip("x")
    assert [len(message.value) async for message in call.stream(500, 1000)] == [1000] * 500
    with pytest.raises(errors.NotFound, match="gone"):
        await call("status 5 gone")
    many = await asyncio.gather(*(call(str(i)) for i in range(500)))
    assert many == [str(i) for i in range(500)]


@pytest.mark.parametrize("maker", ["grpcio", "node"])
async def test_gzip_answers(peer: Any, calls: Any, maker: str) -> None:
    call = calls(await peer(maker))
    long = "gzip" + "y" * 500
    assert await call(long) == long
    if maker == "grpcio":
        compressing = calls(await peer(maker), compression="gzip")
        assert not (await compressing("z" * 100_000)).strip("z")


@pytest.mark.parametrize("maker", ["grpcio", "node"])
async def test_more_calls_than_the_server_takes_at_once(peer: Any, calls: Any, maker: str) -> None:
    call = calls(await peer(maker, streams=3))
    assert await asyncio.gather(*(call(str(i)) for i in range(200))) == [str(i) for i in range(200)]
    assert await call("runs 7") == "1"


async def hold(call: Any) -> list[asyncio.Future[str]]:
    """Fifty calls that the server has and does not answer."""
    held = [asyncio.ensure_future(call(f"hold {i}")) for i in range(COUNT)]
    await asyncio.wait_for(call.until("held", lambda count: count == COUNT), 60)
    return held


@pytest.mark.parametrize("maker", ["grpcio", "node"])
async def test_a_graceful_goaway_with_calls_in_flight(peer: Any, calls: Any, maker: str) -> None:
    server = await peer(maker)
    call, other = calls(server), calls(server)
    held = await hold(call)
    await server.tell("goaway")
    assert await call("new") == "new"  # on a new connection
    await server.tell("release")
    assert await asyncio.wait_for(asyncio.gather(*held), 60) == [f"hold {i}" for i in range(COUNT)]
    assert {await other(f"runs hold {i}") for i in range(COUNT)} == {"1"}


@pytest.mark.parametrize("maker", ["grpcio", "node"])
async def test_an_abrupt_end_with_calls_in_flight(peer: Any, calls: Any, maker: str) -> None:
    server = await peer(maker)
    call = calls(server)
    held = await hold(call)
    await server.tell("abort")
    results = await asyncio.wait_for(asyncio.gather(*held, return_exceptions=True), 60)
    assert {type(result) for result in results} <= {errors.Unavailable, errors.Cancelled, errors.Internal}
    assert {await call(f"runs hold {i}") for i in range(COUNT)} == {"1"}  # calls with effects are not repeated


async def test_refused_and_reset_streams(peer: Any, calls: Any) -> None:
    call = calls(await peer("node"))
    assert await asyncio.gather(*(call(f"refuse {i}") for i in range(COUNT))) == [f"refuse {i}" for i in range(COUNT)]
    assert await call("runs refuse 7") == "2"
    with pytest.raises(errors.Internal, match="INTERNAL_ERROR"):
        await call("reset")
    assert await call("runs reset") == "1"


@pytest.mark.parametrize("maker", MAKERS)
async def test_a_server_that_is_killed_and_started_again(peer: Any, calls: Any, maker: str) -> None:
    server = await peer(maker)
    call = calls(server)
    held = await hold(call)
    await server.stop()
    results = await asyncio.wait_for(asyncio.gather(*held, return_exceptions=True), 60)
    assert {type(result) for result in results} == {errors.Unavailable}
    waiting = asyncio.ensure_future(calls(server, retry=PATIENT)("later"))
    await server.start()
    assert await asyncio.wait_for(waiting, 60) == "later"
    assert await call("again") == "again"
    assert await call("runs hold 7") == "0"


@pytest.mark.parametrize("maker", MAKERS)
async def test_a_server_that_has_stopped_to_answer(peer: Any, calls: Any, maker: str) -> None:
    server = await peer(maker)
    call, watched = calls(server), calls(server, keepalive=0.5, keepalive_timeout=2)
    assert await watched("here") == await call("here") == "here"
    server.signal(signal.SIGSTOP)
    with pytest.raises(errors.DeadlineExceeded):
        await call("x", timeout=0.3)
    with pytest.raises(errors.Unavailable, match="keepalive ping"):
        await watched("x")
    server.signal(signal.SIGCONT)
    assert await call("again") == "again"
    assert await watched("again") == "again"


@pytest.mark.parametrize("maker", MAKERS)
async def test_a_slow_reader_holds_the_server_back(peer: Any, calls: Any, maker: str) -> None:
    call = calls(await peer(maker))
    count = 3000
    async with call.stream(count, 16_000) as responses:
        first = await responses.__anext__()
        assert len(first.value) == 16_000
        before, now = -1, 0
        for _ in range(100):
            before, now = now, int(await call("sent"))
            if before == now:  # it moves no more
                break
            await asyncio.sleep(0.2)
        # 4 MiB of window and what the sockets and the server hold are far less than the 48 MB of the whole.
        assert now < count / 2
        assert sum([1 async for _ in responses]) == count - 1
    assert await call("sent") == str(count)
