"""Names of objects in the store."""

from __future__ import annotations

import unicodedata

from remora.errors import InvalidArgument


def store_name(name: str, parameter: str) -> str:
    """A name as the store gets it: `/` between parts, Unicode in normal form C.

    The same letters can be spelled in several ways (`é`, or `e` and an accent; file systems of macOS prefer the
    second). In one form a file has one name, wherever it was uploaded from.

    Args:
        name: The name.
        parameter: How an error calls it.

    Raises:
        InvalidArgument: no object can have this name.
    """
    if not name or "\0" in name or any(part in ("", ".", "..") for part in name.split("/")):
        raise InvalidArgument(f"{parameter}: {name!r} cannot be a name in the store")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise InvalidArgument(f"{parameter}: the name {name!r} is not valid Unicode") from None
    return unicodedata.normalize("NFC", name)
