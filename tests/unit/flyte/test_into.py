"""Values into types that a caller names."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import Annotated, Any, Literal, Optional, TypedDict

import pytest
from typing_extensions import NotRequired

from remora.errors import ValuesError
from remora.flyte.into import into

NOON = datetime(2025, 1, 1, 12, tzinfo=timezone.utc)


class Colour(enum.Enum):
    RED = "r"
    BLUE = 2


@dataclass
class Point:
    x: int
    y: float = 0.0


@dataclass
class Line:
    points: list[Point]
    colour: Colour = Colour.RED
    note: Optional[str] = None  # noqa: UP045 (both spellings are read)
    tags: dict[str, int] = field(default_factory=dict)


class Config(TypedDict):
    layers: int
    rate: NotRequired[float]


class Model:
    """Looks like a pydantic model to this library."""

    def __init__(self, value: Any) -> None:
        self.value = value

    @classmethod
    def model_validate(cls, value: Any) -> Model:
        if not isinstance(value, dict):
            raise ValueError("not a mapping")
        return cls(value)


@pytest.mark.parametrize(
    ("value", "wanted", "made"),
    [
        (1, int, 1),
        (1.0, int, 1),
        (1, float, 1.0),
        ("x", str, "x"),
        (True, bool, True),
        (None, None, None),
        (5, Any, 5),
        ([1, 2.0], list[int], [1, 2]),
        ([1, 2], tuple[int, ...], (1, 2)),
        ([1, "a"], tuple[int, str], (1, "a")),
        ([1, 1], set[int], {1}),
        ({"1": 2}, dict[int, float], {1: 2.0}),
        (None, int | None, None),
        (3.0, int | None, 3),
        ("3", int | str, "3"),
        ("a", Literal["a", "b"], "a"),
        ("RED", Colour, Colour.RED),
        (2, Colour, Colour.BLUE),
        ("2025-01-01T12:00:00Z", datetime, NOON),
        (NOON, datetime, NOON),
        (NOON, date, date(2025, 1, 1)),
        ("2025-01-01", date, date(2025, 1, 1)),
        (1.5, timedelta, timedelta(seconds=1.5)),
        (7, Annotated[int, "seven"], 7),
        ({"layers": 3.0}, Config, {"layers": 3}),
        ({"x": 1.0, "y": 2}, Point, Point(1, 2.0)),
        ({"points": [{"x": 1}], "colour": "BLUE"}, Line, Line([Point(1)], Colour.BLUE)),
    ],
)
def test_a_value_as_it_is_wanted(value: Any, wanted: Any, made: Any) -> None:
    found = into(value, wanted, "value")
    assert found == made
    assert type(found) is type(made)


def test_models_and_deserializers() -> None:
    assert into({"a": 1}, Model, "value").value == {"a": 1}
    assert into([{"a": 1}], list[Model], "value")[0].value == {"a": 1}
    assert into({"p": 1}, dict[str, complex], "value", {complex: complex}) == {"p": 1 + 0j}
    with pytest.raises(ValuesError, match="value: the deserializer of complex failed"):
        into("nonsense", complex, "value", {complex: complex})


@pytest.mark.parametrize(
    ("value", "wanted", "message"),
    [
        ("1", int, "value: expected int, got str"),
        (1.5, int, "value: expected int, got float"),
        (True, int, "value: expected int, got bool"),
        (1, str, "value: expected str, got int"),
        ([1, "x"], list[int], r"value\[1\]: expected int, got str"),
        ([1], tuple[int, int], "value: expected 2 items, got 1"),
        ({"a": {"b": "x"}}, dict[str, dict[str, int]], r"value\['a'\]\['b'\]: expected int"),
        ("x", int | None, "value: expected int, got str"),
        ([], int | str, "value: expected int | str, got list"),
        ("c", Literal["a", "b"], "value: expected"),
        ("GREEN", Colour, "'GREEN' is no Colour"),
        ("soon", datetime, "value: expected datetime, got str"),
        ({"layers": 1, "odd": 2}, Config, "Config has no odd"),
        ({}, Config, "Config needs layers"),
        ([], Config, "value: expected Config, got list"),
        ({"y": 1}, Point, "Point needs x"),
        ({"x": 1, "z": 1}, Point, "Point has no field z"),
        ({"points": [{"x": "1"}]}, Line, r"value.points\[0\].x: expected int, got str"),
        ("x", Model, "value: not a Model: not a mapping"),
        (1, 7, "is no type that a value can be read into"),
        (1, complex, "value: expected complex, got int"),
    ],
)
def test_a_value_that_does_not_fit_says_where(value: Any, wanted: Any, message: str) -> None:
    with pytest.raises(ValuesError, match=message):
        into(value, wanted, "value")
