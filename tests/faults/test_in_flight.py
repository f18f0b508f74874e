"""Fifty calls in flight when the connection goes: none is lost, and none is run twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from remora import errors
from remora.channel import Channel, ChannelOptions, RetryPolicy, parse_endpoint
from remora.channel.server import serve

COUNT = 50


class Scene:
    """The first connection gets fifty calls and answers none; later connections answer at once."""

    def __init__(self) -> None:
        self.runs: Counter[str] = Counter()
        self.held: list[Any] = []
        self.all_here = asyncio.Event()

    async def script(self, call: Any) -> None:
        await call.ended.wait()
        if call.peer.first and len(self.held) < COUNT:
            self.held.append(call)
            if len(self.held) == COUNT:
                self.all_here.set()
            return
        self.run(call)

    def run(self, call: Any) -> None:
        self.runs[call.text] += 1
        call.answer(call.text)


@pytest.fixture
async def scene(start: Any, methods: Any, text: Any) -> Any:
    """Fifty calls with effects, all in flight on the first connection."""
    scene = Scene()
    server, channel = await start(scene.script)

    async def first(peer: Any) -> bool:
        peer.first = len(server.peers) == 1
        return True

    server.on_connect = first
    scene.calls = [asyncio.ensure_future(channel.unary_unary(methods["unary"], text(str(i)))) for i in range(COUNT)]
    await asyncio.wait_for(scene.all_here.wait(), 60)
    scene.server, scene.channel = server, channel
    yield scene
    for call in scene.calls:
        call.cancel()
    await asyncio.gather(*scene.calls, return_exceptions=True)


EXPECTED = [str(i) for i in range(COUNT)]


@pytest.mark.parametrize("taken", [COUNT, COUNT // 2, 0])
async def test_a_graceful_goaway(scene: Any, taken: int) -> None:
    """The server finishes the calls it took, and the client makes the others anew elsewhere."""
    peer = scene.server.peers[0]
    peer.goaway(2**31 - 1)
    held = sorted(scene.held, key=lambda call: call.id)
    peer.goaway(held[taken - 1].id if taken else 0)
    for call in held[:taken]:
        scene.run(call)
    answers = await asyncio.wait_for(asyncio.gather(*scene.calls), 60)
    assert [answer.value for answer in answers] == EXPECTED
    assert scene.runs == Counter(EXPECTED)
    assert len(scene.server.peers) == (1 if taken == COUNT else 2)
    await asyncio.wait_for(peer.closed.wait(), 60)


async def test_an_abrupt_goaway(scene: Any) -> None:
    """Calls that the server may have run fail, once; the others are made anew."""
    held = sorted(scene.held, key=lambda call: call.id)
    taken = {call.text for call in held[:20]}
    scene.runs.update(taken)
    scene.server.peers[0].goaway(held[19].id, 2, b"out of memory")
    results = await asyncio.wait_for(asyncio.gather(*scene.calls, return_exceptions=True), 60)
    for name, result in zip(EXPECTED, results, strict=True):
        if name in taken:
            assert isinstance(result, errors.Unavailable)
            assert "INTERNAL_ERROR" in result.message
        else:
            assert result.value == name
    assert scene.runs == Counter(EXPECTED)


@pytest.mark.parametrize("how", ["refused", "reset", "dropped"])
async def test_streams_and_connections_that_end(scene: Any, how: str) -> None:
    """Refused streams were not run and are made anew; for all others the caller decides."""
    held = list(scene.held)
    if how == "dropped":
        held[0].peer.drop()
    else:
        for call in held:
            call.reset_with(0x7 if how == "refused" else 0x2)
    results = await asyncio.wait_for(asyncio.gather(*scene.calls, return_exceptions=True), 60)
    if how == "refused":
        assert [result.value for result in results] == EXPECTED
        assert scene.runs == Counter(EXPECTED)
    else:
        assert {type(result) for result in results} == {errors.Internal if how == "reset" else errors.Unavailable}
        assert not scene.runs


async def test_a_black_hole_ends_at_the_deadline(tcp: Any, methods: Any, text: Any) -> None:
    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65536):
            pass

    channel = Channel(parse_endpoint(f"http://127.0.0.1:{await tcp(swallow)}").endpoint())
    loop = asyncio.get_running_loop()
    began = loop.time()
    calls = [channel.unary_unary(methods["safe"], text("x"), timeout=0.2) for _ in range(COUNT)]
    results = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 60)
    assert {type(result) for result in results} == {errors.DeadlineExceeded}
    assert loop.time() - began >= 0.2
    protocol = next(iter(channel._protocols))
    assert not protocol.processor.streams
    channel.close()


async def test_a_server_that_is_restarted_again_and_again(methods: Any, text: Any) -> None:
    """A graceful stop loses no call: what it took is finished, what it did not take is made anew."""
    from remora.channel import Method, Shape
    from remora.channel.service import ServerBase, ServerContext
    from remora_api.google.protobuf import StringValue

    runs: Counter[str] = Counter()
    ran = asyncio.Event()

    class Echo(ServerBase):
        METHODS = {"unary": Method("/test.v1.Echo/Unary", StringValue, StringValue, Shape.UNARY_UNARY)}  # noqa: RUF012

        async def unary(self, request: StringValue, context: ServerContext) -> StringValue:
            runs[request.value] += 1
            ran.set()
            await asyncio.sleep(0.001)
            return request

    server = await serve([Echo()])
    patient = ChannelOptions(retry=RetryPolicy(attempts=100, initial=0.001, maximum=0.01), reconnect_initial=0.005)
    channel = Channel(parse_endpoint(server.url).endpoint(), options=patient)
    done = asyncio.Event()

    async def caller(number: int) -> int:
        made = 0
        while not done.is_set() or made < 10:
            name = f"{number}-{made}"
            assert (await channel.unary_unary(methods["unary"], text(name))).value == name
            made += 1
        return made

    callers = [asyncio.ensure_future(caller(number)) for number in range(COUNT)]
    for _ in range(2):
        before = sum(runs.values())
        while sum(runs.values()) < before + 2 * COUNT:
            ran.clear()
            await ran.wait()
        port = server.port
        await server.aclose()
        server = await serve([Echo()], port=port)
    done.set()
    made = await asyncio.wait_for(asyncio.gather(*callers), 30)
    assert len(runs) == sum(made)
    assert set(runs.values()) == {1}
    channel.close()
    await server.aclose()
