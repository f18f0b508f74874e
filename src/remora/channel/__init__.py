"""Carrying calls: facts about methods, a channel per event loop, a server for generated server bases.

The names here are loaded when they are first used, because most of them need grpclib.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .channel import Channel
    from .endpoint import Endpoint, parse_endpoint
    from .method import Caller, Metadata, Method, ResponseStream, Shape
    from .options import ChannelOptions, RetryPolicy

_HOMES = {
    "Caller": "method",
    "Channel": "channel",
    "ChannelOptions": "options",
    "Endpoint": "endpoint",
    "Metadata": "method",
    "Method": "method",
    "ResponseStream": "method",
    "RetryPolicy": "options",
    "Shape": "method",
    "parse_endpoint": "endpoint",
}

__all__ = [
    "Caller",
    "Channel",
    "ChannelOptions",
    "Endpoint",
    "Metadata",
    "Method",
    "ResponseStream",
    "RetryPolicy",
    "Shape",
    "parse_endpoint",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
