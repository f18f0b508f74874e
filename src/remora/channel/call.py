"""One call with all its attempts: its deadline, its headers, and whether it may be made again."""

from __future__ import annotations

import asyncio
import math
import os
from typing import TYPE_CHECKING, Any, Generic

from remora.errors import AuthError, EncodeError, RpcError, StatusCode, ValidationError

from .attempt import Attempt
from .codec import CODEC
from .deadline import Deadline, within
from .failures import CallFacts
from .method import Metadata, Method, Req, Res
from .retry import Retries

if TYPE_CHECKING:
    from .channel import Channel

REQUEST_ID = "x-request-id"


class Call(Generic[Req, Res]):
    """What stays the same over the attempts of one call.

    Args:
        channel: What gives connections.
        method: The method.
        timeout: Seconds that the caller gave, or None.
        default: Seconds if the caller gave none.
        metadata: Headers that the caller gave.

    Raises:
        ValidationError: `timeout` is not a number.
        DeadlineExceeded: `timeout` leaves no time at all.
    """

    def __init__(
        self,
        channel: Channel,
        method: Method[Req, Res],
        timeout: float | None,
        default: float,
        metadata: Metadata | None,
    ) -> None:
        seconds = default if timeout is None else timeout
        if math.isnan(seconds):
            raise ValidationError("timeout must be a number of seconds, not NaN", field="timeout")
        limited = seconds != math.inf
        self.method = method
        self._channel = channel
        self._metadata: Metadata = metadata or {}
        given = self._metadata.get(REQUEST_ID)
        self.facts = CallFacts(
            method,
            channel.endpoint.url,
            given if isinstance(given, str) else os.urandom(16).hex(),
            seconds if limited else None,
        )
        if seconds <= 0:
            raise self.facts.deadline_exceeded()
        end = asyncio.get_running_loop().time() + seconds if limited else None
        self._deadline = Deadline(end, strict=timeout is not None)
        self._renewed = False
        self._retries = Retries(channel.options.retry, self._deadline)

    def encode(self, request: Any) -> bytes:
        """Turn a request into bytes, and check it against the validation rules of the protos.

        Raises:
            EncodeError: It is not what the method takes, or a field does not fit its type.
            ValidationError: It breaks a rule, so that the server would refuse it.
        """
        try:
            content = CODEC.encode(request, self.method.request_type)
            if self._channel.options.validate:
                request.validate()
        except EncodeError as error:
            raise EncodeError(f"{self.method.name}: {error.message}", hint=error.hint) from error
        except ValidationError as error:
            text = f"{self.method.name}: {error.message}"
            raise ValidationError(text, field=error.field, rule=error.rule, hint=error.hint) from error
        return content

    def attempt(self) -> Attempt[Req, Res]:
        """A new attempt."""
        return Attempt(self._channel, self.method, self.facts, self._deadline, self._metadata)

    async def opened(self) -> Attempt[Req, Res]:
        """An attempt whose headers were sent, for calls whose requests can be sent only once."""
        while True:
            attempt = self.attempt()
            try:
                await attempt.open()
            except RpcError as error:
                attempt.close()
                if not await self.again(error, attempt):
                    raise
            except BaseException:
                attempt.close()
                raise
            else:
                return attempt

    async def single(self, attempt: Attempt[Req, Res]) -> Res:
        """The one response of a call that has one."""
        message = await attempt.receive()
        another = None if message is None else await attempt.receive()
        await attempt.finish()
        if message is None or another is not None:
            what = "no response" if message is None else "more than one response"
            raise self.facts.error(StatusCode.INTERNAL, f"the server reported success, and sent {what}")
        return message

    async def again(self, error: RpcError, attempt: Attempt[Req, Res]) -> bool:
        """Get ready for the next attempt; False, at once, if there should be none.

        After UNAUTHENTICATED there is one, once, if other credentials can be had; after a failure that does no harm
        when it is repeated there is one after a pause.

        Raises:
            AuthError: Other credentials are needed and cannot be had.
        """
        if error.code == StatusCode.UNAUTHENTICATED:
            return await self._renew(error, attempt)
        return error.retriable and await self._retries.pause(attempt.pushback())

    async def _renew(self, error: RpcError, attempt: Attempt[Req, Res]) -> bool:
        credentials, granted, deadline = self._channel.credentials, attempt.granted, self._deadline
        if credentials is None or granted is None or self._renewed:
            return False
        self._renewed = True
        loop = asyncio.get_running_loop()
        began = loop.time()
        patient = credentials.asks_a_person and not deadline.strict
        try:
            renewed = await within(None if patient else deadline.left(began), credentials.renew(granted))
        except AuthError as failure:
            raise failure from error
        except asyncio.TimeoutError:
            raise self.facts.deadline_exceeded() from error
        if patient:
            deadline.put_off(loop.time() - began)
        return renewed

    def note(self, error: Exception, attempt: Attempt[Req, Res]) -> None:
        """Remember, for the next call, that this one was not let in. It cannot be repeated itself any more."""
        credentials, granted = self._channel.credentials, attempt.granted
        refused = isinstance(error, RpcError) and error.code == StatusCode.UNAUTHENTICATED
        if refused and not self._renewed and credentials is not None and granted is not None:
            credentials.reject(granted)
