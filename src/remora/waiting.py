"""Waiting until a thing is in a state, by asking again and again or over a stream."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

from remora.channel.deadline import within
from remora.errors import Internal, RpcError, ValidationError, WaitFailed, WaitTimeout
from remora.resume import LOST, pause_after

if TYPE_CHECKING:
    from remora.channel.method import ResponseStream

Res = TypeVar("Res")
S = TypeVar("S")

GIVE_UP = 60.0
"""Seconds without an answer, with errors that may pass, after which the error is raised."""


class Wait(Generic[Res, S]):
    """What is waited for.

    Args:
        what: Public dotted name of the method, for errors.
        state: The state that an answer shows.
        until: States that end the wait well.
        failed: States that end it with an error.
        reached: Whether a state ends the wait well; beside `until`.
        reason: Why a thing is in a failed state, as the answer says.
        error: Makes the error for a failed state out of a message; `WaitFailed` otherwise.
    """

    def __init__(
        self,
        what: str,
        state: Callable[[Res], S],
        *,
        until: Collection[S] = (),
        failed: Collection[S] = (),
        reached: Callable[[S], bool] | None = None,
        reason: Callable[[Res], str] | None = None,
        error: Callable[[str], Exception] | None = None,
    ) -> None:
        self._what = what
        self._state = state
        self._until = until
        self._failed = failed
        self._reached = reached
        self._reason = reason
        self._error = error
        self._last: Res | None = None

    async def poll(self, fetch: Callable[[], Awaitable[Res]], *, interval: float, timeout: float | None) -> Res:
        """Ask until the state is there.

        Args:
            fetch: Asks once.
            interval: Seconds between two questions.
            timeout: Seconds for all of it; None for no limit.

        Raises:
            ValidationError: `interval` is negative.
            WaitTimeout: The state is not there in time.
            WaitFailed: The thing is in a state that it does not leave any more.
            RpcError: The server refuses to answer.
        """
        if not interval >= 0:
            raise ValidationError(f"poll_interval must not be negative, got {interval}", field="poll_interval")
        return await self._within(self._poll(fetch, interval), timeout)

    async def watch(self, start: Callable[[], ResponseStream[Res]], *, timeout: float | None) -> Res:
        """Read a stream until the state is there; a stream that is lost, or ends before, is started again.

        Args:
            start: Starts the stream.
            timeout: Seconds for all of it; None for no limit.

        Raises:
            WaitTimeout: The state is not there in time.
            WaitFailed: The thing is in a state that it does not leave any more.
            RpcError: The server refuses to answer.
        """
        return await self._within(self._watch(start), timeout)

    async def _poll(self, fetch: Callable[[], Awaitable[Res]], interval: float) -> Res:
        clock = asyncio.get_running_loop().time
        heard = clock()
        while True:
            try:
                answer = await fetch()
            except RpcError as error:
                if error.code not in LOST or clock() - heard >= GIVE_UP:
                    raise
            else:
                heard = clock()
                if self._ends(answer):
                    return answer
            await asyncio.sleep(interval)

    async def _watch(self, start: Callable[[], ResponseStream[Res]]) -> Res:
        clock = asyncio.get_running_loop().time
        heard, failures = clock(), 0
        while True:
            try:
                async with start() as answers:
                    async for answer in answers:
                        heard, failures = clock(), 0
                        if self._ends(answer):
                            return answer
                if clock() - heard >= GIVE_UP:
                    raise Internal(f"the stream of {self._what}() ended again and again before the state was there")
            except RpcError as error:
                if error.code not in LOST or clock() - heard >= GIVE_UP:
                    raise
            failures += 1
            await asyncio.sleep(pause_after(failures))

    def _ends(self, answer: Res) -> bool:
        self._last = answer
        state = self._state(answer)
        if state in self._until or (self._reached is not None and self._reached(state)):
            return True
        if state in self._failed:
            self._fail(answer, state)
        return False

    def _fail(self, answer: Res, state: S) -> NoReturn:
        reason = self._reason(answer) if self._reason is not None else ""
        message = f"{self._what}() ended in {_text(state)}{f': {reason}' if reason else ''}"
        if self._error is not None:
            raise self._error(message)
        raise WaitFailed(message, state=_text(state), details=answer)

    async def _within(self, waiting: Coroutine[Any, Any, Res], timeout: float | None) -> Res:
        try:
            return await within(timeout, waiting)
        except asyncio.TimeoutError as error:
            if isinstance(error, RpcError):  # the deadline of a single call, which is a TimeoutError, too
                raise
        state = "" if self._last is None else _text(self._state(self._last))
        seen = f"it is {state}" if state else "nothing was heard of it"
        raise WaitTimeout(
            f"{self._what}() took longer than {timeout:g} s; {seen}",
            phase=state,
            details=self._last,
            hint="what is waited for goes on; wait again, or longer with timeout=",
        )


def _text(state: object) -> str:
    return str(getattr(state, "name", None) or state)
