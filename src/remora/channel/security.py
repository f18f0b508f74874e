"""What secures a client's connections: one object for calls, token requests and signed URLs.

Nothing here loads `ssl` or httpx before a connection is to be made.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from remora.errors import ConfigError

from .endpoint import Endpoint, parse_endpoint
from .proxy_url import NamedProxy, Proxy, parse_proxy, proxy_from_environment

if TYPE_CHECKING:
    import ssl
    from typing import TypeAlias

Pem: TypeAlias = "bytes | str | os.PathLike[str]"
"""PEM text as bytes, or the path of a PEM file."""


class Certificates(NamedTuple):
    """Certificates and keys that a program gives.

    Attributes:
        root_certificates: Authorities to trust instead of the system's.
        certificate_chain: The client's own certificate, with those between it and its authority (mutual TLS).
        private_key: Key of the client's certificate, not encrypted.
        ssl_context: A context that is used as it is, in place of all the others. Its ALPN protocols are set anew
            before each handshake.
    """

    root_certificates: Pem | None = None
    certificate_chain: Pem | None = None
    private_key: Pem | None = None
    ssl_context: ssl.SSLContext | None = None

    @property
    def given(self) -> list[str]:
        """The names of what is given."""
        return [name for name in self._fields if getattr(self, name) is not None]

    def check(self) -> list[str]:
        """Return the names of what is given, if it makes sense.

        Raises:
            ConfigError: Two of them contradict each other, one needs another, or one has the wrong type.
        """
        given = self.given
        if self.ssl_context is not None:
            _check_context(self.ssl_context)
            if len(given) > 1:
                raise ConfigError(f"ssl_context contradicts {given[0]}: the context has its own", hint=_LOAD_IT)
        for one, other in (("certificate_chain", "private_key"), ("private_key", "certificate_chain")):
            if one in given and other not in given:
                raise ConfigError(f"{one} is given without {other}", hint="mutual TLS needs both")
        for name in given:
            if name != "ssl_context" and not isinstance(getattr(self, name), (bytes, str, os.PathLike)):
                raise ConfigError(f"{name} must be PEM bytes or a path, not {type(getattr(self, name)).__name__}")
        return given

    def __repr__(self) -> str:
        return f"Certificates({', '.join(self.given)})"


_LOAD_IT = "load the certificates into the context, or leave the context out"


def _check_context(context: object) -> None:
    import ssl

    if not isinstance(context, ssl.SSLContext):
        raise ConfigError(
            f"ssl_context must be an ssl.SSLContext, not {type(context).__name__}",
            hint="ssl.create_default_context() makes one; certificates as bytes go into root_certificates, "
            "certificate_chain and private_key",
        )
    if context.protocol == ssl.PROTOCOL_TLS_SERVER:
        raise ConfigError("ssl_context is one for servers", hint="make it with ssl.create_default_context()")


class TransportSecurity:
    """Which certificates are trusted and shown, and which proxies are gone through.

    Contexts are made when they are first needed and kept; it may be shared between threads and event loops.

    Args:
        ca_cert_file: PEM file with the authorities to trust instead of the system's; "" for the system's.
        certificates: Certificates that the program gave.
        insecure_skip_verify: Accept any certificate. Anyone in between can then read and change everything, so
            `load_config` warns. No certificate that a server shows is ever kept or trusted elsewhere.
        http_proxy_url: Proxy for every connection, "http://[user:password@]host:port"; "" for none.
        environ: Variables such as `https_proxy` and `no_proxy`, which name a proxy if `http_proxy_url` does not.

    Example:
        >>> import httpx
        >>> security = TransportSecurity(ca_cert_file="ca.pem")  # doctest: +SKIP
        >>> httpx.AsyncClient(**security.async_http_options("https://idp.example.com"))  # doctest: +SKIP
    """

    def __init__(
        self,
        *,
        ca_cert_file: str = "",
        certificates: Certificates | None = None,
        insecure_skip_verify: bool = False,
        http_proxy_url: str = "",
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.ca_cert_file = ca_cert_file
        self.certificates = certificates or Certificates()
        self.insecure_skip_verify = insecure_skip_verify
        self._http_proxy_url = http_proxy_url
        self._environ = dict(environ or {})
        self._prepare()

    def _prepare(self) -> None:
        self._lock = threading.Lock()
        self._contexts: dict[str, ssl.SSLContext] = {}

    def h2_context(self) -> ssl.SSLContext:
        """The TLS context of calls: it offers HTTP/2 alone.

        Raises:
            ConfigError: A certificate or key cannot be used.
        """
        return self._context("h2")

    def http_context(self) -> ssl.SSLContext:
        """The TLS context of HTTP requests (HTTP/1.1).

        Raises:
            ConfigError: A certificate or key cannot be used.
        """
        return self._context("http/1.1")

    def _context(self, protocol: str) -> ssl.SSLContext:
        from .tls import make_context

        with self._lock:
            made = self._contexts.get(protocol)
            if made is None:
                made = self._contexts[protocol] = make_context(
                    protocol, self.ca_cert_file, self.certificates, insecure_skip_verify=self.insecure_skip_verify
                )
            return made

    def named_proxy(self, endpoint: Endpoint) -> NamedProxy | None:
        """The proxy on the way to an endpoint, and the environment variable that names it, "" if a setting does."""
        if endpoint.path:
            return None
        if self._http_proxy_url:
            return NamedProxy(self._http_proxy_url, "")
        return proxy_from_environment(self._environ, endpoint) if self._environ else None

    def proxy(self, endpoint: Endpoint) -> Proxy | None:
        """The proxy on the way to an endpoint.

        Raises:
            ConfigError: The environment names one that cannot be used.
        """
        named = self.named_proxy(endpoint)
        if named is None:
            return None
        return parse_proxy(named.url, f"the HTTP proxy of {named.variable}" if named.variable else "the HTTP proxy")

    def http_options(self, url: str) -> dict[str, Any]:
        """Arguments of an `httpx.Client` for requests to one host.

        The client follows no redirects and reads neither the environment nor `.netrc`.

        Args:
            url: A URL of that host; only its scheme, host and port count.

        Raises:
            ConfigError: A certificate, a key or a proxy cannot be used.
        """
        import httpx

        return {**_NO_SURPRISES, "transport": httpx.HTTPTransport(**self._transport_options(url))}

    def async_http_options(self, url: str) -> dict[str, Any]:
        """Arguments of an `httpx.AsyncClient` for requests to one host; see `http_options`."""
        import httpx

        return {**_NO_SURPRISES, "transport": httpx.AsyncHTTPTransport(**self._transport_options(url))}

    def _transport_options(self, url: str) -> dict[str, Any]:
        import httpx

        try:
            parts = httpx.URL(url)
        except httpx.InvalidURL:
            raise ConfigError("an HTTP request goes to something that is not a URL") from None  # it may be a signed one
        origin = parse_endpoint(f"{parts.scheme}://{parts.netloc.decode('ascii')}").endpoint()
        named = self.named_proxy(origin)
        options: dict[str, Any] = {"trust_env": False}
        # Making a context takes longer than a small request, so plaintext does without.
        options["verify"] = self.http_context() if origin.tls else False
        if named is not None:
            self.proxy(origin)
            url = named.url if "://" in named.url else f"http://{named.url}"
            options["proxy"] = httpx.Proxy(url)
        return options

    def _state(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in ("_lock", "_contexts")}

    def __getstate__(self) -> dict[str, Any]:
        if self.certificates.ssl_context is not None:
            raise ConfigError(
                "a client that was given an ssl_context cannot be pickled",
                hint="give root_certificates, certificate_chain and private_key instead",
            )
        return self._state()

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._prepare()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TransportSecurity):
            return NotImplemented
        return self._state() == other._state()

    def __hash__(self) -> int:
        return hash((self.ca_cert_file, self.insecure_skip_verify, self._http_proxy_url))

    def __repr__(self) -> str:
        given = [*(["ca_cert_file"] if self.ca_cert_file else []), *self.certificates.given]
        given += ["insecure_skip_verify"] if self.insecure_skip_verify else []
        given += ["http_proxy_url"] if self._http_proxy_url else []
        return f"TransportSecurity({', '.join(given)})"


_NO_SURPRISES = {"follow_redirects": False, "trust_env": False}
