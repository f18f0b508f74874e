"""The serving side, also towards clients that do not keep to the rules."""

from __future__ import annotations

import asyncio
import gzip
from typing import Any

import grpclib.server
import pytest
from grpclib.client import Channel as PlainChannel
from grpclib.const import Cardinality, Status
from grpclib.encoding.base import CodecBase
from grpclib.exceptions import GRPCError

from remora import errors
from remora.channel import Channel, ChannelOptions, Method, RetryPolicy, Shape, parse_endpoint
from remora.channel.codec import MessageCodec
from remora.channel.frames import frame
from remora.channel.server import RunningServer, serve
from remora.channel.service import ServerBase, ServerContext, unimplemented
from remora_api.google.protobuf import StringValue


class Raw(CodecBase):
    """Sends and receives bytes as they are."""

    __content_subtype__ = "proto"  # type: ignore[assignment]

    def encode(self, message: Any, message_type: Any) -> bytes:
        return bytes(message)

    def decode(self, data: bytes, message_type: Any) -> Any:
        return data


async def raw_call(server: RunningServer, method: Method[Any, Any], wire: bytes, end: bool = True) -> bytes | None:
    """Send bytes as the whole DATA of a call; give what comes back."""
    async with PlainChannel("127.0.0.1", server.port, codec=Raw()) as channel:
        return await raw_call_on(channel, method, wire)


async def raw_call_on(channel: PlainChannel, method: Method[Any, Any], wire: bytes) -> bytes | None:
    async with channel.request(method.path, Cardinality.STREAM_UNARY, bytes, bytes, timeout=20) as stream:
        await stream.send_request()
        await stream._stream.send_data(wire, end_stream=True)
        stream._end_done = True
        return await stream.recv_message()


@pytest.mark.parametrize(
    ("wire", "status", "message"),
    [
        (frame(b"\xff\xff\xff"), Status.INVALID_ARGUMENT, "the request is not a valid StringValue"),
        (frame(b"\x0a\x05abc"), Status.INVALID_ARGUMENT, "the request is not a valid StringValue"),
        (frame(b"abc")[:-1], Status.INVALID_ARGUMENT, "ends in the middle"),
        (b"\0\0", Status.INVALID_ARGUMENT, "ends in the middle"),
        (b"", Status.INVALID_ARGUMENT, "no request message"),
        (frame(b"not gzip", compressed=True), Status.UNIMPLEMENTED, "other than gzip"),
        (frame(gzip.compress(b"abc", mtime=0)[:-3], compressed=True), Status.INVALID_ARGUMENT, "damaged"),
        (b"\0\xff\xff\xff\xff", Status.RESOURCE_EXHAUSTED, "at most"),
    ],
)
async def test_bodies_that_do_not_parse_are_told_and_the_connection_stays(
    server: RunningServer, echo: Any, wire: bytes, status: Status, message: str
) -> None:
    async with PlainChannel("127.0.0.1", server.port, codec=Raw()) as channel:
        with pytest.raises(GRPCError) as caught:
            await raw_call_on(channel, echo.UNARY, wire)
        assert caught.value.status is status
        assert message in str(caught.value.message)
        good = frame(bytes(StringValue(value="a")))
        assert await raw_call_on(channel, echo.UNARY, good) == bytes(StringValue(value="A"))


async def test_compressed_requests_are_understood(server: RunningServer, echo: Any) -> None:
    wire = frame(gzip.compress(bytes(StringValue(value="a"))), compressed=True)
    assert await raw_call(server, echo.UNARY, wire) == bytes(StringValue(value="A"))


