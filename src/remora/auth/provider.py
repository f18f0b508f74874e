"""What is known of the OAuth 2 provider of a control plane, and how it is found out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from remora.errors import AuthError, ConfigError, RpcError, StatusCode

from .http import ATTEMPTS
from .methods import check_header

if TYPE_CHECKING:
    from typing import TypeAlias

    from remora_api.flyteidl2.auth import (
        AuthMetadataServiceStub,
        GetOAuth2MetadataResponse,
        GetPublicClientConfigResponse,
    )

    from .http import Http

T = TypeVar("T")

WELL_KNOWN = "/.well-known/oauth-authorization-server"
"""Where RFC 8414 section 3 puts the document about a provider."""

DEFAULT_HEADER = "authorization"

# A control plane that is away is away for the call itself too, whose caller is told just that.
_AWAY = frozenset({StatusCode.UNAVAILABLE, StatusCode.DEADLINE_EXCEEDED})

# A control plane that has no logins, or is older than the service that tells about them, answers with one of these.
_NOT_OFFERED = frozenset({StatusCode.UNIMPLEMENTED, StatusCode.NOT_FOUND})


class Provider(NamedTuple):
    """A provider, and what a control plane says about using it.

    Attributes:
        issuer: Its name, a URL.
        authorization_endpoint: Page to log in at.
        token_endpoint: Where tokens come from; "" when the control plane offers no logins.
        device_authorization_endpoint: Where a login on another device begins.
        auth_methods: How a client may prove who it is at the token endpoint; empty if nobody said.
        client_id: Identifier that clients should use.
        redirect_uri: Where logins of clients come back to.
        scopes: What clients should ask for.
        audience: Who tokens are for.
        header_key: Header that carries tokens.
    """

    issuer: str = ""
    authorization_endpoint: str = ""
    token_endpoint: str = ""
    device_authorization_endpoint: str = ""
    auth_methods: tuple[str, ...] = ()
    client_id: str = ""
    redirect_uri: str = ""
    scopes: tuple[str, ...] = ()
    audience: str = ""
    header_key: str = DEFAULT_HEADER


Told: TypeAlias = "tuple[GetOAuth2MetadataResponse | None, GetPublicClientConfigResponse | None]"
"""What AuthMetadataService says; None for what a control plane does not offer."""

Ask: TypeAlias = "Callable[[], Awaitable[Told]]"
"""Asks AuthMetadataService."""


async def ask_metadata_service(stub: AuthMetadataServiceStub, timeout: float) -> Told:
    """Make both calls of AuthMetadataService at once.

    Args:
        stub: Its calls carry no token.
        timeout: Seconds for each call.

    Raises:
        RpcError: The control plane is away.
        AuthError: A call failed in another way, except by saying that it is not offered.
    """
    from remora_api.flyteidl2.auth import GetOAuth2MetadataRequest, GetPublicClientConfigRequest

    async def asked(call: Awaitable[T]) -> T | None:
        try:
            return await call
        except RpcError as error:
            if error.code in _NOT_OFFERED:
                return None
            if error.code in _AWAY:
                error.retriable = False  # it was tried often enough
                raise
            raise AuthError(
                f"the control plane did not say how to log in: {error}",
                hint="check the endpoint; it must be that of the API, not of the web console",
            ) from error

    return await asyncio.gather(
        asked(stub.get_oauth2_metadata(GetOAuth2MetadataRequest(), timeout=timeout)),
        asked(stub.get_public_client_config(GetPublicClientConfigRequest(), timeout=timeout)),
    )


async def find_provider(ask: Ask | None, http: Http, endpoint_url: str, issuer: str = "") -> Provider:
    """Find the provider: AuthMetadataService first, then RFC 8414 documents.

    Args:
        ask: Asks the control plane; None if it cannot be asked.
        http: For documents.
        endpoint_url: The control plane, "https://host:port".
        issuer: A provider that the user named; only its document is read for addresses.

    Returns:
        The provider; without a token endpoint if the control plane offers no logins.

    Raises:
        AuthError: The control plane could not be asked, or what it said makes no sense.
    """
    metadata, client = (None, None) if ask is None else await ask()
    provider = Provider()
    if client is not None:
        provider = provider._replace(
            client_id=client.client_id,
            redirect_uri=client.redirect_uri,
            scopes=tuple(client.scopes),
            audience=client.audience,
            header_key=_header(client.authorization_metadata_key),
        )
    if issuer:
        document = await _document(http, issuer, attempts=ATTEMPTS)
        if document is None:
            raise AuthError(f"the issuer {issuer} has no document at {WELL_KNOWN} (RFC 8414)", hint="check issuer=")
        return _with_document(provider, document, issuer)
    if metadata is not None and metadata.token_endpoint:
        return provider._replace(
            issuer=metadata.issuer,
            authorization_endpoint=metadata.authorization_endpoint,
            token_endpoint=metadata.token_endpoint,
            device_authorization_endpoint=metadata.device_authorization_endpoint,
            auth_methods=tuple(metadata.token_endpoint_auth_methods_supported),
        )
    named = metadata.issuer if metadata is not None else ""
    places = [named, client.service_http_endpoint if client is not None else "", endpoint_url]
    for place in dict.fromkeys(place for place in places if place.startswith(("http://", "https://"))):
        document = await _document(http, place, attempts=1)
        if document is not None:
            return _with_document(provider, document, place if place == named else "")
    return provider


def _header(key: str) -> str:
    if not key:
        return DEFAULT_HEADER
    try:
        return check_header(key, "the control plane's authorization_metadata_key")
    except ConfigError as error:
        raise AuthError(error.message) from None


async def _document(http: Http, issuer: str, *, attempts: int) -> dict[str, Any] | None:
    parts = urlsplit(issuer)
    # RFC 8414 section 3.1: the well-known part comes between the host and the path of the issuer.
    url = f"{parts.scheme}://{parts.netloc}{WELL_KNOWN}{parts.path.rstrip('/')}"
    try:
        answer = await http.get(url, "authentication metadata", attempts=attempts)
    except AuthError:
        return None  # a control plane that speaks gRPC alone has no document
    body = answer.body
    return body if answer.status == 200 and body is not None and _text(body, "token_endpoint") else None


def _with_document(provider: Provider, document: Mapping[str, Any], issuer: str) -> Provider:
    named = _text(document, "issuer")
    if issuer and named.rstrip("/") != issuer.rstrip("/"):  # RFC 8414 section 3.3
        raise AuthError("the provider's metadata names another issuer than the one that was asked for")
    methods = document.get("token_endpoint_auth_methods_supported")
    if methods is None:
        methods = document.get("tokenEndpointAuthMethodsSupported")
    return provider._replace(
        issuer=named,
        authorization_endpoint=_text(document, "authorization_endpoint"),
        token_endpoint=_text(document, "token_endpoint"),
        device_authorization_endpoint=_text(document, "device_authorization_endpoint"),
        auth_methods=tuple(each for each in methods if isinstance(each, str)) if isinstance(methods, list) else (),
    )


def _text(document: Mapping[str, Any], name: str) -> str:
    """A member of a document; the open-source control plane writes its own in camel case."""
    first, *others = name.split("_")
    value = document.get(name) or document.get(first + "".join(each.capitalize() for each in others))
    return value if isinstance(value, str) else ""
