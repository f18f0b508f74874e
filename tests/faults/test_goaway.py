from __future__ import annotations

import asyncio
from typing import Any

import pytest

from remora import errors


async def test_a_graceful_goaway_lets_calls_in_flight_finish(start: Any, methods: Any, text: Any) -> None:
    go_on = asyncio.Event()
    arrived: asyncio.Queue[str] = asyncio.Queue()

    async def script(call: Any) -> None:
        await call.ended.wait()
        arrived.put_nowait(call.text)
        if call.text == "long":
            await go_on.wait()
        call.answer(call.text)

    server, channel = await start(script)
    waiting = [asyncio.ensure_future(channel.unary_unary(methods["unary"], text("long"))) for _ in range(3)]
    for _ in range(3):
        await arrived.get()
    old = server.peers[0]
    old.goaway(2**31 - 1)  # the first of two, as servers announce a shutdown
    await asyncio.sleep(0.01)
    assert (await channel.unary_unary(methods["unary"], text("new"))).value == "new"
    assert len(server.peers) == 2
    old.goaway(max(old.calls))
    go_on.set()
    assert [(await call).value for call in waiting] == ["long"] * 3
    await asyncio.wait_for(old.closed.wait(), 60)  # drained: the client hangs up
    assert (await channel.unary_unary(methods["unary"], text("more"))).value == "more"
    assert len(server.peers) == 2


async def test_goaway_and_the_rest_of_the_answer_in_one_packet(
    start: Any, methods: Any, text: Any, framed: Any
) -> None:
    async def script(call: Any) -> None:
        await call.ended.wait()
        call.peer.goaway(call.id)
        call.answer("same packet")

    server, channel = await start(script)
    for _ in range(3):
        assert (await channel.unary_unary(methods["unary"], text("x"))).value == "same packet"
    assert len(server.peers) == 3


async def test_a_stream_goes_on_over_a_goaway(start: Any, methods: Any, text: Any) -> None:
    async def script(call: Any) -> None:
        await call.ended.wait()
        call.start()
        call.message("before")
        call.peer.goaway(call.id)
        for i in range(200):
            call.message(f"{i}" * 100)
            await asyncio.sleep(0)
        call.finish()

    _, channel = await start(script)
    got = [m.value async for m in channel.unary_stream(methods["stream"], text("x"))]
    assert len(got) == 201


async def test_a_call_past_the_last_stream_is_repeated_whatever_its_method(start: Any, methods: Any, text: Any) -> None:
    async def script(call: Any) -> None:
        await call.ended.wait()
        if len(server.peers) == 1:
            call.peer.goaway(0)  # this call was not processed
        else:
            call.answer("second connection")

    server, channel = await start(script)
    assert (await channel.unary_unary(methods["unary"], text("x"))).value == "second connection"
    assert len(server.calls) == 2


async def test_calls_that_wait_for_a_free_stream_move_to_the_new_connection(
    start: Any, methods: Any, text: Any
) -> None:
    go_on = asyncio.Event()

    async def script(call: Any) -> None:
        await call.ended.wait()
        if call.text == "long":
            await go_on.wait()
        call.answer(call.text)

    from h2.settings import SettingCodes

    server, channel = await start(script, settings={SettingCodes.MAX_CONCURRENT_STREAMS: 1})
    # The limit is known once the first call was answered.
    await channel.unary_unary(methods["unary"], text("x"))
    long = asyncio.ensure_future(channel.unary_unary(methods["unary"], text("long")))
    await server.called(2)
    short = asyncio.ensure_future(channel.unary_unary(methods["unary"], text("short")))
    await asyncio.sleep(0.01)
    assert len(server.calls) == 2
    server.peers[0].goaway(server.calls[1].id)
    assert (await asyncio.wait_for(short, 60)).value == "short"
    go_on.set()
    assert (await long).value == "long"
    assert len(server.peers) == 2


@pytest.mark.parametrize(("method", "calls"), [("unary", 1), ("safe", 4)])
async def test_an_angry_goaway_ends_calls_in_flight(
    start: Any, methods: Any, text: Any, method: str, calls: int
) -> None:
    async def script(call: Any) -> None:
        await call.ended.wait()
        call.peer.goaway(call.id, 2, b"broken")

    server, channel = await start(script)
    with pytest.raises(errors.Unavailable, match="the server closed the connection \\(INTERNAL_ERROR\\)"):
        await channel.unary_unary(methods[method], text("x"))
    assert len(server.calls) == calls


async def test_a_complaint_about_pings_halves_them(start: Any, methods: Any, text: Any) -> None:
    async def script(call: Any) -> None:
        await call.ended.wait()
        if len(server.peers) == 1:
            call.peer.goaway(2**31 - 1, 0xB, b"too_many_pings")
        else:
            call.answer("x")

    server, channel = await start(script, keepalive=10.0)
    with pytest.raises(errors.Unavailable, match="ENHANCE_YOUR_CALM"):
        await channel.unary_unary(methods["unary"], text("x"))
    assert channel._keepalive == 20.0
    assert (await channel.unary_unary(methods["unary"], text("x"))).value == "x"


async def test_without_h2s_table_a_goaway_ends_calls_and_nothing_worse(
    start: Any, methods: Any, text: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("remora.channel.connection._survive_goaway", lambda h2: None)

    async def script(call: Any) -> None:
        await call.ended.wait()
        if len(server.peers) == 1:
            call.peer.goaway(call.id)
        call.answer("x")

    server, channel = await start(script)
    assert (await channel.unary_unary(methods["safe"], text("x"))).value == "x"


def test_another_h2_is_left_alone() -> None:
    from types import SimpleNamespace

    from remora.channel.connection import _survive_goaway

    for machine in (SimpleNamespace(), SimpleNamespace(_transitions=None)):
        before = dict(vars(machine))
        _survive_goaway(SimpleNamespace(state_machine=machine))
        assert vars(machine) == before


async def test_an_idle_connection_that_got_a_goaway_is_closed(start: Any, methods: Any, text: Any) -> None:
    async def script(call: Any) -> None:
        await call.ended.wait()
        call.answer("x")

    server, channel = await start(script)
    await channel.unary_unary(methods["unary"], text("x"))
    server.peers[0].goaway(server.calls[0].id)
    await asyncio.wait_for(server.peers[0].closed.wait(), 60)
    await channel.unary_unary(methods["unary"], text("x"))
    assert len(server.peers) == 2
