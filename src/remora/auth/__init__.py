"""Logging in: which methods there are, tokens and where they are kept, channels that carry them.

Nothing here is loaded before a client needs it; the names are loaded when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .connect import ChannelKeywords as ChannelKeywords
    from .connect import create_channel as create_channel
    from .metadata import auth_metadata as auth_metadata
    from .metadata import get_auth_metadata as get_auth_metadata
    from .methods import AuthMethod as AuthMethod
    from .methods import ClientSecret as ClientSecret
    from .methods import DeviceFlow as DeviceFlow
    from .methods import ExternalCommand as ExternalCommand
    from .methods import Passthrough as Passthrough
    from .methods import Pkce as Pkce
    from .rpc_login import RpcLogin as RpcLogin

_HOMES = {
    "AuthMethod": "methods",
    "ChannelKeywords": "connect",
    "ClientSecret": "methods",
    "DeviceFlow": "methods",
    "ExternalCommand": "methods",
    "Passthrough": "methods",
    "Pkce": "methods",
    "RpcLogin": "rpc_login",
    "auth_metadata": "metadata",
    "create_channel": "connect",
    "get_auth_metadata": "metadata",
}

__all__ = [
    "AuthMethod",
    "ChannelKeywords",
    "ClientSecret",
    "DeviceFlow",
    "ExternalCommand",
    "Passthrough",
    "Pkce",
    "RpcLogin",
    "auth_metadata",
    "create_channel",
    "get_auth_metadata",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
