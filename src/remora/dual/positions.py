"""Tokens of lists whose servers give none: page numbers, offsets, last keys.

A pager goes on from a token, whatever the server calls its pages. Here tokens are made from what an answer holds, and
read again when the next page is asked for: "3+200" is page 3 after 200 items, "200" an offset, "=..." a key.
"""

from __future__ import annotations

from typing import TypeVar

from remora.errors import PagingError, ValidationError

T = TypeVar("T")

_NUMBER, _KEY = "+", "="


def page_number(token: str, first: int = 1) -> int:
    """The number of the page at a token."""
    return int(_part(token, 0)) if token else first


def next_number(
    token: str,
    count: int,
    *,
    first: int = 1,
    size: int | None = None,
    more: bool | None = None,
    total: int | None = None,
    pages: int | None = None,
) -> str:
    """The token of the page behind the one at `token`; "" if that is the last.

    Args:
        token: Where the page stood.
        count: How many items it has.
        first: Number of the first page.
        size: How many items were asked for, if a page with fewer is the last one.
        more: Whether the server says that there is more.
        total: Number of all items, if the server tells it.
        pages: Number of all pages, if the server tells it.
    """
    number = page_number(token, first)
    seen = count + (int(_part(token, 1)) if token else 0)
    if pages is not None:
        ended = number - first + 1 >= pages
    else:
        ended = _ended(count, size, more, None if total is None else total - seen)
    return "" if ended else f"{number + 1}{_NUMBER}{seen}"


def offset(token: str) -> int:
    """How many items lie before the page at a token."""
    return int(_part(token, 0)) if token else 0


def next_offset(
    token: str, count: int, *, size: int | None = None, more: bool | None = None, total: int | None = None
) -> str:
    """The token of the page behind the one at `token`; "" if that is the last. Arguments as for `next_number`.

    Raises:
        PagingError: The server says that there is more, and gave no item.
    """
    seen = offset(token) + count
    if _ended(count, size, more, None if total is None else total - seen):
        return ""
    _progress(count)
    return str(seen)


def bytes_key(token: str, first: T, *, inclusive: bool = False) -> bytes | T:
    """The key to ask for: `first` for the first page, else the last key, or the one just behind it."""
    if not token:
        return first
    return _decoded(token) + (b"\0" if inclusive else b"")


def text_key(token: str, first: T, *, inclusive: bool = False) -> str | T:
    """The key to ask for: `first` for the first page, else the last key, or the one just behind it."""
    if not token:
        return first
    return _decoded(token).decode() + ("\0" if inclusive else "")


def number_key(token: str, first: T, *, inclusive: bool = False) -> int | T:
    """The key to ask for: `first` for the first page, else the last key, or the one just behind it."""
    if not token:
        return first
    return int(_decoded(token)) + (1 if inclusive else 0)


def next_key(key: str | bytes | int | None, count: int, *, size: int | None = None, more: bool | None = None) -> str:
    """The token of the page behind one whose last item has this key; "" if that is the last page.

    Args:
        key: The last key; None if there was no item.
        count: How many items the page has.
        size: How many items were asked for, if a page with fewer is the last one.
        more: Whether the server says that there is more.

    Raises:
        PagingError: The server says that there is more, and gave no item.
    """
    if _ended(count, size, more, None):
        return ""
    _progress(count)
    data = key if isinstance(key, bytes) else str("" if key is None else key).encode()
    return _KEY + data.hex()


def _ended(count: int, size: int | None, more: bool | None, left: int | None) -> bool:
    if more is not None:
        return not more
    if left is not None and left <= 0:
        return True
    return not count or (size is not None and count < size)


def _progress(count: int) -> None:
    if not count:
        raise PagingError("the server says that there are more items, and gave none, so the list cannot go on")


def _part(token: str, index: int) -> str:
    parts = token.split(_NUMBER)
    if not all(part.isdecimal() for part in parts) or len(parts) <= index:
        raise ValidationError(f"{token!r} is no token of a page of this list", field="token")
    return parts[index]


def _decoded(token: str) -> bytes:
    try:
        return bytes.fromhex(token.removeprefix(_KEY))
    except ValueError:
        raise ValidationError(f"{token!r} is no token of a page of this list", field="token") from None
