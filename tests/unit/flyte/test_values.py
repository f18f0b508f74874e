"""Python values <-> literals, in both directions."""

from __future__ import annotations

import dataclasses
import enum
import math
from datetime import date, datetime, timedelta, timezone
from typing import Any, Literal

import pytest

from remora.errors import ValuesError
from remora.flyte.from_literal import from_literal
from remora.flyte.interface import literal_type
from remora.flyte.references import (
    Binary,
    Dir,
    File,
    LiteralError,
    Offloaded,
    Schema,
    StructuredDataset,
)
from remora.flyte.to_literal import to_literal
from remora_api.flyteidl2 import core
from remora_api.google import protobuf

UTC = timezone.utc


class Color(enum.Enum):
    RED = "r"
    BLUE = "b"


class Level(str, enum.Enum):
    LOW = "low"


@dataclasses.dataclass
class Layer:
    size: int
    name: str = "dense"


@dataclasses.dataclass
class Model:
    layers: list[Layer]


def scalar(**fields: Any) -> core.Literal:
    return core.Literal(scalar=core.Scalar(**fields))


def primitive(**fields: Any) -> core.Literal:
    return scalar(primitive=core.Primitive(**fields))


def over_the_wire(literal: core.Literal) -> core.Literal:
    return core.Literal.parse(bytes(literal))


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (int, 0),
        (int, -(2**63)),
        (int, 2**63 - 1),
        (float, 1.5),
        (float, math.inf),
        (str, ""),
        (str, "größer 𝄞\n"),
        (bool, False),
        (bool, True),
        (datetime, datetime(2025, 1, 31, 12, 30, 15, 123456, tzinfo=UTC)),
        (datetime, datetime(1, 1, 1, tzinfo=UTC)),
        (timedelta, timedelta(days=-3, microseconds=7)),
        (None, None),
        (list[int], []),
        (list[list[str]], [["a"], []]),
        (dict[str, float], {"": 0.5, "b": 1.0}),
        (dict, {"a": [1.5, None, {"b": True}], "c": "d"}),
        (int | None, None),
        (int | None, 5),
        (int | str | None, "5"),
        (float | None, 2.5),
        (list[int | None], [1, None]),
        (Literal["a", "b"], "b"),
        (File, File("s3://bucket/key")),
        (Dir, Dir("s3://bucket/prefix/")),
        (StructuredDataset, StructuredDataset("s3://bucket/table", "parquet")),
        (Schema, Schema("s3://bucket/table")),
    ],
)
def test_values_come_back_as_they_went(annotation: object, value: object) -> None:
    kind = literal_type(annotation)
    returned = from_literal(over_the_wire(to_literal(value, kind)), kind)
    assert returned == value
    assert type(returned) is type(value)


@pytest.mark.parametrize(
    ("annotation", "value", "expected"),
    [
        (float, 3, 3.0),
        (datetime, date(2025, 1, 31), datetime(2025, 1, 31, tzinfo=UTC)),
        (datetime, datetime(2025, 1, 31, 1, tzinfo=timezone(timedelta(hours=1))), datetime(2025, 1, 31, tzinfo=UTC)),
        (list[int], (1, 2), [1, 2]),
        (Color, Color.RED, "RED"),
        (Color, "BLUE", "BLUE"),
        (str, Level.LOW, "low"),
        (Literal["low", "high"], Level.LOW, "low"),
        (File, "s3://bucket/key", File("s3://bucket/key")),
        (dict, Model([Layer(3)]), {"layers": [{"size": 3, "name": "dense"}]}),
        (dict, {"level": Color.BLUE}, {"level": "b"}),
        (float | int, 3, 3),
    ],
)
def test_values_that_fit_are_accepted(annotation: object, value: object, expected: object) -> None:
    kind = literal_type(annotation)
    returned = from_literal(over_the_wire(to_literal(value, kind)), kind)
    assert returned == expected
    assert type(returned) is type(expected)


