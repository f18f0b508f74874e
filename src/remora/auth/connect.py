"""One channel with authentication in place, by the arguments that Flyte's own SDK takes."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

from remora.channel.channel import Channel
from remora.channel.grpc_options import apply_grpc_options, as_compression
from remora.channel.options import ChannelOptions
from remora.channel.security import Certificates
from remora.config import load_config
from remora.config.settings import BY_NAME
from remora.config.values import as_auth_type
from remora.errors import ConfigError

from .methods import AuthMethod, ClientSecret, DeviceFlow, ExternalCommand, Passthrough, Pkce
from .setup import Link, make_credentials

if TYPE_CHECKING:
    import httpx
    from typing_extensions import Unpack

    from remora.channel.channel import HeaderSource
    from remora.channel.credentials import Credentials
    from remora.config import Config


class ChannelKeywords(TypedDict, total=False):
    """The keywords of `create_channel` besides its parameters.

    Attributes:
        root_certificates: Authorities to trust instead of the system's: PEM as bytes, or a path.
        private_key: Key of the client's certificate, for mutual TLS.
        certificate_chain: The client's certificate, for mutual TLS.
        options: The same as `grpc_options`.
        proxy_env: Environment variables to use for proxies: those such as `https_proxy` and `no_proxy`, in place of
            the process's own, and all of them for `proxy_command`, besides the process's own.
        proxy_timeout: Seconds in which a connection through a proxy must stand, and `proxy_command` must end.
        auth_type: "Pkce", "ClientSecret", "ExternalCommand", "DeviceFlow" or "Passthrough".
        command: Command that prints a token, for "ExternalCommand".
        client_id: OAuth client.
        client_secret: Its secret.
        client_credentials_secret: Another name of `client_secret`.
        scopes: What to ask for; by default what the control plane names.
        audience: Who the token is for; by default what the control plane names.
        http_proxy_url: HTTP proxy for calls and token requests; "" for none, whatever the environment says.
        verify: Whether to check certificates; False is the same as `insecure_skip_verify=True`.
        ca_cert_path: The same as `ca_cert_file_path`.
        header_key: Header that carries the token; by default the one that the control plane names.
        redirect_uri: Where the browser comes back to, for "Pkce".
        add_request_auth_code_params_to_request_access_token_params: Send `request_auth_code_params` also with the
            request that turns the code into a token.
        request_auth_code_params: More parameters of the page that the browser opens, for "Pkce".
        request_access_token_params: More parameters of the token request, for "Pkce" and "ClientSecret".
        refresh_access_token_params: More parameters of the request that renews a token, for "Pkce" and "DeviceFlow".
    """

    root_certificates: bytes | str | os.PathLike[str] | None
    private_key: bytes | str | os.PathLike[str] | None
    certificate_chain: bytes | str | os.PathLike[str] | None
    options: Sequence[tuple[str, Any]] | None
    proxy_env: Mapping[str, str] | None
    proxy_timeout: float | None
    auth_type: str | None
    command: Sequence[str] | None
    client_id: str | None
    client_secret: str | None
    client_credentials_secret: str | None
    scopes: Sequence[str] | None
    audience: str | None
    http_proxy_url: str | None
    verify: bool | None
    ca_cert_path: str | os.PathLike[str] | None
    header_key: str | None
    redirect_uri: str | None
    add_request_auth_code_params_to_request_access_token_params: bool | None
    request_auth_code_params: Mapping[str, str] | None
    request_access_token_params: Mapping[str, str] | None
    refresh_access_token_params: Mapping[str, str] | None


_API_KEYS = BY_NAME["api_key"].variables


async def create_channel(
    endpoint: str | None = None,
    api_key: str | None = None,
    insecure: bool | None = None,
    insecure_skip_verify: bool = False,
    ca_cert_file_path: str | os.PathLike[str] | None = None,
    ssl_credentials: ssl.SSLContext | None = None,
    grpc_options: Sequence[tuple[str, Any]] | None = None,
    compression: str | None = None,
    http_session: httpx.AsyncClient | None = None,
    proxy_command: Sequence[str] | None = None,
    **kwargs: Unpack[ChannelKeywords],
) -> Channel:
    """Make a channel that logs in when the control plane wants it, for the running event loop.

    For stubs, and for programs that come from Flyte's own SDK; `remora.Client` does more, on any event loop. Neither a
    config file nor the environment is read, except for an API key when neither `endpoint` nor `api_key` is given, and
    for the usual proxy variables. Nothing is connected before the first call. Close the channel with `close()`.

    Args:
        endpoint: "host:port", "dns:///host", "https://host", "http://host:port" (plaintext) or "unix:/path".
        api_key: An API key, which names the endpoint and the credentials.
        insecure: Plaintext instead of TLS.
        insecure_skip_verify: TLS without checking who answers; warns.
        ca_cert_file_path: PEM file with the authorities to trust instead of the system's.
        ssl_credentials: TLS settings to use as they are.
        grpc_options: Options by their gRPC names, such as `[("grpc.keepalive_time_ms", 30_000)]`.
        compression: "gzip" to compress larger requests; "none" or None to send them as they are.
        http_session: A client for token requests, used on this event loop and not closed.
        proxy_command: Command that prints a token for a proxy in front of the control plane.
        **kwargs: See `ChannelKeywords`.

    Returns:
        The channel; pass it to stubs.

    Raises:
        ConfigError: A setting is malformed or unknown, two contradict each other, or there is no endpoint.

    Example:
        >>> channel = await remora.create_channel("https://flyte.example.com", auth_type="DeviceFlow")  # doctest: +SKIP
        >>> await ProjectServiceStub(channel).list_projects(ListProjectsRequest())  # doctest: +SKIP
    """
    _refuse_unknown(kwargs)
    verify = kwargs.get("verify")
    if verify and insecure_skip_verify:
        raise _contradiction("verify=True", "insecure_skip_verify=True")
    secret = _one("client_secret", kwargs.get("client_secret"), kwargs.get("client_credentials_secret"))
    ca_file = _one("ca_cert_file_path", ca_cert_file_path, kwargs.get("ca_cert_path"), "ca_cert_path")
    pairs = _one("grpc_options", grpc_options, kwargs.get("options"), "options")
    given = kwargs.get("proxy_env")
    environ = dict(os.environ if given is None else given)
    if endpoint is not None or api_key is not None:
        environ = {name: value for name, value in environ.items() if name.lower().endswith("_proxy")}
    else:
        environ.update({name: os.environ[name] for name in _API_KEYS if name in os.environ})
        environ = {
            name: value for name, value in environ.items() if name.lower().endswith("_proxy") or name in _API_KEYS
        }
    config = load_config(
        {
            "endpoint": endpoint,
            "api_key": api_key,
            "insecure": insecure,
            "insecure_skip_verify": insecure_skip_verify or (None if verify is None else not verify) or None,
            "ca_cert_file": None if ca_file is None else os.fspath(ca_file),
            "http_proxy_url": kwargs.get("http_proxy_url"),
            "auth_type": kwargs.get("auth_type"),
            "client_id": kwargs.get("client_id"),
            "client_secret": secret,
            "scopes": kwargs.get("scopes"),
            "audience": kwargs.get("audience"),
            "command": kwargs.get("command"),
            "proxy_command": proxy_command,
        },
        certificates=Certificates(
            root_certificates=kwargs.get("root_certificates"),
            certificate_chain=kwargs.get("certificate_chain"),
            private_key=kwargs.get("private_key"),
            ssl_context=ssl_credentials,
        ),
        config_file=False,
        environ=environ,
    )
    options = ChannelOptions(compression=as_compression(compression))
    timeout = kwargs.get("proxy_timeout")
    proxy = config.security.proxy(config.endpoint)
    if timeout is not None and proxy is not None:
        options = options._replace(connect_timeout=timeout)
    options = apply_grpc_options(options, pairs or ()).check()
    tls = config.security.h2_context() if config.endpoint.tls else None

    def open_channel(headers: HeaderSource | None, credentials: Credentials | None = None) -> Channel:
        return Channel(config.endpoint, options=options, tls=tls, proxy=proxy, headers=headers, credentials=credentials)

    link = Link(
        open_channel,
        session=http_session,
        loop=asyncio.get_running_loop() if http_session is not None else None,
        proxy_environment=given,
        proxy_timeout=Link.proxy_timeout if timeout is None else timeout,
    )
    method, on_demand = _method(config, kwargs)
    return open_channel(None, make_credentials(config, method, link, on_demand=on_demand))


def _refuse_unknown(kwargs: Mapping[str, object]) -> None:
    for name in kwargs:
        if name not in ChannelKeywords.__annotations__:
            from difflib import get_close_matches

            close = get_close_matches(name, ChannelKeywords.__annotations__, 1)
            hint = f"did you mean {close[0]}?" if close else None
            raise ConfigError(f"create_channel has no keyword {name!r}", hint=hint)


def _one(name: str, first: Any, second: Any, other: str = "client_credentials_secret") -> Any:
    """The value of a setting that has two names."""
    if first is not None and second is not None and first != second:
        raise _contradiction(name, other)
    return second if first is None else first


def _contradiction(first: str, second: str) -> ConfigError:
    return ConfigError(f"{first} contradicts {second}", hint="leave out one of them")


# What each way to log in makes of the keywords beside those that all of them have.
_MORE: dict[type[AuthMethod], tuple[str, ...]] = {
    Pkce: (
        "redirect_uri",
        "request_auth_code_params",
        "request_access_token_params",
        "refresh_access_token_params",
        "add_request_auth_code_params_to_request_access_token_params",
    ),
    DeviceFlow: ("refresh_access_token_params",),
    ClientSecret: ("request_access_token_params",),
    ExternalCommand: (),
    Passthrough: (),
}


def _method(config: Config, kwargs: ChannelKeywords) -> tuple[AuthMethod, bool]:
    """The way to log in with all its keywords, and whether nobody chose it."""
    from .setup import method_of

    base = method_of(config)
    values: dict[str, Any] = dict(kwargs)
    wanted = [name for name in dict.fromkeys(each for names in _MORE.values() for each in names) if values.get(name)]
    for name in wanted:
        if name not in _MORE[type(base)]:
            raise _contradiction(name, f"auth_type={type(base).__name__!r}, which makes no use of it")
    changes = {name: values[name] for name in wanted}
    if values.get("header_key"):
        if isinstance(base, Passthrough):
            raise _contradiction("header_key", "auth_type='Passthrough', which names its own headers")
        changes["header_key"] = values["header_key"]
    from dataclasses import replace

    chosen = bool(as_auth_type(kwargs.get("auth_type") or "", "auth_type") or changes)
    return replace(base, **changes), not chosen and isinstance(base, Pkce)
