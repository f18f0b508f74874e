from __future__ import annotations

from datetime import datetime, timezone

import pytest

from remora.dev.clock import format_time, nanoseconds, parse_time, timestamp


def test_times_keep_nanoseconds() -> None:
    moment = parse_time("2024-02-29T12:30:45.123456789Z")
    expected = datetime(2024, 2, 29, 12, 30, 45, tzinfo=timezone.utc)
    assert moment == int(expected.timestamp()) * 10**9 + 123456789
    assert format_time(moment) == "2024-02-29T12:30:45.123456789Z"
    assert nanoseconds(timestamp(moment)) == moment


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2024-01-01T01:00:00+01:00", "2024-01-01T00:00:00Z"),
        ("2023-12-31T19:30:00-0430", "2024-01-01T00:00:00Z"),
        ("2024-01-01 00:00:00", "2024-01-01T00:00:00Z"),
        ("2024-01-01t00:00z", "2024-01-01T00:00:00Z"),
        ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5Z"),
    ],
)
def test_forms(text: str, same: str) -> None:
    assert format_time(parse_time(text)) == same


@pytest.mark.parametrize("text", ["", "today", "2024-13-01T00:00:00Z", "2024-01-01", "2024-01-01T00:00:00+99:00"])
def test_bad_times(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the text of datetime's own errors is not ours
        parse_time(text)
