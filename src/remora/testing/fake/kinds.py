"""What can be told to each of the four kinds of methods."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from remora.testing.fake.program import Program, Req, Res
from remora.testing.fake.steps import Step

if TYPE_CHECKING:
    from typing_extensions import Self

    from remora.channel.method import Shape
    from remora.errors import RpcError


class _Answers(Program[Req, Res]):
    """A method that answers once."""

    def answer(self, response: Res, *, delay: float = 0.0, trailers: Mapping[str, str | bytes] | None = None) -> Self:
        """Answer a call.

        Args:
            response: The message.
            delay: Seconds to wait before.
            trailers: Trailing metadata to send along.
        """
        self._check(response)
        return self._then(Step([response], delay=delay, trailers=dict(trailers or {})))

    def _answer_with(self, function: Callable[[Any], Any]) -> Self:
        async def made(argument: Any) -> list[Res]:
            found = function(argument)
            if hasattr(found, "__await__"):
                found = await found
            self._check(found)
            return [found]

        return self._then(Step(function=made))


class UnaryProgram(_Answers[Req, Res]):
    """A method that takes one request and answers once."""

    def answer_with(self, function: Callable[[Req], Res | Awaitable[Res]]) -> Self:
        """Answer what a function makes of the request.

        Args:
            function: Plain or async. An `RpcError` that it raises is the status of the call.
        """
        return self._answer_with(function)


class ClientStreamProgram(_Answers[Req, Res]):
    """A method that answers once, to a client that streams."""

    def answer_with(self, function: Callable[[list[Req]], Res | Awaitable[Res]]) -> Self:
        """Answer what a function makes of all requests.

        Args:
            function: Plain or async. An `RpcError` that it raises is the status of the call.
        """
        return self._answer_with(function)


class _Streams(Program[Req, Res]):
    """A method that answers with a stream."""

    def stream(
        self,
        *responses: Res,
        delay: float = 0.0,
        error: RpcError | None = None,
        drop: bool = False,
        hold: bool = False,
        trailers: Mapping[str, str | bytes] | None = None,
    ) -> Self:
        """Answer a call with messages.

        Args:
            *responses: The messages; none is a stream that ends at once.
            delay: Seconds to wait before the first one.
            error: Status after the messages; success when None.
            drop: Break the connection after the messages.
            hold: Keep the stream open after the messages, until the client leaves.
            trailers: Trailing metadata to send along.

        Raises:
            ValueError: The stream is to end in more than one way.
        """
        if (error is not None) + drop + hold > 1:
            raise ValueError("a stream ends in one way: choose one of error, drop and hold")
        for response in responses:
            self._check(response)
        return self._then(
            Step(responses, delay=delay, error=error, drop=drop, hold=hold, trailers=dict(trailers or {}))
        )


class StreamProgram(_Streams[Req, Res]):
    """A method that takes one request and answers with a stream."""

    def stream_with(
        self, function: Callable[[Req], Iterable[Res] | Awaitable[Iterable[Res]] | AsyncIterable[Res]]
    ) -> Self:
        """Answer the messages that a function makes of the request.

        Args:
            function: Plain or async, or an async generator, whose messages are sent as they come. An `RpcError` that
                it raises is the status of the call.
        """
        return self._then(Step(function=function))


class BidiProgram(_Streams[Req, Res]):
    """A method both of whose sides stream."""

    def stream_with(self, function: Callable[[AsyncIterator[Req]], AsyncIterable[Res]]) -> Self:
        """Answer the messages that a function makes of the requests, while they come.

        Args:
            function: An async generator, which takes the requests as an async iterator. The call ends when it ends,
                whether or not the client has sent its last request. An `RpcError` that it raises is the status of
                the call.

        Example:
            >>> async def echo(requests):  # doctest: +SKIP
            ...     async for request in requests:
            ...         yield Reply(text=request.text)
            >>> fake.on(ChatBase.talk).stream_with(echo)  # doctest: +SKIP
        """
        return self._then(Step(function=function, live=True))

    def answer_each(self, function: Callable[[Req], Res | Awaitable[Res]]) -> Self:
        """Answer each request, as soon as it comes, with what a function makes of it.

        Args:
            function: Plain or async. An `RpcError` that it raises is the status of the call.
        """

        async def answers(requests: AsyncIterator[Req]) -> AsyncIterator[Res]:
            async for request in requests:
                found: Any = function(request)
                if hasattr(found, "__await__"):
                    found = await found
                self._check(found)
                yield found

        return self.stream_with(answers)


def kind_of(shape: Shape) -> type[Program[Any, Any]]:
    """The class of the programs of a method."""
    if shape.server_streaming:
        return BidiProgram if shape.client_streaming else StreamProgram
    return ClientStreamProgram if shape.client_streaming else UnaryProgram
