"""Answers that are not what the gRPC specification asks for, and some that are and are rare."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from base64 import b64encode
from typing import Any

import pytest

from remora import errors
from remora_api.google.protobuf import StringValue


def encoded(value: str) -> bytes:
    return bytes(StringValue(value=value))


@pytest.mark.parametrize(
    ("status", "content_type", "error", "attempts"),
    [
        ("400", "text/html", errors.Internal, 1),
        ("401", "text/html; charset=utf-8", errors.Unauthenticated, 1),
        ("403", "text/html", errors.PermissionDenied, 1),
        ("404", "text/plain", errors.Unimplemented, 1),
        ("429", "application/json", errors.Unavailable, 4),
        ("502", "text/html", errors.Unavailable, 4),
        ("503", None, errors.Unavailable, 4),
        ("504", "text/html", errors.Unavailable, 4),
        ("500", "text/html", errors.Unknown, 1),
        ("302", "text/html", errors.Unknown, 1),
    ],
)
async def test_http_errors_are_mapped_as_the_specification_says(
    start: Any, methods: Any, text: Any, status: str, content_type: str | None, error: Any, attempts: int
) -> None:
    async def script(call: Any) -> None:
        await call.ended.wait()
        headers = [(":status", status)] + ([("content-type", content_type)] if content_type else [])
        call.peer.headers(call.id, headers)
        call.send(b"<html>secret page</html>", end=True)

    server, channel = await start(script)
    with pytest.raises(error, match=f"the endpoint answered HTTP {status}") as caught:
        await channel.unary_unary(methods["safe"], text("x"))
    assert type(caught.value) is error
    assert "secret page" not in str(caught.value)
    if content_type:
        assert content_type.partition(";")[0] in str(caught.value)
    assert caught.value.hint
    assert len(server.calls) == attempts


async def test_an_html_page_with_status_200(start: Any, methods: Any, text: Any) -> None:
    async def script(call: Any) -> None:
        await call.ended.wait()
        call.peer.headers(call.id, [(":status", "200"), ("content-type", "text/html")])
        call.send(b"<html>", end=True)

    _, channel = await start(script)
    with pytest.raises(errors.Unknown, match="answered with text/html, which is not gRPC") as caught:
        await channel.unary_unary(methods["unary"], text("x"))
    assert "web console" in str(caught.value.hint)


async def test_a_grpc_status_beside_an_http_error_says_more(start: Any, methods: Any, text: Any) -> None:
    async def script(call: Any) -> None:
        await call.ended.wait()
        call.peer.headers(call.id, [(":status", "403"), ("grpc-status", "16"), ("grpc-message", "log in")], end=True)

    _, channel = await start(script)
    with pytest.raises(errors.Unauthenticated, match="log in"):
        await channel.unary_unary(methods["unary"], text("x"))


@pytest.mark.parametrize(
    "content_type", ["application/grpc", "application/grpc+proto", "application/grpc;charset=utf-8"]
)
async def test_content_types_of_grpc(start: Any, methods: Any, text: Any, content_type: str) -> None:
    async def script(call: Any) -> None:
        await call.ended.wait()
        call.peer.headers(call.id, [(":status", "200"), ("content-type", content_type)])
        call.message("fine")
        call.finish()

    _, channel = await start(script)
    assert (await channel.unary_unary(methods["unary"], text("x"))).value == "fine"


@pytest.mark.parametrize("content_type", ["application/grpc+json", "application/grpc-web", "application/grpcx"])
async def test_content_types_that_only_look_like_grpc(start: Any, methods: Any, text: Any, content_type: str) -> None:
    async def script(call: Any) -> None:
        await call.ended.wait()
        call.peer.headers(call.id, [(":status", "200"), ("content-type", content_type)], end=True)

    _, channel = await start(script)
    with pytest.raises(errors.Unknown, match="which is not gRPC"):
        await channel.unary_unary(methods["unary"], text("x"))


@pytest.mark.parametrize(
    ("body", "end", "status", "error", "message"),
    [
        (b"", False, None, errors.Internal, "ended the response without a status"),
        (b"\0\0\0\0\0", False, None, errors.Internal, "ended the response without a status"),
        (b"", False, "0", errors.Internal, "reported success, and sent no response"),
        (b"\0\0\0\0\0" * 2, False, "0", errors.Internal, "reported success, and sent more than one response"),
        (b"\0\0\0\0\x09abc", False, "0", errors.Internal, "ends in the middle of a message"),
        (b"\0\0", False, "0", errors.Internal, "ends in the middle of a message"),
        (b"\0\0\0\0\x03\xff\xff\xff", False, "0", errors.Internal, "not a valid StringValue"),
        (b"\0\0\0\0\0", False, "seven", errors.Unknown, "malformed status 'seven'"),
        (b"\0\0\0\0\0", False, "-1", errors.Unknown, "malformed status '-1'"),
        (b"\0\0\0\0\0", False, "999", errors.Unknown, "UNKNOWN"),
        (b"\0\0\0\0\0", False, "5", errors.NotFound, "NOT_FOUND"),
    ],
)
async def test_answers_that_break_the_rules(
    start: Any, methods: Any, text: Any, body: bytes, end: bool, status: str | None, error: Any, message: str
) -> None:
    async def script(call: Any) -> None:
        await call.ended.wait()
        call.start()
        call.send(body, end=status is None)
        if status is not None:
            call.peer.headers(call.id, [("grpc-status", status)], end=True)

    _, channel = await start(script)
    with pytest.raises(error, match=message) as caught:
        await channel.unary_unary(methods["unary"], text("x"))
    assert type(caught.value) is error


async def test_trailers_without_a_body(start: Any, methods: Any, text: Any) -> None:
    details = b"\x08\x05\x12\x03abc"

    async def script(call: Any) -> None:
        await call.ended.wait()
        call.start(
            ("grpc-status", "5"),
            ("grpc-message", "gr%C3%BCn 100%"),
            ("grpc-status-details-bin", b64encode(details).decode().rstrip("=")),
            ("x-extra", "1"),
            end=True,
        )

    _, channel = await start(script)
    with pytest.raises(errors.NotFound, match="grün 100%") as caught:
        await channel.unary_unary(methods["unary"], text("x"))
    assert caught.value.details == details
    stream = channel.unary_stream(methods["stream"], text("x"))
    with pytest.raises(errors.NotFound):
        await stream.__anext__()
    assert stream.trailing_metadata == {"x-extra": "1"}


@pytest.mark.parametrize("value", ["!!!", "\xff"])
async def test_malformed_binary_headers_do_not_hide_the_status(start: Any, methods: Any, text: Any, value: str) -> None:
    async def script(call: Any) -> None:
        await call.ended.wait()
        call.start(("grpc-status", "5"), ("grpc-status-details-bin", "!!!"), ("other-bin", "!!!"), end=True)

    _, channel = await start(script)
    with pytest.raises(errors.NotFound) as caught:
        await channel.unary_unary(methods["unary"], text("x"))
    assert caught.value.details is None


async def test_a_secret_in_a_status_message_is_not_shown(start: Any, methods: Any, text: Any) -> None:
    async def script(call: Any) -> None:
        await call.ended.wait()
        call.start(("grpc-status", "13"), ("grpc-message", "GET https://s3/k?X-Amz-Signature=abcdef failed"), end=True)

    _, channel = await start(script)
    with pytest.raises(errors.Internal) as caught:
        await channel.unary_unary(methods["unary"], text("x"))
    assert "abcdef" not in repr(caught.value)


async def test_no_log_shows_a_header(start: Any, methods: Any, text: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def script(call: Any) -> None:
        await call.ended.wait()
        assert call.headers["authorization"] == "Bearer hunter2hunter2"
        call.answer("x")

    caplog.set_level(1)
    _, channel = await start(script)
    await channel.unary_unary(methods["unary"], text("x"), metadata={"authorization": "Bearer hunter2hunter2"})
    assert "hunter2" not in caplog.text


# Compression ---------------------------------------------------------------------------------------------------------


async def test_gzip_answers_are_understood_and_offered(start: Any, methods: Any, text: Any, framed: Any) -> None:
    async def script(call: Any) -> None:
        await call.ended.wait()
        call.start(("grpc-encoding", "gzip"))
        call.send(framed(gzip.compress(encoded("zipped")), 1))
        call.finish()

    server, channel = await start(script)
    assert (await channel.unary_unary(methods["unary"], text("x"))).value == "zipped"
    assert server.calls[0].headers["grpc-accept-encoding"] == "identity,gzip"
    assert "grpc-encoding" not in server.calls[0].headers


async def test_gzip_and_plain_messages_may_alternate(start: Any, methods: Any, text: Any, framed: Any) -> None:
    async def script(call: Any) -> None:
        await call.ended.wait()
        call.start(("grpc-encoding", "gzip"))
        for i in range(6):
            body = encoded(str(i))
            call.send(framed(gzip.compress(body), 1) if i % 2 else framed(body))
        call.finish()

    _, channel = await start(script)
    assert [m.value async for m in channel.unary_stream(methods["stream"], text("x"))] == list("012345")


@pytest.mark.parametrize(
    ("encoding", "body", "message"),
    [
        (None, gzip.compress(b"", mtime=0), "compressed a message with 'identity'"),
        ("br", b"xx", "compressed a message with 'br'"),
        ("gzip", b"not gzip", "a compressed response is damaged"),
        ("gzip", zlib.compress(b"x"), "a compressed response is damaged"),
        ("gzip", gzip.compress(b"x" * 1000, mtime=0)[:-4], "a compressed response is damaged"),
    ],
)
async def test_compressed_answers_that_cannot_be_read(
    start: Any, methods: Any, text: Any, framed: Any, encoding: str | None, body: bytes, message: str
) -> None:
    async def script(call: Any) -> None:
        await call.ended.wait()
        call.start(*([("grpc-encoding", encoding)] if encoding else []))
        call.send(framed(body, 1))
        call.finish()

    _, channel = await start(script)
    with pytest.raises(errors.Internal, match=message):
        await channel.unary_unary(methods["unary"], text("x"))


async def test_requests_are_compressed_when_asked_and_worth_it(start: Any, methods: Any, text: Any) -> None:
    async def script(call: Any) -> None:
        await call.ended.wait()
        call.answer("x")

    server, channel = await start(script, compression="gzip")
    await channel.unary_unary(methods["unary"], text("small"))
    await channel.unary_unary(methods["unary"], text("large" * 10_000))
    small, large = server.calls
    assert small.headers["grpc-encoding"] == large.headers["grpc-encoding"] == "gzip"
    assert (small.body[0], large.body[0]) == (0, 1)
    assert gzip.decompress(large.body[5:]) == encoded("large" * 10_000)
    assert len(large.body) < 1000


# Size ----------------------------------------------------------------------------------------------------------------


async def test_a_message_over_the_limit_is_refused_before_it_arrives(start: Any, methods: Any, text: Any) -> None:
    async def script(call: Any) -> None:
        await call.ended.wait()
        call.start()
        call.send(b"\0\x7f\xff\xff\xff")  # and never a byte of it
        await call.reset.wait()

    server, channel = await start(script, max_message_bytes=1000)
    with pytest.raises(errors.ResourceExhausted, match=r"has 2,147,483,647 bytes, the limit is 1,000 bytes") as caught:
        await channel.unary_unary(methods["safe"], text("x"))
    assert "max_message_bytes" in str(caught.value.hint)
    await asyncio.wait_for(server.calls[0].reset.wait(), 60)


async def test_a_decompression_bomb_is_refused(start: Any, methods: Any, text: Any, framed: Any) -> None:
    async def script(call: Any) -> None:
        await call.ended.wait()
        call.start(("grpc-encoding", "gzip"))
        call.send(framed(gzip.compress(b"\0" * 10_000_000), 1))
        call.finish()

    _, channel = await start(script, max_message_bytes=100_000)
    with pytest.raises(errors.ResourceExhausted, match="has more, the limit is 100,000 bytes"):
        await channel.unary_unary(methods["unary"], text("x"))


async def test_a_message_larger_than_the_window_arrives(start: Any, methods: Any, text: Any, framed: Any) -> None:
    async def script(call: Any) -> None:
        await call.ended.wait()
        call.start()
        wire = framed(encoded("w" * 9_000_000))
        position = 0
        while position < len(wire):
            room = min(call.peer.h2.local_flow_control_window(call.id), 16_384, len(wire) - position)
            if room <= 0:
                await call.window()
                continue
            call.send(wire[position : position + room])
            position += room
        call.finish()

    _, channel = await start(script)
    assert len((await channel.unary_unary(methods["unary"], text("x"))).value) == 9_000_000


async def test_padding_does_not_eat_the_window(start: Any, methods: Any, text: Any, framed: Any) -> None:
    async def script(call: Any) -> None:
        await call.ended.wait()
        call.start()
        for i in range(1000):
            while call.peer.h2.local_flow_control_window(call.id) < 300:
                await call.window()
            call.send(framed(encoded(str(i))), pad=255)
        call.finish()

    _, channel = await start(script, window_bytes=65_535)  # a fourth of what arrives, padding included
    count = 0
    async for _ in channel.unary_stream(methods["stream"], text("x")):
        count += 1
    assert count == 1000


async def test_a_slow_reader_holds_its_server_back(start: Any, methods: Any, text: Any, framed: Any) -> None:
    stalled = asyncio.Event()
    sent = 0

    async def script(call: Any) -> None:
        nonlocal sent
        await call.ended.wait()
        call.start()
        wire = framed(encoded("s" * 16_000))
        for _ in range(1000):
            while call.peer.h2.local_flow_control_window(call.id) < len(wire):
                stalled.set()
                await call.window()
            call.send(wire)
            sent += 1
        call.finish()

    _, channel = await start(script)
    stream = channel.unary_stream(methods["stream"], text("x"))
    await stream.__anext__()
    await asyncio.wait_for(stalled.wait(), 60)
    assert sent < 400  # 4 MiB of 16 kB messages, and not all 16 MB
    count = 1
    async for _ in stream:
        count += 1
    assert count == 1000


# Retries that the server steers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("pushback", "attempts"), [("-1", 1), ("nonsense", 1), ("0", 2), ("5", 2)])
async def test_the_server_says_when_to_come_back(
    start: Any, methods: Any, text: Any, pushback: str, attempts: int
) -> None:
    async def script(call: Any) -> None:
        await call.ended.wait()
        if len(server.calls) == 1:
            call.start(("grpc-status", "14"), ("grpc-retry-pushback-ms", pushback), end=True)
        else:
            call.answer("again")

    server, channel = await start(script)
    if attempts == 1:
        with pytest.raises(errors.Unavailable):
            await channel.unary_unary(methods["safe"], text("x"))
    else:
        assert (await channel.unary_unary(methods["safe"], text("x"))).value == "again"
    assert len(server.calls) == attempts


async def test_what_is_sent_with_each_call(start: Any, methods: Any, text: Any) -> None:
    async def script(call: Any) -> None:
        await call.ended.wait()
        call.answer("x")

    server, channel = await start(script)
    await channel.unary_unary(methods["unary"], text("x"), timeout=60)
    headers = server.calls[0].headers
    assert headers[":method"] == "POST"
    assert headers[":scheme"] == "http"
    assert headers[":path"] == "/test.v1.Echo/Unary"
    assert headers[":authority"] == f"127.0.0.1:{server.port}"
    assert headers["te"] == "trailers"
    assert headers["content-type"] == "application/grpc"
    assert headers["user-agent"].startswith("remora/")
    assert 10_000 < int(headers["grpc-timeout"].rstrip("m")) <= 60_000
    assert len(headers["x-request-id"]) == 32
    assert server.calls[0].body == b"\0\0\0\0\x03\x0a\x01x"


async def test_headers_that_are_new_in_each_call_stay_out_of_the_table(start: Any, methods: Any, text: Any) -> None:
    async def script(call: Any) -> None:
        await call.ended.wait()
        call.answer("x")

    server, channel = await start(script)
    for _ in range(3):
        await channel.unary_unary(methods["unary"], text("x"))
    table = channel._protocol.connection._connection.encoder.header_table.dynamic_entries
    names = [name for name, _ in table]
    assert sorted(names) == sorted(set(names))
    assert b"x-request-id" not in names
    assert b"grpc-timeout" not in names
    assert len({call.headers["x-request-id"] for call in server.calls}) == 3
