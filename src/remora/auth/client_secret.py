"""Client credentials: RFC 6749 section 4.4."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

from .flow import TOKEN_ENDPOINT, OAuthFlow, asked_for

if TYPE_CHECKING:
    from .flow import Surroundings
    from .http import Answer
    from .methods import ClientSecret
    from .provider import Provider
    from .token import Token

_ENCODED, _RAW, _POST = "basic", "basic without encoding", "post"


class ClientSecretFlow(OAuthFlow):
    """Sends identifier and secret, in the form that the provider takes.

    RFC 6749 section 2.3.1 wants both form-encoded in the Basic header. Some providers want them raw, and some in the
    body; the form that worked is used from then on.
    """

    def __init__(self, method: ClientSecret, around: Surroundings) -> None:
        super().__init__(method, around)
        self._method = method
        self._worked = ""

    async def login(self) -> Token:
        """Get a token with the secret."""
        provider = await self.provider()
        now = time.time()
        ways = [self._worked] if self._worked else self._ways(provider)
        answer = await self._send(provider, ways[0])
        worked = ways[0]
        for way in ways[1:]:
            if answer.status not in (400, 401) or answer.error not in ("", "invalid_client"):
                break
            another = await self._send(provider, way)
            if another.status == 200:
                answer, worked = another, way
                break
        token = self.token(answer, provider, now, self._secrets())
        self._worked = worked
        return token

    def _ways(self, provider: Provider) -> list[str]:
        offered = provider.auth_methods
        if "client_secret_post" in offered and "client_secret_basic" not in offered:
            return [_POST]
        ways = [_ENCODED]
        # Without the encoding, the first colon would end the identifier (RFC 7617 section 2).
        if ":" not in self._method.client_id and _basic(self._method, encode=True) != _basic(
            self._method, encode=False
        ):
            ways.append(_RAW)
        if "client_secret_post" in offered:
            ways.append(_POST)
        return ways

    async def _send(self, provider: Provider, way: str) -> Answer:
        method = self._method
        form: Mapping[str, str] = {"grant_type": "client_credentials", **asked_for(provider)}
        form = {**form, **(method.request_access_token_params or {})}
        authorization = ""
        if way == _POST:
            form = {**form, "client_id": method.client_id, "client_secret": method.client_secret}
        else:
            authorization = _basic(method, encode=way == _ENCODED)
        return await self._around.http.post(provider.token_endpoint, TOKEN_ENDPOINT, form, authorization)

    def _secrets(self) -> tuple[str, ...]:
        secret = self._method.client_secret
        return secret, quote_plus(secret)


def _basic(method: ClientSecret, *, encode: bool) -> str:
    pair = (method.client_id, method.client_secret)
    text = ":".join(quote_plus(each) if encode else each for each in pair)
    return "Basic " + b64encode(text.encode()).decode("ascii")
