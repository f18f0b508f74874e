"""The response stream of a call, and the sending side of calls that stream requests."""

from __future__ import annotations

import asyncio
import contextlib
from abc import abstractmethod
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any, Generic

from remora.errors import RpcError

from .broken import StreamBroken
from .frames import BURST
from .method import Req, Res, ResponseStream

if TYPE_CHECKING:
    from .attempt import Attempt
    from .call import Call


class Sender(Generic[Req]):
    """Sends the requests of a call while its responses are read.

    Args:
        call: The call.
        attempt: An open attempt of it.
        requests: What to send. It is closed at the end if it can be.
    """

    def __init__(
        self, call: Call[Req, Any], attempt: Attempt[Req, Any], requests: Iterable[Req] | AsyncIterable[Req]
    ) -> None:
        self.error: Exception | None = None
        self._attempt = attempt
        self._task = asyncio.get_running_loop().create_task(self._send(call, requests))

    async def _send(self, call: Call[Req, Any], requests: Iterable[Req] | AsyncIterable[Req]) -> None:
        count = 0
        try:
            async for request in _each(requests):
                if not await self._attempt.send(call.encode(request), end=False):
                    return
                count += 1
                if count % BURST == 0:
                    await asyncio.sleep(0)
            await self._attempt.send_end()
        except RpcError:
            pass  # whoever reads the responses sees it too
        except Exception as error:  # the caller's iterator failed, or gave something that is not a request
            self.error = error
            self._attempt.fail(StreamBroken("the caller's requests ended with an error"))
        finally:
            close: Callable[[], Awaitable[None]] | None = getattr(requests, "aclose", None)
            if close is not None:
                await close()

    def cancel(self) -> None:
        """Stop sending, without waiting."""
        self._task.cancel()

    async def stop(self) -> None:
        """Stop sending, and wait until the caller's iterator is closed."""
        self._task.cancel()
        await asyncio.wait([self._task])


async def _each(requests: Iterable[Req] | AsyncIterable[Req]) -> AsyncIterator[Req]:
    if isinstance(requests, AsyncIterable):
        async for request in requests:
            yield request
    else:
        for request in requests:
            yield request


class CallResponses(ResponseStream[Res]):
    """Responses of one call.

    A read that is cancelled, such as by `asyncio.wait_for`, loses nothing: the next read goes on where it was.
    """

    def __init__(self) -> None:
        self._attempt: Attempt[Any, Res] | None = None
        self._sender: Sender[Any] | None = None
        self._call: Call[Any, Res] | None = None
        self._loop = asyncio.get_running_loop()
        self._finished = False

    @abstractmethod
    async def _first(self) -> Res | None:
        """Start the call, set `_attempt`, and give the first response; None if there is none."""

    async def __anext__(self) -> Res:
        if self._finished:
            raise StopAsyncIteration
        try:
            message = await (self._first() if self._attempt is None else self._attempt.receive())
            assert self._attempt is not None
            self.initial_metadata = self._attempt.initial_metadata
            if message is None:
                await self._attempt.finish()
        except Exception as error:
            sender = self._sender
            if self._call is not None and self._attempt is not None:
                self._call.note(error, self._attempt)
            self._end()
            if sender is not None and sender.error is not None:
                raise sender.error from error
            raise
        if message is None:
            self._end()
            raise StopAsyncIteration
        return message

    async def aclose(self) -> None:
        """Stop the call; the server is told if it is still at work."""
        sender = self._sender
        self._end()
        if sender is not None:
            await sender.stop()

    def _end(self) -> None:
        self._finished = True
        attempt, self._attempt = self._attempt, None
        sender, self._sender = self._sender, None
        if attempt is not None:
            self.initial_metadata = attempt.initial_metadata
            self.trailing_metadata = attempt.trailing_metadata
        _let_go(attempt, sender)

    def __del__(self) -> None:
        # A stream that is dropped unfinished is given back by its own loop, whatever thread this finalizer runs on.
        if getattr(self, "_attempt", None) is not None:
            with contextlib.suppress(RuntimeError):  # the loop has closed, and the connection with it
                self._loop.call_soon_threadsafe(_let_go, self._attempt, self._sender)


def _let_go(attempt: Attempt[Any, Any] | None, sender: Sender[Any] | None) -> None:
    if sender is not None:
        sender.cancel()
    if attempt is not None:
        attempt.close()


class UnaryResponses(CallResponses[Res]):
    """Responses to one request: the call is repeated, if that is safe, until its first response.

    Args:
        start: Makes the call's plan; its deadline counts from then.
        request: The request.
    """

    def __init__(self, start: Callable[[], Call[Req, Res]], request: Req) -> None:
        super().__init__()
        self._start: Callable[[], Call[Any, Res]] = start
        self._request: Any = request

    async def _first(self) -> Res | None:
        call = self._call = self._start()
        body = call.encode(self._request)
        while True:
            attempt = call.attempt()
            try:
                await attempt.open(more=True)
                await attempt.send(body, end=True)
                message = await attempt.receive()
                if message is None:
                    await attempt.finish()
            except RpcError as error:
                attempt.close()
                if not await call.again(error, attempt):
                    self._attempt = attempt  # its headers and trailers can be asked for
                    raise
            except BaseException:
                attempt.close()
                raise
            else:
                self._attempt = attempt
                return message


class DuplexResponses(CallResponses[Res]):
    """Responses to a stream of requests: only connecting is repeated, because requests can be read only once.

    Args:
        start: Makes the call's plan; its deadline counts from then.
        requests: The requests.
    """

    def __init__(self, start: Callable[[], Call[Req, Res]], requests: Iterable[Req] | AsyncIterable[Req]) -> None:
        super().__init__()
        self._start: Callable[[], Call[Any, Res]] = start
        self._requests: Any = requests

    async def _first(self) -> Res | None:
        call = self._call = self._start()
        self._attempt = await call.opened()
        self._sender = Sender(call, self._attempt, self._requests)
        return await self._attempt.receive()
