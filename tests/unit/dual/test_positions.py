"""Tokens that are made of page numbers, offsets and keys."""

from __future__ import annotations

import pytest

from remora.dual.positions import (
    bytes_key,
    next_key,
    next_number,
    next_offset,
    number_key,
    offset,
    page_number,
    text_key,
)
from remora.errors import PagingError, ValidationError


def test_page_numbers() -> None:
    assert (page_number(""), page_number("", 0), page_number("3+200")) == (1, 0, 3)
    assert next_number("", 5) == "2+5"
    assert next_number("2+5", 5) == "3+10"
    assert next_number("2+5", 0) == ""
    assert next_number("", 5, first=0) == "1+5"


@pytest.mark.parametrize(
    ("count", "ends", "expected"),
    [
        (5, {"total": 11}, "3+10"),
        (5, {"total": 10}, ""),
        (0, {"total": 10}, ""),  # the server promises what it does not send
        (5, {"pages": 2}, ""),
        (5, {"pages": 3}, "3+10"),
        (5, {"size": 6}, ""),
        (5, {"size": 5}, "3+10"),
        (5, {"more": False}, ""),
        (0, {"more": True}, "3+5"),
    ],
)
def test_the_end_of_numbered_pages(count: int, ends: dict[str, int], expected: str) -> None:
    assert next_number("2+5", count, **ends) == expected  # type: ignore[arg-type]


def test_offsets() -> None:
    assert (offset(""), offset("7")) == (0, 7)
    assert next_offset("7", 3) == "10"
    assert next_offset("7", 3, total=10) == ""
    assert next_offset("7", 3, more=False) == ""
    assert next_offset("7", 3, size=4) == ""
    with pytest.raises(PagingError, match="says that there are more items, and gave none"):
        next_offset("7", 0, more=True)


@pytest.mark.parametrize("key", [b"", b"a", b"\x00\xff"])
def test_keys_of_bytes(key: bytes) -> None:
    token = next_key(key, 1)
    assert bytes_key(token, b"first") == key
    assert bytes_key(token, b"first", inclusive=True) == key + b"\0"
    assert bytes_key("", b"first", inclusive=True) == b"first"


@pytest.mark.parametrize("key", ["", "a", "\u00e9=+"])
def test_keys_of_text(key: str) -> None:
    token = next_key(key, 1)
    assert text_key(token, None) == key
    assert text_key(token, None, inclusive=True) == key + "\0"
    assert text_key("", None) is None


@pytest.mark.parametrize("key", [0, 7, -3])
def test_keys_that_are_numbers(key: int) -> None:
    token = next_key(key, 1)
    assert (number_key(token, 9), number_key(token, 9, inclusive=True), number_key("", 9)) == (key, key + 1, 9)


def test_the_end_of_keys() -> None:
    assert next_key(None, 0) == ""
    assert next_key(b"a", 1, more=False) == ""
    assert next_key(b"a", 1, size=2) == ""
    with pytest.raises(PagingError):
        next_key(None, 0, more=True)


@pytest.mark.parametrize("token", ["x", "1+y", "7"])
def test_foreign_tokens_of_numbers(token: str) -> None:
    with pytest.raises(ValidationError, match="is no token of a page"):
        next_number(token, 1)


def test_foreign_tokens_of_keys() -> None:
    with pytest.raises(ValidationError, match="is no token of a page"):
        bytes_key("=xy", b"")
