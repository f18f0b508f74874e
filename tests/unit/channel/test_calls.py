"""Calls against a real server on a real socket."""

from __future__ import annotations

import asyncio
import gc
import math
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from remora import errors
from remora.channel import Channel, ChannelOptions, RetryPolicy, parse_endpoint
from remora.channel.server import RunningServer, serve
from remora.errors import rpc_error
from remora_api.google.protobuf import Int64Value, StringValue

FAST = RetryPolicy(initial=0.001, maximum=0.002)


def text(value: str) -> StringValue:
    return StringValue(value=value)


async def requests(*values: str) -> AsyncIterator[StringValue]:
    for value in values:
        yield text(value)
        await asyncio.sleep(0)


async def test_the_four_shapes(channel: Channel, echo: Any) -> None:
    assert (await channel.unary_unary(echo.UNARY, text("a"))).value == "A"
    assert [m.value async for m in channel.unary_stream(echo.COUNT, text("3"))] == ["0", "1", "2"]
    assert [m.value async for m in channel.unary_stream(echo.COUNT, text("0"))] == []
    assert (await channel.stream_unary(echo.JOIN, [text("a"), text("b")])).value == "a,b"
    assert (await channel.stream_unary(echo.JOIN, requests("a", "b"))).value == "a,b"
    assert (await channel.stream_unary(echo.JOIN, [])).value == ""
    assert [m.value async for m in channel.stream_stream(echo.CHAT, requests("a", "b"))] == ["A", "B"]
    assert [m.value async for m in channel.stream_stream(echo.CHAT, [])] == []


@pytest.mark.parametrize("size", [0, 70_000, 20_000_000])
async def test_messages_of_any_size(channel: Channel, echo: Any, size: int) -> None:
    assert (await channel.unary_unary(echo.UNARY, text("x" * size))).value == "X" * size


async def test_many_calls_at_once_share_one_connection(channel: Channel, echo: Any) -> None:
    answers = await asyncio.gather(*(channel.unary_unary(echo.UNARY, text(f"m{i}")) for i in range(200)))
    assert [m.value for m in answers] == [f"M{i}" for i in range(200)]
    assert len({context.peer for context in echo.contexts}) == 1


@pytest.mark.parametrize("code", range(1, 17))
async def test_each_status_arrives_as_its_error(channel: Channel, echo: Any, code: int) -> None:
    with pytest.raises(errors.RpcError) as caught:
        await channel.unary_unary(echo.UNARY, text(f"status {code}"))
    error = caught.value
    assert type(error) is type(rpc_error(code, ""))
    assert error.message == "as asked: 100 % ü"
    assert error.method == "test.v1.Echo/Unary"
    assert error.endpoint == channel.endpoint.url
    assert re.fullmatch("[0-9a-f]{32}", error.request_id)
    assert error.request_id == echo.contexts[-1].metadata["x-request-id"]
    assert not error.retriable


