"""Async calls that are made on the portal's event loop, for programs that start a loop per request.

The connection then outlives the caller's loop. A call costs two thread switches, and responses of a stream are handed
over in batches.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from remora.channel.method import Metadata, Method, Req, Res, ResponseStream
from remora.dual.portal import portal
from remora.dual.pump import Pump

if TYPE_CHECKING:
    from remora.channel.channel import Channel

T = TypeVar("T")


async def on_portal(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the portal's loop and await it here; a cancellation waits for its clean-up."""
    submitted = portal.submit(coroutine)
    finished = asyncio.wrap_future(submitted)
    try:
        await asyncio.wait([finished])
    except asyncio.CancelledError:
        submitted.cancel()
        await asyncio.wait([finished])
        finished.exception()  # seen: the cancellation is what the caller gets
        raise
    return finished.result()


class SharedCaller:
    """A `Caller` whose calls are made on the portal's loop.

    Args:
        channel: Gives the channel of the portal's loop; called there.
    """

    def __init__(self, channel: Callable[[], Channel]) -> None:
        self._channel = channel

    async def unary_unary(
        self,
        method: Method[Req, Res],
        request: Req,
        *,
        timeout: float | None = None,
        metadata: Metadata | None = None,
    ) -> Res:
        """Send one request, wait for one response."""

        async def call() -> Res:
            return await self._channel().unary_unary(method, request, timeout=timeout, metadata=metadata)

        return await on_portal(call())

    def unary_stream(
        self,
        method: Method[Req, Res],
        request: Req,
        *,
        timeout: float | None = None,
        metadata: Metadata | None = None,
    ) -> ResponseStream[Res]:
        """Send one request, iterate over responses."""
        return SharedResponses(
            lambda: self._channel().unary_stream(method, request, timeout=timeout, metadata=metadata)
        )

    async def stream_unary(
        self,
        method: Method[Req, Res],
        requests: Iterable[Req] | AsyncIterable[Req],
        *,
        timeout: float | None = None,
        metadata: Metadata | None = None,
    ) -> Res:
        """Send requests as they come, wait for one response."""
        carried = _carried(requests)

        async def call() -> Res:
            return await self._channel().stream_unary(method, carried, timeout=timeout, metadata=metadata)

        return await on_portal(call())

    def stream_stream(
        self,
        method: Method[Req, Res],
        requests: Iterable[Req] | AsyncIterable[Req],
        *,
        timeout: float | None = None,
        metadata: Metadata | None = None,
    ) -> ResponseStream[Res]:
        """Send requests as they come, iterate over responses meanwhile."""
        carried = _carried(requests)
        return SharedResponses(
            lambda: self._channel().stream_stream(method, carried, timeout=timeout, metadata=metadata)
        )


class LoopFlag:
    """Wakes up a reader on an event loop, from another thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._event = asyncio.Event()
        self._set = False

    def set(self) -> None:
        """Wake the reader up."""
        self._set = True
        with contextlib.suppress(RuntimeError):  # the reader's loop has closed
            self._loop.call_soon_threadsafe(self._event.set)

    def clear(self) -> None:
        """Note that the reader is about to look for items."""
        self._set = False
        self._event.clear()

    def is_set(self) -> bool:
        """Whether the reader was woken up since it last looked."""
        return self._set

    async def wait(self) -> None:
        """Wait until the flag is set."""
        await self._event.wait()


class _Open(Generic[Res]):
    """The stream of a call on the portal's loop, and the generator that reads it there."""

    def __init__(self, begin: Callable[[], ResponseStream[Res]]) -> None:
        self.stream: ResponseStream[Res] | None = None
        self._begin = begin

    async def read(self) -> AsyncGenerator[Res, None]:
        self.stream = self._begin()
        async with self.stream as responses:
            async for response in responses:
                yield response


class SharedResponses(ResponseStream[Res]):
    """Responses of a call on the portal's loop, read on the caller's.

    Args:
        begin: Makes the call; called on the portal's loop.
    """

    def __init__(self, begin: Callable[[], ResponseStream[Res]]) -> None:
        self._open = _Open(begin)
        self._wake = LoopFlag(asyncio.get_running_loop())
        self._pump: Pump[Res] = Pump(self._open.read(), self._wake)

    async def __anext__(self) -> Res:
        pump = self._pump
        while (more := pump.look()) is None:
            await self._wake.wait()
        if self._open.stream is not None:
            self.initial_metadata = self._open.stream.initial_metadata
            self.trailing_metadata = self._open.stream.trailing_metadata
        if more:
            item = pump.items.popleft()
            if pump.paused:
                pump.resume()
            return item
        error = pump.take_error()
        if error is not None:
            raise error
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Stop the call; the server is told if it is still at work."""
        self._pump.cancel()
        self._pump.drop()

    def __del__(self) -> None:
        pump: Pump[Res] | None = getattr(self, "_pump", None)
        if pump is not None:
            pump.cancel()


def _carried(requests: Iterable[Req] | AsyncIterable[Req]) -> Iterable[Req] | AsyncIterable[Req]:
    """Requests for the portal's loop; an asynchronous iterator is still read on the caller's loop, where it belongs."""
    if isinstance(requests, AsyncIterable):
        return _read_on(asyncio.get_running_loop(), requests)
    return requests


async def _read_on(loop: asyncio.AbstractEventLoop, requests: AsyncIterable[Req]) -> AsyncGenerator[Req, None]:
    iterator = requests.__aiter__()

    async def step() -> tuple[Req, ...]:
        try:
            return (await iterator.__anext__(),)
        except StopAsyncIteration:
            return ()

    while True:
        got = await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(step(), loop))
        if not got:
            return
        yield got[0]
