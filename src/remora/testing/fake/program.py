"""Programming one method of a fake server, and asking it what it received."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from remora.errors import Unimplemented
from remora.testing.fake.received import WAIT_SECONDS, Received
from remora.testing.fake.steps import Step

if TYPE_CHECKING:
    from typing_extensions import Self

    from remora.channel.method import Method
    from remora.errors import RpcError

Req = TypeVar("Req")
Res = TypeVar("Res")


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

    def forget(self) -> Self:
        """Forget what the method was told, and the calls that came."""
        with self._changed:
            self.calls = []
            self._steps = []
        return self

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

    def _check(self, response: object) -> None:
        if not isinstance(response, self.method.response_type):
            verb = "streams" if self.method.shape.server_streaming else "answers with"
            wanted = self.method.response_type.__name__
            raise TypeError(f"{self.method.name} {verb} {wanted}, not {type(response).__name__}")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.method.name}, {len(self.calls)} calls>"