async def test_an_unexpected_exception_of_a_handler_says_nothing_of_itself(
    channel: Channel, echo: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(errors.Internal, match="internal error") as caught:
        await channel.unary_unary(echo.UNARY, text("crash"))
    assert "secret" not in str(caught.value)
    assert "an inner secret" in caplog.text
    assert (await channel.unary_unary(echo.UNARY, text("a"))).value == "A"


async def test_a_method_that_the_server_does_not_have(channel: Channel, echo: Any) -> None:
    with pytest.raises(errors.Unimplemented):
        await channel.unary_unary(echo.MISSING, text("a"))


async def test_headers_and_trailers_go_both_ways(channel: Channel, echo: Any) -> None:
    stream = channel.unary_stream(echo.COUNT, text("2"), metadata={"X-Mine": "1", "mine-bin": b"\x00\x01"})
    assert (stream.initial_metadata, stream.trailing_metadata) == (None, None)
    async for _ in stream:
        assert stream.initial_metadata == {"x-initial": "one"}
        assert stream.trailing_metadata is None
    assert stream.trailing_metadata == {"x-trailing": "two"}
    seen = echo.contexts[-1].metadata
    assert (seen["x-mine"], seen["mine-bin"]) == ("1", b"\x00\x01")
    assert echo.contexts[-1].peer.startswith("127.0.0.1:")


async def test_trailers_beside_an_error_can_be_asked_for(channel: Channel, echo: Any) -> None:
    stream = channel.unary_stream(echo.COUNT, text("1 then ABORTED"))
    with pytest.raises(errors.Aborted, match="stopped"):
        [m async for m in stream]
    assert stream.trailing_metadata == {"x-trailing": "two"}


async def test_the_callers_own_request_id_is_sent_once(channel: Channel, echo: Any) -> None:
    await channel.unary_unary(echo.UNARY, text("a"), metadata={"x-request-id": "mine"})
    assert echo.contexts[-1].metadata["x-request-id"] == "mine"
    with pytest.raises(errors.NotFound) as caught:
        await channel.unary_unary(echo.UNARY, text("not found"), metadata={"x-request-id": "mine"})
    assert caught.value.request_id == "mine"


async def test_headers_of_every_call_are_fresh_for_each_attempt(server: RunningServer, echo: Any) -> None:
    given: list[str] = []

    async def headers() -> dict[str, str | bytes]:
        given.append(f"token {len(given)}")
        return {"authorization": given[-1], "x-tenant": "t"}

    channel = Channel(parse_endpoint(server.url).endpoint(), headers=headers, options=ChannelOptions(retry=FAST))
    echo.fail_next = [errors.Unavailable("busy"), errors.Unavailable("busy")]
    await channel.unary_unary(echo.SAFE, text("a"), metadata={"x-tenant": "other"})
    channel.close()
    assert [c.metadata["authorization"] for c in echo.contexts] == ["token 0", "token 1", "token 2"]
    assert {c.metadata["x-tenant"] for c in echo.contexts} == {"other"}
    assert len({c.metadata["x-request-id"] for c in echo.contexts}) == 1


@pytest.mark.parametrize("headers", [{"x-a": "1"}, lambda: {"x-a": "1"}])
async def test_fixed_and_plain_header_sources(server: RunningServer, echo: Any, headers: Any) -> None:
    channel = Channel(parse_endpoint(server.url).endpoint(), headers=headers)
    await channel.unary_unary(echo.UNARY, text("a"))
    channel.close()
    assert echo.contexts[-1].metadata["x-a"] == "1"


async def test_a_wrong_request_type_is_told_before_anything_is_sent(channel: Channel, echo: Any) -> None:
    for call in (
        channel.unary_unary(echo.UNARY, Int64Value(value=1)),
        channel.unary_stream(echo.COUNT, Int64Value(value=1)).__anext__(),
    ):
        with pytest.raises(errors.EncodeError, match=r"test\.v1\.Echo/\w+: expected StringValue, got Int64Value"):
            await call
    assert echo.contexts == []


# Deadlines -----------------------------------------------------------------------------------------------------------


async def test_a_deadline_ends_the_call_on_both_sides(channel: Channel, echo: Any) -> None:
    await channel.unary_unary(echo.UNARY, text("a"))  # the deadline must not pass before the call has arrived
    with pytest.raises(errors.DeadlineExceeded, match=r"no answer within 0\.05 s") as caught:
        await channel.unary_unary(echo.UNARY, text("wait"), timeout=0.05)
    assert "timeout=" in str(caught.value.hint)
    await asyncio.wait_for(echo.cancelled.wait(), 60)
    assert (await channel.unary_unary(echo.UNARY, text("a"))).value == "A"


async def test_a_deadline_of_a_stream_counts_from_its_start(channel: Channel, echo: Any) -> None:
    await channel.unary_unary(echo.UNARY, text("a"))  # connected
    stream = channel.unary_stream(echo.COUNT, text("2 then wait"), timeout=0.5)
    assert [(await stream.__anext__()).value for _ in range(2)] == ["0", "1"]
    with pytest.raises(errors.DeadlineExceeded):
        await stream.__anext__()
    await asyncio.wait_for(echo.cancelled.wait(), 60)


async def test_the_server_knows_the_deadline(channel: Channel, echo: Any) -> None:
    await channel.unary_unary(echo.UNARY, text("a"))  # the channel's default
    assert 15 < echo.contexts[-1].deadline <= 20
    await channel.unary_unary(echo.UNARY, text("a"), timeout=100)
    assert 90 < echo.contexts[-1].deadline <= 100
    await channel.unary_unary(echo.UNARY, text("a"), timeout=math.inf)
    assert echo.contexts[-1].deadline is None
    [m async for m in channel.unary_stream(echo.COUNT, text("1"))]
    assert echo.contexts[-1].deadline is None


@pytest.mark.parametrize("timeout", [0, -1, -math.inf])
async def test_no_time_at_all(channel: Channel, echo: Any, timeout: float) -> None:
    with pytest.raises(errors.DeadlineExceeded):
        await channel.unary_unary(echo.UNARY, text("a"), timeout=timeout)
    with pytest.raises(errors.DeadlineExceeded):
        await channel.unary_stream(echo.COUNT, text("1"), timeout=timeout).__anext__()
    assert echo.contexts == []


async def test_a_timeout_that_is_no_number(channel: Channel, echo: Any) -> None:
    with pytest.raises(errors.ValidationError, match="NaN"):
        await channel.unary_unary(echo.UNARY, text("a"), timeout=math.nan)


# Cancellation --------------------------------------------------------------------------------------------------------


async def test_cancelling_a_call_tells_the_server(channel: Channel, echo: Any) -> None:
    task = asyncio.create_task(channel.unary_unary(echo.UNARY, text("wait")))
    await asyncio.wait_for(echo.entered.wait(), 60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(echo.cancelled.wait(), 60)
    assert (await channel.unary_unary(echo.UNARY, text("a"))).value == "A"


async def test_a_failure_does_not_count_as_a_cancellation_of_the_task(channel: Channel, echo: Any) -> None:
    task = asyncio.current_task()
    assert task is not None
    for _ in range(3):
        with pytest.raises(errors.DeadlineExceeded):
            await channel.unary_unary(echo.UNARY, text("wait"), timeout=0.02)
    if hasattr(task, "cancelling"):
        assert task.cancelling() == 0


async def test_leaving_a_stream_early_tells_the_server(channel: Channel, echo: Any) -> None:
    async with channel.unary_stream(echo.COUNT, text("1 then wait")) as stream:
        async for _ in stream:
            break
    await asyncio.wait_for(echo.cancelled.wait(), 60)
    with pytest.raises(StopAsyncIteration):
        await stream.__anext__()
    await stream.aclose()


async def test_dropping_a_stream_tells_the_server(channel: Channel, echo: Any) -> None:
    stream = channel.unary_stream(echo.COUNT, text("1 then wait"))
    await stream.__anext__()
    del stream
    gc.collect()
    await asyncio.wait_for(echo.cancelled.wait(), 60)


async def test_closing_a_stream_wakes_a_reader_in_another_task(channel: Channel, echo: Any) -> None:
    stream = channel.unary_stream(echo.COUNT, text("1 then wait"))
    await stream.__anext__()
    reader = asyncio.ensure_future(stream.__anext__())
    await asyncio.sleep(0)
    await stream.aclose()
    with pytest.raises(errors.Cancelled):
        await reader


async def test_a_read_that_times_out_loses_nothing(channel: Channel, echo: Any) -> None:
    stream = channel.unary_stream(echo.COUNT, text("1 then wait"))
    assert (await stream.__anext__()).value == "0"
    for _ in range(3):
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(stream.__anext__(), 0.02)
    echo.go_on.set()
    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(stream.__anext__(), 60)


# Requests that stream ------------------------------------------------------------------------------------------------


async def test_requests_and_responses_interleave(channel: Channel, echo: Any) -> None:
    queue: asyncio.Queue[StringValue | None] = asyncio.Queue()

    async def from_queue() -> AsyncIterator[StringValue]:
        while (item := await queue.get()) is not None:
            yield item

    stream = channel.stream_stream(echo.CHAT, from_queue())
    for value in ("a", "b", "c"):
        queue.put_nowait(text(value))
        assert (await stream.__anext__()).value == value.upper()
    queue.put_nowait(None)
    with pytest.raises(StopAsyncIteration):
        await stream.__anext__()


async def test_an_error_of_the_callers_iterator_is_the_callers_own(channel: Channel, echo: Any) -> None:
    async def failing() -> AsyncIterator[StringValue]:
        yield text("a")
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        await channel.stream_unary(echo.JOIN, failing())
    with pytest.raises(LookupError, match="mine"):
        [m async for m in channel.stream_stream(echo.CHAT, failing())]
    with pytest.raises(errors.EncodeError, match="expected StringValue"):
        await channel.stream_unary(echo.JOIN, [text("a"), Int64Value(value=1)])
    assert (await channel.unary_unary(echo.UNARY, text("a"))).value == "A"


async def test_a_server_that_has_heard_enough(channel: Channel, echo: Any) -> None:
    closed = asyncio.Event()

    async def endless() -> AsyncIterator[StringValue]:
        try:
            yield text("enough")
            while True:
                yield text("x" * 10_000)
        finally:
            closed.set()

    with pytest.raises(errors.OutOfRange, match="enough"):
        await channel.stream_unary(echo.JOIN, endless())
    assert closed.is_set()

    closed.clear()

    async def endless_and_stop() -> AsyncIterator[StringValue]:
        try:
            yield text("stop")
            while True:
                yield text("x" * 10_000)
        finally:
            closed.set()

    assert (await channel.stream_unary(echo.JOIN, endless_and_stop())).value == "stop"
    assert closed.is_set()


async def test_leaving_a_two_way_stream_closes_the_callers_iterator(channel: Channel, echo: Any) -> None:
    closed = asyncio.Event()

    async def endless() -> AsyncIterator[StringValue]:
        try:
            while True:
                yield text("a")
                await asyncio.sleep(0)
        finally:
            closed.set()

    async with channel.stream_stream(echo.CHAT, endless()) as stream:
        assert (await stream.__anext__()).value == "A"
    assert closed.is_set()
    await asyncio.wait_for(echo.cancelled.wait(), 60)


# Retries -------------------------------------------------------------------------------------------------------------


async def test_a_safe_call_is_repeated_while_the_server_is_unavailable(channel: Channel, echo: Any) -> None:
    echo.fail_next = [errors.Unavailable("busy")] * 3
    assert (await channel.unary_unary(echo.SAFE, text("a"))).value == "A"
    assert len(echo.calls) == 4
    echo.calls.clear()
    echo.fail_next = [errors.Unavailable(f"busy {i}") for i in range(9)]
    with pytest.raises(errors.Unavailable, match="busy 3") as caught:
        await channel.unary_unary(echo.SAFE, text("a"))
    assert caught.value.retriable
    assert len(echo.calls) == 4


async def test_a_call_with_effects_is_not_repeated_unless_it_is_declared_safe(channel: Channel, echo: Any) -> None:
    echo.fail_next = [errors.Unavailable("busy")]
    with pytest.raises(errors.Unavailable) as caught:
        await channel.unary_unary(echo.UNARY, text("a"))
    assert not caught.value.retriable
    assert len(echo.calls) == 1
    echo.fail_next = [errors.Unavailable("busy")]
    assert (await channel.unary_unary(echo.UNARY.repeatable(), text("a"))).value == "A"


@pytest.mark.parametrize("error", [errors.Internal, errors.Unknown, errors.DeadlineExceeded, errors.ResourceExhausted])
async def test_other_failures_are_not_repeated(channel: Channel, echo: Any, error: type[errors.RpcError]) -> None:
    echo.fail_next = [error("no")]
    with pytest.raises(error):
        await channel.unary_unary(echo.SAFE, text("a"))
    assert len(echo.calls) == 1


async def test_a_stream_is_repeated_only_before_its_first_item(channel: Channel, echo: Any) -> None:
    echo.fail_next = [errors.Unavailable("busy")] * 2
    assert [m.value async for m in channel.unary_stream(echo.COUNT, text("2"))] == ["0", "1"]
    assert len(echo.calls) == 3
    echo.calls.clear()
    stream = channel.unary_stream(echo.COUNT, text("2 then UNAVAILABLE"))
    assert [(await stream.__anext__()).value for _ in range(2)] == ["0", "1"]
    with pytest.raises(errors.Unavailable):
        await stream.__anext__()
    assert len(echo.calls) == 1


async def test_retries_end_with_the_deadline(server: RunningServer, echo: Any) -> None:
    options = ChannelOptions(retry=RetryPolicy(attempts=100, initial=50, maximum=50))
    channel = Channel(parse_endpoint(server.url).endpoint(), options=options)
    echo.fail_next = [errors.Unavailable("busy")] * 100
    start = asyncio.get_running_loop().time()
    with pytest.raises(errors.Unavailable, match="busy"):
        await channel.unary_unary(echo.SAFE, text("a"), timeout=0.001 + 0.5)
    assert asyncio.get_running_loop().time() - start < 5
    channel.close()


# The channel ---------------------------------------------------------------------------------------------------------


async def test_a_closed_channel_says_so(channel: Channel, echo: Any) -> None:
    await channel.unary_unary(echo.UNARY, text("a"))
    waiting = asyncio.ensure_future(channel.unary_unary(echo.UNARY, text("wait")))
    await asyncio.wait_for(echo.entered.wait(), 60)
    channel.close()
    with pytest.raises(errors.Unavailable, match="the client was closed"):
        await waiting
    with pytest.raises(errors.ClientClosed, match=r"the client of http://127\.0\.0\.1:\d+ was closed"):
        await channel.unary_unary(echo.UNARY, text("a"))
    channel.close()


async def test_a_new_connection_is_made_after_the_server_came_back(echo: Any) -> None:
    first = await serve([echo])
    channel = Channel(parse_endpoint(first.url).endpoint(), options=ChannelOptions(retry=FAST))
    assert (await channel.unary_unary(echo.UNARY, text("a"))).value == "A"
    await first.aclose()
    async with await serve([echo], port=first.port):
        assert (await channel.unary_unary(echo.UNARY, text("b"))).value == "B"
    channel.close()


async def test_a_unix_socket(echo: Any, tmp_path: Any) -> None:
    async with await serve([echo], path=str(tmp_path / "s")) as server:
        channel = Channel(parse_endpoint(server.url).endpoint())
        assert (await channel.unary_unary(echo.UNARY, text("a"))).value == "A"
        channel.close()
    gone = Channel(parse_endpoint(f"unix:{tmp_path}/gone").endpoint(), options=ChannelOptions(retry=FAST))
    with pytest.raises(errors.Unavailable, match="the socket cannot be opened"):
        await gone.unary_unary(echo.UNARY, text("a"))


async def test_nobody_listens(echo: Any, unused_tcp_port: int) -> None:
    options = ChannelOptions(retry=FAST._replace(attempts=2))
    channel = Channel(parse_endpoint(f"http://127.0.0.1:{unused_tcp_port}").endpoint(), options=options)
    with pytest.raises(errors.Unavailable, match="connection refused") as caught:
        await channel.unary_unary(echo.UNARY, text("a"))
    assert caught.value.retriable
    assert "is the server running" in str(caught.value.hint)
    results = await asyncio.gather(
        *(channel.unary_unary(echo.UNARY, text("a")) for _ in range(20)), return_exceptions=True
    )
    assert {type(result) for result in results} == {errors.Unavailable}


async def test_a_call_that_comes_before_the_server_waits_for_it(echo: Any, unused_tcp_port: int) -> None:
    options = ChannelOptions(retry=RetryPolicy(attempts=200, initial=0.01, maximum=0.02))
    channel = Channel(parse_endpoint(f"http://127.0.0.1:{unused_tcp_port}").endpoint(), options=options)
    call = asyncio.ensure_future(channel.unary_unary(echo.UNARY, text("a")))
    await asyncio.sleep(0.05)
    async with await serve([echo], port=unused_tcp_port):
        assert (await asyncio.wait_for(call, 60)).value == "A"
        channel.close()


async def test_requests_that_stream_wait_for_the_server_too(echo: Any, unused_tcp_port: int) -> None:
    options = ChannelOptions(retry=RetryPolicy(attempts=200, initial=0.01, maximum=0.02))
    channel = Channel(parse_endpoint(f"http://127.0.0.1:{unused_tcp_port}").endpoint(), options=options)
    call = asyncio.ensure_future(channel.stream_unary(echo.JOIN, requests("a", "b")))
    given_up = asyncio.ensure_future(channel.stream_unary(echo.JOIN, requests("c")))
    await asyncio.sleep(0.05)
    given_up.cancel()
    async with await serve([echo], port=unused_tcp_port):
        assert (await asyncio.wait_for(call, 60)).value == "a,b"
        channel.close()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    once = ChannelOptions(retry=RetryPolicy(attempts=1))
    channel = Channel(parse_endpoint(f"http://127.0.0.1:{unused_tcp_port}").endpoint(), options=once)
    with pytest.raises(errors.Unavailable, match="connection refused"):
        await channel.stream_unary(echo.JOIN, requests("a"))


async def test_grpclibs_own_stubs_work_on_it(channel: Channel, echo: Any) -> None:
    from grpclib.client import UnaryStreamMethod, UnaryUnaryMethod

    unary = UnaryUnaryMethod(channel, echo.UNARY.path, StringValue, StringValue)
    assert (await unary(text("a"), timeout=10)).value == "A"
    count = UnaryStreamMethod(channel, echo.COUNT.path, StringValue, StringValue)
    assert [m.value for m in await count(text("2"))] == ["0", "1"]


def test_a_channel_needs_a_running_loop() -> None:
    with pytest.raises(RuntimeError):
        Channel(parse_endpoint("http://localhost:1").endpoint())
