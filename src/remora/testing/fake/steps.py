"""What a fake server does with one call: the steps that a program is made of."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from remora.errors import RpcError

Res = TypeVar("Res")


class Dropped(Exception):
    """The program wants the connection to break now."""


@dataclass(frozen=True)
class Step(Generic[Res]):
    """One answer, from its beginning to its end.

    Attributes:
        responses: Messages to send.
        function: What makes the messages instead, from the request (of a client that streams: from the list of all).
        live: The function takes the requests of a client that streams while they come, as an async iterator.
        delay: Seconds before the first message, or before the failure.
        error: Status with which the call ends; None for success.
        drop: Break the connection in place of ending the call.
        hold: Keep the stream open after the messages, until the client leaves.
        trailers: Trailing metadata.
    """

    responses: Iterable[Res] = ()
    function: Callable[[Any], Any] | None = None
    live: bool = False
    delay: float = 0.0
    error: RpcError | None = None
    drop: bool = False
    hold: bool = False
    trailers: dict[str, str | bytes] = field(default_factory=dict)

    async def messages(self, argument: Any) -> AsyncIterator[Res]:
        """The messages, and then the end that was asked for.

        Args:
            argument: The request; of a client that streams, the list of its requests, or their iterator if `live`.

        Raises:
            RpcError: The call is to end with its status.
            Dropped: The connection is to break.
        """
        if self.delay:
            await asyncio.sleep(self.delay)
        made = await self._made(argument)
        if isinstance(made, AsyncIterable):
            async for message in made:
                yield message
        else:
            for message in made:
                yield message
        if self.drop:
            raise Dropped
        if self.error is not None:
            raise self.error
        if self.hold:
            await asyncio.get_running_loop().create_future()

    async def _made(self, argument: Any) -> Iterable[Res] | AsyncIterable[Res]:
        if self.function is None:
            return self.responses
        made = self.function(argument)
        found: Iterable[Res] | AsyncIterable[Res] = await made if inspect.isawaitable(made) else made
        return found
