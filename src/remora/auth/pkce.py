"""Login with a browser: authorization code with PKCE, RFC 7636 and RFC 8252."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from remora.channel.deadline import within
from remora.errors import AuthError, LoginDenied, LoginTimeout

from . import prompt
from .callback import CallbackServer, Returned
from .flow import RefreshingFlow, asked_for
from .http import shown

if TYPE_CHECKING:
    from .flow import Surroundings
    from .methods import Pkce
    from .provider import Provider
    from .token import Token

_RANDOM_BYTES = 48  # 64 characters; RFC 7636 section 4.1 wants 43 to 128


class PkceLogin(RefreshingFlow):
    """Opens the provider's page in a browser and waits for it to come back."""

    def __init__(self, method: Pkce, around: Surroundings) -> None:
        super().__init__(method, around, method.refresh_access_token_params)
        self._method = method

    async def login(self) -> Token:
        """Open the browser and wait."""
        method = self._method
        provider = await self.provider()
        if not provider.authorization_endpoint:
            raise AuthError(f"{self._around.name} offers no login with a browser", hint='try auth="DeviceFlow"')
        self._around.http.check(provider.authorization_endpoint, "authorization endpoint")
        # Fresh for each attempt: RFC 7636 section 4.1, RFC 6749 section 10.12.
        verifier, state = secrets.token_urlsafe(_RANDOM_BYTES), secrets.token_urlsafe(_RANDOM_BYTES)
        async with CallbackServer(method.redirect_uri or provider.redirect_uri, state) as server:
            url = self._page(provider, server.redirect_uri, verifier, state)
            if not await prompt.open_browser(url):
                prompt.tell(f"Open this page in a browser of this machine to log in to {self._around.name}:\n{url}")
            try:
                returned = await within(method.login_timeout, server.returned())
            except asyncio.TimeoutError:
                raise LoginTimeout(
                    f"nobody finished the login to {self._around.name} within {method.login_timeout:g} s",
                    hint='make the call again; auth="DeviceFlow" logs in with a browser on another machine',
                ) from None
        _check(returned, provider, self._around.name, (verifier, state))
        form = {
            "grant_type": "authorization_code",
            "code": returned.code,
            "redirect_uri": server.redirect_uri,
            "code_verifier": verifier,
            **(method.request_access_token_params or {}),
        }
        if method.add_request_auth_code_params_to_request_access_token_params:
            form = {**(method.request_auth_code_params or {}), **form}
        return await self.ask(provider, form, (returned.code, verifier, state))

    def _page(self, provider: Provider, redirect_uri: str, verifier: str, state: str) -> str:
        parts = urlsplit(provider.authorization_endpoint)
        digest = hashlib.sha256(verifier.encode("ascii")).digest()
        fields = {
            **dict(parse_qsl(parts.query, keep_blank_values=True)),  # RFC 6749 section 3.1: its own query is kept
            **(self._method.request_auth_code_params or {}),
            **asked_for(provider),
            "response_type": "code",
            "client_id": provider.client_id,
            "redirect_uri": redirect_uri,
            "state": state,
            "code_challenge": urlsafe_b64encode(digest).decode("ascii").rstrip("="),
            "code_challenge_method": "S256",
        }
        return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(fields), ""))


def _check(returned: Returned, provider: Provider, name: str, sent: tuple[str, ...]) -> None:
    """Refuse what did not come from the provider (RFC 9207), and tell what it refused."""
    if returned.issuer and provider.issuer and returned.issuer.rstrip("/") != provider.issuer.rstrip("/"):
        raise AuthError(
            "another provider than the one that was asked came back from the browser; the login was dropped",
            hint="this can be an attack; check the control plane's authentication metadata",
        )
    if not returned.error:
        return
    error = shown(returned.error, sent)
    described = f" ({shown(returned.description, sent)})" if returned.description else ""
    if error == "access_denied":
        raise LoginDenied(f"the login to {name} was refused{described}", error=error)
    raise AuthError(f"the provider of {name} did not log you in: {error}{described}", error=error)
