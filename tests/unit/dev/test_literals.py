from __future__ import annotations

import math

import pytest

from remora.dev.clock import parse_time
from remora.dev.literals import make
from remora.dev.literals.from_json import from_json
from remora.dev.literals.from_text import from_text
from remora.dev.literals.json_schema import json_schema
from remora.dev.literals.make import ConversionError
from remora.dev.literals.to_json import to_json, to_text
from remora_api.flyteidl2.core import (
    BlobType,
    BlobTypeBlobDimensionality,
    EnumType,
    Literal,
    LiteralOffloadedMetadata,
    LiteralType,
    SimpleType,
    StructuredDatasetType,
    UnionType,
)


def simple(kind: SimpleType) -> LiteralType:
    return LiteralType(simple=kind)


INTEGER, FLOAT, STRING = simple(SimpleType.INTEGER), simple(SimpleType.FLOAT), simple(SimpleType.STRING)
BOOLEAN, STRUCT, NONE = simple(SimpleType.BOOLEAN), simple(SimpleType.STRUCT), simple(SimpleType.NONE)
DATETIME, DURATION, BINARY = simple(SimpleType.DATETIME), simple(SimpleType.DURATION), simple(SimpleType.BINARY)
FILE = LiteralType(blob=BlobType())
DIRECTORY = LiteralType(blob=BlobType(dimensionality=BlobTypeBlobDimensionality.MULTIPART))
COLOUR = LiteralType(enum_type=EnumType(values=["red", "green"]))
OPTIONAL = LiteralType(union_type=UnionType(variants=[INTEGER, NONE]))


def list_of(inner: LiteralType) -> LiteralType:
    return LiteralType(collection_type=inner)


def map_of(inner: LiteralType) -> LiteralType:
    return LiteralType(map_value_type=inner)


@pytest.mark.parametrize(
    ("value", "declared"),
    [
        (5, INTEGER),
        (-(2**63), INTEGER),
        (1.5, FLOAT),
        ("text\n", STRING),
        (True, BOOLEAN),
        ("2024-01-01T00:00:00.5Z", DATETIME),
        ("1h30m0s", DURATION),
        ("-1.5s", DURATION),
        ("AAEC", BINARY),
        (None, NONE),
        ({"a": [1, {"b": None}], "c": "x", "d": 0.5}, STRUCT),
        ([1, 2], list_of(INTEGER)),
        ([], list_of(list_of(STRING))),
        ({"a": {"b": 1.0}}, map_of(map_of(FLOAT))),
        ("green", COLOUR),
        (7, OPTIONAL),
        (None, OPTIONAL),
        ("remora://a/b", FILE),
        ("s3://a/b", DIRECTORY),
        ("s3://a/b", LiteralType(structured_dataset_type=StructuredDatasetType(format="parquet"))),
    ],
)
def test_json_round_trip(value: object, declared: LiteralType) -> None:
    assert to_json(Literal.parse(bytes(from_json(value, declared)))) == value


def test_numbers_that_json_lacks() -> None:
    for text, number in (("Infinity", math.inf), ("-Infinity", -math.inf)):
        literal = from_json(text, FLOAT)
        assert literal == make.floating(number)
        assert to_json(literal) == text
    assert to_json(make.floating(math.nan)) == "NaN"


def test_whole_floats_are_integers_where_those_are_declared() -> None:
    assert from_json(5.0, INTEGER) == make.integer(5)
    assert from_json(5, FLOAT) == make.floating(5.0)


