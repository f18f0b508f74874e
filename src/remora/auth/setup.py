"""From settings to credentials: which method, which provider, which store."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from remora.errors import ConfigError, ConfigWarning

from .authenticator import Authenticator, Kept
from .credentials import CallCredentials, bearer
from .flow import Flow, Surroundings
from .http import Http, Limits
from .methods import AuthMethod, ClientSecret, DeviceFlow, ExternalCommand, OAuth, Passthrough, Pkce
from .provider import Provider, Told, ask_metadata_service, find_provider
from .rpc_login import RpcFlow, RpcLogin
from .store import open_store, store_key

if TYPE_CHECKING:
    import httpx

    from remora.channel.channel import Channel, HeaderSource
    from remora.config import Config

PROXY_HEADER = "proxy-authorization"
_DISCOVERY_SECONDS = 20.0


class Link(NamedTuple):
    """How the provider and the control plane are reached while there is no token yet.

    Attributes:
        open_channel: Makes a channel without credentials, with these headers.
        session: A client for HTTP requests that the user gave, or None.
        loop: The event loop of `session`.
        proxy_environment: Variables of the proxy command besides those of this process.
        proxy_timeout: Seconds in which the proxy command must end.
        limits: How long to try HTTP requests.
    """

    open_channel: Callable[[HeaderSource | None], Channel]
    session: httpx.AsyncClient | None = None
    loop: asyncio.AbstractEventLoop | None = None
    proxy_environment: Mapping[str, str] | None = None
    proxy_timeout: float = 60.0
    limits: Limits = Limits()


def method_of(config: Config) -> AuthMethod:
    """The way to log in that the settings choose.

    Raises:
        ConfigError: What that way needs is not set.
    """
    scopes = config.scopes or None
    if config.auth_type == "ClientSecret":
        secret = "" if config.client_secret is None else config.client_secret.reveal()
        return ClientSecret(config.client_id, secret, scopes=scopes, audience=config.audience)
    if config.auth_type == "ExternalCommand":
        if not config.command:
            raise ConfigError("the ExternalCommand login needs a command", hint="pass command=[...]")
        return ExternalCommand(config.command)
    if config.auth_type == "Passthrough":
        return Passthrough()
    kind = DeviceFlow if config.auth_type == "DeviceFlow" else Pkce
    return kind(config.client_id, scopes=scopes, audience=config.audience)


def make_credentials(config: Config, method: AuthMethod | RpcLogin, link: Link, *, on_demand: bool) -> CallCredentials:
    """The credentials of a client's calls. Nothing is asked or run before they are needed.

    Args:
        config: Settings of the client.
        method: The way to log in.
        link: How to reach what.
        on_demand: Nobody chose the method, so a server has to ask for a login first, and a person has to be there.
    """
    endpoint = config.endpoint
    if not endpoint.tls and not endpoint.is_loopback and not on_demand:
        warnings.warn(
            f"the credentials of calls to {endpoint.url} are sent without encryption: anyone in between can use them",
            ConfigWarning,
            stacklevel=2,
        )
    proxy = None
    if config.proxy_command:
        command = ExternalCommand(
            config.proxy_command,
            timeout=link.proxy_timeout,
            header_key=PROXY_HEADER,
            environment=link.proxy_environment,
        )
        proxy = Authenticator(lambda: _command_flow(command, None), interactive=False)
    if isinstance(method, Passthrough):
        return CallCredentials(None, proxy)
    if isinstance(method, RpcLogin):
        login = method
        return CallCredentials(Authenticator(lambda: RpcFlow(login, link.open_channel), interactive=False), proxy)
    finder = _Finder(config, method, link, proxy)
    interactive = isinstance(method, (Pkce, DeviceFlow))
    kept = _kept(config, method) if interactive and not config.disable_keyring else None
    own = Authenticator(
        lambda: _make_flow(method, finder.surroundings()), interactive=interactive, kept=kept, on_demand=on_demand
    )
    return CallCredentials(own, proxy)


def _kept(config: Config, method: AuthMethod) -> Kept:
    assert isinstance(method, OAuth)
    key = store_key(
        config.endpoint.url,
        type(method).__name__,
        method.client_id,
        method.issuer,
        method.audience,
        method.scopes or (),
    )
    return Kept(key, lambda: open_store(key))


def _make_flow(method: AuthMethod, around: Surroundings) -> Flow:
    if isinstance(method, ClientSecret):
        from .client_secret import ClientSecretFlow

        return ClientSecretFlow(method, around)
    if isinstance(method, DeviceFlow):
        from .device import DeviceLogin

        return DeviceLogin(method, around)
    if isinstance(method, Pkce):
        from .pkce import PkceLogin

        return PkceLogin(method, around)
    assert isinstance(method, ExternalCommand)
    return _command_flow(method, around)


def _command_flow(method: ExternalCommand, around: Surroundings | None) -> Flow:
    from .command import CommandFlow

    return CommandFlow(method, around)


class _Finder:
    """Finds the provider of a control plane, once."""

    def __init__(self, config: Config, method: AuthMethod, link: Link, proxy: Authenticator | None) -> None:
        self._config = config
        self._issuer = method.issuer if isinstance(method, OAuth) else ""
        self._link = link
        self._proxy = proxy
        self._found: Provider | None = None

    def surroundings(self) -> Surroundings:
        """What flows need."""
        config, link = self._config, self._link
        self._http = Http(
            self._open_http,
            session=link.session,
            loop=link.loop,
            extra=self._http_headers,
            plaintext_ok=not config.endpoint.tls,
            limits=link.limits,
        )
        return Surroundings(config.endpoint.url, self._http, self.find)

    async def find(self) -> Provider:
        """The provider."""
        if self._found is None:
            self._found = await find_provider(self._ask, self._http, self._config.endpoint.url, self._issuer)
        return self._found

    async def _ask(self) -> Told:
        from remora_api.flyteidl2.auth import AuthMetadataServiceStub

        channel = self._link.open_channel(self._proxy_headers if self._proxy is not None else None)
        try:
            return await ask_metadata_service(AuthMetadataServiceStub(channel), _DISCOVERY_SECONDS)
        finally:
            channel.close()

    async def _proxy_headers(self) -> Mapping[str, str]:
        return {} if self._proxy is None else bearer(await self._proxy.current())

    async def _http_headers(self, url: str) -> Mapping[str, str]:
        """Headers for a proxy; it stands before the control plane, and no other host may have its token."""
        same = urlsplit(url).hostname == (self._config.endpoint.host or None)
        return await self._proxy_headers() if same else {}

    def _open_http(self, url: str) -> httpx.AsyncClient:
        import httpx

        return httpx.AsyncClient(**self._config.security.async_http_options(url))
