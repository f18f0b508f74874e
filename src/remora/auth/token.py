"""A token, how long it is good for, and the form in which it is kept."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from remora.errors import AuthError

LEEWAY, LEEWAY_SHARE = 60.0, 0.1
"""A token is renewed this many seconds before it expires, or this share of its life, whichever is shorter."""

_TOKEN = re.compile(r"[!-~]{1,65536}\Z")  # what can follow "Bearer " in a header


@dataclass(frozen=True)
class Token:
    """What a provider gave. Times are seconds since the epoch, because tokens outlive processes.

    Attributes:
        access: The access token.
        refresh: The refresh token, or "".
        obtained: When the token came.
        expires: When it stops to be valid; None if nobody said.
        header_key: Header that carries it.
        scheme: The word before it there; empty for none.
    """

    access: str = field(repr=False)
    refresh: str = field(default="", repr=False)
    obtained: float = 0.0
    expires: float | None = None
    header_key: str = "authorization"
    scheme: str = "Bearer"

    @property
    def header(self) -> str:
        """The value of the header that carries it (RFC 6750 section 2.1)."""
        return f"{self.scheme} {self.access}" if self.scheme else self.access

    def expired(self, now: float) -> bool:
        """Whether the token is certainly of no use any more."""
        return self.expires is not None and now >= self.expires

    def due(self, now: float) -> bool:
        """Whether the token should be renewed before it is used."""
        if self.expires is None:
            return False
        return now >= self.expires - min(LEEWAY, LEEWAY_SHARE * max(self.expires - self.obtained, 0.0))

    def to_json(self) -> str:
        """The token as text, secrets included; `from_json` reads it."""
        return json.dumps(
            {
                "access_token": self.access,
                "refresh_token": self.refresh,
                "obtained": self.obtained,
                "expires": self.expires,
                "header_key": self.header_key,
            }
        )


def from_json(text: str) -> Token | None:
    """Read what `Token.to_json` wrote; None for anything else, such as a file that was cut off."""
    try:
        value = json.loads(text)
        access, refresh = value["access_token"], value["refresh_token"]
        obtained, expires, header_key = value["obtained"], value["expires"], value["header_key"]
    except (ValueError, TypeError, KeyError):
        return None
    numbers = isinstance(obtained, (int, float)) and (expires is None or isinstance(expires, (int, float)))
    if not numbers or not all(isinstance(each, str) for each in (access, refresh, header_key)):
        return None
    return Token(access, refresh, obtained, expires, header_key) if _TOKEN.match(access) else None


def read_answer(answer: Mapping[str, Any], now: float, header_key: str, before: Token | None = None) -> Token:
    """Read the answer of a token endpoint (RFC 6749 section 5.1).

    `expires_in` may be missing or a text. A refresh token that is not sent again stays valid (section 6).

    Args:
        answer: The JSON object.
        now: When the request was sent.
        header_key: Header that carries the token.
        before: The token that this one replaces, when it was renewed.

    Raises:
        AuthError: There is no usable access token in it.
    """
    access = answer.get("access_token")
    if not isinstance(access, str) or not access:
        raise AuthError("the token endpoint answered without an access token")
    if not _TOKEN.match(access):
        raise AuthError("the token endpoint gave an access token with characters that no header can carry")
    kind = answer.get("token_type", "Bearer")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise AuthError("the token endpoint gave a token that is not a bearer token, which is not supported")
    refresh = answer.get("refresh_token")
    if not isinstance(refresh, str) or not refresh:
        refresh = before.refresh if before is not None else ""
    life = _seconds(answer.get("expires_in"))
    return Token(access, refresh, now, None if life is None else now + life, header_key)


def read_printed(text: str, now: float, header_key: str) -> Token | None:
    """Read what a command printed: a bare token, or a JSON object as a token endpoint would send it.

    A bare token that is a JSON web token says itself when it expires.

    Returns:
        The token, or None if the text is neither.
    """
    text = text.strip()
    if text.startswith("{"):
        try:
            value = json.loads(text)
        except ValueError:
            return None
        if not isinstance(value, dict) or not isinstance(value.get("access_token"), str):
            return None
        text, life = value["access_token"], _seconds(value.get("expires_in"))
        expires = None if life is None else now + life
    else:
        expires = _jwt_expiry(text)
    return Token(text, "", now, expires, header_key) if _TOKEN.match(text) else None


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds > 0 else None


def _jwt_expiry(token: str) -> float | None:
    """The `exp` claim of a JSON web token (RFC 7519 section 4.1.4); it is a hint here, the server decides."""
    from base64 import urlsafe_b64decode

    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return None
    return _seconds(claims.get("exp")) if isinstance(claims, dict) else None
