"""What a client does about logins. The parts that do it are loaded when a server asks for one, or a setting does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

from remora.channel.credentials import Grant
from remora.errors import ConfigError

if TYPE_CHECKING:
    from typing import TypeAlias

    from remora.auth.methods import AuthMethod
    from remora.auth.rpc_login import RpcLogin
    from remora.channel.channel import Channel, HeaderSource
    from remora.channel.credentials import Credentials
    from remora.config import Config

AuthName: TypeAlias = "Literal['Pkce', 'DeviceFlow', 'ClientSecret', 'ExternalCommand', 'Passthrough']"
"""A way to log in by its name, with what else it needs from the other settings."""

Method: TypeAlias = "AuthMethod | RpcLogin"
"""A way to log in as an object: of `remora.auth`, or a login of a generated package."""

Auth: TypeAlias = "Method | AuthName"
"""A way to log in: an object, or a name."""


def auth_arguments(
    auth: Auth | None,
    api_key: str | None,
    client_id: str | None,
    client_secret: str | None,
    command: Sequence[str] | None,
) -> tuple[Method | None, dict[str, object]]:
    """The method that was given as an object, and arguments for the settings.

    Raises:
        ConfigError: An object was given, and something else that says who the client is.
    """
    arguments: dict[str, object] = {
        "auth_type": auth,
        "api_key": api_key,
        "client_id": client_id,
        "client_secret": client_secret,
        "command": command,
    }
    if auth is None or isinstance(auth, str):
        return None, arguments
    from remora.auth import methods
    from remora.auth.rpc_login import RpcLogin

    if not isinstance(auth, (methods.OAuth, methods.ExternalCommand, methods.Passthrough, RpcLogin)):
        raise ConfigError(
            f"auth must be a way to log in, not {type(auth).__name__}",
            hint='pass an object such as remora.auth.DeviceFlow(), or a name such as "DeviceFlow"',
        )
    kind = type(auth).__name__
    for name, value in arguments.items():
        if name != "auth_type" and value is not None:
            raise ConfigError(
                f"auth={kind}(...) contradicts {name}: both say who logs in", hint="leave out one of them"
            )
    if isinstance(auth, RpcLogin):
        # To the settings it is none of their logins: they have neither a provider nor anything to check.
        arguments["auth_type"] = "Passthrough"
        return auth, arguments
    arguments["auth_type"] = kind
    arguments["client_id"] = getattr(auth, "client_id", "") or None
    if isinstance(auth, methods.ClientSecret):
        from remora.config.secret import Secret

        arguments["client_secret"] = Secret(auth.client_secret)
    if isinstance(auth, methods.ExternalCommand):
        arguments["command"] = auth.command
    return auth, arguments


def chosen(config: Config) -> bool:
    """Whether a setting chose the way to log in; otherwise it is the default one."""
    return any(name == "auth_type" and source != "default" for name, _, source, _ in config.settings)


def check(config: Config) -> None:
    """Refuse settings with which no login can be made.

    Raises:
        ConfigError: Something is missing.
    """
    if chosen(config):
        from remora.auth.setup import method_of

        method_of(config)


def credentials_for(
    config: Config, method: Method | None, open_channel: Callable[[HeaderSource | None], Channel]
) -> Credentials | None:
    """The credentials of a client's calls, or None if it has none.

    If nothing chose a way to log in, a server has to ask for a login first. On the way to it tokens must be safe:
    without TLS to another machine there is no login that nobody chose.

    Args:
        config: Settings of the client.
        method: The method that was given as an object.
        open_channel: Makes a channel without credentials.
    """
    on_demand = method is None and not chosen(config)
    endpoint = config.endpoint
    if on_demand and not config.proxy_command and not endpoint.tls and not endpoint.is_loopback:
        return None

    def make() -> Credentials:
        from remora.auth.setup import Link, make_credentials, method_of

        return make_credentials(config, method or method_of(config), Link(open_channel), on_demand=on_demand)

    return OnDemand(make) if on_demand and not config.proxy_command else make()


class OnDemand:
    """No credentials until a server asks for some.

    Args:
        make: Makes the credentials.
    """

    def __init__(self, make: Callable[[], Credentials]) -> None:
        self._make = make
        self._made: Credentials | None = None
        self._lock = threading.Lock()

    @property
    def asks_a_person(self) -> bool:
        """Getting a grant may wait for someone to log in."""
        return self._made is None or self._made.asks_a_person

    def ready(self) -> Grant | None:
        """The headers of an attempt if they are there already."""
        return Grant({}) if self._made is None else self._made.ready()

    async def grant(self) -> Grant:
        """The headers of an attempt."""
        return Grant({}) if self._made is None else await self._made.grant()

    async def renew(self, refused: Grant) -> bool:
        """Get other headers."""
        with self._lock:
            if self._made is None:
                self._made = self._make()
        return await self._made.renew(refused)

    def reject(self, refused: Grant) -> None:
        """Note that a server did not accept these headers."""
        if self._made is not None:
            self._made.reject(refused)
