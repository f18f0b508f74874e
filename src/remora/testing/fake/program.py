"""Programming one method of a fake server, and asking it what it received."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from remora.errors import Unimplemented
from remora.testing.fake.steps import Step

if TYPE_CHECKING:
    from typing_extensions import Self

    from remora.channel.method import Metadata, Method
    from remora.errors import RpcError

Req = TypeVar("Req")
Res = TypeVar("Res")

WAIT_SECONDS = 10.0
"""How long `wait_for_calls` and `wait_until_over` wait by default."""


class Received(Generic[Req]):
    """One call that came.

    Attributes:
        requests: The request messages, in order; a client that streams adds to them until it is done.
        metadata: Request headers, without those of the transport.
        deadline: Seconds that the call had when it came; None without a deadline.
        cancelled: The client left before the answer was complete. Ask when the call is over.
    """

    def __init__(self, metadata: Metadata, deadline: float | None) -> None:
        self.requests: list[Req] = []
        self.metadata = metadata
        self.deadline = deadline
        self.cancelled = False
        self._over = threading.Event()

    @property
    def request(self) -> Req:
        """The one request.

        Raises:
            AssertionError: The client sent none, or several.
        """
        if len(self.requests) != 1:
            raise AssertionError(f"the call has {len(self.requests)} request messages, not one")
        return self.requests[0]

    def wait_until_over(self, timeout: float = WAIT_SECONDS) -> Self:
        """Wait until the server has done with the call, which is a moment after the client has.

        It blocks; in async code, where it would block the client too, use `until_over`.

        Args:
            timeout: Seconds to wait at most.

        Raises:
            AssertionError: It goes on.
        """
        if not self._over.wait(timeout):
            raise AssertionError(f"the call is not over after {timeout:g} s")
        return self

    async def until_over(self, timeout: float = WAIT_SECONDS) -> Self:
        """`wait_until_over` for async code.

        Args:
            timeout: Seconds to wait at most.
        """
        return await asyncio.to_thread(self.wait_until_over, timeout)

    def _end(self) -> None:
        self._over.set()

    def __repr__(self) -> str:
        return f"Received({', '.join(map(repr, self.requests))})"


class Program(Generic[Req, Res]):
    """What a method does, call by call, and the calls that came.

    Every `answer`, `answer_with`, `stream`, `fail` and `drop` is for one call; the last one is for all calls after it.

    Attributes:
        calls: The calls so far, in the order in which they came.
    """

    def __init__(self, method: Method[Req, Res]) -> None:
        self.method = method
        self.calls: list[Received[Req]] = []
        self._steps: list[Step[Res]] = []
        self._changed = threading.Condition()

    def fail(self, error: RpcError, *, delay: float = 0.0, trailers: Mapping[str, str | bytes] | None = None) -> Self:
        """End a call with a status.

        Args:
            error: The status and its message, such as `errors.NotFound("no such book")`.
            delay: Seconds to wait before.
            trailers: Trailing metadata to send along.

        Example:
            >>> fake.on(LibraryBase.get_book).fail(errors.Unavailable("try again")).answer(book)  # doctest: +SKIP
        """
        return self._then(Step(error=error, delay=delay, trailers=dict(trailers or {})))

    def drop(self, *, delay: float = 0.0) -> Self:
        """Break the connection without an answer, as a server that dies does. Other calls on it break too.

        Args:
            delay: Seconds before it.
        """
        return self._then(Step(drop=True, delay=delay))

    def wait_for_calls(self, count: int = 1, timeout: float = WAIT_SECONDS) -> list[Received[Req]]:
        """Wait until so many calls have come, and return all there are.

        It blocks; in async code, where it would block the client too, use `until_called`.

        Args:
            count: Calls to wait for.
            timeout: Seconds to wait at most.

        Raises:
            AssertionError: Fewer came in this time.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.calls) >= count, timeout):
                came = f"{len(self.calls)} of {count} calls"
                raise AssertionError(f"{came} of {self.method.name} came within {timeout:g} s")
            return list(self.calls)

    async def until_called(self, count: int = 1, timeout: float = WAIT_SECONDS) -> list[Received[Req]]:
        """`wait_for_calls` for async code.

        Args:
            count: Calls to wait for.
            timeout: Seconds to wait at most.
        """
        return await asyncio.to_thread(self.wait_for_calls, count, timeout)

    @property
    def requests(self) -> list[Req]:
        """The request messages of all calls."""
        return [request for call in self.calls for request in call.requests]

    def _then(self, step: Step[Any]) -> Self:
        with self._changed:
            self._steps.append(step)
        return self

    def _arrived(self, call: Received[Req]) -> Step[Res]:
        """Note a call; gives what to do with it."""
        with self._changed:
            self.calls.append(call)
            number = len(self.calls) - 1
            self._changed.notify_all()
            if not self._steps:
                raise Unimplemented(
                    f"the fake server has no answer for {self.method.name}: give it one with on(...).answer(...)",
                    method=self.method.name,
                )
            return self._steps[min(number, len(self._steps) - 1)]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.method.name}, {len(self.calls)} calls>"


class UnaryProgram(Program[Req, Res]):
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

    def answer_with(self, function: Callable[[Req], Res | Awaitable[Res]]) -> Self:
        """Answer what a function makes of the request.

        Args:
            function: Plain or async; takes the request (of a client that streams: the list of all its requests). An
                `RpcError` that it raises is the status of the call.
        """

        async def made(request: Req) -> list[Res]:
            found: Any = function(request)
            if hasattr(found, "__await__"):
                found = await found
            self._check(found)
            return [found]

        return self._then(Step(function=made))

    def _check(self, response: object) -> None:
        if not isinstance(response, self.method.response_type):
            wanted = self.method.response_type.__name__
            raise TypeError(f"{self.method.name} answers with {wanted}, not {type(response).__name__}")


class StreamProgram(Program[Req, Res]):
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
            if not isinstance(response, self.method.response_type):
                wanted = self.method.response_type.__name__
                raise TypeError(f"{self.method.name} streams {wanted}, not {type(response).__name__}")
        return self._then(
            Step(responses, delay=delay, error=error, drop=drop, hold=hold, trailers=dict(trailers or {}))
        )

    def stream_with(self, function: Callable[[Req], Iterable[Res] | Awaitable[Iterable[Res]]]) -> Self:
        """Answer the messages that a function makes of the request.

        Args:
            function: Plain or async; takes the request (of a client that streams: the list of all its requests).
        """
        return self._then(Step(function=function))
