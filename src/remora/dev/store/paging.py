"""Limits and page tokens of lists."""

from __future__ import annotations

from dataclasses import dataclass

from remora.errors import InvalidArgument

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
# SQLite's integers end here; an offset beyond it is a page after the last one.
_MAX_OFFSET = 2**63 - 1 - MAX_LIMIT


@dataclass(frozen=True)
class PageRequest:
    """One page of a list: `limit` items after the first `offset` ones."""

    limit: int
    offset: int

    @property
    def next_token(self) -> str:
        """Token of the page that follows this one."""
        return str(self.offset + self.limit)


def page_request(limit: int, token: str) -> PageRequest:
    """Read the limit and token of a `ListRequest`.

    Args:
        limit: Items per page; 0 means 50.
        token: Decimal offset as a previous answer gave it; "" is the first page.

    Raises:
        InvalidArgument: The limit exceeds 200, or the token is not one.
    """
    if limit > MAX_LIMIT:
        raise InvalidArgument(f"invalid limit: {limit} (exceeds maximum of {MAX_LIMIT})")
    return PageRequest(limit or DEFAULT_LIMIT, offset_of(token))


def offset_of(token: str) -> int:
    """Read a page token; "" is the first page.

    Raises:
        InvalidArgument: It is not one.
    """
    if not token:
        return 0
    if not (token.isascii() and token.isdigit()) or int(token) > _MAX_OFFSET:
        raise InvalidArgument(f'invalid token: "{token}"')
    return int(token)
