"""The channels of one client: one for each event loop that makes calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remora.channel.channel import Channel
from remora.dual.per_loop import PerLoop

from .login import credentials_for

if TYPE_CHECKING:
    from remora.channel.channel import HeaderSource
    from remora.channel.credentials import Credentials
    from remora.channel.method import Caller
    from remora.channel.options import ChannelOptions
    from remora.config import Config

    from .login import Method


class Channels:
    """Makes and keeps the channels of a client.

    Args:
        config: Where to connect, and how.
        options: Behaviour of channels.
        metadata: Headers of every call.
        method: The way to log in, if the program gave it as an object.
        shared: Make all calls on the portal's event loop.
    """

    def __init__(
        self,
        config: Config,
        options: ChannelOptions,
        metadata: HeaderSource | None,
        method: Method | None,
        *,
        shared: bool,
    ) -> None:
        security = config.security
        tls = security.h2_context() if config.endpoint.tls else None
        proxy = security.proxy(config.endpoint)

        def open_channel(headers: HeaderSource | None, credentials: Credentials | None = None) -> Channel:
            return Channel(
                config.endpoint, options=options, tls=tls, proxy=proxy, headers=headers, credentials=credentials
            )

        credentials = credentials_for(config, method, open_channel)

        def make() -> Channel:
            return open_channel(metadata, credentials)

        self._channels: PerLoop[Channel] = PerLoop(make, Channel.close)
        self._shared = shared

    def caller(self) -> Caller:
        """The channel of the running event loop."""
        if self._shared:
            from remora.dual.portal import portal

            if not portal.is_here():
                from .shared import SharedCaller

                return SharedCaller(self._channels.get)
        return self._channels.get()

    def close(self) -> None:
        """Close all channels, each on its own loop."""
        self._channels.close()