async def test_a_decompression_bomb_is_refused(
    server: RunningServer, echo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("remora.channel.handlers.MAX_REQUEST_BYTES", 1000)
    with pytest.raises(GRPCError) as caught:
        await raw_call(server, echo.UNARY, frame(gzip.compress(b"\0" * 100_000), compressed=True))
    assert caught.value.status is Status.RESOURCE_EXHAUSTED


async def test_our_client_compresses_large_requests_and_not_small_ones(server: RunningServer, echo: Any) -> None:
    channel = Channel(parse_endpoint(server.url).endpoint(), options=ChannelOptions(compression="gzip"))
    assert (await channel.unary_unary(echo.UNARY, StringValue(value="a"))).value == "A"
    assert (await channel.unary_unary(echo.UNARY, StringValue(value="a" * 100_000))).value == "A" * 100_000
    connection = next(iter(channel._protocols)).connection
    assert connection.data_received > 100_000
    channel.close()


async def test_it_works_in_grpclibs_own_server(echo: Any) -> None:
    server = grpclib.server.Server([echo], codec=MessageCodec())
    await server.start("127.0.0.1", 0)
    assert server._server is not None
    port = server._server.sockets[0].getsockname()[1]
    channel = Channel(parse_endpoint(f"http://127.0.0.1:{port}").endpoint())
    assert (await channel.unary_unary(echo.UNARY, StringValue(value="a"))).value == "A"
    with pytest.raises(errors.NotFound, match='project "p" not found'):
        await channel.unary_unary(echo.UNARY, StringValue(value="not found"))
    channel.close()
    server.close()
    await server.wait_closed()


async def test_status_details_are_carried_raw(channel: Channel, echo: Any) -> None:
    echo.fail_next = [errors.FailedPrecondition("no", details=b"\x08\x09\xff")]
    with pytest.raises(errors.FailedPrecondition) as caught:
        await channel.unary_unary(echo.UNARY, StringValue(value="a"))
    assert caught.value.details == b"\x08\x09\xff"


async def test_an_error_with_code_ok_is_not_a_success(channel: Channel, echo: Any) -> None:
    echo.fail_next = [errors.RpcError("odd", code=errors.StatusCode.OK)]
    with pytest.raises(errors.Unknown, match="odd"):
        await channel.unary_unary(echo.UNARY, StringValue(value="a"))


async def test_a_graceful_stop_lets_calls_finish_and_takes_no_new_ones(echo: Any) -> None:
    server = await serve([echo])
    channel = Channel(
        parse_endpoint(server.url).endpoint(), options=ChannelOptions(retry=RetryPolicy(initial=0.001, maximum=0.002))
    )
    waiting = asyncio.ensure_future(channel.unary_unary(echo.UNARY, StringValue(value="wait")))
    await asyncio.wait_for(echo.entered.wait(), 60)
    stopping = asyncio.ensure_future(server.aclose(grace=20))
    await asyncio.sleep(0)
    with pytest.raises(errors.Unavailable):
        await channel.unary_unary(echo.UNARY, StringValue(value="late"))
    assert not stopping.done()
    echo.go_on.set()
    assert (await waiting).value == "WAIT"
    await asyncio.wait_for(stopping, 60)
    assert "late" not in echo.calls
    channel.close()


async def test_a_stop_ends_calls_that_take_too_long(echo: Any) -> None:
    server = await serve([echo])
    channel = Channel(parse_endpoint(server.url).endpoint(), options=ChannelOptions(retry=RetryPolicy(attempts=1)))
    waiting = asyncio.ensure_future(channel.unary_unary(echo.UNARY, StringValue(value="wait")))
    await asyncio.wait_for(echo.entered.wait(), 60)
    await server.aclose(grace=0.01)
    assert echo.cancelled.is_set()
    with pytest.raises(errors.RpcError):
        await waiting
    await server.aclose()
    channel.close()


async def test_an_address_in_use_is_told(server: RunningServer, echo: Any) -> None:
    with pytest.raises(errors.ConfigError, match=rf"cannot listen on 127\.0\.0\.1:{server.port}"):
        await serve([echo], port=server.port)


async def test_ipv6(echo: Any) -> None:
    try:
        server = await serve([echo], "::1")
    except errors.ConfigError:
        pytest.skip("no IPv6 on this machine")
    channel = Channel(parse_endpoint(server.url).endpoint())
    assert (await channel.unary_unary(echo.UNARY, StringValue(value="a"))).value == "A"
    channel.close()
    await server.aclose()


async def test_a_base_answers_unimplemented_for_what_is_not_overridden() -> None:
    class Base(ServerBase):
        METHODS = {"get": Method("/t.S/Get", StringValue, StringValue, Shape.UNARY_UNARY)}  # noqa: RUF012

        async def get(self, request: StringValue, context: ServerContext) -> StringValue:
            raise unimplemented("t.S/Get")

    async with await serve([Base()]) as server:
        channel = Channel(parse_endpoint(server.url).endpoint())
        with pytest.raises(errors.Unimplemented, match=r"t\.S/Get is not implemented by this server"):
            await channel.unary_unary(Base.METHODS["get"], StringValue())
        channel.close()


async def test_other_ways_to_write_a_stream() -> None:
    method = Method("/t.S/Get", StringValue, StringValue, Shape.UNARY_STREAM)

    class Plain:
        """An iterator that cannot be closed."""

        def __init__(self, count: int) -> None:
            self.count = count

        def __aiter__(self) -> Plain:
            return self

        async def __anext__(self) -> StringValue:
            if not self.count:
                raise StopAsyncIteration
            self.count -= 1
            return StringValue(value=str(self.count))

    class Service(ServerBase):
        METHODS = {"get": method}  # noqa: RUF012

        async def get(self, request: StringValue, context: ServerContext) -> Plain:
            return Plain(100)

    async with await serve([Service()]) as server:
        channel = Channel(parse_endpoint(server.url).endpoint())
        assert [m.value async for m in channel.unary_stream(method, StringValue())] == [
            str(i) for i in range(99, -1, -1)
        ]
        channel.close()


async def test_a_client_that_is_gone_is_no_failure(echo: Any) -> None:
    """A handler that ignores its cancellation answers a stream that no longer exists."""

    async def stubborn(request: StringValue, context: ServerContext) -> StringValue:
        echo.entered.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            echo.cancelled.set()
        return StringValue(value="too late")

    echo.unary = stubborn
    async with await serve([echo]) as other:
        channel = Channel(parse_endpoint(other.url).endpoint())
        call = asyncio.ensure_future(channel.unary_unary(echo.UNARY, StringValue(value="a")))
        await asyncio.wait_for(echo.entered.wait(), 60)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await asyncio.wait_for(echo.cancelled.wait(), 60)
        assert [m.value async for m in channel.unary_stream(echo.COUNT, StringValue(value="1"))] == ["0"]
        channel.close()


def test_a_context_knows_how_much_time_is_left() -> None:
    import time

    assert ServerContext({}).deadline is None
    assert 5 < (ServerContext({}, deadline=time.monotonic() + 10).deadline or 0) <= 10
    assert ServerContext({}, deadline=time.monotonic() - 1).deadline == 0
