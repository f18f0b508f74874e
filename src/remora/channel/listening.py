"""Ending to listen without forgetting a connection that has just been accepted."""

from __future__ import annotations

import asyncio
import contextlib

# From a socket that was accepted to the coroutine that serves it: transport, protocol, task.
_TURNS = 3


async def stop_listening(server: asyncio.AbstractServer) -> None:
    """Close a server of asyncio; when this returns, all connections that it has accepted have reached their handlers.

    `close` alone forgets a socket that the event loop has accepted in its turn before: no transport can be made for a
    server that is closed, and the other side waits until the socket is garbage.

    Args:
        server: The server. Closing it again does no harm.
    """
    if isinstance(server, asyncio.Server) and server.sockets:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(NotImplementedError):  # a proactor has none, and accepts in another way
            for listening in server.sockets:
                loop.remove_reader(listening.fileno())
        for _ in range(_TURNS):
            await asyncio.sleep(0)
    server.close()
