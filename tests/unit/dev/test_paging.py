from __future__ import annotations

import pytest

from remora.dev.store.paging import PageRequest, page_request
from remora.errors import InvalidArgument


@pytest.mark.parametrize(
    ("limit", "token", "expected"),
    [
        (0, "", PageRequest(50, 0)),
        (1, "0", PageRequest(1, 0)),
        (200, "7", PageRequest(200, 7)),
        (3, "007", PageRequest(3, 7)),
    ],
)
def test_page(limit: int, token: str, expected: PageRequest) -> None:
    assert page_request(limit, token) == expected


def test_next_token_is_the_offset_of_the_next_page() -> None:
    assert page_request(30, "60").next_token == "90"


def test_limit_has_a_maximum() -> None:
    with pytest.raises(InvalidArgument) as caught:
        page_request(201, "")
    assert caught.value.message == "invalid limit: 201 (exceeds maximum of 200)"


@pytest.mark.parametrize("token", ["x", "-1", "1.0", " 1", "1a", "٣", "9" * 30])
def test_bad_token(token: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        page_request(1, token)
    assert caught.value.message == f'invalid token: "{token}"'
