"""What people write for moments, lengths of time, bytes, pairs and JSON."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from remora.commands import written


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0", 0), ("1.5", 1.5), ("90s", 90), ("10m", 600), ("1h30m", 5400), ("2d", 172800), ("250ms", 0.25)],
)
def test_lengths_of_time(text: str, expected: float) -> None:
    assert written.seconds(text) == expected


@pytest.mark.parametrize("text", ["", "-1", "nan", "inf", "5 minutes", "h", "1x", "1h-3m"])
def test_what_is_no_length_of_time(text: str) -> None:
    with pytest.raises(ValueError, match="no length of time"):
        written.seconds(text)


def test_a_moment_with_a_zone_is_that_moment() -> None:
    expected = datetime(2025, 1, 31, 12, tzinfo=timezone.utc)
    assert written.moment("2025-01-31T12:00:00Z") == expected
    assert written.moment("2025-01-31T13:00:00+01:00") == expected


@pytest.mark.parametrize("text", ["2025-01-31", "2025-01-31T12:00", "2025-01-31 12:00:30"])
def test_a_moment_without_a_zone_is_that_of_this_machine(text: str) -> None:
    found = written.moment(text)
    assert found.utcoffset() is not None
    assert found.replace(tzinfo=None) == datetime.fromisoformat(text)


def test_a_length_of_time_is_so_long_ago() -> None:
    before = datetime.now(timezone.utc)
    found = written.moment("1h30m")
    assert before - timedelta(minutes=90) <= found <= datetime.now(timezone.utc) - timedelta(minutes=90)


@pytest.mark.parametrize("text", ["", "yesterday", "2025-13-01", "12:00"])
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match="no moment; write for example"):
        written.moment(text)


def test_content(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"\x00\xff")
    assert written.content("grün") == "grün".encode()
    assert written.content(f"@{tmp_path}/file") == b"\x00\xff"
    assert written.content("@@home") == b"@home"
    assert written.content("") == b""
    with pytest.raises(ValueError, match="No such file"):
        written.content(f"@{tmp_path}/nothing")


def test_json(tmp_path: Path) -> None:
    (tmp_path / "file").write_text('{"a": [1]}')
    assert written.json_value("[1, null]") == [1, None]
    assert written.json_value(f"@{tmp_path}/file") == {"a": [1]}
    with pytest.raises(ValueError, match=r"not JSON: .* at line 2, column 1"):
        written.json_value("[1,\n")


def test_pairs() -> None:
    assert written.pair("a=b=c") == ("a", "b=c")
    assert written.pair("a=") == ("a", "")
    for text in ("a", "=b", ""):
        with pytest.raises(ValueError, match="not of the form KEY=VALUE"):
            written.pair(text)
