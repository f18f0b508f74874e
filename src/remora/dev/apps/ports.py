"""Ports of apps: the one that a container names, and the one of this machine that stands for it."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Callable

from remora.dev.options import LOOPBACK
from remora_api.flyteidl2.core import Container

# What serverless containers listen on unless they say otherwise.
DEFAULT_PORT = 8080
_POLL = 0.02


def declared_port(container: Container) -> int:
    """The port that a container says it listens on."""
    return container.ports[0].container_port if container.ports else DEFAULT_PORT


def free_port(preferred: int) -> int:
    """A port that nobody listens on: the preferred one if that is possible."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no port is free")


def port_map(declared: int, actual: int) -> Callable[[str], str]:
    """Replaces the declared port, wherever it stands as a number of its own.

    `--port=8080` and `0.0.0.0:8080` are changed; `80800`, `v8080` and `1.8080` are not.
    """
    pattern = re.compile(rf"(?<![\w.]){declared}(?!\w|\.\d)")
    return lambda text: pattern.sub(str(actual), text)


async def listening(port: int) -> None:
    """Return when somebody accepts connections on a port of loopback."""
    while not await _accepts(port):  # noqa: ASYNC110 - nothing tells when a process begins to listen
        await asyncio.sleep(_POLL)


async def _accepts(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return False
    writer.close()
    return True