@pytest.mark.parametrize(
    ("value", "declared", "message"),
    [
        ("5", INTEGER, "'5' is not an integer"),
        (True, INTEGER, "True is not an integer"),
        (1.5, INTEGER, "1.5 is not an integer"),
        (2**63, INTEGER, f"{2**63} does not fit 64 bits"),
        (1, STRING, "1 is not a string"),
        (1, BOOLEAN, "1 is not a boolean"),
        ("tomorrow", DATETIME, "'tomorrow' is not a datetime"),
        ("1 h", DURATION, "'1 h' is not a duration"),
        ("*", BINARY, "'*' is not a binary"),
        ([], STRUCT, "[] is not a struct"),
        ("blue", COLOUR, "'blue' is not one of red, green"),
        ({}, list_of(INTEGER), "{} is not a list of integer"),
        ([1, "x"], list_of(INTEGER), "[1]: 'x' is not an integer"),
        ({"a": [0, None]}, map_of(list_of(INTEGER)), "['a'][1]: None is not an integer"),
        ("x", OPTIONAL, "'x' is not an integer or none"),
        (5, FILE, "5 is not a file"),
        (5, DIRECTORY, "5 is not a directory"),
        ("x" * 100, INTEGER, f"'{'x' * 76}... is not an integer"),
    ],
)
def test_json_that_does_not_fit(value: object, declared: LiteralType, message: str) -> None:
    with pytest.raises(ConversionError) as caught:
        from_json(value, declared)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "declared", "expected"),
    [
        (" 5\n", INTEGER, make.integer(5)),
        ("1e3\n", FLOAT, make.floating(1000.0)),
        ("as it is\n", STRING, make.string("as it is\n")),
        ("", STRING, make.string("")),
        ("True\n", BOOLEAN, make.boolean(True)),
        ("0", BOOLEAN, make.boolean(False)),
        ("2024-01-01T00:00:00Z\n", DATETIME, make.datetime(parse_time("2024-01-01T00:00:00Z"))),
        ("90s\n", DURATION, make.duration(90 * 10**9)),
        ("null\n", NONE, make.none()),
        ('{"a": 1}', STRUCT, make.struct({"a": 1})),
        ("[1, 2]\n", list_of(INTEGER), make.collection([make.integer(1), make.integer(2)])),
        ("red\n", COLOUR, make.string("red")),
        ("\n", OPTIONAL, make.union(make.none(), NONE)),
        ("3\n", OPTIONAL, make.union(make.integer(3), INTEGER)),
    ],
)
def test_text(text: str, declared: LiteralType, expected: Literal) -> None:
    assert from_text(text, declared, make.stored) == expected


@pytest.mark.parametrize(
    ("text", "declared", "message"),
    [
        ("five", INTEGER, "'five' is not an integer"),
        ("1_000", INTEGER, "'1_000' is not an integer"),
        ("9223372036854775808", INTEGER, "9223372036854775808 does not fit 64 bits"),
        ("yes", BOOLEAN, "'yes' is not a boolean"),
        ("something", NONE, "'something' is not a none"),
        ("{", STRUCT, "not JSON, which a struct has to be: '{'"),
        ("[" * 100_000, list_of(INTEGER), f"not JSON, which a list of integer has to be: {'[' * 57!r}..."),
        ("[1]", STRUCT, "[1] is not a struct"),
        ("blue", COLOUR, "'blue' is not one of red, green"),
        ("x", OPTIONAL, "'x' is not an integer or none"),
    ],
)
def test_text_that_does_not_fit(text: str, declared: LiteralType, message: str) -> None:
    with pytest.raises(ConversionError) as caught:
        from_text(text, declared, make.stored)
    assert str(caught.value) == message


def test_text_of_values_for_command_lines() -> None:
    assert to_text(make.integer(-3)) == "-3"
    assert to_text(make.boolean(True)) == "true"
    assert to_text(make.string('"x"')) == '"x"'
    assert to_text(make.none()) == ""
    assert to_text(make.collection([make.string("ä")])) == '["ä"]'
    assert to_text(make.stored("s3://b/k", FILE)) == "s3://b/k"


@pytest.mark.parametrize("literal", [Literal(), Literal(offloaded_metadata=LiteralOffloadedMetadata(uri="s3://b/k"))])
def test_literals_without_a_value_here(literal: Literal) -> None:
    with pytest.raises(ConversionError):
        to_json(literal)


def test_schemas() -> None:
    assert json_schema(list_of(INTEGER)) == {"type": "array", "items": {"type": "integer"}}
    assert json_schema(map_of(COLOUR)) == {
        "type": "object",
        "additionalProperties": {"type": "string", "enum": ["red", "green"]},
    }
    assert json_schema(OPTIONAL) == {"oneOf": [{"type": "integer"}, {"type": "null"}]}
    assert json_schema(FILE) == {"type": "string", "format": "blob"}
    assert json_schema(DIRECTORY) == {"type": "string", "format": "directory"}
    assert json_schema(LiteralType()) == {}
