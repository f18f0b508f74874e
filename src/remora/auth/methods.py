"""The ways to log in, as plain settings. None of them does anything before the first call."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from remora.errors import ConfigError

if TYPE_CHECKING:
    from typing import TypeAlias

_SCOPE = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+\Z")  # RFC 6749 section 3.3
_HEADER = re.compile(r"[a-z][0-9a-z_.-]*\Z")

_RESERVED = frozenset({"te", "content-type", "content-length", "user-agent", "host", "connection", "x-request-id"})


@dataclass(frozen=True)
class OAuth:
    """What the methods that talk to an OAuth 2 provider have in common.

    Args:
        client_id: Identifier of this program at the provider; "" for the one that the control plane names.
        scopes: What to ask for; None for what the control plane names.
        audience: Who the token is for, if the provider wants to know; "" for what the control plane names.
        issuer: A provider to use instead of asking the control plane; its RFC 8414 document is read.
        header_key: Header that carries the token; "" for the one that the control plane names, or "authorization".
    """

    client_id: str = ""
    scopes: Sequence[str] | None = field(default=None, kw_only=True)
    audience: str = field(default="", kw_only=True)
    issuer: str = field(default="", kw_only=True)
    header_key: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        if self.scopes is not None:
            object.__setattr__(self, "scopes", check_scopes(self.scopes))
        if self.header_key:
            object.__setattr__(self, "header_key", check_header(self.header_key, "header_key"))


@dataclass(frozen=True)
class Pkce(OAuth):
    """Log in with a browser on this machine: authorization code with PKCE (RFC 7636, RFC 8252).

    Args:
        client_id: Identifier of this program at the provider; "" for the one that the control plane names.
        scopes: What to ask for.
        audience: Who the token is for.
        issuer: A provider to use instead of asking the control plane.
        header_key: Header that carries the token.
        redirect_uri: Where the browser comes back to, on this machine, such as "http://localhost:53593/callback"; ""
            for what the control plane names, or a free port. A port that is left out is a free one.
        login_timeout: Seconds in which the person must have logged in.
        request_auth_code_params: More parameters of the page that the browser opens.
        request_access_token_params: More parameters of the request that turns the code into a token.
        refresh_access_token_params: More parameters of the request that renews the token.
        add_request_auth_code_params_to_request_access_token_params: Send the first of these three with the second too.

    Example:
        >>> remora.init("https://flyte.example.com", auth=remora.auth.Pkce())  # doctest: +SKIP
    """

    redirect_uri: str = field(default="", kw_only=True)
    login_timeout: float = field(default=300.0, kw_only=True)
    request_auth_code_params: Mapping[str, str] | None = field(default=None, kw_only=True)
    request_access_token_params: Mapping[str, str] | None = field(default=None, kw_only=True, repr=False)
    refresh_access_token_params: Mapping[str, str] | None = field(default=None, kw_only=True, repr=False)
    add_request_auth_code_params_to_request_access_token_params: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_seconds("login_timeout", self.login_timeout)


@dataclass(frozen=True)
class DeviceFlow(OAuth):
    """Log in with a browser on any other machine, by typing a code there (RFC 8628).

    Args:
        client_id: Identifier of this program at the provider; "" for the one that the control plane names.
        scopes: What to ask for.
        audience: Who the token is for.
        issuer: A provider to use instead of asking the control plane.
        header_key: Header that carries the token.
        refresh_access_token_params: More parameters of the request that renews the token.

    Example:
        >>> remora.init("https://flyte.example.com", auth=remora.auth.DeviceFlow())  # doctest: +SKIP
    """

    refresh_access_token_params: Mapping[str, str] | None = field(default=None, kw_only=True, repr=False)


@dataclass(frozen=True)
class ClientSecret(OAuth):
    """Log a program in with an identifier and a secret: client credentials (RFC 6749 section 4.4).

    Args:
        client_id: Identifier of the program at the provider.
        client_secret: Its secret.
        scopes: What to ask for.
        audience: Who the token is for.
        issuer: A provider to use instead of asking the control plane.
        header_key: Header that carries the token.
        request_access_token_params: More parameters of the token request.

    Raises:
        ConfigError: Identifier or secret is missing.

    Example:
        >>> secret = os.environ["MY_SECRET"]  # doctest: +SKIP
        >>> remora.init("https://flyte.example.com", auth=remora.auth.ClientSecret("ci", secret))  # doctest: +SKIP
    """

    client_secret: str = field(default="", repr=False)
    request_access_token_params: Mapping[str, str] | None = field(default=None, kw_only=True, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("client_id", "client_secret"):
            if not getattr(self, name):
                raise ConfigError(
                    f"the ClientSecret login needs a {name}", hint="pass both client_id= and client_secret="
                )


@dataclass(frozen=True)
class ExternalCommand:
    """Let a command print the token: it is run without a shell, and its standard output is the token.

    The output may also be a JSON object with `access_token` and, if it is known, `expires_in` in seconds.

    Args:
        command: The command and its arguments.
        timeout: Seconds in which it must end.
        header_key: Header that carries the token; "" for the one that the control plane names, or "authorization".
        environment: Variables of the command besides those of this process.

    Raises:
        ConfigError: The command is empty, or one string that would need a shell.

    Example:
        >>> command = ["gcloud", "auth", "print-identity-token"]
        >>> remora.init("https://flyte.example.com", auth=remora.auth.ExternalCommand(command))  # doctest: +SKIP
    """

    command: Sequence[str] = field(repr=False)
    timeout: float = field(default=60.0, kw_only=True)
    header_key: str = field(default="", kw_only=True)
    environment: Mapping[str, str] | None = field(default=None, kw_only=True, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "command", check_command(self.command, "command"))
        check_seconds("timeout", self.timeout)
        if self.header_key:
            object.__setattr__(self, "header_key", check_header(self.header_key, "header_key"))


@dataclass(frozen=True)
class Passthrough:
    """Make no login: send what `with remora.auth_metadata(...)` says, call by call.

    For services that pass on the credentials of whoever calls them. Outside such a block nothing is sent.

    Example:
        >>> client = remora.Client("https://flyte.example.com", auth=remora.auth.Passthrough())  # doctest: +SKIP
        >>> with client, remora.auth_metadata(("authorization", request.headers["authorization"])):  # doctest: +SKIP
        ...     remora.Run.get("r1")
    """


AuthMethod: TypeAlias = "Pkce | DeviceFlow | ClientSecret | ExternalCommand | Passthrough"
"""Any of the ways to log in."""


def check_scopes(scopes: Sequence[str]) -> tuple[str, ...]:
    """Scopes as a tuple, in their order.

    Raises:
        ConfigError: One string was given instead of several, or a scope has characters that RFC 6749 does not allow.
    """
    if isinstance(scopes, str):
        raise ConfigError("scopes must be a list of texts, not one text", hint=f"write {scopes.split()!r}")
    for scope in scopes:
        if not _SCOPE.match(scope):
            raise ConfigError(f"{scope!r} is not a scope", hint="a scope is text without spaces and quotes")
    return tuple(scopes)


def check_header(name: str, where: str) -> str:
    """The name of a header that may carry a token, in lower case as HTTP/2 wants it.

    Raises:
        ConfigError: It may not.
    """
    lower = name.strip().lower()
    if not _HEADER.match(lower) or lower in _RESERVED or lower.endswith("-bin") or lower.startswith("grpc-"):
        raise ConfigError(f"{where} {name!r} cannot carry a token", hint='the usual name is "authorization"')
    return lower


def check_command(command: Sequence[str], where: str) -> tuple[str, ...]:
    """A command as a tuple.

    Raises:
        ConfigError: It is empty, or one string that would need a shell.
    """
    if isinstance(command, str):
        raise ConfigError(
            f"{where} must be a list of a program and its arguments, not one text",
            hint='no shell is used; write ["program", "argument"]',
        )
    given = tuple(command)
    if not given or not all(isinstance(part, str) for part in given) or not given[0]:
        raise ConfigError(f"{where} must name a program, and all its parts must be texts")
    return given


def check_seconds(name: str, value: float) -> None:
    """Refuse a time limit that is none.

    Raises:
        ConfigError: It is not above 0.
    """
    if not value > 0:  # also catches NaN
        raise ConfigError(f"{name} must be more than 0 seconds, not {value}")