@pytest.mark.parametrize(
    ("annotation", "value", "message"),
    [
        (int, "a", "n: expected integer, got str 'a'"),
        (int, "12", r"n: expected integer, got str '12' \(hint: did you mean 12\?\)"),
        (int, True, "n: expected integer, got bool True"),
        (int, 1.0, r"n: expected integer, got float 1.0 \(hint: did you mean 1\?\)"),
        (int, 1.5, "n: expected integer, got float 1.5$"),
        (int, None, "n: expected integer, got None"),
        (int, 2**63, "n: int 9223372036854775808 does not fit into 64 bits"),
        (float, "1.5", "n: expected float, got str '1.5'"),
        (float, False, "n: expected float, got bool False"),
        (float, 10**400, "n: int 10+... is too large for a float"),
        (str, 5, "n: expected string, got int 5"),
        (str, "\ud800", "n: the text holds a lone surrogate"),
        (bool, 1, "n: expected boolean, got int 1"),
        (datetime, datetime(2025, 1, 1), "n: 2025-01-01T00:00:00 has no time zone"),  # noqa: DTZ001
        (datetime, "2025-01-01", "n: expected datetime, got str"),
        (timedelta, 5, r"n: expected duration, got int 5 \(hint: use a timedelta\)"),
        (timedelta, timedelta.max, "n: .* is longer than a duration can be"),
        (None, 0, "n: expected none, got int 0"),
        (list[int], "12", "n: expected list of integer, got str '12'"),
        (list[int], {1}, r"n: expected list of integer, got set \{1\} \(hint: sets have no order"),
        (list[int], [1, "2"], r"n\[1\]: expected integer, got str '2'"),
        (dict[str, int], {"a": {}}, r"n\['a'\]: expected integer, got dict"),
        (dict[str, int], {1: 1}, "n: keys must be strings, got int 1"),
        (dict, [1], "n: expected struct, got list"),
        (dict, {"a": {1: 2}}, r"n\['a'\]: keys must be strings"),
        (dict, {"a": object()}, r"n\['a'\]: object .* has no place in a structure"),
        (int | None, "a", "n: expected integer, got str 'a'"),
        (int | str, 1.5, "n: expected one of integer, string, got float 1.5"),
        (Color, "red", r"n: expected one of the names RED, BLUE, got str 'red' \(hint: .*RED"),
        (Color, Level.LOW, "n: expected one of the names RED, BLUE"),
        (File, "local.txt", r"n: expected file, got str 'local.txt' \(hint: upload it with remora.upload_file"),
        (File, Dir("s3://b/p"), "n: expected file, got Dir"),
        (File, File(""), "n: the File has no uri"),
        (Dir, File("s3://b/p"), "n: expected directory, got File"),
        (StructuredDataset, "x", "n: expected structured dataset"),
        (Schema, "x", "n: expected schema"),
    ],
)
def test_values_that_do_not_fit_are_refused(annotation: object, value: object, message: str) -> None:
    with pytest.raises(ValuesError, match=message):
        to_literal(value, literal_type(annotation), "n")


def test_a_long_value_is_cut_in_the_message() -> None:
    with pytest.raises(ValuesError) as caught:
        to_literal("x" * 10_000_000, literal_type(int), "n")
    assert len(str(caught.value)) < 200


def test_what_cannot_be_shown_or_never_ends_is_an_error_like_any_other() -> None:
    class Rude:
        def __repr__(self) -> str:
            raise RuntimeError("no")

    endless: list[Any] = []
    endless.append(endless)
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    nested = core.LiteralType(collection_type=literal_type(int))
    nested.collection_type = nested
    with pytest.raises(ValuesError, match=r"n: expected integer, got Rude$"):
        to_literal(Rude(), literal_type(int), "n")
    with pytest.raises(ValuesError, match="n: int does not fit into 64 bits"):
        to_literal(10**5000, literal_type(int), "n")
    for value, kind in ((endless, nested), ({"a": endless}, literal_type(dict)), (deep, literal_type(dict))):
        with pytest.raises(ValuesError, match="n: the value is nested too deeply, or contains itself"):
            to_literal(value, kind, "n")


def test_a_signed_uri_is_not_shown() -> None:
    with pytest.raises(ValuesError) as caught:
        to_literal(File("https://store/key?signature=abc123"), literal_type(int), "n")
    assert "abc123" not in str(caught.value)
    assert "abc123" not in repr(File("https://store/key?signature=abc123"))


def test_a_declared_format_wins_over_that_of_a_reference() -> None:
    kind = core.LiteralType(blob=core.BlobType(format="csv"))
    assert from_literal(to_literal(File("s3://b/k", "txt"), kind)) == File("s3://b/k", "csv")


def test_a_literal_is_passed_on_as_it_is() -> None:
    literal = primitive(integer=5)
    assert to_literal(literal, literal_type(str)) is literal


def test_a_type_that_this_version_does_not_know_is_an_error_for_inputs() -> None:
    with pytest.raises(ValuesError, match=r"n: this version cannot convert to unrecognized_77"):
        to_literal(5, core.LiteralType(simple=core.SimpleType(77)), "n")
    with pytest.raises(ValuesError, match=r"n: this version cannot convert to a value of unknown type"):
        to_literal(5, None, "n")


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        (scalar(none_type=core.Void()), None),
        (scalar(binary=core.Binary(value=b"\x80\x04.", tag="pickle")), Binary(b"\x80\x04.", "pickle")),
        (scalar(error=core.Error(message="boom", failed_node_id="n1")), LiteralError("boom", "n1")),
        (
            core.Literal(offloaded_metadata=core.LiteralOffloadedMetadata(uri="s3://b/k", size_bytes=7)),
            Offloaded("s3://b/k", 7),
        ),
        (scalar(blob=core.Blob(uri="s3://b/k")), File("s3://b/k")),
        (
            scalar(
                schema=core.Schema(
                    uri="s3://b/t",
                    type=core.SchemaType(
                        columns=[
                            core.SchemaTypeSchemaColumn(
                                name="a", type=core.SchemaTypeSchemaColumnSchemaColumnType.DATETIME
                            )
                        ]
                    ),
                )
            ),
            Schema("s3://b/t", (("a", "datetime"),)),
        ),
        (
            scalar(union=core.Union(value=primitive(string_value="x"), type=literal_type(str))),
            "x",
        ),
        (scalar(union=core.Union()), None),
        (core.Literal(collection=core.LiteralCollection()), []),
        (core.Literal(map=core.LiteralMap()), {}),
    ],
)
def test_literals_have_values_without_a_declared_type(literal: core.Literal, value: object) -> None:
    assert from_literal(over_the_wire(literal)) == value


