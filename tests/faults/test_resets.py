from __future__ import annotations

import asyncio
from typing import Any

import pytest

from remora import errors


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (0x0, errors.Internal),
        (0x1, errors.Internal),
        (0x2, errors.Internal),
        (0x3, errors.Internal),
        (0x8, errors.Cancelled),
        (0xB, errors.ResourceExhausted),
        (0xC, errors.PermissionDenied),
        (0xD, errors.Internal),
        (0x99, errors.Internal),
    ],
)
async def test_each_reset_code_has_its_status(start: Any, methods: Any, text: Any, code: int, error: Any) -> None:
    async def script(call: Any) -> None:
        await call.ended.wait()
        call.reset_with(code)

    server, channel = await start(script)
    with pytest.raises(error, match="the server reset the stream") as caught:
        await channel.unary_unary(methods["safe"], text("x"))
    assert type(caught.value) is error
    assert len(server.calls) == 1
    assert len(server.peers) == 1


async def test_a_refused_stream_is_repeated_whatever_its_method(start: Any, methods: Any, text: Any) -> None:
    async def script(call: Any) -> None:
        await call.ended.wait()
        if len(server.calls) < 3:
            call.reset_with(0x7)
        else:
            call.answer("third")

    server, channel = await start(script)
    assert (await channel.unary_unary(methods["unary"], text("x"))).value == "third"


async def test_a_stream_that_is_refused_for_ever_is_unavailable(start: Any, methods: Any, text: Any) -> None:
    async def script(call: Any) -> None:
        call.reset_with(0x7)

    server, channel = await start(script)
    with pytest.raises(errors.Unavailable, match="REFUSED_STREAM") as caught:
        await channel.unary_unary(methods["unary"], text("x"))
    assert caught.value.retriable
    assert len(server.calls) == 4


async def test_items_before_a_reset_are_delivered(start: Any, methods: Any, text: Any) -> None:
    async def script(call: Any) -> None:
        await call.ended.wait()
        call.start()
        for i in range(5):
            call.message(str(i))
        call.reset_with(0x2)

    server, channel = await start(script)
    stream = channel.unary_stream(methods["stream"], text("x"))
    assert [(await stream.__anext__()).value for _ in range(5)] == ["0", "1", "2", "3", "4"]
    with pytest.raises(errors.Internal, match="INTERNAL_ERROR"):
        await stream.__anext__()
    with pytest.raises(StopAsyncIteration):
        await stream.__anext__()
    assert len(server.calls) == 1


async def test_a_complete_answer_before_the_request_was_read_is_taken(start: Any, methods: Any, text: Any) -> None:
    async def script(call: Any) -> None:
        call.answer("early")
        call.reset_with(0x0)  # RFC 9113 section 8.1: the server needs no more of the request

    _, channel = await start(script)
    assert (await channel.unary_unary(methods["unary"], text("x" * 1_000_000))).value == "early"

    async def endless() -> Any:
        while True:
            yield text("y" * 10_000)

    assert (await channel.stream_unary(methods["join"], endless())).value == "early"


async def test_an_early_status_wins_over_the_reset_that_follows(start: Any, methods: Any, text: Any) -> None:
    async def script(call: Any) -> None:
        call.start(("grpc-status", "9"), ("grpc-message", "not%20now"), end=True)
        call.reset_with(0x0)

    _, channel = await start(script)
    with pytest.raises(errors.FailedPrecondition, match="not now"):
        await channel.unary_unary(methods["unary"], text("x" * 1_000_000))


