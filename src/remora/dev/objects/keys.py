"""Names of objects: `remora://<key>`, where a key is a relative path with `/`."""

from __future__ import annotations

SCHEME = "remora://"
_MAX_PART = 255  # bytes; file systems allow no more
_MAX_KEY = 1024  # bytes, as S3


class InvalidKey(ValueError):
    """A name that no object can have; the message says why."""


def native_url(key: str) -> str:
    """The URL that names an object inside this control plane. It is not percent-encoded."""
    return SCHEME + key


def is_native(url: str) -> bool:
    """Tell whether a URL names an object of this store."""
    return url.startswith(SCHEME)


def key_of(url: str) -> str:
    """The key in a native URL.

    Raises:
        InvalidKey: It is not a native URL, or its key is not one.
    """
    if not is_native(url):
        raise InvalidKey(f"{url} is not in this object store, whose locations start with {SCHEME}")
    return check_key(url[len(SCHEME) :])


def join_key(*parts: str) -> str:
    """A key from parts, empty ones left out.

    Raises:
        InvalidKey: A part would lead out of its place, or the key is too long.
    """
    return check_key("/".join(part.strip("/") for part in parts if part.strip("/")))


def check_key(key: str) -> str:
    """Return the key if it can be one.

    Raises:
        InvalidKey: It is empty, absolute or too long, or has a part that is empty, `.` or `..`, or a character that
            file names cannot have.
    """
    parts = key.split("/")
    if any(part in ("", ".", "..") for part in parts):
        raise InvalidKey(f"{key!r} is not a valid object name: no part of it may be empty, '.' or '..'")
    if any(ord(character) < 32 or character in "\\\x7f" for character in key):
        raise InvalidKey(f"{key!r} is not a valid object name: it has a control character or a backslash")
    try:
        lengths = [len(part.encode()) for part in parts]
    except UnicodeEncodeError:
        raise InvalidKey(f"{key!r} is not a valid object name: it is not valid Unicode") from None
    if max(lengths) > _MAX_PART or sum(lengths) + len(parts) - 1 > _MAX_KEY:
        raise InvalidKey(f"the object name is too long: at most {_MAX_PART} bytes in a part and {_MAX_KEY} in all")
    return key
