"""The client: settings, and calls from any event loop and any thread."""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncIterable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from remora.channel.method import Caller, Metadata, Method, Req, Res, ResponseStream
from remora.errors import ClientClosed, ConfigError

from .current import enter, leave
from .login import Auth, auth_arguments, check

if TYPE_CHECKING:
    import ssl
    from types import TracebackType

    from typing_extensions import Self

    from remora.channel.channel import HeaderSource
    from remora.channel.options import RetryPolicy
    from remora.channel.security import Pem
    from remora.config import Config, ConfigFile

    from .channels import Channels


class Client:
    """A connection to one control plane, for any event loop and any thread. It is a `Caller` for stubs.

    Nothing is connected before the first call. Settings that are not given are looked for in the environment and in a
    config file; `client.config.explain()` tells where each came from. `with client:` makes it the current client of
    that block, and closes it at the end of the outermost one. A forked child can go on using it.

    Attributes:
        config: The settings, decided.
        options: Behaviour of its connections.
        kept: What behaviours remember for this client, by name; it is not pickled.

    Args:
        endpoint: "https://host", "dns:///host", "http://127.0.0.1:8090" (plaintext), "host:port" or "unix:/path".
        insecure: Plaintext instead of TLS.
        project: Project of requests that name none.
        domain: Domain of requests that name none.
        org: Organization of requests.
        context: Further settings of requests, by the names that an SDK declares, such as `{"tenant": "acme"}`; the
            environment variable `REMORA_CONTEXT_TENANT` gives one, too.
        insecure_skip_verify: TLS without checking who answers; warns.
        ca_cert_file: PEM file with the certificates to trust instead of the system's.
        root_certificates: The same as PEM bytes, or a path.
        certificate_chain: The client's own certificate for mutual TLS, PEM bytes or a path.
        private_key: Its key, PEM bytes or a path; not encrypted.
        ssl_context: A TLS context to use in place of all of these.
        http_proxy_url: HTTP proxy to connect through, "http://[user:password@]host:port"; "" for none.
        auth: How to log in: an object such as `remora.auth.DeviceFlow()`, or a name such as "DeviceFlow" with what else
            it needs from the settings. If nothing chooses, a server that wants a login gets one with a browser
            ("Pkce"), provided that a person is there. See docs/authentication.md.
        api_key: An API key: endpoint, client and secret in one text.
        client_id: OAuth client, for methods that are not given as objects.
        client_secret: Its secret; chooses "ClientSecret".
        command: Command that prints a token, as a list; chooses "ExternalCommand".
        proxy_command: Command that prints a token for a proxy in front of the control plane, as a list.
        console_endpoint: Base of links to the web console, if it is not where the API is.
        config_file: A config file to read, None to look for one in the usual places, False to read none.
        trust_env: Use the proxy that `https_proxy`, `http_proxy` and `no_proxy` name.
        metadata: Headers of every call: a mapping, or a function (plain or async) that is asked before each attempt.
        timeout: Default deadline in seconds of a call that answers once; `math.inf` for none.
        connect_timeout: Seconds in which a connection must stand.
        keepalive: Seconds of silence, while calls wait, after which a ping is sent; None for no pings.
        max_message_bytes: Largest response message that is accepted.
        compression: "gzip" to compress larger requests.
        validate: Check requests against the validation rules of the protos before they are sent; False leaves it to
            the server.
        retry: When and how often a call is made again; `RetryPolicy(attempts=1)` for never.
        grpc_options: Options by the names that gRPC gives them, `[("grpc.primary_user_agent", "my-app/1")]`;
            docs/settings.md lists those that are supported.
        loop: "caller" makes async calls on the caller's own event loop, with one connection per loop. "shared" makes
            all calls on one loop in a thread of its own, with one connection; for programs that start an event loop
            per request.

    Raises:
        ConfigError: A setting is malformed, two contradict each other, or there is no endpoint.
    """

    def __init__(
        self,
        endpoint: str | None = None,
        *,
        insecure: bool | None = None,
        project: str | None = None,
        domain: str | None = None,
        org: str | None = None,
        context: Mapping[str, str] | None = None,
        insecure_skip_verify: bool | None = None,
        ca_cert_file: str | os.PathLike[str] | None = None,
        root_certificates: Pem | None = None,
        certificate_chain: Pem | None = None,
        private_key: Pem | None = None,
        ssl_context: ssl.SSLContext | None = None,
        http_proxy_url: str | None = None,
        auth: Auth | None = None,
        api_key: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        command: Sequence[str] | None = None,
        proxy_command: Sequence[str] | None = None,
        console_endpoint: str | None = None,
        config_file: ConfigFile = None,
        trust_env: bool = True,
        metadata: HeaderSource | None = None,
        timeout: float = 60.0,
        connect_timeout: float = 20.0,
        keepalive: float | None = 30.0,
        max_message_bytes: int = 64 * 1024 * 1024,
        compression: Literal["gzip"] | None = None,
        validate: bool = True,
        retry: RetryPolicy | None = None,
        grpc_options: Iterable[tuple[str, Any]] = (),
        loop: Literal["caller", "shared"] = "caller",
    ) -> None:
        from remora.channel.options import ChannelOptions, RetryPolicy
        from remora.channel.security import Certificates
        from remora.config import load_config

        if loop not in ("caller", "shared"):
            raise ConfigError(f"loop must be 'caller' or 'shared', not {loop!r}")
        self._auth, login = auth_arguments(auth, api_key, client_id, client_secret, command)
        arguments: dict[str, object] = {
            "endpoint": endpoint,
            "insecure": insecure,
            "insecure_skip_verify": insecure_skip_verify,
            "ca_cert_file": None if ca_cert_file is None else str(ca_cert_file),
            "http_proxy_url": http_proxy_url,
            "console_endpoint": console_endpoint,
            "org": org,
            "project": project,
            "domain": domain,
            "proxy_command": proxy_command,
            **login,
        }
        certificates = Certificates(root_certificates, certificate_chain, private_key, ssl_context)
        self.config: Config = load_config(
            arguments, certificates=certificates, config_file=config_file, trust_env=trust_env
        )
        check(self.config)
        options = ChannelOptions(
            timeout=timeout,
            connect_timeout=connect_timeout,
            keepalive=keepalive,
            max_message_bytes=max_message_bytes,
            compression=compression,
            validate=validate,
            retry=retry or RetryPolicy(),
        )
        if grpc_options:
            from remora.channel.grpc_options import apply_grpc_options

            options = apply_grpc_options(options, grpc_options)
        self.options = options.check()
        self._metadata = metadata
        self._context = dict(context or {})
        self._shared = loop == "shared"
        self._prepare()

    def _prepare(self) -> None:
        self._lock = threading.Lock()
        self._channels: Channels | None = None
        self._entered = 0
        self._closed = False
        # Clients of other clusters of the same deployment, by endpoint; they are closed with this one.
        self._siblings: dict[str, Client] = {}
        self.kept: dict[str, Any] = {}

    def at(self, endpoint: str) -> Client:
        """A client with the same settings for another endpoint of the same deployment; closing this one closes it.

        Args:
            endpoint: Where the other cluster is, in any spelling that the constructor takes.

        Raises:
            ConfigError: The endpoint is malformed, or is in plaintext while this client uses TLS.
        """
        from remora.channel.endpoint import parse_endpoint

        spelling = parse_endpoint(endpoint)
        found = spelling.endpoint(insecure=spelling.tls is None and not self.config.endpoint.tls)
        if self.config.endpoint.tls and not found.tls:
            raise ConfigError(
                f"{found.url} is in plaintext, and {self.endpoint} is not; credentials are not sent there"
            )
        with self._lock:
            if self._closed:
                raise ClientClosed(f"the client of {self.endpoint} was closed", hint="make a new client for more calls")
            sibling = self._siblings.get(found.url)
            if sibling is None:
                sibling = self._siblings[found.url] = Client.__new__(Client)
                sibling.__setstate__({**self.__getstate__(), "config": self.config._replace(endpoint=found)})
            return sibling

    @property
    def endpoint(self) -> str:
        """The endpoint in one spelling, such as "https://flyte.example.com:443"."""
        return self.config.endpoint.url

    @property
    def console_url(self) -> str:
        """Base of links to the web console, without a slash at the end."""
        return self.config.console_url

    @property
    def closed(self) -> bool:
        """Whether the client was closed."""
        return self._closed

    def value(self, name: str, given: str | None, *, required: bool = True) -> str:
        """What a request should say: the given value, else the client's setting.

        Args:
            name: Which setting: org, project, domain, or one of `context`.
            given: What the caller gave; None or "" if nothing.
            required: Whether there must be a value.

        Returns:
            The value; "" if there is none and none is required.

        Raises:
            ConfigError: There is none and one is required.
        """
        if name in ("org", "project", "domain"):
            value = given or getattr(self.config, name)
            where = f"remora.init({name}=...) or FLYTE_TASK_{name.upper()}"
        else:
            variable = f"REMORA_CONTEXT_{name.upper()}"
            value = given or self._context.get(name) or os.environ.get(variable, "")
            where = f"remora.init(context={{{name!r}: ...}}) or {variable}"
        if not value and required:
            raise ConfigError(
                f"no {name}: the call names none and the client has none",
                hint=f"pass {name}=, or set it once with {where}",
            )
        return str(value)

    async def unary_unary(
        self,
        method: Method[Req, Res],
        request: Req,
        *,
        timeout: float | None = None,
        metadata: Metadata | None = None,
    ) -> Res:
        """Send one request, wait for one response.

        Args:
            method: What to call.
            request: The request.
            timeout: Deadline in seconds; the default of the connection when None, `math.inf` for none.
            metadata: Headers of this call, over those of every call.
        """
        caller = self._caller()
        return await caller.unary_unary(method, request, timeout=timeout, metadata=metadata)

    def unary_stream(
        self,
        method: Method[Req, Res],
        request: Req,
        *,
        timeout: float | None = None,
        metadata: Metadata | None = None,
    ) -> ResponseStream[Res]:
        """Send one request, iterate over responses. Call it where an event loop runs.

        Args:
            method: What to call.
            request: The request.
            timeout: Deadline of the whole stream in seconds; None for none.
            metadata: Headers of this call, over those of every call.
        """
        return self._caller().unary_stream(method, request, timeout=timeout, metadata=metadata)

    async def stream_unary(
        self,
        method: Method[Req, Res],
        requests: Iterable[Req] | AsyncIterable[Req],
        *,
        timeout: float | None = None,
        metadata: Metadata | None = None,
    ) -> Res:
        """Send requests as they come, wait for one response.

        Args:
            method: What to call.
            requests: The requests, sent as they are taken from it.
            timeout: Deadline in seconds; the default of the connection when None, `math.inf` for none.
            metadata: Headers of this call, over those of every call.
        """
        return await self._caller().stream_unary(method, requests, timeout=timeout, metadata=metadata)

    def stream_stream(
        self,
        method: Method[Req, Res],
        requests: Iterable[Req] | AsyncIterable[Req],
        *,
        timeout: float | None = None,
        metadata: Metadata | None = None,
    ) -> ResponseStream[Res]:
        """Send requests as they come, iterate over responses meanwhile. Call it where an event loop runs.

        Args:
            method: What to call.
            requests: The requests, sent as they are taken from it.
            timeout: Deadline of the whole stream in seconds; None for none.
            metadata: Headers of this call, over those of every call.
        """
        return self._caller().stream_stream(method, requests, timeout=timeout, metadata=metadata)

    def _caller(self) -> Caller:
        channels = self._channels
        if channels is None:
            channels = self._open()
        return channels.caller()

    def _open(self) -> Channels:
        from .channels import Channels

        with self._lock:
            if self._closed:
                raise ClientClosed(f"the client of {self.endpoint} was closed", hint="make a new client for more calls")
            if self._channels is None:
                self._channels = Channels(self.config, self.options, self._metadata, self._auth, shared=self._shared)
            return self._channels

    def close(self) -> None:
        """Close the connections on all event loops; calls in flight fail, later calls raise `ClientClosed`."""
        with self._lock:
            self._closed = True
            channels, self._channels = self._channels, None
            siblings, self._siblings = self._siblings, {}
        for sibling in siblings.values():
            sibling.close()
        if channels is not None:
            channels.close()

    async def aclose(self) -> None:
        """Close the connections on all event loops, and let this one finish closing its own."""
        import asyncio

        self.close()
        await asyncio.sleep(0)

    def __enter__(self) -> Self:
        with self._lock:
            if self._closed:
                raise ClientClosed(f"the client of {self.endpoint} was closed", hint="make a new client")
            self._entered += 1
        enter(self)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._leave():
            self.close()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._leave():
            await self.aclose()

    def _leave(self) -> bool:
        leave(self)
        with self._lock:
            self._entered -= 1
            return self._entered == 0

    def __getstate__(self) -> dict[str, Any]:
        return {
            "config": self.config,
            "options": self.options,
            "_auth": self._auth,
            "_metadata": self._metadata,
            "_context": self._context,
            "_shared": self._shared,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._prepare()

    def __repr__(self) -> str:
        return f"<Client of {self.endpoint}{', closed' if self._closed else ''}>"
