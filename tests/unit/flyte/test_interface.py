from __future__ import annotations

import dataclasses
import enum
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal, NewType, Optional, TypedDict, Union

import pytest

from remora.errors import ValuesError
from remora.flyte.interface import describe, literal_type, python_type, variable_map
from remora.flyte.references import Dir, File, StructuredDataset
from remora_api.flyteidl2 import core


class Color(enum.Enum):
    RED = 1
    BLUE = 2


@dataclasses.dataclass
class Point:
    x: int


class Options(TypedDict):
    depth: int


UserId = NewType("UserId", int)


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (int, "integer"),
        (float, "float"),
        (bool, "boolean"),
        (str, "string"),
        (datetime, "datetime"),
        (date, "datetime"),
        (timedelta, "duration"),
        (None, "none"),
        (type(None), "none"),
        (list[int], "list of integer"),
        (list[list[str]], "list of list of string"),
        (dict[str, float], "map of string to float"),
        (dict, "struct"),
        (dict[str, Any], "struct"),
        (Point, "struct"),
        (Options, "struct"),
        (Optional[int], "one of integer, none"),  # noqa: UP045 (the old spelling is tested as well)
        (Union[int, str], "one of integer, string"),  # noqa: UP007
        (int | None, "one of integer, none"),
        (Color, "one of the names RED, BLUE"),
        (Literal["a", "b"], "one of the names a, b"),
        (File, "file"),
        (Dir, "directory"),
        (StructuredDataset, "structured dataset"),
        (Annotated[int, "seconds"], "integer"),
        (UserId, "integer"),
    ],
)
def test_annotations_have_literal_types(annotation: object, words: str) -> None:
    assert describe(literal_type(annotation)) == words


@pytest.mark.parametrize(
    "annotation",
    [int, float, bool, str, datetime, timedelta, None, list[int], dict[str, list[float]], File, Dir, int | None],
)
def test_types_survive_both_directions(annotation: object) -> None:
    assert python_type(literal_type(annotation)) == annotation


def test_members_of_a_union_carry_the_tags_that_official_tasks_look_for() -> None:
    union = literal_type(int | str | None).union_type
    assert union is not None
    assert [variant.structure and variant.structure.tag for variant in union.variants] == ["int", "str", "none"]


@pytest.mark.parametrize(
    ("annotation", "message"),
    [
        (list, "x: list needs the type of its items .*list\\[int\\]"),
        (dict[int, str], "x: keys of a dict must be str, not int"),
        (Literal[1, 2], "x: a Literal of anything but strings"),
        (bytes, "x: bytes has no literal type"),
        (list[set[int]], r"x\[\]: set\[int\] has no literal type"),
        ("int", "x: 'int' has no literal type"),
        (Any, "x: .*Any has no literal type"),
    ],
)
def test_what_has_no_literal_type_is_named(annotation: object, message: str) -> None:
    with pytest.raises(ValuesError, match=message):
        literal_type(annotation, "x")


def test_all_wrong_types_are_reported_at_once() -> None:
    with pytest.raises(ValuesError) as caught:
        variable_map({"a": bytes, "b": int, "c": complex}, "inputs")
    assert "inputs['a']" in str(caught.value)
    assert "inputs['c']" in str(caught.value)
    assert "inputs['b']" not in str(caught.value)


def test_unknown_types_of_a_newer_server_do_not_fail() -> None:
    unknown = core.LiteralType(simple=core.SimpleType(77))
    assert describe(unknown) == "unrecognized_77"
    assert python_type(unknown) is object
    assert python_type(core.LiteralType()) is object
    assert python_type(None) is object
    assert describe(None) == "a value of unknown type"
