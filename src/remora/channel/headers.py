"""Headers of calls: metadata to the wire and back, deadlines, status messages."""

from __future__ import annotations

import binascii
import math
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from remora.errors import ValidationError

if TYPE_CHECKING:
    from typing import TypeAlias

Headers: TypeAlias = "list[tuple[str, str]]"

_NAME = re.compile(r"[0-9a-z_.-]+\Z")
_VALUE = re.compile(r"[ -~]*\Z")  # printable ASCII, as the gRPC protocol allows

_RESERVED = frozenset({"te", "content-type", "user-agent", "content-length", "host", "connection"})

# Percent-encoding of grpc-message: space and everything printable but "%" stays.
_PLAIN = "".join(chr(code) for code in range(0x20, 0x7F) if code != 0x25)

_UNITS = (("m", 0.001), ("S", 1.0), ("M", 60.0), ("H", 3600.0))
_MAX_DIGITS = 99_999_999


def encode_metadata(metadata: Mapping[str, str | bytes]) -> Headers:
    """Turn metadata into header fields.

    Raises:
        ValidationError: A name or a value may not be sent; the value is not shown, it may be a secret.
    """
    headers: Headers = []
    for key, value in metadata.items():
        name = key.lower()
        if name in _RESERVED or name.startswith("grpc-") or not _NAME.match(name):
            raise ValidationError(f"metadata may not be named {key!r}", field="metadata")
        if name.endswith("-bin"):
            if not isinstance(value, bytes):
                raise ValidationError(f"metadata {key!r} must be bytes, because its name ends with -bin", field=key)
            headers.append((name, b64encode(value).decode("ascii").rstrip("=")))
        elif not isinstance(value, str):
            raise ValidationError(
                f"metadata {key!r} must be text; only names that end with -bin carry bytes", field=key
            )
        elif not _VALUE.match(value):
            raise ValidationError(f"metadata {key!r} has characters other than printable ASCII", field=key)
        else:
            headers.append((name, value.strip()))
    return headers


def decode_metadata(headers: Iterable[tuple[str, str]]) -> dict[str, str | bytes]:
    """Turn header fields into metadata, without the transport's own fields.

    A name that came more than once has its values joined by commas, as the gRPC protocol says they may be read. A
    binary value that is not base64 is left out: it cannot be shown, and a call should not fail for it.
    """
    metadata: dict[str, str | bytes] = {}
    for name, value in headers:
        if name.startswith((":", "grpc-")) or name in _RESERVED:
            continue
        if name.endswith("-bin"):
            data = decode_binary(value)
            if data is not None:
                metadata[name] = data
            continue
        before = metadata.get(name)
        metadata[name] = f"{before},{value}" if isinstance(before, str) else value
    return metadata


def decode_binary(value: str) -> bytes | None:
    """Decode a binary header, padded or not; None if it is not base64."""
    try:
        return b64decode(value.partition(",")[0] + "=" * (-len(value.partition(",")[0]) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def encode_timeout(seconds: float) -> str:
    """The value of `grpc-timeout`: at most eight digits and a unit, rounded up so that it is never too short."""
    for unit, size in _UNITS:
        amount = math.ceil(seconds / size)
        if amount <= _MAX_DIGITS:
            return f"{max(amount, 1)}{unit}"
    return f"{_MAX_DIGITS}H"


def encode_message(message: str) -> str:
    """The value of `grpc-message`: percent-encoded UTF-8."""
    return quote(message, safe=_PLAIN, errors="replace")


def decode_message(value: str) -> str:
    """Read `grpc-message`; what is malformed in it stays as it is."""
    return unquote(value, errors="replace")
