"""What is accepted from a control plane as the address of a file, and the headers to send there."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import urlsplit

from remora.transfer.attempts import Failed

# A server's answer may sign headers of the object; these would change whom the request talks to, or with whose rights.
_FORBIDDEN = frozenset(
    (
        *("authorization", "connection", "cookie", "host", "proxy-authorization"),
        *("te", "trailer", "transfer-encoding", "upgrade"),
    )
)
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def host_of(signed_url: str) -> str:
    """Host of a signed URL: all of it that may be shown."""
    try:
        return urlsplit(signed_url).hostname or "the object store"
    except ValueError:
        return "the object store"


def check_target(signed_url: str, *, plaintext_ok: bool) -> None:
    """Refuse to go where the control plane should not have pointed.

    Args:
        signed_url: Where it points.
        plaintext_ok: The control plane itself is reached without TLS.

    Raises:
        Failed: the address is no HTTP address, or plaintext to another machine.
    """
    try:
        parts = urlsplit(signed_url)
        port = parts.port
    except ValueError:
        raise Failed("the control plane gave no HTTP address", repeat=False) from None
    blank = any(ord(character) <= 32 for character in signed_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or blank:
        raise Failed("the control plane gave no HTTP address", repeat=False)
    if parts.scheme == "http" and not plaintext_ok and parts.hostname not in LOOPBACK:
        raise Failed(f"the control plane wants it to go to {parts.hostname} without TLS", repeat=False)


def upload_headers(
    signed: Mapping[str, str], native_url: str, md5: bytes, size: int, content_type: str | None
) -> dict[str, str]:
    """Headers of an upload. What the server gave is part of its signature and is sent as it is.

    Args:
        signed: Headers that the server gave.
        native_url: Where the file will be.
        md5: Its digest.
        size: Its size in bytes.
        content_type: Its media type, if the caller said it.

    Raises:
        Failed: the server gave a header that must not come from it.
    """
    headers: dict[str, str] = {}
    if native_url.startswith("abfs://"):
        headers["x-ms-blob-type"] = "BlockBlob"
    for name, value in signed.items():
        if name.lower() in _FORBIDDEN or any(char in name + value for char in "\r\n\0"):
            raise Failed(f"the control plane gave the header {name!r}", repeat=False)
        _put(headers, name, value)
    _put(headers, "Content-Length", str(size))
    given = {name.lower() for name in headers}
    if "content-md5" not in given:
        headers["Content-MD5"] = base64.b64encode(md5).decode()
    if content_type is not None and "content-type" not in given:
        headers["Content-Type"] = content_type
    return headers


def _put(headers: dict[str, str], name: str, value: str) -> None:
    """Set a header, in place of one whose name differs only in case."""
    for known in [known for known in headers if known.lower() == name.lower()]:
        del headers[known]
    headers[name] = value
