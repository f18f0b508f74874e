from __future__ import annotations

import time

import pytest

from remora.errors import RemoraError, redact


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain text stays", "plain text stays"),
        ("", ""),
        (
            "PUT https://b.s3.amazonaws.com/k?X-Amz-Signature=abc&x=1 failed",
            "PUT https://b.s3.amazonaws.com/k?<redacted> failed",
        ),
        ("at https://h/cb#access_token=abc.", "at https://h/cb#<redacted>"),
        ("proxy http://user:pa55@proxy:3128 refused", "proxy http://<redacted>@proxy:3128 refused"),
        ("http://u:p@h/x?sig=1", "http://<redacted>@h/x?<redacted>"),
        ("Authorization: Bearer abcdef123", "Authorization: <redacted>"),
        ("sent bearer abcdef123 twice", "sent bearer <redacted> twice"),
        ("Basic dXNlcjpwYXNz", "Basic <redacted>"),
        ("got eyJhbGciOi.eyJzdWIi.c2ln back", "got <redacted> back"),
        ("client_secret=hunter2&grant=x", "client_secret=<redacted>&grant=x"),
        ('{"access_token": "abc", "n": 1}', '{"access_token": <redacted>, "n": 1}'),
        ("api-key: k123", "api-key: <redacted>"),
        ("my_token=abc next", "my_token=<redacted> next"),
        ("password = 'two words' rest", "password = <redacted> rest"),
        ("secret: not found", "secret: not found"),
        ('secret "db-password" not found', 'secret "db-password" not found'),
        ("the page token 'abc' came twice", "the page token 'abc' came twice"),
        ("s3://bucket/key stays", "s3://bucket/key stays"),
    ],
)
def test_secrets_are_masked_and_the_rest_stays(text: str, expected: str) -> None:
    assert redact(text) == expected
    assert redact(redact(text)) == expected


def test_every_error_redacts_its_message_and_hint() -> None:
    error = RemoraError("PUT https://h/k?sig=abc", hint="token=abc")
    assert "abc" not in str(error) + repr(error) + error.message + str(error.hint)
    assert error.args == ("PUT https://h/k?<redacted>",)


def test_hints_of_our_own_hold_nothing_that_looks_like_a_secret() -> None:
    from remora.channel import dial, failures

    for hint in (*failures._HINTS.values(), failures._NOT_GRPC, dial._LOGIN):
        assert redact(hint) == hint


def test_long_text_takes_linear_time() -> None:
    texts = [
        "a" * 200_000,
        "a=" * 100_000,
        "https://" * 30_000,
        "x://" + "a@" * 100_000,
        "token" * 50_000,
        "-" * 200_000,
    ]
    for text in texts:
        start = time.process_time()
        redact(text)
        assert time.process_time() - start < 5
