"""Which client a call uses when none is given: the current one of this context, else the default one."""

from __future__ import annotations

import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING

from remora.errors import ConfigError

if TYPE_CHECKING:
    from .client import Client

_entered: ContextVar[tuple[Client, ...]] = ContextVar("remora_clients", default=())
_lock = threading.Lock()
_default: Client | None = None


def enter(client: Client) -> None:
    """Make a client the current one of this context."""
    _entered.set((*_entered.get(), client))


def leave(client: Client) -> None:
    """Undo the latest `enter` of this client in this context."""
    clients = _entered.get()
    for index in range(len(clients) - 1, -1, -1):
        if clients[index] is client:
            _entered.set(clients[:index] + clients[index + 1 :])
            return


def set_default(client: Client) -> None:
    """Make a client the one that is used where no other is current."""
    global _default
    with _lock:
        _default = client


def resolve_client(client: Client | None) -> Client:
    """Find the client of a call: the given one, else the current one (`with client:`), else that of `remora.init`.

    Args:
        client: The client that the caller named, if any.

    Raises:
        ConfigError: There is none of the three.
    """
    if client is not None:
        return client
    entered = _entered.get()
    if entered:
        return entered[-1]
    if _default is not None:
        return _default
    raise ConfigError(
        "no client: nothing says which endpoint to talk to",
        hint='call remora.init("https://flyte.example.com", project=..., domain=...) once, or pass client=',
    )