async def test_giving_a_call_up_says_cancel(start: Any, methods: Any, text: Any) -> None:
    async def script(call: Any) -> None:
        await call.ended.wait()
        call.start()
        call.message("one")

    server, channel = await start(script)
    task = asyncio.ensure_future(channel.unary_unary(methods["unary"], text("x")))
    await server.called(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(server.calls[0].reset.wait(), 60)
    assert server.calls[0].reset_code == 8
    with pytest.raises(errors.DeadlineExceeded):
        await channel.unary_unary(methods["unary"], text("x"), timeout=0.05)
    await asyncio.wait_for(server.calls[1].reset.wait(), 60)
    assert server.calls[1].reset_code == 8
    async with channel.unary_stream(methods["stream"], text("x")) as stream:
        await stream.__anext__()
    await asyncio.wait_for(server.calls[2].reset.wait(), 60)
    assert server.calls[2].reset_code == 8
    assert len(server.peers) == 1


async def test_a_cancellation_that_meets_a_failure_is_still_a_cancellation(start: Any, methods: Any, text: Any) -> None:
    async def script(call: Any) -> None:
        await call.ended.wait()
        call.reset_with(0x2)
        task.cancel()

    _, channel = await start(script)
    task = asyncio.ensure_future(channel.unary_unary(methods["unary"], text("x")))
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_last_free_stream_is_waited_for(start: Any, methods: Any, text: Any) -> None:
    from h2.settings import SettingCodes

    running = most = 0

    async def script(call: Any) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await call.ended.wait()
        await asyncio.sleep(0)
        running -= 1
        call.answer(call.text)

    server, channel = await start(script, settings={SettingCodes.MAX_CONCURRENT_STREAMS: 3})
    await channel.unary_unary(methods["unary"], text("first"))  # the limit is known now
    most = 0
    answers = await asyncio.gather(*(channel.unary_unary(methods["unary"], text(str(i))) for i in range(100)))
    assert [answer.value for answer in answers] == [str(i) for i in range(100)]
    assert most == 3
    assert len(server.peers) == 1


async def test_no_more_streams_are_opened_than_any_server_takes_before_it_has_said_how_many(
    start: Any, methods: Any, text: Any
) -> None:
    from h2.settings import SettingCodes

    async def script(call: Any) -> None:
        await call.ended.wait()
        call.answer(call.text)

    server, channel = await start(script, settings={SettingCodes.MAX_CONCURRENT_STREAMS: 100})
    answers = await asyncio.gather(*(channel.unary_unary(methods["unary"], text(str(i))) for i in range(400)))
    assert [answer.value for answer in answers] == [str(i) for i in range(400)]
    assert len(server.peers) == 1


async def test_callers_that_give_up_do_not_take_a_turn_from_others(start: Any, methods: Any, text: Any) -> None:
    from h2.settings import SettingCodes

    go_on = asyncio.Event()

    async def script(call: Any) -> None:
        await call.ended.wait()
        if call.text == "long":
            await go_on.wait()
        call.answer(call.text)

    server, channel = await start(script, settings={SettingCodes.MAX_CONCURRENT_STREAMS: 1})
    await channel.unary_unary(methods["unary"], text("first"))
    long = asyncio.ensure_future(channel.unary_unary(methods["unary"], text("long")))
    await server.called(2)
    queued = [asyncio.ensure_future(channel.unary_unary(methods["unary"], text(str(i)))) for i in range(20)]
    await asyncio.sleep(0)
    go_on.set()
    await long  # a turn was given to the first in the queue, which has not run yet
    for each in queued[:10]:
        each.cancel()
    assert [(await each).value for each in queued[10:]] == [str(i) for i in range(10, 20)]
    await asyncio.gather(*queued, return_exceptions=True)


async def test_a_deadline_passes_while_a_call_waits_for_a_free_stream(start: Any, methods: Any, text: Any) -> None:
    from h2.settings import SettingCodes

    async def script(call: Any) -> None:
        await call.ended.wait()
        if call.text == "first":
            call.answer("x")

    server, channel = await start(script, settings={SettingCodes.MAX_CONCURRENT_STREAMS: 1})
    await channel.unary_unary(methods["unary"], text("first"))
    stuck = asyncio.ensure_future(channel.unary_unary(methods["unary"], text("stuck")))
    await server.called(2)
    with pytest.raises(errors.DeadlineExceeded):
        await channel.unary_unary(methods["unary"], text("late"), timeout=0.05)
    assert len(server.calls) == 2
    stuck.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stuck
