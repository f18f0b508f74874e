"""Serving one RPC: from a grpclib stream to a method of a server base and back."""

from __future__ import annotations

import asyncio
import inspect
import logging
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from grpclib.const import Cardinality, Handler, Status
from h2.exceptions import StreamClosedError

from remora.errors import DecodeError, InvalidArgument, ResourceExhausted, RpcError, StatusCode, Unimplemented

from .codec import CODEC
from .compression import Corrupt, TooLarge, decompress
from .frames import BURST, PREFIX
from .method import Shape
from .service import ServerContext

if TYPE_CHECKING:
    from grpclib.server import Stream

    from .method import Method

MAX_REQUEST_BYTES = 64 * 1024 * 1024
"""Largest request message that is accepted, after decompression."""

_CARDINALITY = {
    Shape.UNARY_UNARY: Cardinality.UNARY_UNARY,
    Shape.UNARY_STREAM: Cardinality.UNARY_STREAM,
    Shape.STREAM_UNARY: Cardinality.STREAM_UNARY,
    Shape.STREAM_STREAM: Cardinality.STREAM_STREAM,
}

_GZIP_MAGIC = b"\x1f\x8b"

log = logging.getLogger("remora.server")


def handler(function: Callable[..., Any], method: Method[Any, Any]) -> Handler:
    """Make the grpclib handler of one method.

    A `RpcError` that the method raises is sent as its status and message. A request that does not parse is answered
    INVALID_ARGUMENT. Any other exception is logged and answered INTERNAL, without its text: it may say what a caller
    must not know.

    Args:
        function: Bound method of a server base.
        method: Facts of the RPC.
    """

    async def serve(stream: Stream[Any, Any]) -> None:
        context = _context(stream)
        status: Status = Status.OK
        message: str | None = None
        details: bytes | None = None
        try:
            try:
                await _answer(function, method, stream, context)
            except RpcError as error:
                status, message, details = _status(error.code), error.message, error.details
            except StreamClosedError:
                raise
            except Exception:
                log.exception("%s failed", method.name)
                status, message = Status.INTERNAL, "internal error"
            await stream.send_trailing_metadata(
                status=status, status_message=message, status_details=details, metadata=context.trailing_metadata
            )
        except StreamClosedError:
            log.debug("%s: the client is gone", method.name)

    return Handler(serve, _CARDINALITY[method.shape], method.request_type, method.response_type)


async def _answer(
    function: Callable[..., Any], method: Method[Any, Any], stream: Stream[Any, Any], context: ServerContext
) -> None:
    if method.shape.client_streaming:
        argument: Any = _requests(stream, method)
    else:
        argument = await _read(stream, method)
        if argument is None:
            raise InvalidArgument("the call carries no request message")
    result = function(argument, context)
    if not method.shape.server_streaming:
        await _send(stream, context, await result)
        return
    if inspect.isawaitable(result):
        result = await result
    if hasattr(result, "aclose"):
        async with aclosing(result) as responses:
            await _send_all(stream, context, responses)
    else:
        await _send_all(stream, context, result)


async def _send_all(stream: Stream[Any, Any], context: ServerContext, responses: AsyncIterable[Any]) -> None:
    count = 0
    async for response in responses:
        await _send(stream, context, response)
        count += 1
        if count % BURST == 0:
            await asyncio.sleep(0)


async def _send(stream: Stream[Any, Any], context: ServerContext, response: Any) -> None:
    if not stream._send_initial_metadata_done:
        await stream.send_initial_metadata(metadata=context.initial_metadata)
    await stream.send_message(response)


async def _requests(stream: Stream[Any, Any], method: Method[Any, Any]) -> AsyncIterator[Any]:
    while (request := await _read(stream, method)) is not None:
        yield request


async def _read(stream: Stream[Any, Any], method: Method[Any, Any]) -> Any:
    """Read one request message, or None when the client has sent all.

    grpclib's own reader knows neither compression nor a size limit, and answers UNKNOWN to what it cannot read.
    """
    source = stream._stream
    try:
        prefix = await source.recv_data(PREFIX)
        if not prefix:
            return None
        size = int.from_bytes(prefix[1:], "big")
        if size > MAX_REQUEST_BYTES:
            raise TooLarge(size)
        body = await source.recv_data(size)
        if len(body) != size:
            raise InvalidArgument("the request ends in the middle of a message")
        if prefix[0]:
            if not body.startswith(_GZIP_MAGIC):
                raise Unimplemented("the request is compressed with something other than gzip")
            body = decompress(body, MAX_REQUEST_BYTES)
        return CODEC.decode(body, method.request_type)
    except AssertionError:  # how grpclib says that data ended too early
        raise InvalidArgument("the request ends in the middle of a message") from None
    except DecodeError as error:
        raise InvalidArgument(f"the request is not a valid {method.request_type.__name__}: {error.message}") from error
    except Corrupt as error:
        raise InvalidArgument(f"the compressed request is damaged: {error}") from None
    except TooLarge:
        raise ResourceExhausted(f"a request message may have at most {MAX_REQUEST_BYTES:,} bytes") from None


def _context(stream: Stream[Any, Any]) -> ServerContext:
    metadata: dict[str, str | bytes] = {}
    for name, value in (stream.metadata or {}).items():
        before = metadata.get(name)
        metadata[name] = f"{before},{value}" if isinstance(before, str) and isinstance(value, str) else value
    deadline = stream.deadline
    remaining = None if deadline is None else deadline.time_remaining()
    address = stream.peer.addr()
    peer = f"{address[0]}:{address[1]}" if isinstance(address, tuple) and len(address) > 1 else "unix"
    return ServerContext(metadata, peer=peer, deadline=None if remaining is None else time.monotonic() + remaining)


def _status(code: StatusCode) -> Status:
    return Status(int(code)) if code != StatusCode.OK else Status.UNKNOWN
