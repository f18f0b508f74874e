"""Servers that are slow to read, slow to make room, or change their mind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from h2.settings import SettingCodes

from remora import errors

WIDE = {SettingCodes.INITIAL_WINDOW_SIZE: 2**31 - 1}
BIG = "x" * 30_000_000


async def answer(call: Any) -> None:
    await call.ended.wait()
    call.answer(str(len(call.body)))


async def open_wide(server: Any, channel: Any, methods: Any, text: Any) -> None:
    """Make the connection's window as wide as that of its streams, then stop to read."""
    await channel.unary_unary(methods["unary"], text("first"))
    server.peers[0].h2.increment_flow_control_window(2**31 - 1 - 65_535)
    server.peers[0].flush()
    await channel.unary_unary(methods["unary"], text("second"))


async def test_a_server_that_does_not_read_is_waited_for(start: Any, methods: Any, text: Any) -> None:
    server, channel = await start(answer, settings=WIDE)
    await open_wide(server, channel, methods, text)
    server.reading.clear()
    call = asyncio.ensure_future(channel.unary_unary(methods["unary"], text(BIG)))
    protocol = next(iter(channel._protocols))
    for _ in range(1_000_000):
        if not protocol.connection.write_ready.is_set():
            break
        await asyncio.sleep(0)
    assert not protocol.connection.write_ready.is_set()
    # Neither a call that waits behind it nor its own deadline is kept by the full buffer.
    with pytest.raises(errors.DeadlineExceeded):
        await channel.unary_unary(methods["unary"], text("behind"), timeout=0.05)
    server.reading.set()
    assert int((await call).value) > len(BIG)


async def test_a_reader_that_does_not_read_keeps_no_other_call_waiting(
    start: Any, methods: Any, text: Any, framed: Any
) -> None:
    stuck = asyncio.Event()

    async def script(call: Any) -> None:
        await call.ended.wait()
        if call.headers[":path"] != methods["stream"].path:
            call.answer(call.text)
            return
        call.start()
        wire, at = framed(bytes(text("x" * 10_000))) * 1000, 0
        while at < len(wire):
            room = min(call.peer.h2.local_flow_control_window(call.id), call.peer.h2.max_outbound_frame_size)
            if not room:  # the window is used up to its last byte
                stuck.set()
                await call.window()
            call.send(wire[at : at + room])
            at += room
        call.finish()

    _, channel = await start(script)
    async with channel.unary_stream(methods["stream"], text("go")) as responses:
        await responses.__anext__()
        await asyncio.wait_for(stuck.wait(), 60)
        assert (await channel.unary_unary(methods["unary"], text("meanwhile"))).value == "meanwhile"
        assert len([message async for message in responses]) == 999


async def test_a_deadline_passes_while_a_request_is_sent(start: Any, methods: Any, text: Any) -> None:
    server, channel = await start(answer, settings=WIDE)
    await open_wide(server, channel, methods, text)
    server.reading.clear()
    with pytest.raises(errors.DeadlineExceeded):
        await channel.unary_unary(methods["unary"], text(BIG), timeout=0.2)

    async def many() -> AsyncIterator[Any]:
        while True:
            yield text("x" * 100_000)

    with pytest.raises(errors.DeadlineExceeded):
        await channel.stream_unary(methods["join"], many(), timeout=0.2)


async def test_a_window_that_never_opens(start: Any, methods: Any, text: Any) -> None:
    server, channel = await start(answer, settings={SettingCodes.INITIAL_WINDOW_SIZE: 0})
    with pytest.raises(errors.DeadlineExceeded):
        # The first request may use the default window; the size of the second is known to be nothing.
        await channel.unary_unary(methods["unary"], text("x" * 200_000), timeout=0.2)
    with pytest.raises(errors.DeadlineExceeded):
        await channel.unary_unary(methods["unary"], text("x"), timeout=0.1)
    assert len(server.peers) == 1


async def test_a_window_that_opens_when_the_call_is_known(start: Any, methods: Any, text: Any) -> None:
    async def script(call: Any) -> None:
        call.peer.h2.increment_flow_control_window(100, call.id)
        call.peer.flush()
        await call.ended.wait()
        call.answer(call.text)

    _, channel = await start(script, settings={SettingCodes.INITIAL_WINDOW_SIZE: 0})
    for value in ("first", "second"):
        assert (await channel.unary_unary(methods["unary"], text(value), timeout=20)).value == value


