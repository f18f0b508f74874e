"""google.protobuf.StringValue of short texts, for servers that have no protobuf library."""

from __future__ import annotations


def text_of(body: bytes) -> str:
    """Read the text; "" of a body that is too long to be a command."""
    if not 2 <= len(body) <= 1000:
        return ""
    start = 2 if body[1] < 128 else 3
    return body[start:].decode()


def body_of(text: str) -> bytes:
    """Write a text of less than 16 KiB."""
    size = len(text)
    return b"\x0a" + (bytes([size]) if size < 128 else bytes([size & 127 | 128, size >> 7])) + text.encode()
