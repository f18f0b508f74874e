"""The settings of one client, decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from remora.channel.endpoint import Endpoint
from remora.channel.security import TransportSecurity
from remora.errors import redact

from .secret import Secret

if TYPE_CHECKING:
    from typing import TypeAlias

    from .explain import Explanation

Line: TypeAlias = "tuple[str, str, str, str]"
"""Name, value, source and note of one setting."""


class Config(NamedTuple):
    """Settings of one client after arguments, environment and file were looked at.

    Immutable, and picklable unless the program gave an `ssl.SSLContext`.

    Attributes:
        endpoint: Where to connect, and whether with TLS.
        security: Certificates and proxies of everything the client connects to: calls, token requests, signed URLs.
        console_endpoint: Base of links to the web console as it was set, or "".
        org: Organization of requests, or "".
        project: Project of requests, or "".
        domain: Domain of requests, or "".
        auth_type: The way to log in: "Pkce", "ClientSecret", "DeviceFlow", "ExternalCommand" or "Passthrough".
        client_id: OAuth client, or "" for the one that the server names.
        client_secret: Its secret, or None.
        scopes: OAuth scopes to ask for; empty for those that the server names.
        audience: Who tokens are for, or "" for what the server names.
        command: Command that prints a token, or ().
        proxy_command: Command that prints a token for a proxy in front of the control plane, or ().
        disable_keyring: Keep tokens out of the system's keyring.
        settings: Where each of them came from; secrets are masked already. `explain()` is for people.
        unused: What was found and is not used.
    """

    endpoint: Endpoint
    security: TransportSecurity
    console_endpoint: str
    org: str
    project: str
    domain: str
    auth_type: str
    client_id: str
    client_secret: Secret | None
    scopes: tuple[str, ...]
    audience: str
    command: tuple[str, ...]
    proxy_command: tuple[str, ...]
    disable_keyring: bool
    settings: tuple[Line, ...]
    unused: tuple[Line, ...]

    def explain(self) -> Explanation:
        """Tell where each setting came from, as text (`print`) and as data. Secrets are masked."""
        from .explain import Explanation

        return Explanation.of(self.settings, self.unused)

    @property
    def insecure_skip_verify(self) -> bool:
        """TLS without checking who answers."""
        return self.security.insecure_skip_verify

    @property
    def ca_cert_file(self) -> str:
        """Certificates to trust instead of the system's, a PEM file; "" for the system's."""
        return self.security.ca_cert_file

    @property
    def http_proxy_url(self) -> str:
        """HTTP proxy on the way to the endpoint, or ""."""
        named = self.security.named_proxy(self.endpoint)
        return "" if named is None else named.url

    @property
    def console_url(self) -> str:
        """Base of links to the web console, without a slash at the end; "" for a unix socket.

        `console_endpoint` decides if it is set. Otherwise the console is where the API is, except that a control plane
        on port 8090 of this machine has its console on port 8080, as the open-source sandbox does.
        """
        scheme = "https" if self.endpoint.tls else "http"
        if self.console_endpoint:
            text = self.console_endpoint.rstrip("/")
            return text if "://" in text else f"{scheme}://{text}"
        host, port, path, tls = self.endpoint
        if path:
            return ""
        if port == 8090 and self.endpoint.is_loopback:
            port = 8080
        name = f"[{host}]" if ":" in host else host
        return f"{scheme}://{name}" if port == (443 if tls else 80) else f"{scheme}://{name}:{port}"

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value, *_ in self.settings if value)
        return redact(f"Config({shown})")
