from __future__ import annotations

import pytest

from remora.dev.literals.durations import format_duration, parse_duration

SECOND = 10**9


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "0s"),
        (3600 * SECOND, "1h0m0s"),
        (90 * SECOND, "1m30s"),
        (1_500_000_000, "1.5s"),
        (20_000_000, "0.02s"),
        (-61 * SECOND, "-1m1s"),
        (1, "0.000000001s"),
    ],
)
def test_format(nanoseconds: int, text: str) -> None:
    assert format_duration(nanoseconds) == text
    assert parse_duration(text) == nanoseconds


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("1h30m", 5400 * SECOND),
        ("20ms", 20_000_000),
        ("3µs", 3000),
        ("1.5h", 5400 * SECOND),
        ("0", 0),
        ("+.5s", 500_000_000),
    ],
)
def test_parse(text: str, nanoseconds: int) -> None:
    assert parse_duration(text) == nanoseconds


@pytest.mark.parametrize("text", ["", "5", "1d", "s", "1h 5m", "--1s", "1..5s"])
def test_bad(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        parse_duration(text)
