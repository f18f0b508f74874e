"""The patterns by which `redact` finds secrets; loaded with the first error, because compiling them takes time."""

from __future__ import annotations

import re

MASK = "<redacted>"

# Every repetition that can fail late is bounded, so a long text takes linear time.
_URL_USER = re.compile(r"(?P<scheme>\b[a-zA-Z][a-zA-Z0-9+.-]{0,30}://)[^\s/@\"'<>?#]{1,1000}@")
_URL_QUERY = re.compile(r"(?P<base>\b[a-zA-Z][a-zA-Z0-9+.-]{0,30}://[^\s?#\"'<>]{0,1000})(?P<mark>[?#])[^\s\"'<>]+")
_CREDENTIALS = re.compile(r"\b(?P<scheme>Bearer|Basic|DPoP)\s+[A-Za-z0-9+/=._~-]{6,}", re.IGNORECASE)
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]+){1,4}")

# Names that always carry a secret, whatever separates them from the value ...
_STRONG = (
    r"(?:proxy-)?authorization|pass(?:word|wd|phrase)|client[_-]?secret|(?:access|refresh|id|bearer|session)[_-]?token"
    r"|api[_-]?key|private[_-]?key|code[_-]?verifier|x-(?:amz|goog)-(?:signature|credential|security-token)"
)
# ... and words that also occur in plain sentences ("secret: not found"), so only `name=value` counts.
_WEAK = r"secret|token|signature|sig|credentials?"
_QUOTED = r"\"[^\"]*\"|'[^']*'"
_BARE = r"[^\s\"',;&)}\]]+"
_AUTH_SCHEME = r"(?:(?:Bearer|Basic|DPoP|Digest|Negotiate)\s+)?"
_PAIR = re.compile(
    rf"(?P<name>\b(?:{_STRONG})\b)(?P<quote>[\"']?)(?P<sep>\s{{0,3}}[:=]\s{{0,3}})(?:{_QUOTED}|{_AUTH_SCHEME}{_BARE})"
    rf"|(?P<weak>\b[\w-]{{0,40}}(?:{_WEAK})\b)=(?:{_QUOTED}|{_BARE})",
    re.IGNORECASE,
)


def _mask_pair(match: re.Match[str]) -> str:
    if match["weak"] is not None:
        return f"{match['weak']}={MASK}"
    return f"{match['name']}{match['quote']}{match['sep']}{MASK}"


def mask(text: str) -> str:
    """Replace every secret in a text."""
    text = _URL_QUERY.sub(rf"\g<base>\g<mark>{MASK}", text)
    text = _URL_USER.sub(rf"\g<scheme>{MASK}@", text)
    text = _CREDENTIALS.sub(rf"\g<scheme> {MASK}", text)
    text = _JWT.sub(MASK, text)
    return _PAIR.sub(_mask_pair, text)
