"""Ending to listen without forgetting a connection that has just been accepted."""

from __future__ import annotations

import asyncio
import contextlib

# From a socket that was accepted to the coroutine that serves it: transport, protocol, task.
_TURNS = 3


async def stop_listening(*servers: asyncio.AbstractServer) -> None:
    """Close servers of asyncio; when this returns, all connections that they have accepted have reached their handlers.

    `close` alone forgets a socket that the event loop has accepted in its turn before: no transport can be made for a
    server that is closed, and the other side waits until the socket is garbage.

    Args:
        servers: The servers. Closing one again does no harm. They are closed also when this is cancelled.
    """
    loop = asyncio.get_running_loop()
    listening = [each for server in servers if isinstance(server, asyncio.Server) for each in server.sockets]
    try:
        with contextlib.suppress(NotImplementedError):  # a proactor has no readers, and accepts in another way
            for each in listening:
                loop.remove_reader(each.fileno())
        for _ in range(_TURNS if listening else 0):
            await asyncio.sleep(0)
    finally:
        for server in servers:
            server.close()
