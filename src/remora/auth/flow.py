"""What every way to get a token can do, and what those that talk to an OAuth 2 provider share."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from remora.errors import AuthError

from .http import refused
from .provider import Provider
from .token import Token, read_answer

if TYPE_CHECKING:
    from .http import Answer, Http
    from .methods import OAuth

TOKEN_ENDPOINT = "token endpoint"


class NoLogins(Exception):
    """The control plane offers no logins, so calls go without a token. Internal."""


class Surroundings(NamedTuple):
    """What flows need from the client that they log in for.

    Attributes:
        endpoint_url: The control plane, for what people are told.
        http: For requests to the provider.
        find: Finds the provider; asked once in a while, so it remembers.
    """

    endpoint_url: str
    http: Http
    find: Callable[[], Awaitable[Provider]]

    @property
    def name(self) -> str:
        """The control plane as people are told of it."""
        return urlsplit(self.endpoint_url).netloc or self.endpoint_url


class Flow(ABC):
    """One way to get tokens.

    Attributes:
        interactive: A person has to do something, so a token is worth keeping between programs.
    """

    interactive = False

    @abstractmethod
    async def login(self) -> Token:
        """Get a token from nothing.

        Raises:
            AuthError: There is none.
            NoLogins: None is needed.
        """

    async def renew(self, before: Token) -> Token:
        """Get a token with the help of an older one."""
        return await self.login()


class OAuthFlow(Flow):
    """A flow that talks to an OAuth 2 provider.

    Args:
        method: What the user set.
        around: What the client gives.
    """

    def __init__(self, method: OAuth, around: Surroundings) -> None:
        self._common = method
        self._around = around

    async def provider(self) -> Provider:
        """The provider, with what the user set in place of what the control plane says."""
        found, set_by_user = await self._around.find(), self._common
        if not found.token_endpoint:
            raise NoLogins
        return found._replace(
            client_id=set_by_user.client_id or found.client_id,
            scopes=found.scopes if set_by_user.scopes is None else tuple(set_by_user.scopes),
            audience=set_by_user.audience or found.audience,
            header_key=set_by_user.header_key or found.header_key,
        )

    async def ask(
        self, provider: Provider, form: Mapping[str, str], secrets: tuple[str, ...], before: Token | None = None
    ) -> Token:
        """Send a form to the token endpoint, as a client that has no secret.

        Args:
            provider: Where to.
            form: The form without the client's identifier.
            secrets: What in it must not be shown.
            before: The token that is renewed, if one is.
        """
        now = time.time()
        answer = await self._around.http.post(
            provider.token_endpoint, TOKEN_ENDPOINT, {**form, "client_id": provider.client_id}
        )
        return self.token(answer, provider, now, secrets, before)

    def token(
        self, answer: Answer, provider: Provider, now: float, secrets: tuple[str, ...], before: Token | None = None
    ) -> Token:
        """The token of an answer, or the error that it is."""
        if answer.status != 200 or answer.body is None or answer.error:
            raise refused(answer, TOKEN_ENDPOINT, provider.token_endpoint, secrets)
        return read_answer(answer.body, now, provider.header_key, before)


class RefreshingFlow(OAuthFlow):
    """A flow of a person, whose tokens are renewed with refresh tokens."""

    interactive = True

    def __init__(self, method: OAuth, around: Surroundings, more: Mapping[str, str] | None) -> None:
        super().__init__(method, around)
        self._more = more or {}

    async def provider(self) -> Provider:
        """The provider; a client without a secret must have an identifier."""
        provider = await super().provider()
        if not provider.client_id:
            raise AuthError(
                f"no client id: {self._around.name} names none and the settings have none",
                hint="pass client_id=, as it is registered at the provider",
            )
        return provider

    async def renew(self, before: Token) -> Token:
        """Use the refresh token; a login if there is none or the provider takes it no more (RFC 6749 section 6)."""
        if not before.refresh:
            return await self.login()
        provider = await self.provider()
        form = {"grant_type": "refresh_token", "refresh_token": before.refresh, **self._more}
        return await self.ask(provider, form, (before.refresh, before.access), before)


def asked_for(provider: Provider) -> dict[str, str]:
    """Scopes and audience as fields of a request; what is empty is left out."""
    fields = {"scope": " ".join(provider.scopes), "audience": provider.audience}
    return {name: value for name, value in fields.items() if value}
