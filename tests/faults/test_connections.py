"""Connections that do not come about, break, go silent, or speak something else."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from remora import errors
from remora.channel import Channel, ChannelOptions, RetryPolicy, parse_endpoint


async def test_an_http1_server_is_recognised(tcp: Any, fail: Any) -> None:
    async def http1(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        await reader.read()

    error = await fail(await tcp(http1))
    assert "does not speak HTTP/2: it answers in HTTP/1" in error.message


async def test_a_tls_server_that_is_spoken_to_in_plaintext(tcp: Any, fail: Any) -> None:
    async def tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"\x15\x03\x01\x00\x02\x02\x46")  # alert: protocol version

    error = await fail(await tcp(tls))
    assert "it wants TLS: use https://" in error.message


async def test_nonsense_is_a_broken_rule(tcp: Any, fail: Any) -> None:
    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"\x00\x00\x04\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00" * 3)

    error = await fail(await tcp(nonsense))
    assert "the server broke a rule of HTTP/2" in error.message


async def test_a_server_that_hangs_up_at_once(tcp: Any, fail: Any) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)

    error = await fail(await tcp(hang_up))
    assert "before it answered anything" in error.message


async def test_a_plaintext_server_that_is_spoken_to_in_tls(start: Any, fail: Any, answer: Any) -> None:
    from remora.channel.security import TransportSecurity

    server, _ = await start(answer)
    error = await fail(server.port, "https://127.0.0.1:{}", tls=TransportSecurity().h2_context())
    assert not error.retriable
    assert "does not speak TLS" in error.message or "closed the connection while it was being made" in error.message
    assert error.hint


async def test_a_connection_that_breaks_in_the_middle(start: Any, methods: Any, text: Any) -> None:
    async def script(call: Any) -> None:
        await call.ended.wait()
        if call.text == "drop":
            call.peer.drop()
        elif call.text == "stream":
            call.start()
            call.message("one")
            await asyncio.sleep(0)
            call.peer.drop()
        else:
            call.answer(call.text)

    server, channel = await start(script)
    with pytest.raises(errors.Unavailable, match="the connection was lost") as caught:
        await channel.unary_unary(methods["unary"], text("drop"))
    assert not caught.value.retriable
    assert len(server.calls) == 1
    with pytest.raises(errors.Unavailable, match="the connection was lost") as caught:
        await channel.unary_unary(methods["safe"], text("drop"))
    assert caught.value.retriable
    assert len(server.calls) == 5
    stream = channel.unary_stream(methods["stream"], text("stream"))
    assert (await stream.__anext__()).value == "one"
    with pytest.raises(errors.Unavailable, match="the connection was lost"):
        await stream.__anext__()
    assert (await channel.unary_unary(methods["unary"], text("again"))).value == "again"


async def test_a_connection_that_the_server_closed_while_idle(start: Any, methods: Any, text: Any, answer: Any) -> None:
    server, channel = await start(answer)
    await channel.unary_unary(methods["unary"], text("a"))
    server.peers[0].drop()
    await asyncio.wait_for(server.peers[0].closed.wait(), 60)
    await asyncio.sleep(0.01)
    assert (await channel.unary_unary(methods["unary"], text("b"))).value == "b"
    assert len(server.peers) == 2


async def test_a_silent_connection_is_found_by_a_ping(start: Any, methods: Any, text: Any) -> None:
    async def silent(call: Any) -> None:
        call.peer.answer_pings = False

    server, channel = await start(silent, keepalive=0.05, keepalive_timeout=0.05)
    with pytest.raises(errors.Unavailable, match=r"did not answer a keepalive ping within 0\.05 s"):
        await channel.unary_unary(methods["unary"], text("x"))
    assert len(server.peers[0].pings) == 1


async def test_a_quiet_call_lives_as_long_as_pings_are_answered(start: Any, methods: Any, text: Any) -> None:
    async def quiet(call: Any) -> None:
        await call.ended.wait()
        while len(call.peer.pings) < 4:
            await asyncio.wait_for(call.peer.pinged.wait(), 60)
            call.peer.pinged.clear()
        call.answer("late")

    server, channel = await start(quiet, keepalive=0.02, keepalive_timeout=60)
    assert (await channel.unary_unary(methods["unary"], text("x"))).value == "late"
    count = len(server.peers[0].pings)
    await asyncio.sleep(0.1)
    assert len(server.peers[0].pings) == count  # no pings without calls


async def test_frames_of_kinds_that_nobody_knows_are_ignored(start: Any, methods: Any, text: Any) -> None:
    async def odd(call: Any) -> None:
        await call.ended.wait()
        call.peer.raw(b"\x00\x00\x05\x0a\x00\x00\x00\x00\x00\x00\x03abc")  # ALTSVC for an origin
        call.peer.raw(b"\x00\x00\x03\xfa\x00\x00\x00\x00\x00xyz")  # a type from the future
        call.peer.headers(call.id, [(":status", "103"), ("link", "x")])  # early hints
        call.answer("fine")

    server, channel = await start(odd)
    assert (await channel.unary_unary(methods["unary"], text("x"))).value == "fine"
    assert (await channel.unary_unary(methods["unary"], text("x"))).value == "fine"
    assert len(server.peers) == 1


async def test_a_host_that_does_not_exist(monkeypatch: pytest.MonkeyPatch, fail: Any) -> None:
    async def unknown(*arguments: Any, **options: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    error = await fail(1, "http://nowhere.invalid:{}")
    assert error.message == "the host 'nowhere.invalid' cannot be resolved"
    assert not error.retriable


async def test_an_endpoint_that_never_answers_the_connection(
    methods: Any, text: Any, monkeypatch: pytest.MonkeyPatch, fail: Any
) -> None:
    connecting = asyncio.Event()

    async def never(*arguments: Any, **options: Any) -> Any:
        connecting.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", never)
    error = await fail(1, connect_timeout=0.05)
    assert error.message == "no connection within 0.05 s"
    channel = Channel(parse_endpoint("http://127.0.0.1:1").endpoint())
    with pytest.raises(errors.DeadlineExceeded):
        await channel.unary_unary(methods["unary"], text("x"), timeout=0.05)
    call = asyncio.ensure_future(channel.unary_unary(methods["unary"], text("x")))
    await connecting.wait()
    channel.close()
    with pytest.raises(errors.ClientClosed):
        await call


async def test_callers_share_an_attempt_to_connect_and_one_that_gives_up_does_not_end_it(
    start: Any, methods: Any, text: Any, answer: Any
) -> None:
    server, channel = await start(answer)
    first = asyncio.ensure_future(channel.unary_unary(methods["unary"], text("first")))
    others = [asyncio.ensure_future(channel.unary_unary(methods["unary"], text(str(i)))) for i in range(10)]
    await asyncio.sleep(0)
    first.cancel()
    assert [(await other).value for other in others] == [str(i) for i in range(10)]
    assert len(server.peers) == 1


async def test_failures_to_connect_are_spaced_out(tcp: Any, methods: Any, text: Any) -> None:
    times: list[float] = []
    loop = asyncio.get_running_loop()

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        times.append(loop.time())

    options = ChannelOptions(timeout=1.0, retry=RetryPolicy(attempts=10_000, initial=1e-6, maximum=1e-6))
    channel = Channel(parse_endpoint(f"http://127.0.0.1:{await tcp(hang_up)}").endpoint(), options=options)
    with pytest.raises((errors.Unavailable, errors.DeadlineExceeded)):
        await channel.unary_unary(methods["safe"], text("x"))
    channel.close()
    assert 1 < len(times) < 40
