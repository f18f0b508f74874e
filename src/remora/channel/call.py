"""One call with all its attempts: its deadline, its headers, and whether it may be made again."""

from __future__ import annotations

import asyncio
import math
import os
from typing import TYPE_CHECKING, Any, Generic

from remora.errors import EncodeError, RpcError, StatusCode, ValidationError

from .attempt import Attempt
from .codec import CODEC
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
        self._deadline = asyncio.get_running_loop().time() + seconds if limited else None
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
        """Wait before the next attempt; False, at once, if there should be none."""
        return error.retriable and await self._retries.pause(attempt.pushback())