async def test_room_for_more_streams_is_used_when_it_comes(start: Any, methods: Any, text: Any) -> None:
    go_on = asyncio.Event()

    async def script(call: Any) -> None:
        await call.ended.wait()
        if call.text != "first":
            await go_on.wait()
        call.answer(call.text)

    server, channel = await start(script, settings={SettingCodes.MAX_CONCURRENT_STREAMS: 1})
    await channel.unary_unary(methods["unary"], text("first"))
    calls = [asyncio.ensure_future(channel.unary_unary(methods["unary"], text(str(i)))) for i in range(5)]
    await server.called(2)
    server.peers[0].h2.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: 10})
    server.peers[0].flush()
    await server.called(6)
    go_on.set()
    assert [(await call).value for call in calls] == list("01234")


async def test_a_turn_that_is_not_used_goes_to_the_next(start: Any, methods: Any, text: Any) -> None:
    go_on = asyncio.Event()

    async def script(call: Any) -> None:
        await call.ended.wait()
        if call.text == "a":
            await go_on.wait()
        call.answer(call.text)

    server, channel = await start(script, settings={SettingCodes.MAX_CONCURRENT_STREAMS: 1})
    await channel.unary_unary(methods["unary"], text("first"))
    protocol = await channel.connected(None)
    a, b, c = (asyncio.ensure_future(channel.unary_unary(methods["unary"], text(each))) for each in "abc")
    await server.called(2)
    while len(protocol.slots._waiters) < 2:  # noqa: ASYNC110 - nothing tells
        await asyncio.sleep(0)
    protocol.connection.write_ready.clear()  # as when the transport's buffer is full
    go_on.set()
    await a
    while len(protocol.slots._waiters) == 2:  # noqa: ASYNC110
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    b.cancel()
    with pytest.raises(asyncio.CancelledError):
        await b
    protocol.connection.write_ready.set()
    assert (await asyncio.wait_for(c, 20)).value == "c"


async def test_requests_that_stream_are_sent_again_only_if_nothing_was_taken(
    start: Any, methods: Any, text: Any
) -> None:
    async def script(call: Any) -> None:
        if len(server.peers) == 1:
            call.peer.goaway(0)
        else:
            await answer(call)

    read: list[int] = []

    async def requests() -> AsyncIterator[Any]:
        for i in range(3):
            read.append(i)
            yield text("x")
            await asyncio.sleep(0.01)

    server, channel = await start(script)
    with pytest.raises(errors.Unavailable) as caught:
        await channel.stream_unary(methods["join"], requests())
    assert caught.value.retriable  # the caller, who can make the requests anew, may try again
    assert len(server.calls) == 1
    read.clear()
    assert (await channel.stream_unary(methods["join"], requests())).value == "24"
    assert read == [0, 1, 2]


async def test_headers_that_take_too_long(start: Any, methods: Any, text: Any) -> None:
    from remora.channel import Channel, parse_endpoint

    async def slow() -> dict[str, str | bytes]:
        await asyncio.sleep(0.1)
        return {}

    server, _ = await start(answer)
    channel = Channel(parse_endpoint(f"http://127.0.0.1:{server.port}").endpoint(), headers=slow)
    with pytest.raises(errors.DeadlineExceeded):
        await channel.unary_unary(methods["unary"], text("x"), timeout=0.05)
    assert server.calls == []
    channel.close()


async def test_a_server_that_ends_a_stream_with_nothing(start: Any, methods: Any, text: Any) -> None:
    async def data_first(call: Any) -> None:
        await call.ended.wait()
        # DATA with END_STREAM and no headers before: h2 refuses to send it, so it is written by hand.
        call.peer.raw(b"\x00\x00\x00\x00\x01" + call.id.to_bytes(4, "big"))

    _, channel = await start(data_first)
    with pytest.raises(errors.Unavailable, match="broke a rule of HTTP/2"):
        await channel.unary_unary(methods["unary"], text("x"))
