"""Canonical JSON: the mapping, its options, and everything that must be refused with the place."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import pytest

from remora.errors import JsonError
from remora_api.google import protobuf


def test_names(kitchen: ModuleType) -> None:
    sink = kitchen.Sink(f_int32=1, k8s_name_2_x=2, other_json=3, from_=True)
    assert sink.to_dict() == {"fInt32": 1, "k8sName2X": 2, "@odd": 3, "from": True}
    assert sink.to_dict(preserving_proto_field_name=True) == {
        "f_int32": 1,
        "k8s_name_2_x": 2,
        "other_json": 3,
        "from": True,
    }
    assert kitchen.Sink.from_dict(sink.to_dict()) == sink
    assert kitchen.Sink.from_dict(sink.to_dict(preserving_proto_field_name=True)) == sink


def test_scalars(kitchen: ModuleType) -> None:
    sink = kitchen.Sink(
        f_double=float("inf"),
        f_float=0.1,
        f_int64=-(2**63),
        f_uint64=2**64 - 1,
        f_bytes=b"\xfb\xff",
        f_color=kitchen.Color.CRIMSON,
        r_double=[float("nan"), float("-inf"), -0.0],
        r_color=[kitchen.Color(99), kitchen.Color.NEGATIVE],
        m_bool={True: 1.0},
        m_color={2**64 - 1: kitchen.Color.RED},
    )
    expected = {
        "fDouble": "Infinity",
        "fFloat": 0.1,
        "fInt64": "-9223372036854775808",
        "fUint64": "18446744073709551615",
        "fBytes": "+/8=",
        "fColor": "COLOR_RED",
        "rDouble": ["NaN", "-Infinity", -0.0],
        "rColor": [99, "COLOR_NEGATIVE"],
        "mBool": {"true": 1.0},
        "mColor": {"18446744073709551615": "COLOR_RED"},
    }
    assert sink.to_dict() == expected
    assert kitchen.Sink.from_dict(expected).to_dict() == expected


def test_text_is_what_json_dumps_gives(kitchen: ModuleType) -> None:
    sink = kitchen.Sink(f_string="é\n", r_int32=[1])
    assert sink.to_json() == '{"fString": "\\u00e9\\n", "rInt32": [1]}'
    assert sink.to_json(indent=2) == json.dumps(sink.to_dict(), indent=2)
    assert kitchen.Sink.from_json(sink.to_json().encode()) == sink


def test_defaults_on_request(kitchen: ModuleType) -> None:
    full = kitchen.Leaf(text="x").to_dict(including_default_value_fields=True)
    assert full == {"text": "x", "number": 0, "numbers": [], "counts": {}}
    assert list(full) == ["text", "number", "numbers", "counts"]


def test_order_is_that_of_the_numbers(kitchen: ModuleType) -> None:
    sink = kitchen.Sink(biggest_number="b", other_json=1, big_number=2, f_int32=3)
    assert list(sink.to_dict()) == ["fInt32", "@odd", "bigNumber", "biggestNumber"]


def test_well_known_types(kitchen: ModuleType) -> None:
    document = {
        "time": "2024-02-29T12:30:00.000000001Z",
        "span": "-1.500s",
        "struct": {"a": [1.0, "x", None, True, {"b": {}}]},
        "value": "text",
        "items": [None, 2.0],
        "mask": "user.displayName,photo",
        "wString": "",
        "wInt64": "5",
        "nothing": None,
        "values": [None, 1.0],
    }
    sink = kitchen.Sink.from_dict(document)
    assert sink.time == protobuf.Timestamp(seconds=1709209800, nanos=1)
    assert sink.span == protobuf.Duration(seconds=-1, nanos=-500_000_000)
    assert sink.mask == protobuf.FieldMask(paths=["user.display_name", "photo"])
    assert sink.w_string == protobuf.StringValue()
    assert sink.values[0] == protobuf.Value(null_value=protobuf.NullValue.NULL_VALUE)
    expected = {name: value for name, value in document.items() if name != "nothing"}
    assert sink.to_dict() == expected


def test_null_leaves_a_field_unset(kitchen: ModuleType) -> None:
    names = ["fInt32", "fString", "fLeaf", "rInt32", "mString", "cString", "time", "wInt64", "fColor"]
    assert kitchen.Sink.from_dict(dict.fromkeys(names)) == kitchen.Sink()
    assert kitchen.Sink.from_dict({"value": None}).value == protobuf.Value(null_value=protobuf.NullValue.NULL_VALUE)


class TestAny:
    def test_a_message_inside(self, kitchen: ModuleType) -> None:
        sink = kitchen.Sink(any=protobuf.Any.pack(kitchen.Leaf(number=5)))
        document = {"any": {"@type": "type.googleapis.com/kitchen.Leaf", "number": 5}}
        assert sink.to_dict() == document
        assert kitchen.Sink.from_dict(document) == sink

    def test_a_well_known_type_inside(self) -> None:
        packed = protobuf.Any.pack(protobuf.Duration(seconds=1))
        document = {"@type": "type.googleapis.com/google.protobuf.Duration", "value": "1s"}
        assert packed.to_dict() == document
        assert protobuf.Any.from_dict(document) == packed

    def test_an_any_inside_an_any(self, kitchen: ModuleType) -> None:
        packed = protobuf.Any.pack(protobuf.Any.pack(kitchen.Leaf(number=5)))
        assert protobuf.Any.from_dict(packed.to_dict()) == packed

    def test_an_empty_one(self) -> None:
        assert protobuf.Any().to_dict() == {}
        assert protobuf.Any.from_dict({}) == protobuf.Any()

    @pytest.mark.parametrize("url", ["type.googleapis.com/no.Such", "", "no.Such"])
    def test_an_unknown_type(self, url: str) -> None:
        with pytest.raises(JsonError, match="is not known"):
            protobuf.Any(type_url=url, value=b"x").to_dict()
        with pytest.raises(JsonError, match="is not known"):
            protobuf.Any.from_dict({"@type": url})

    def test_malformed_content(self, kitchen: ModuleType) -> None:
        with pytest.raises(JsonError, match=r"malformed: kitchen\.Leaf: truncated"):
            protobuf.Any(type_url="x/kitchen.Leaf", value=b"\x08").to_dict()

    @pytest.mark.parametrize(
        "document", [{"number": 1}, {"@type": 5}, {"@type": "x/google.protobuf.Duration"}, [1], "x"]
    )
    def test_refused(self, kitchen: ModuleType, document: Any) -> None:
        with pytest.raises(JsonError):
            protobuf.Any.from_dict(document)


@pytest.mark.parametrize("text", ["-_8", "+/8=", "+/8", "-_8="])
def test_both_alphabets_of_base64(kitchen: ModuleType, text: str) -> None:
    assert kitchen.Sink.from_dict({"fBytes": text}).f_bytes == b"\xfb\xff"


@pytest.mark.parametrize("number", [5, 5.0, "5", "5.0", "5e0", "50e-1"])
def test_spellings_of_an_integer(kitchen: ModuleType, number: object) -> None:
    assert kitchen.Sink.from_dict({"fInt32": number}).f_int32 == 5
    assert type(kitchen.Sink.from_dict({"fInt32": number}).f_int32) is int


def test_large_integers_lose_no_digits(kitchen: ModuleType) -> None:
    assert kitchen.Sink.from_dict({"fUint64": "18446744073709551615.0"}).f_uint64 == 2**64 - 1
    assert kitchen.Sink.from_json('{"fInt64": 9007199254740993}').f_int64 == 2**53 + 1


def test_enum_names_and_numbers(kitchen: ModuleType) -> None:
    for value in ("COLOR_RED", "COLOR_CRIMSON", 1, 1.0):
        assert kitchen.Sink.from_dict({"fColor": value}).f_color is kitchen.Color.RED
    assert kitchen.Sink.from_dict({"fColor": 99}).f_color == 99


REFUSED: list[tuple[object, str]] = [
    ([], "Sink"),
    ("text", "Sink"),
    (None, "Sink"),
    ({"noSuch": 1}, "Sink"),
    ({"fInt32": 1, "f_int32": 1}, "Sink.f_int32"),
    ({"cString": "a", "cInt64": "1"}, "Sink.cInt64"),
    ({"fInt32": "x"}, "Sink.fInt32"),
    ({"fInt32": 1.5}, "Sink.fInt32"),
    ({"fInt32": True}, "Sink.fInt32"),
    ({"fInt32": " 1"}, "Sink.fInt32"),
    ({"fInt32": "1_0"}, "Sink.fInt32"),
    ({"fInt32": "0x1"}, "Sink.fInt32"),
    ({"fInt32": "01"}, "Sink.fInt32"),
    ({"fInt32": ""}, "Sink.fInt32"),
    ({"fInt32": "1e400"}, "Sink.fInt32"),
    ({"fInt32": "9" * 10_000}, "Sink.fInt32"),
    ({"fInt32": 2**31}, "Sink.fInt32"),
    ({"fInt32": [1]}, "Sink.fInt32"),
    ({"fUint32": -1}, "Sink.fUint32"),
    ({"fInt64": "9223372036854775808"}, "Sink.fInt64"),
    ({"fInt64": float("inf")}, "Sink.fInt64"),
    ({"fInt64": float("nan")}, "Sink.fInt64"),
    ({"fDouble": "1e400"}, "Sink.fDouble"),
    ({"fDouble": float("nan")}, "Sink.fDouble"),
    ({"fDouble": 10**400}, "Sink.fDouble"),
    ({"fDouble": "inf"}, "Sink.fDouble"),
    ({"fDouble": True}, "Sink.fDouble"),
    ({"fFloat": 3.5e38}, "Sink.fFloat"),
    ({"fFloat": "-1e39"}, "Sink.fFloat"),
    ({"fBool": "true"}, "Sink.fBool"),
    ({"fBool": 1}, "Sink.fBool"),
    ({"fString": 5}, "Sink.fString"),
    ({"fString": "\ud800"}, "Sink.fString"),
    ({"fBytes": "a"}, "Sink.fBytes"),
    ({"fBytes": "ab!d"}, "Sink.fBytes"),
    ({"fBytes": "===="}, "Sink.fBytes"),
    ({"fBytes": 5}, "Sink.fBytes"),
    ({"fColor": "RED"}, "Sink.fColor"),
    ({"fColor": "1"}, "Sink.fColor"),
    ({"fColor": 1.5}, "Sink.fColor"),
    ({"fColor": 2**31}, "Sink.fColor"),
    ({"fLeaf": 5}, "Sink.fLeaf"),
    ({"fLeaf": {"text": 5}}, "Sink.fLeaf.text"),
    ({"rInt32": 5}, "Sink.rInt32"),
    ({"rInt32": "12"}, "Sink.rInt32"),
    ({"rInt32": [1, None]}, "Sink.rInt32[1]"),
    ({"rInt32": [1, "x"]}, "Sink.rInt32[1]"),
    ({"rLeaf": [{}, {"leaf": {"number": "x"}}]}, "Sink.rLeaf[1].leaf.number"),
    ({"rLeaf": [None]}, "Sink.rLeaf[0]"),
    ({"mString": []}, "Sink.mString"),
    ({"mString": {"a": None}}, "Sink.mString['a']"),
    ({"mString": {"a": 5}}, "Sink.mString['a']"),
    ({"mLeaf": {"x": {}}}, "Sink.mLeaf['x']"),
    ({"mLeaf": {"5": {"text": 1}}}, "Sink.mLeaf['5'].text"),
    ({"mBool": {"True": 1.0}}, "Sink.mBool['True']"),
    ({"time": "2024-02-30T00:00:00Z"}, "Sink.time"),
    ({"time": "2024-02-29t00:00:00z"}, "Sink.time"),
    ({"time": "2024-02-29T00:00:00"}, "Sink.time"),
    ({"time": "2024-02-29T00:00:00.1234567890Z"}, "Sink.time"),
    ({"time": "2024-02-29T00:00:00+24:00"}, "Sink.time"),
    ({"time": "0001-01-01T00:00:00+00:01"}, "Sink.time"),
    ({"time": "9999-12-31T23:59:59-00:01"}, "Sink.time"),
    ({"time": 5}, "Sink.time"),
    ({"span": "1"}, "Sink.span"),
    ({"span": "1.0000000001s"}, "Sink.span"),
    ({"span": "315576000001s"}, "Sink.span"),
    ({"span": "--1s"}, "Sink.span"),
    ({"span": 1}, "Sink.span"),
    ({"mask": "a_b"}, "Sink.mask"),
    ({"mask": ["a"]}, "Sink.mask"),
    ({"mask": "\ud800"}, "Sink.mask"),
    ({"struct": []}, "Sink.struct"),
    ({"struct": {"\ud800": 1}}, "Sink.struct"),
    ({"items": {}}, "Sink.items"),
    ({"value": {1, 2}}, "Sink.value"),
    ({"value": float("inf")}, "Sink.value"),
    ({"wInt64": "x"}, "Sink.wInt64"),
]


@pytest.mark.parametrize(("document", "path"), REFUSED, ids=[str(item)[:60] for item, _ in REFUSED])
def test_refused_with_the_place(kitchen: ModuleType, document: Any, path: str) -> None:
    with pytest.raises(JsonError) as caught:
        kitchen.Sink.from_dict(document)
    assert caught.value.path == path
    assert path in str(caught.value)
    assert isinstance(caught.value, ValueError)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"fInt32": 1,}',
        '{"fInt32": NaN}',
        '{"fDouble": Infinity}',
        '{"fInt32": 1, "fInt32": 1}',
        "[" * 100_000,
    ],
    ids=lambda text: text[:20],
)
def test_text_that_is_not_json(kitchen: ModuleType, text: str) -> None:
    with pytest.raises(JsonError):
        kitchen.Sink.from_json(text)


def test_a_wrong_name_comes_with_the_right_one(kitchen: ModuleType) -> None:
    with pytest.raises(JsonError, match="did you mean 'fString'"):
        kitchen.Sink.from_dict({"fStrin": 1})


def test_unknown_names_can_be_ignored(kitchen: ModuleType) -> None:
    document = {
        "noSuch": {"deep": []},
        "fInt32": 5,
        "fColor": "COLOR_GREEN",
        "rColor": ["COLOR_GREEN", "COLOR_RED"],
        "mColor": {"1": "COLOR_GREEN", "2": "COLOR_RED"},
        "fLeaf": {"noSuch": 1, "number": 2},
    }
    sink = kitchen.Sink.from_dict(document, ignore_unknown_fields=True)
    assert sink == kitchen.Sink(
        f_int32=5,
        r_color=[kitchen.Color.RED],
        m_color={2: kitchen.Color.RED},
        f_leaf=kitchen.Leaf(number=2),
    )
    with pytest.raises(JsonError):
        kitchen.Sink.from_dict({"fInt32": "x"}, ignore_unknown_fields=True)


def test_depth_is_limited(kitchen: ModuleType) -> None:
    document: dict[str, Any] = {}
    for _ in range(99):
        document = {"leaf": document}
    assert kitchen.Leaf.from_dict(document).to_dict() == document
    with pytest.raises(JsonError, match="deeper than 100"):
        kitchen.Leaf.from_dict({"leaf": document})


class TestOutRefused:
    def test_a_wrong_value_is_named(self, kitchen: ModuleType) -> None:
        leaf = kitchen.Leaf()
        leaf.text = 5
        with pytest.raises(JsonError, match=r"expected a str, not int, at Sink\.r_leaf\[1\]\.text"):
            kitchen.Sink(r_leaf=[kitchen.Leaf(), leaf]).to_dict()

    @pytest.mark.parametrize(
        ("content", "path"),
        [
            ({"f_int32": 2**31}, "Sink.f_int32"),
            ({"r_int32": 5}, "Sink.r_int32"),
            ({"m_string": []}, "Sink.m_string"),
            ({"f_leaf": "x"}, "Sink.f_leaf"),
            ({"f_color": "RED"}, "Sink.f_color"),
        ],
    )
    def test_values_of_wrong_types(self, kitchen: ModuleType, content: dict[str, Any], path: str) -> None:
        with pytest.raises(JsonError) as caught:
            kitchen.Sink(**content).to_dict()
        assert caught.value.path == path

    def test_two_members_of_a_oneof(self, kitchen: ModuleType) -> None:
        sink = kitchen.Sink(c_string="a")
        sink.c_int64 = 1
        with pytest.raises(JsonError, match="two members of oneof 'choice'"):
            sink.to_dict()

    def test_a_message_inside_itself(self, kitchen: ModuleType) -> None:
        leaf = kitchen.Leaf()
        leaf.leaf = leaf
        with pytest.raises(JsonError, match="contains itself"):
            leaf.to_dict()

    @pytest.mark.parametrize(
        "message",
        [
            protobuf.Timestamp(seconds=-62135596801),
            protobuf.Timestamp(nanos=-1),
            protobuf.Duration(seconds=1, nanos=-1),
            protobuf.Duration(seconds=315_576_000_001),
            protobuf.FieldMask(paths=["camelCase"]),
            protobuf.FieldMask(paths=["a__b"]),
            protobuf.FieldMask(paths=["a_"]),
            protobuf.Value(number_value=float("nan")),
            protobuf.Value(number_value=float("inf")),
        ],
        ids=repr,
    )
    def test_values_without_a_json_form(self, message: Any) -> None:
        with pytest.raises(JsonError):
            message.to_dict()


@pytest.mark.parametrize("text", ["0.1", "9990000783594147829", "3.4e38", "1e-45", '"0.1"', '"-Infinity"'])
def test_a_float_read_from_json_is_the_one_read_from_bytes(text: str) -> None:
    message = protobuf.FloatValue.from_json(text)
    assert message == protobuf.FloatValue.parse(bytes(message))
    assert message == protobuf.FloatValue.from_json(message.to_json())
