"""Inputs of runs as text, read by the types that a task declares."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, Literal

import pytest

from remora.errors import ValuesError
from remora.flyte.commands.inputs import from_json, from_text
from remora.flyte.interface import literal_type
from remora.flyte.references import Dir, File

NOON = datetime(2025, 1, 31, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (str, "7", "7"),
        (str, "", ""),
        (int, "-7", -7),
        (float, "1e3", 1000.0),
        (bool, "true", True),
        (bool, "No", False),
        (datetime, "2025-01-31T12:00Z", NOON),
        (timedelta, "1h30m", timedelta(minutes=90)),
        (type(None), "null", None),
        (Literal["red", "blue"], "red", "red"),
        (list[int], "[1, 2]", [1, 2]),
        (dict[str, float], '{"a": 1.5}', {"a": 1.5}),
        (dict, '{"a": [1, null]}', {"a": [1, None]}),
        (list[datetime], '["2025-01-31T12:00Z"]', [NOON]),
        (dict[str, timedelta], '{"a": "90s"}', {"a": timedelta(seconds=90)}),
        (File, "s3://bucket/key", File("s3://bucket/key")),
        (list[Dir], '["s3://bucket/dir"]', [Dir("s3://bucket/dir")]),
        (int | None, "7", 7),
        (int | None, "null", None),
        (str | int, "7", 7),
        (str | int, "seven", "seven"),
        (str | None, "null", None),
    ],
)
def test_what_fits(kind: Any, text: str, expected: object) -> None:
    found = from_text(text, literal_type(kind), "input 'n'")
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        (int, "7.5", "input 'n': '7.5' is no whole number"),
        (float, "much", "input 'n': 'much' is no number"),
        (bool, "maybe", "input 'n': 'maybe' is neither true nor false"),
        (datetime, "noon", "input 'n': 'noon' is no moment"),
        (timedelta, "long", "input 'n': 'long' is no length of time"),
        (list[int], "1, 2", "input 'n': '1, 2' is no list of integer"),
        (list[int], '["a"]', "expected integer, got"),
        (list[int], "7", "expected list of integer, got"),
        (Literal["red", "blue"], "green", "red"),
        (File, "README.md", "remora upload README.md"),
        (int | bool, "seven", "input 'n': expected one of integer, boolean, got 'seven'"),
    ],
)
def test_what_does_not_fit(kind: Any, text: str, words: str) -> None:
    with pytest.raises(ValuesError) as caught:
        from_text(text, literal_type(kind), "input 'n'")
    assert words in str(caught.value)


def test_json_keeps_its_types() -> None:
    assert from_json(7, literal_type(int), "n") == 7
    assert from_json("7", literal_type(str), "n") == "7"
    with pytest.raises(ValuesError, match="expected integer"):
        from_json("7", literal_type(int), "n")
    with pytest.raises(ValuesError, match=r"n\['a'\]\[1\]"):
        from_json({"a": [1, "2"]}, literal_type(dict[str, list[int]]), "n")
