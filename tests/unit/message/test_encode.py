"""Writing bytes: canonical order and content, and every value that must be refused."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

import pytest

from remora.errors import EncodeError


def test_defaults_are_not_written(kitchen: ModuleType) -> None:
    assert bytes(kitchen.Sink()) == b""
    assert bytes(kitchen.Sink(f_int32=0, f_string="", f_bytes=b"", f_bool=False, f_double=0.0, r_int32=[])) == b""


def test_set_defaults_are_written_where_presence_matters(kitchen: ModuleType) -> None:
    sink = kitchen.Sink(o_int32=0, o_string="", o_color=kitchen.Color.UNSPECIFIED, f_leaf=kitchen.Leaf(), c_bool=False)
    again = kitchen.Sink.parse(bytes(sink))
    assert again == sink
    assert (again.o_int32, again.o_string, again.o_color, again.c_bool) == (0, "", 0, False)


def test_negative_zero_is_kept(kitchen: ModuleType) -> None:
    sink = kitchen.Sink.parse(bytes(kitchen.Sink(f_double=-0.0, f_float=-0.0)))
    assert math.copysign(1, sink.f_double) == -1
    assert math.copysign(1, sink.f_float) == -1


def test_fields_are_written_in_the_order_of_their_numbers(kitchen: ModuleType) -> None:
    assert bytes(kitchen.Leaf(text="a", number=1)) == b"\x08\x01\x12\x01a"


def test_negative_int32_takes_ten_bytes(kitchen: ModuleType) -> None:
    assert bytes(kitchen.Leaf(number=-1)) == b"\x08" + b"\xff" * 9 + b"\x01"


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("f_int32", -(2**31), 2**31 - 1),
        ("f_sint32", -(2**31), 2**31 - 1),
        ("f_sfixed32", -(2**31), 2**31 - 1),
        ("f_color", -(2**31), 2**31 - 1),
        ("f_int64", -(2**63), 2**63 - 1),
        ("f_sint64", -(2**63), 2**63 - 1),
        ("f_sfixed64", -(2**63), 2**63 - 1),
        ("f_uint32", 0, 2**32 - 1),
        ("f_fixed32", 0, 2**32 - 1),
        ("f_uint64", 0, 2**64 - 1),
        ("f_fixed64", 0, 2**64 - 1),
    ],
)
def test_integers_stay_in_range(kitchen: ModuleType, name: str, low: int, high: int) -> None:
    repeated = name.replace("f_", "r_")
    for number in (low, high, 1, 127, 128, 16383, 16384):
        assert getattr(kitchen.Sink.parse(bytes(kitchen.Sink(**{name: number}))), name) == number
        assert getattr(kitchen.Sink.parse(bytes(kitchen.Sink(**{repeated: [number, 0]}))), repeated) == [number, 0]
    for number in (low - 1, high + 1, 2**80):
        with pytest.raises(EncodeError, match=rf"^kitchen\.Sink\.{name}: out of range for "):
            bytes(kitchen.Sink(**{name: number}))
        with pytest.raises(EncodeError, match=rf"^kitchen\.Sink\.{repeated}\[1\]: out of range for "):
            bytes(kitchen.Sink(**{repeated: [0, number]}))


WRONG: list[tuple[str, Any]] = [
    ("f_double", "1"),
    ("f_double", None),
    ("f_float", 1e39),
    ("f_int32", "1"),
    ("f_int32", 1.5),
    ("f_int32", 300.0),
    ("f_int32", None),
    ("f_int64", "x"),
    ("f_uint32", 200.0),
    ("f_uint64", 2.0),
    ("f_sint32", 2.5),
    ("f_sint64", 2.0),
    ("f_fixed32", "a"),
    ("f_sfixed64", 1.5),
    ("f_bool", "yes"),
    ("f_bool", 2),
    ("f_bool", None),
    ("f_string", b"bytes"),
    ("f_string", 5),
    ("f_string", None),
    ("f_string", "\ud800"),
    ("f_bytes", "text"),
    ("f_bytes", 5),
    ("f_bytes", [1]),
    ("f_bytes", None),
    ("f_color", "RED"),
    ("f_color", None),
    ("f_leaf", "leaf"),
    ("f_leaf", {"number": 1}),
    ("o_int32", "1"),
    ("o_string", b"x"),
    ("r_int32", 5),
    ("r_int32", b"ab"),
    ("r_string", "ab"),
    ("r_string", {"a": 1}),
    ("m_string", [("a", "b")]),
    ("m_string", "ab"),
    ("c_string", 5),
    ("c_leaf", 5),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_wrong_types_are_refused(kitchen: ModuleType, name: str, value: Any) -> None:
    with pytest.raises(EncodeError, match=rf"^kitchen\.Sink\.{name}: ") as caught:
        bytes(kitchen.Sink(**{name: value}))
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ({"r_leaf": "list"}, r"r_leaf\[1\]\.text"),
        ({"m_leaf": "map"}, r"m_leaf\[7\]\.text"),
        ({"c_leaf": "leaf"}, r"c_leaf\.text"),
        ({"r_string": ["a", 5]}, r"r_string\[1\]"),
        ({"m_string": {"a": 5}}, r"m_string\['a'\]"),
        ({"m_string": {5: "a"}}, r"m_string \(key\)"),
        ({"m_bool": {"yes": 1.0}}, r"m_bool \(key\)"),
    ],
)
def test_the_whole_path_is_named(kitchen: ModuleType, content: dict[str, Any], path: str) -> None:
    bad, good = kitchen.Leaf(), kitchen.Leaf()
    bad.text = 5
    fill = {"list": [good, bad], "map": {7: bad}, "leaf": bad}
    content = {name: fill.get(value, value) if isinstance(value, str) else value for name, value in content.items()}
    with pytest.raises(EncodeError, match=rf"^kitchen\.Sink\.{path}: expected "):
        bytes(kitchen.Sink(**content))


def test_a_message_of_another_type_is_refused(kitchen: ModuleType) -> None:
    with pytest.raises(EncodeError, match=r"f_leaf: expected a kitchen\.Leaf message, not kitchen\.Nothing"):
        bytes(kitchen.Sink(f_leaf=kitchen.Nothing()))


def test_a_subclass_of_the_right_type_is_fine(kitchen: ModuleType) -> None:
    special = type("Special", (kitchen.Leaf,), {})
    assert bytes(kitchen.Sink(f_leaf=special(number=5))) == bytes(kitchen.Sink(f_leaf=kitchen.Leaf(number=5)))


def test_secrets_stay_out_of_errors(kitchen: ModuleType) -> None:
    with pytest.raises(EncodeError) as caught:
        bytes(kitchen.Sink(f_bytes="hunter2"))
    assert "hunter2" not in str(caught.value)


def test_a_message_inside_itself_is_an_error(kitchen: ModuleType) -> None:
    leaf = kitchen.Leaf()
    leaf.leaf = leaf
    with pytest.raises(EncodeError, match="contains itself"):
        bytes(leaf)


class TestOneof:
    def test_the_constructor_takes_one_member(self, kitchen: ModuleType) -> None:
        with pytest.raises(EncodeError, match=r"kitchen\.Sink: more than one member of oneof 'choice'"):
            kitchen.Sink(c_string="a", c_int64=0)

    def test_two_set_members_cannot_be_encoded(self, kitchen: ModuleType) -> None:
        sink = kitchen.Sink(c_string="a")
        sink.c_bool = False
        with pytest.raises(EncodeError, match="oneof 'choice' already has 'c_string' set"):
            bytes(sink)
        sink.c_string = None
        assert kitchen.Sink.parse(bytes(sink)).which_oneof("choice") == "c_bool"


def test_tuples_do_for_lists_when_writing(kitchen: ModuleType) -> None:
    assert bytes(kitchen.Sink(r_int32=(1, 2))) == bytes(kitchen.Sink(r_int32=[1, 2]))
