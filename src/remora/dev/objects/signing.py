"""Signed URLs: who has one may do one thing with one object until a point in time."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, quote, urlencode

PREFIX = "/objects/"
_EXPIRES = "X-Remora-Expires"
_HEADERS = "X-Remora-SignedHeaders"
_SIGNATURE = "X-Remora-Signature"


class Refused(Exception):
    """A request that its URL does not allow; `code` is the error code that S3 would answer."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def object_path(key: str) -> str:
    """The path of an object's URL."""
    return PREFIX + quote(key, safe="/-_.~")


class Signer:
    """Signs and checks URLs with a secret key."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def sign(self, method: str, key: str, expires: int, headers: Mapping[str, str]) -> str:
        """Path and query of a URL that allows `method` on `key`.

        Args:
            method: "GET" or "PUT"; GET allows HEAD too.
            key: Name of the object.
            expires: Seconds since the epoch when the URL stops working.
            headers: Headers that the request has to carry, with exactly these values; names in any case.
        """
        path = object_path(key)
        names = sorted(name.lower() for name in headers)
        lowered = {name.lower(): value for name, value in headers.items()}
        signature = self._signature(method, path, expires, names, lowered)
        query = {_EXPIRES: str(expires), _HEADERS: ";".join(names), _SIGNATURE: signature}
        return f"{path}?{urlencode(query, safe=';')}"

    def check(self, method: str, path: str, query: str, headers: Mapping[str, str]) -> None:
        """Check that a request may go on.

        Args:
            method: Method of the request.
            path: Its path, percent-encoded as it was sent.
            query: Its query string.
            headers: Its headers by lower-case name.

        Raises:
            Refused: The URL is not signed, was changed, does not allow this request, or has expired.
        """
        pairs = parse_qsl(query, keep_blank_values=True)
        values = dict(pairs)
        if len(values) != len(pairs) or set(values) != {_EXPIRES, _HEADERS, _SIGNATURE}:
            raise Refused("AccessDenied", "the URL is not signed")
        expires, given = values[_EXPIRES], values[_SIGNATURE]
        names = values[_HEADERS].split(";") if values[_HEADERS] else []
        if not (expires.isascii() and expires.isdigit() and len(expires) < 16):
            raise Refused("AccessDenied", "the URL is not signed")
        wanted = self._signature("GET" if method == "HEAD" else method, path, int(expires), names, headers)
        if not hmac.compare_digest(wanted.encode(), given.encode("utf-8", "surrogateescape")):
            raise Refused("SignatureDoesNotMatch", "the signature does not match the method, URL and signed headers")
        if time.time() >= int(expires):
            raise Refused("AccessDenied", "Request has expired")

    def _signature(self, method: str, path: str, expires: int, names: Sequence[str], headers: Mapping[str, str]) -> str:
        values = (f"{name}:{headers.get(name, '').strip()}" for name in names)
        lines = [method, path, str(expires), ";".join(names), *values]
        return hmac.new(self._secret, "\n".join(lines).encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()
