"""What the programs of the fragments share: a real server for some services, and a channel to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from remora.channel import Channel
from remora.channel.server import serve
from remora.contract.v1.messages import Message
from remora.contract.v1.services import ServerBase

M = TypeVar("M", bound=Message)


@asynccontextmanager
async def calling(*services: ServerBase) -> AsyncIterator[Channel]:
    """Serve on a free loopback port for the time of the block; gives a channel to call with."""
    async with await serve(services) as server:
        channel = Channel(server.endpoint)
        try:
            yield channel
        finally:
            channel.close()


def again(message: M) -> M:
    """The message after a trip through bytes and through JSON; both must give the same."""
    parsed = type(message).parse(bytes(message))
    read = type(message).from_json(message.to_json())
    assert parsed == message, (parsed, message)
    assert read == message, (read, message)
    return parsed


def run(program: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a program and say that it came to its end."""
    asyncio.run(program())
    print("done")
