"""Which HTTP proxy to connect through, and the rules of `no_proxy`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from remora.errors import ConfigError

from .endpoint import Endpoint


class Proxy(NamedTuple):
    """An HTTP proxy.

    Attributes:
        host: Host name or address.
        port: TCP port.
        authorization: Value of the `proxy-authorization` header, or "".
    """

    host: str
    port: int
    authorization: str


class NamedProxy(NamedTuple):
    """A proxy that the environment names.

    Attributes:
        url: Its URL.
        variable: The variable that names it.
    """

    url: str
    variable: str


def parse_proxy(url: str, where: str = "the HTTP proxy") -> Proxy:
    """Read a proxy URL, "http://[user:password@]host[:port]"; the port is 80 if it is left out.

    Args:
        url: The URL; the scheme may be left out.
        where: Who named it, for the error.

    Raises:
        ConfigError: It is malformed, or its scheme is not http.
    """
    from urllib.parse import unquote, urlsplit

    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = parts = None
    if parts is None or not host:
        raise ConfigError(f"{where} is not a URL", hint='write "http://proxy.example.com:3128"')
    if parts.scheme != "http":
        raise ConfigError(
            f"{where} has the scheme {parts.scheme!r}; only http proxies are supported",
            hint='write "http://host:port"; the call itself is encrypted from end to end all the same',
        )
    authorization = ""
    if parts.username is not None:
        from base64 import b64encode

        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = "Basic " + b64encode(pair.encode()).decode("ascii")
    return Proxy(host, 80 if port is None else port, authorization)


def proxy_from_environment(environ: Mapping[str, str], endpoint: Endpoint) -> NamedProxy | None:
    """The proxy that the environment names for an endpoint, if it names one.

    `https_proxy` counts for TLS endpoints, `http_proxy` for plaintext ones; the upper-case names count too. An endpoint
    on this machine, and one that `no_proxy` lists, is reached without a proxy.

    Args:
        environ: Environment variables.
        endpoint: Where to connect.
    """
    if endpoint.is_loopback:
        return None
    name = "https_proxy" if endpoint.tls else "http_proxy"
    variable = next((each for each in (name, name.upper()) if environ.get(each)), None)
    if variable is None or _excluded(environ.get("no_proxy") or environ.get("NO_PROXY") or "", endpoint):
        return None
    return NamedProxy(environ[variable], variable)


def _excluded(no_proxy: str, endpoint: Endpoint) -> bool:
    host = endpoint.host.lower()
    for part in no_proxy.lower().split(","):
        entry = part.strip()
        if entry == "*":
            return True
        name, colon, port = entry.partition(":") if entry.count(":") == 1 else (entry, "", "")
        if not name or (colon and port != str(endpoint.port)):
            continue
        name = name.removeprefix("*").lstrip(".")
        if host == name or host.endswith(f".{name}") or _in_network(host, name):
            return True
    return False


def _in_network(host: str, network: str) -> bool:
    if "/" not in network:
        return False
    from ipaddress import ip_address, ip_network

    try:
        return ip_address(host) in ip_network(network, strict=False)
    except ValueError:
        return False
