"""What the provider has given out: codes, device codes, tokens. All in memory, gone when it ends."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

CODE_SECONDS = 60.0


class Refused(Exception):
    """A request that the provider does not grant (RFC 6749 section 5.2)."""

    def __init__(self, error: str, description: str = "", status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.description = description
        self.status = status


@dataclass
class Code:
    """An authorization code and what it was given for."""

    client_id: str
    redirect_uri: str
    challenge: str
    scope: str
    subject: str
    expires: float
    family: str = ""


@dataclass
class Device:
    """A login on another device: `decision` is "", "accept" or "deny"."""

    client_id: str
    user_code: str
    scope: str
    expires: float
    decision: str = ""
    asked: float = 0.0


@dataclass
class Grants:
    """Everything that was given out.

    Attributes:
        lifetime: Seconds that an access token is valid.
        refresh_lifetime: Seconds that a refresh token is valid.
        now: The clock.
    """

    lifetime: float = 600.0
    refresh_lifetime: float = 86400.0
    now: Callable[[], float] = time.time
    codes: dict[str, Code] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)
    access: dict[str, tuple[str, float]] = field(default_factory=dict)
    refresh: dict[str, tuple[str, str, str, float]] = field(default_factory=dict)
    used: dict[str, str] = field(default_factory=dict)

    def valid(self, token: str) -> bool:
        """Whether an access token lets its bearer in."""
        found = self.access.get(token)
        return found is not None and self.now() < found[1]

    def tokens(self, subject: str, client_id: str, scope: str, family: str = "") -> dict[str, object]:
        """New tokens; with a refresh token if they belong to a person, whose tokens are one family."""
        token = _jwt(subject, self.now() + self.lifetime)
        self.access[token] = (family, self.now() + self.lifetime)
        answer: dict[str, object] = {"access_token": token, "token_type": "Bearer", "expires_in": int(self.lifetime)}
        if scope:
            answer["scope"] = scope
        if family:
            refresh = secrets.token_urlsafe(32)
            self.refresh[refresh] = (family, subject, client_id, self.now() + self.refresh_lifetime)
            answer["refresh_token"] = refresh
        return answer

    def redeem(self, code: str, client_id: str, redirect_uri: str, verifier: str) -> dict[str, object]:
        """Tokens for a code, once; a second time takes back what the first gave (RFC 6749 section 4.1.2)."""
        if code in self.used:
            self.revoke(self.used[code])
            raise Refused("invalid_grant", "the code was used before")
        found = self.codes.pop(code, None)
        if found is None or self.now() >= found.expires:
            raise Refused("invalid_grant", "the code is unknown or has expired")
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if not secrets.compare_digest(digest, found.challenge):
            raise Refused("invalid_grant", "the code verifier is wrong")
        if (client_id, redirect_uri) != (found.client_id, found.redirect_uri):
            raise Refused("invalid_grant", "the code was given to another client or address")
        family = secrets.token_urlsafe(8)
        self.used[code] = family
        return self.tokens(found.subject, client_id, found.scope, family)

    def rotate(self, token: str, client_id: str) -> dict[str, object]:
        """New tokens for a refresh token, once; a second time takes the whole family back (RFC 9700 section 2.2.2)."""
        if token in self.used:
            self.revoke(self.used[token])
            raise Refused("invalid_grant", "the refresh token was used before")
        found = self.refresh.pop(token, None)
        if found is None or found[2] != client_id or self.now() >= found[3]:
            raise Refused("invalid_grant", "the refresh token is unknown or has expired")
        family, subject, _, _ = found
        self.used[token] = family
        return self.tokens(subject, client_id, "", family)

    def revoke(self, family: str) -> None:
        """Take back all tokens of a family."""
        self.access = {token: facts for token, facts in self.access.items() if facts[0] != family}
        self.refresh = {token: facts for token, facts in self.refresh.items() if facts[0] != family}


def _jwt(subject: str, expires: float) -> str:
    """A token that says who it is for; it is looked up, so its signature is only there to make it unique."""

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    claims = {"sub": subject, "name": subject.title(), "exp": int(expires)}
    return f"{part({'alg': 'none'})}.{part(claims)}.{secrets.token_urlsafe(16)}"
