from __future__ import annotations

import math

import pytest

from remora.channel.headers import (
    decode_binary,
    decode_message,
    decode_metadata,
    encode_message,
    encode_metadata,
    encode_timeout,
)
from remora.errors import ValidationError


def test_metadata_there_and_back() -> None:
    metadata = {"X-Trace": " abc ", "data-bin": b"\x00\xff\x10", "empty": ""}
    headers = encode_metadata(metadata)
    assert headers == [("x-trace", "abc"), ("data-bin", "AP8Q"), ("empty", "")]
    assert decode_metadata(headers) == {"x-trace": "abc", "data-bin": b"\x00\xff\x10", "empty": ""}


@pytest.mark.parametrize(
    "metadata",
    [
        {"grpc-timeout": "1S"},
        {"te": "trailers"},
        {"User-Agent": "me"},
        {"content-type": "x"},
        {":path": "/"},
        {"sp ace": "x"},
        {"": "x"},
        {"ümlaut": "x"},
        {"a": "line\nbreak"},
        {"a": "ü"},
        {"a": b"bytes"},
        {"a-bin": "text"},
        {"a\n": "x"},
    ],
)
def test_what_may_not_be_sent_is_refused(metadata: dict[str, str | bytes]) -> None:
    with pytest.raises(ValidationError, match="metadata"):
        encode_metadata(metadata)


def test_a_bad_value_is_not_shown() -> None:
    with pytest.raises(ValidationError) as caught:
        encode_metadata({"authorization": "hunter2\n"})
    assert "hunter2" not in repr(caught.value)


def test_received_metadata_is_read_leniently() -> None:
    headers = [(":status", "200"), ("grpc-status", "0"), ("a", "1"), ("a", "2"), ("b-bin", "AP8"), ("c-bin", "!!!")]
    assert decode_metadata(headers) == {"a": "1,2", "b-bin": b"\x00\xff"}


@pytest.mark.parametrize(
    ("value", "expected"), [("AP8", b"\x00\xff"), ("AP8=", b"\x00\xff"), ("", b""), ("A", None), ("é", None)]
)
def test_binary(value: str, expected: bytes | None) -> None:
    assert decode_binary(value) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (1, "1000m"),
        (0.0001, "1m"),
        (0.0105, "11m"),
        (60, "60000m"),
        (99_999, "99999000m"),
        (100_000, "100000S"),
        (1e8, "1666667M"),
        (1e12, "99999999H"),
    ],
)
def test_timeouts_have_at_most_eight_digits_and_are_never_too_short(seconds: float, expected: str) -> None:
    assert encode_timeout(seconds) == expected
    unit = {"m": 0.001, "S": 1, "M": 60, "H": 3600}[expected[-1]]
    assert len(expected) <= 9
    assert int(expected[:-1]) * unit >= seconds or expected == "99999999H"
    assert not math.isinf(seconds)


@pytest.mark.parametrize("text", ["plain", "100 %", "ümläut 日本", "two\nlines", "", 'quote "x"', "%41"])
def test_status_messages_there_and_back(text: str) -> None:
    encoded = encode_message(text)
    assert encoded.isascii()
    assert encoded.isprintable()
    assert decode_message(encoded) == text


def test_a_malformed_status_message_is_shown_as_it_is() -> None:
    assert decode_message("%zz %") == "%zz %"
