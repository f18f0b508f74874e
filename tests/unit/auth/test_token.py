from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from remora.auth.token import Token, from_json, read_answer, read_printed
from remora.errors import AuthError


def _jwt(**claims: object) -> str:
    part = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"eyJhbGciOiJub25lIn0.{part}.c2ln"


@pytest.mark.parametrize(
    ("answer", "expires"),
    [
        ({"expires_in": 60}, 160.0),
        ({"expires_in": "60"}, 160.0),
        ({"expires_in": 60.5, "token_type": "bearer"}, 160.5),
        ({}, None),
        ({"expires_in": None, "token_type": "BEARER"}, None),
        ({"expires_in": "soon"}, None),
        ({"expires_in": True}, None),
        ({"expires_in": -1}, None),
        ({"expires_in": "nan"}, None),
    ],
)
def test_an_answer(answer: dict[str, Any], expires: float | None) -> None:
    token = read_answer({"access_token": "abc", **answer}, 100.0, "authorization")
    assert (token.access, token.expires, token.refresh) == ("abc", expires, "")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({}, "without an access token"),
        ({"access_token": ""}, "without an access token"),
        ({"access_token": 5}, "without an access token"),
        ({"access_token": "a b"}, "no header can carry"),
        ({"access_token": "a\nb"}, "no header can carry"),
        ({"access_token": "ü"}, "no header can carry"),
        ({"access_token": "abc", "token_type": "mac"}, "not a bearer token"),
        ({"access_token": "abc", "token_type": ["Bearer"]}, "not a bearer token"),
    ],
)
def test_an_answer_of_no_use(answer: dict[str, Any], says: str) -> None:
    with pytest.raises(AuthError, match=says):
        read_answer(answer, 0.0, "authorization")


def test_a_refresh_token_that_is_not_sent_again_stays() -> None:
    before = Token("old", "refresh-1")
    assert read_answer({"access_token": "new"}, 0, "h", before).refresh == "refresh-1"
    assert read_answer({"access_token": "new", "refresh_token": "refresh-2"}, 0, "h", before).refresh == "refresh-2"


@pytest.mark.parametrize(
    ("life", "due_after"), [(3600, 3540), (600, 540), (100, 90), (1, 0.9)], ids=["hour", "ten minutes", "short", "tiny"]
)
def test_when_a_token_is_due(life: float, due_after: float) -> None:
    token = Token("a", "", 1000.0, 1000.0 + life)
    assert not token.due(1000.0 + due_after - 0.01)
    assert token.due(1000.0 + due_after)
    assert not token.expired(1000.0 + due_after)
    assert token.expired(1000.0 + life)
    assert not Token("a").due(1e12)


def test_json_and_back() -> None:
    token = Token("access", "refresh", 1.5, None, "flyte-authorization")
    assert from_json(token.to_json()) == token


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"access_token": 1, "refresh_token": "", "obtained": 0, "expires": null, "header_key": "a"}',
        '{"access_token": "a b", "refresh_token": "", "obtained": 0, "expires": null, "header_key": "a"}',
        '{"access_token": "ab", "refresh_token": "", "obtained": "0", "expires": null, "header_key": "a"}',
    ],
)
def test_a_damaged_file_holds_no_token(text: str) -> None:
    assert from_json(text) is None


def test_what_commands_print() -> None:
    token = read_printed(" plain-token\n", 100.0, "h")
    assert token is not None
    assert (token.access, token.expires) == ("plain-token", None)
    token = read_printed('{"access_token": "t", "expires_in": 9}', 100.0, "h")
    assert token is not None
    assert (token.access, token.expires) == ("t", 109.0)
    token = read_printed(_jwt(exp=5000), 100.0, "h")
    assert token is not None
    assert token.expires == 5000.0
    for jwt in (_jwt(sub="x"), "a.b.c", "a.%%%.c", _jwt(exp="never")):
        token = read_printed(jwt, 100.0, "h")
        assert token is not None
        assert token.expires is None


@pytest.mark.parametrize("text", ["", "  \n", "two words", "line\nline", "{", '{"access_token": 5}', '{"a": 1}', "ü"])
def test_what_commands_must_not_print(text: str) -> None:
    assert read_printed(text, 0.0, "h") is None


def test_a_repr_shows_nothing() -> None:
    assert "hush" not in repr(Token("hush-access", "hush-refresh"))