def test_columns_of_a_structured_dataset_are_kept() -> None:
    column = core.StructuredDatasetTypeDatasetColumn(name="n", literal_type=literal_type(int))
    kind = core.StructuredDatasetType(columns=[column], format="parquet")
    metadata = core.StructuredDatasetMetadata(structured_dataset_type=kind)
    literal = scalar(structured_dataset=core.StructuredDataset(uri="s3://b/t", metadata=metadata))
    assert from_literal(over_the_wire(literal)) == StructuredDataset("s3://b/t", "parquet", (("n", "integer"),))


def test_numbers_follow_the_declared_type() -> None:
    assert repr(from_literal(primitive(float_value=3.0), literal_type(int))) == "3"
    assert repr(from_literal(primitive(float_value=3.5), literal_type(int))) == "3.5"
    assert repr(from_literal(primitive(integer=3), literal_type(float))) == "3.0"


def test_a_kind_of_the_future_is_the_literal_itself() -> None:
    literal = core.Literal.parse(b"\xfa\x01\x02ab")  # field 31, which no version has
    assert from_literal(literal) is literal
    inside = core.Literal(collection=core.LiteralCollection(literals=[primitive(integer=1), literal]))
    assert from_literal(over_the_wire(inside)) == [1, literal]


def test_a_struct_refuses_what_it_would_round() -> None:
    kind = literal_type(dict)
    with pytest.raises(ValuesError, match=r"n\['a'\]\[0\]: 9007199254740993 would be rounded"):
        to_literal({"a": [2**53 + 1]}, kind, "n")
    with pytest.raises(ValuesError, match=r"n\['a'\]: a structure cannot hold nan"):
        to_literal({"a": math.nan}, kind, "n")


def msgpack_type() -> core.LiteralType:
    """The type that official tasks declare for a dataclass."""
    annotations = protobuf.Struct.from_python({"cache-key-metadata": {"serialization-format": "msgpack"}})
    return core.LiteralType(simple=core.SimpleType.STRUCT, annotation=core.TypeAnnotation(annotations=annotations))


def test_msgpack_values_in_both_directions() -> None:
    pytest.importorskip("msgpack")
    value = {"layers": [{"size": 2**60, "name": "a"}], "rate": 0.5, "none": None}
    literal = over_the_wire(to_literal(value, msgpack_type(), "n"))
    assert literal.scalar is not None
    assert literal.scalar.binary is not None
    assert literal.scalar.binary.tag == "msgpack"
    assert from_literal(literal) == value


def test_damaged_msgpack_is_an_error_that_names_the_value() -> None:
    pytest.importorskip("msgpack")
    for damaged in (b"", b"\xc1", b"\x92\x01", b"\x81\x90\x01"):
        with pytest.raises(ValuesError, match="output 'o0': damaged msgpack value"):
            from_literal(scalar(binary=core.Binary(value=damaged, tag="msgpack")), None, "output 'o0'")


def test_without_the_extra_msgpack_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "msgpack", None)
    literal = scalar(binary=core.Binary(value=b"\x01", tag="msgpack"))
    with pytest.raises(ValuesError, match=r"output 'o0': .*pip install 'remora\[msgpack\]'"):
        from_literal(literal, None, "output 'o0'")
    # A structure for an official task then goes as a Struct, which such tasks read as well.
    sent = to_literal({"a": 1.0}, msgpack_type(), "n")
    assert sent.scalar is not None
    assert sent.scalar.generic is not None


def test_a_pickle_is_never_unpickled(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("unpickled")

    monkeypatch.setattr("pickle.loads", refuse)
    monkeypatch.setattr("pickle.load", refuse)
    blob = core.Blob(uri="s3://b/p", metadata=core.BlobMetadata(type=core.BlobType(format="PythonPickle")))
    assert from_literal(scalar(blob=blob)) == File("s3://b/p", "PythonPickle")
    assert from_literal(scalar(binary=core.Binary(value=b"\x80\x04K\x01.", tag="pickle"))) == Binary(
        b"\x80\x04K\x01.", "pickle"
    )
