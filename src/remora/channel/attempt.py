"""One attempt of one call, on one HTTP/2 stream."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, cast

from hpack import NeverIndexedHeaderTuple

from remora.errors import AuthError, DecodeError, RpcError, StatusCode

from .broken import ClosedByCaller, ConnectFailed, DeadlinePassed, StreamBroken
from .codec import CODEC
from .compression import ACCEPTED, MIN_SIZE, Corrupt, TooLarge, compress, decompress
from .deadline import Deadline, within
from .frames import Truncated, frame
from .h2_stream import CallStream
from .headers import decode_metadata, encode_metadata, encode_timeout
from .method import Req, Res

if TYPE_CHECKING:
    from collections.abc import Callable

    from .channel import Channel
    from .credentials import Grant
    from .failures import CallFacts
    from .headers import Headers
    from .method import Metadata, Method


class Attempt(Generic[Req, Res]):
    """Sends a request, receives a response; every failure is an `RpcError`. Close it, whatever happens.

    Args:
        channel: What gives connections.
        facts: What errors say about the call.
        deadline: When the call ends.
        metadata: Headers that the caller gave.

    Attributes:
        granted: What said who makes the call; None if the caller's own headers did.
    """

    def __init__(
        self,
        channel: Channel,
        method: Method[Req, Res],
        facts: CallFacts,
        deadline: Deadline,
        metadata: Metadata,
    ) -> None:
        self.initial_metadata: dict[str, str | bytes] | None = None
        self.trailing_metadata: dict[str, str | bytes] | None = None
        self.granted: Grant | None = None
        self._channel = channel
        self._method = method
        self._facts = facts
        self._deadline = deadline
        self._metadata = metadata
        self._stream: CallStream | None = None
        self._release: Callable[[], None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._headers: dict[str, str] = {}
        self._trailers: dict[str, str] = {}

    async def open(self, *, more: bool = False) -> None:
        """Get a connection and send the headers; with `more`, together with the request, which follows at once."""
        own = await self._channel.call_headers(self._metadata)
        loop = asyncio.get_running_loop()
        if self._channel.credentials is not None:
            own += await self._authorization(own, loop)
        remaining = self._deadline.left(loop.time())
        if remaining is not None and remaining <= 0:
            raise self._facts.deadline_exceeded()
        try:
            protocol = await self._channel.connected(remaining)
        except ConnectFailed as failure:
            raise self._facts.from_connect(failure) from failure.__cause__
        except asyncio.TimeoutError:
            raise self._facts.deadline_exceeded() from None
        stream = protocol.connection.create_stream()
        assert isinstance(stream, CallStream)
        self._stream = stream
        if self._deadline.at is not None:
            self._timer = loop.call_at(self._deadline.at, stream.fail, DeadlinePassed("the deadline passed"))
        protocol.waiting.add(stream)
        try:
            headers = self._request_headers(own, loop)
            self._release = await stream.start(headers, protocol.processor, protocol.slots, more=more)
        except StreamBroken as failure:
            raise self._facts.from_break(failure) from None
        finally:
            protocol.waiting.discard(stream)

    async def _authorization(self, own: Headers, loop: asyncio.AbstractEventLoop) -> Headers:
        """Headers that say who makes the call, unless the caller's own headers do."""
        credentials, deadline = self._channel.credentials, self._deadline
        names = {name for name, _ in own}
        if credentials is None or "authorization" in names:
            return []
        granted = credentials.ready()
        if granted is None:
            patient = credentials.asks_a_person and not deadline.strict
            began = loop.time()
            try:
                granted = await within(None if patient else deadline.left(began), credentials.grant())
            except AuthError:
                raise  # one of its kinds is a timeout too, of a login
            except asyncio.TimeoutError:
                raise self._facts.deadline_exceeded() from None
            if patient:
                deadline.put_off(loop.time() - began)
        if names.isdisjoint(granted.headers):
            self.granted = granted
        # Never indexed (RFC 7541 section 7.1.3): kept out of compression tables, and of logs of the HTTP/2 library.
        fields = encode_metadata({name: value for name, value in granted.headers.items() if name not in names})
        return [_unindexed(name, value) for name, value in fields]

    def _request_headers(self, own: Headers, loop: asyncio.AbstractEventLoop) -> Headers:
        channel = self._channel
        headers: Headers = [
            (":method", "POST"),
            (":scheme", channel.scheme),
            (":path", self._method.path),
            (":authority", channel.authority),
            ("te", "trailers"),
            ("content-type", "application/grpc"),
            ("user-agent", channel.user_agent),
            ("grpc-accept-encoding", ACCEPTED),
        ]
        if channel.options.compression is not None:
            headers.append(("grpc-encoding", channel.options.compression))
        headers += own  # what is the same in all calls comes first, so that it is encoded together
        left = self._deadline.left(loop.time())
        if left is not None:
            headers.append(_unindexed("grpc-timeout", encode_timeout(left)))
        headers.append(_unindexed("x-request-id", self._facts.request_id))
        return headers

    async def send(self, body: bytes, *, end: bool) -> bool:
        """Send one encoded request message; False if the server wants no more of them."""
        limit = self._channel.options.max_request_bytes
        if len(body) > limit:
            raise self._facts.error(
                StatusCode.RESOURCE_EXHAUSTED,
                f"the request message has {len(body):,} bytes, the limit is {limit:,} bytes",
                hint="send less at a time, or raise grpc.max_send_message_length in grpc_options",
            )
        if self._channel.options.compression is not None and len(body) >= MIN_SIZE:
            data = frame(compress(body), compressed=True)
        else:
            data = frame(body)
        try:
            return await self._open_stream().send(data, end=end)
        except StreamBroken as failure:
            raise self._facts.from_break(failure) from None

    async def send_end(self) -> None:
        """Say that no more requests will follow."""
        try:
            await self._open_stream().send_end()
        except StreamBroken as failure:
            raise self._facts.from_break(failure) from None

    async def receive(self) -> Res | None:
        """The next response message, or None after the last one."""
        stream = self._open_stream()
        try:
            if self.initial_metadata is None:
                await self._receive_headers(stream)
            received = await stream.buffer.next_message(self._channel.options.max_message_bytes)
            if received is None:
                if stream.failure is not None and not stream.ended:
                    raise stream.failure
                return None
            compressed, body = received
            if compressed:
                body = self._decompress(body)
        except StreamBroken as failure:
            raise self._facts.from_break(failure) from None
        except TooLarge as error:
            raise self._too_large(error) from None
        except Truncated:
            if stream.failure is not None and not stream.ended:
                raise self._facts.from_break(stream.failure) from None
            raise self._facts.error(StatusCode.INTERNAL, "the response ends in the middle of a message") from None
        try:
            message: Res = CODEC.decode(body, self._method.response_type)
        except DecodeError as error:
            raise self._facts.error(
                StatusCode.INTERNAL, f"the response is not a valid {self._method.response_type.__name__}: {error}"
            ) from error
        return message

    async def finish(self) -> None:
        """Wait for the status of the call; raise it if it is not OK."""
        stream = self._open_stream()
        try:
            if self.initial_metadata is None:
                await self._receive_headers(stream)
            if "grpc-status" in self._headers:
                trailers: Headers | None = stream.headers
            else:
                trailers = await stream.response_trailers()
        except StreamBroken as failure:
            raise self._facts.from_break(failure) from None
        if trailers is not None:
            self.trailing_metadata = decode_metadata(trailers)
            self._trailers = dict(trailers)
        self._facts.check_status(self._trailers)

    def fail(self, failure: StreamBroken) -> None:
        """End the attempt from the caller's side."""
        if self._stream is not None:
            self._stream.fail(failure)

    def close(self) -> None:
        """Give the stream back; the server is told if it is still at work."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        release, self._release = self._release, None
        if release is not None and self._stream is not None:
            self._stream.abandon()
            self._stream.fail(ClosedByCaller("the call was closed"))
            release()

    def pushback(self) -> float | None:
        """Seconds that the server wants to pass before the next attempt; negative if it wants none."""
        value = self._trailers.get("grpc-retry-pushback-ms")
        if value is None:
            return None
        return int(value) / 1000 if value.isdecimal() and len(value) <= 9 else -1.0

    async def _receive_headers(self, stream: CallStream) -> None:
        fields = await stream.response_headers()
        self._headers = headers = dict(fields)
        self._facts.check_response(headers)
        self.initial_metadata = {} if "grpc-status" in headers else decode_metadata(fields)

    def _decompress(self, body: bytes) -> bytes:
        encoding = self._headers.get("grpc-encoding", "identity")
        if encoding != "gzip":
            raise self._facts.error(
                StatusCode.INTERNAL, f"the server compressed a message with {encoding!r}, which was not offered"
            )
        try:
            return decompress(body, self._channel.options.max_message_bytes)
        except Corrupt as error:
            raise self._facts.error(StatusCode.INTERNAL, f"a compressed response is damaged: {error}") from None

    def _too_large(self, error: TooLarge) -> RpcError:
        limit = self._channel.options.max_message_bytes
        size = "more" if error.size is None else f"{error.size:,} bytes"
        return self._facts.error(
            StatusCode.RESOURCE_EXHAUSTED,
            f"a response message has {size}, the limit is {limit:,} bytes",
            hint="raise max_message_bytes of the client, or ask for less at a time",
        )

    def _open_stream(self) -> CallStream:
        assert self._stream is not None, "open() comes first"
        return self._stream


def _unindexed(name: str, value: str) -> tuple[str, str]:
    """A header that is new in each call. In HPACK's table it would push the others out and lengthen every search."""
    return cast("tuple[str, str]", NeverIndexedHeaderTuple(name, value))
