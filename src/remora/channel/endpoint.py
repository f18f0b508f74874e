"""Reading an endpoint: where to connect, and whether its spelling says plaintext or TLS."""

from __future__ import annotations

from typing import NamedTuple

from remora.errors import ConfigError

_HINT = 'write "host", "host:port", "https://host", "http://host:port" (plaintext), "dns:///host" or "unix:/path"'


class Endpoint(NamedTuple):
    """Where a server listens.

    Attributes:
        host: Host name or address without brackets; "" for a unix socket.
        port: TCP port; 0 for a unix socket.
        path: Path of a unix socket, or "".
        tls: Whether the connection is encrypted.
    """

    host: str
    port: int
    path: str
    tls: bool

    @property
    def url(self) -> str:
        """The endpoint in one spelling, "https://host:port" or "unix:/path"."""
        if self.path:
            return f"unix:{self.path}"
        return f"{'https' if self.tls else 'http'}://{self._bracketed}:{self.port}"

    @property
    def authority(self) -> str:
        """What the `:authority` header says (RFC 9113 section 8.3.1); a port that the scheme implies is left out."""
        if self.path:
            return "localhost"
        return self._bracketed if self.port == (443 if self.tls else 80) else f"{self._bracketed}:{self.port}"

    @property
    def _bracketed(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can be at the other end."""
        return bool(self.path) or is_loopback(self.host)


class Spelling(NamedTuple):
    """An endpoint as it was written, before anything else decided about TLS.

    Attributes:
        host: Host name or address without brackets; "" for a unix socket.
        port: TCP port, or None when it was left out.
        path: Path of a unix socket, or "".
        tls: What the scheme says: True for https, False for http and unix sockets, None when it says nothing.
    """

    host: str
    port: int | None
    path: str
    tls: bool | None

    def endpoint(self, *, insecure: bool = False) -> Endpoint:
        """The full endpoint; `insecure` decides about TLS where the scheme does not."""
        tls = (not insecure) if self.tls is None else self.tls
        if self.path:
            return Endpoint("", 0, self.path, False)
        return Endpoint(self.host, (443 if tls else 80) if self.port is None else self.port, "", tls)

    def same_place(self, other: Spelling) -> bool:
        """Whether both name one server, whatever they say about TLS."""
        return self._replace(tls=None).endpoint() == other._replace(tls=None).endpoint()


def parse_endpoint(text: str) -> Spelling:
    """Read an endpoint in any of the usual spellings.

    Args:
        text: "host", "host:port", "[::1]:port", "dns:///host:port", "https://host", "http://host:port" or "unix:/path".

    Raises:
        ConfigError: It is none of them.
    """
    rest = text.strip()
    scheme, separator, after = rest.partition("://")
    if rest.startswith("unix:"):
        return _unix(text, rest[len("unix:") :])
    tls: bool | None = None
    if separator:
        scheme = scheme.lower()
        if scheme == "dns":
            if not after.startswith("/"):
                raise _error(text, "names a DNS server, which is not supported")
            after = after[1:]
        elif scheme == "https":
            tls = True
        elif scheme == "http":
            tls = False
        else:
            raise _error(text, f"has the unknown scheme {scheme!r}")
        rest = after
    host, port = _host_and_port(text, rest[:-1] if rest.endswith("/") else rest)
    return Spelling(host, port, "", tls)


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine itself."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost") or name == "::1":
        return True
    parts = name.split(".")
    return len(parts) == 4 and parts[0] == "127" and all(part.isdecimal() for part in parts)


def _unix(text: str, path: str) -> Spelling:
    if path.startswith("//"):
        if not path.startswith("///"):
            raise _error(text, "names a unix socket on another host")
        path = path[2:]
    if not path:
        raise _error(text, "names no socket path")
    return Spelling("", None, path, False)


def _host_and_port(text: str, rest: str) -> tuple[str, int | None]:
    if "@" in rest:
        raise _error(text.rpartition("@")[2], "must not carry credentials")
    for mark in "/?#":
        if mark in rest:
            raise _error(text, f"has something after the host and port ({mark!r})")
    port: str | None = None
    if rest.startswith("["):
        host, bracket, tail = rest[1:].partition("]")
        if not bracket or (tail and not tail.startswith(":")):
            raise _error(text, "has a malformed address in brackets")
        port = tail[1:] if tail else None
    elif rest.count(":") > 1:  # an IPv6 address without brackets has no port
        host = rest
    else:
        host, colon, tail = rest.partition(":")
        port = tail if colon else None
    if not host or any(character.isspace() or character in "\"'\\<>%" for character in host):
        raise _error(text, "names no host" if not host else "has a malformed host")
    if ":" in host and not all(character in "0123456789abcdefABCDEF:." for character in host):
        raise _error(text, "has a malformed IPv6 address")
    if port is None:
        return host, None
    if not (port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
        raise _error(text, f"has the malformed port {port!r}")
    return host, int(port)


def _error(text: str, problem: str) -> ConfigError:
    return ConfigError(f"the endpoint {text!r} {problem}", hint=_HINT)
