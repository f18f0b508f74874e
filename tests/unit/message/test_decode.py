"""Reading bytes: every kind, merging, and everything that must be refused."""

from __future__ import annotations

import struct
import time
from types import ModuleType

import pytest

from remora.errors import DecodeError


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def field(number: int, wire_type: int, content: bytes = b"") -> bytes:
    return varint(number << 3 | wire_type) + content


def nested(number: int, content: bytes) -> bytes:
    return field(number, 2, varint(len(content)) + content)


@pytest.mark.parametrize(
    ("number", "wire", "name", "expected"),
    [
        (1, field(1, 1, struct.pack("<d", -2.5)), "f_double", -2.5),
        (2, field(2, 5, struct.pack("<f", 0.5)), "f_float", 0.5),
        (3, field(3, 0, varint(2**64 - 1)), "f_int32", -1),
        (3, field(3, 0, varint(2**32 + 5)), "f_int32", 5),
        (4, field(4, 0, varint(2**63)), "f_int64", -(2**63)),
        (5, field(5, 0, varint(2**32 + 7)), "f_uint32", 7),
        (6, field(6, 0, varint(2**64 - 1)), "f_uint64", 2**64 - 1),
        (7, field(7, 0, varint(3)), "f_sint32", -2),
        (8, field(8, 0, varint(2**64 - 1)), "f_sint64", -(2**63)),
        (9, field(9, 5, b"\xff\xff\xff\xff"), "f_fixed32", 2**32 - 1),
        (10, field(10, 1, b"\x01" + bytes(7)), "f_fixed64", 1),
        (11, field(11, 5, b"\xff\xff\xff\xff"), "f_sfixed32", -1),
        (12, field(12, 1, b"\xff" * 8), "f_sfixed64", -1),
        (13, field(13, 0, varint(2**40)), "f_bool", True),
        (14, nested(14, "é".encode()), "f_string", "é"),
        (15, nested(15, b"\xff\x00"), "f_bytes", b"\xff\x00"),
        (16, field(16, 0, varint(2**64 - 7)), "f_color", -7),
        (2048, field(2048, 0, b"\x05"), "big_number", 5),
        (536870911, nested(536870911, b"z"), "biggest_number", "z"),
        (102, field(102, 0, b"\x01"), "from_", True),
        (103, field(103, 0, b"\x01"), "is_set_", True),
    ],
)
def test_every_kind(kitchen: ModuleType, number: int, wire: bytes, name: str, expected: object) -> None:
    message = kitchen.Sink.parse(wire)
    assert getattr(message, name) == expected
    assert type(getattr(message, name)) is type(expected) or name == "f_color"
    again = kitchen.Sink.parse(bytes(message))
    assert again == message


def test_overlong_varints_are_read(kitchen: ModuleType) -> None:
    assert kitchen.Sink.parse(b"\x98\x00\x85\x80\x80\x00").f_int32 == 5


@pytest.mark.parametrize("numbers", [[], [0], [1, 127, 128, 300]])
def test_packed_and_unpacked_are_both_read(kitchen: ModuleType, numbers: list[int]) -> None:
    packed = nested(33, b"".join(map(varint, numbers)))
    unpacked = b"".join(field(33, 0, varint(number)) for number in numbers)
    assert kitchen.Sink.parse(packed).r_int32 == numbers
    assert kitchen.Sink.parse(unpacked).r_int32 == numbers
    assert kitchen.Sink.parse(unpacked + packed).r_int32 == numbers * 2
    assert kitchen.Sink.parse(nested(48, b"".join(map(varint, numbers)))).unpacked == numbers


def test_scalars_of_several_kinds_packed(kitchen: ModuleType) -> None:
    data = b"".join(
        (
            nested(31, struct.pack("<2d", 1.5, -0.0)),
            nested(34, varint(2**64 - 1) + b"\x02"),
            nested(35, varint(2**32 + 1)),
            nested(36, varint(2**64 - 1)),
            nested(37, b"\x01\x02"),
            nested(38, b"\x01"),
            nested(39, struct.pack("<I", 7)),
            nested(43, b"\x00\x05"),
            nested(46, b"\x01" + varint(2**64 - 7) + b"\x63"),
        )
    )
    sink = kitchen.Sink.parse(data)
    assert (sink.r_double, str(sink.r_double[1])) == ([1.5, 0.0], "-0.0")
    assert (sink.r_int64, sink.r_uint32, sink.r_uint64) == ([-1, 2], [1], [2**64 - 1])
    assert (sink.r_sint32, sink.r_sint64, sink.r_fixed32) == ([-1, 1], [-1], [7])
    assert (sink.r_bool, sink.r_color) == ([False, True], [kitchen.Color.RED, -7, 99])
    assert kitchen.Sink.parse(bytes(sink)) == sink


def test_split_messages_merge(kitchen: ModuleType) -> None:
    first = bytes(kitchen.Leaf(number=1, text="a", numbers=[1], counts={"a": 1}, leaf=kitchen.Leaf(number=5)))
    second = bytes(kitchen.Leaf(text="b", numbers=[2], counts={"a": 9, "b": 2}, leaf=kitchen.Leaf(text="inner")))
    leaf = kitchen.Sink.parse(nested(17, first) + nested(17, second)).f_leaf
    assert leaf == kitchen.Leaf(
        number=1, text="b", numbers=[1, 2], counts={"a": 9, "b": 2}, leaf=kitchen.Leaf(number=5, text="inner")
    )


def test_an_explicit_default_overwrites_in_a_merge(kitchen: ModuleType) -> None:
    data = nested(17, field(1, 0, b"\x05")) + nested(17, field(1, 0, b"\x00"))
    assert kitchen.Sink.parse(data).f_leaf.number == 0


def test_unknown_fields_of_merged_messages_are_all_kept(kitchen: ModuleType) -> None:
    first, second = field(90, 0, b"\x01"), field(91, 0, b"\x02")
    leaf = kitchen.Sink.parse(nested(17, first) + nested(17, second)).f_leaf
    assert bytes(leaf) == first + second


def test_last_scalar_wins(kitchen: ModuleType) -> None:
    assert kitchen.Sink.parse(field(3, 0, b"\x01") + field(3, 0, b"\x02")).f_int32 == 2


class TestOneof:
    def test_a_later_member_clears_the_earlier(self, kitchen: ModuleType) -> None:
        sink = kitchen.Sink.parse(nested(61, b"a") + field(62, 0, b"\x00"))
        assert (sink.which_oneof("choice"), sink.c_string, sink.c_int64) == ("c_int64", None, 0)

    def test_the_same_message_member_merges(self, kitchen: ModuleType) -> None:
        sink = kitchen.Sink.parse(nested(63, field(1, 0, b"\x05")) + nested(63, nested(2, b"x")))
        assert sink.c_leaf == kitchen.Leaf(number=5, text="x")

    def test_a_member_in_between_prevents_the_merge(self, kitchen: ModuleType) -> None:
        data = nested(63, field(1, 0, b"\x05")) + nested(61, b"a") + nested(63, nested(2, b"x"))
        sink = kitchen.Sink.parse(data)
        assert sink.c_leaf == kitchen.Leaf(text="x")
        assert sink.which_oneof("choice") == "c_leaf"

    def test_clearing_works_across_split_messages(self, kitchen: ModuleType) -> None:
        data = nested(17, field(6, 0, b"\x01")) + nested(17, field(7, 0, b"\x02"))
        leaf = kitchen.Sink.parse(data).f_leaf
        assert (leaf.left, leaf.right) == (None, 2)

    def test_a_default_value_counts_as_set(self, kitchen: ModuleType) -> None:
        sink = kitchen.Sink.parse(nested(61, b""))
        assert sink.which_oneof("choice") == "c_string"
        assert bytes(sink) == nested(61, b"")


class TestMaps:
    @pytest.mark.parametrize(
        ("entry", "expected"),
        [
            (b"", {"": ""}),
            (nested(1, b"k"), {"k": ""}),
            (nested(2, b"v"), {"": "v"}),
            (nested(2, b"v") + nested(1, b"k"), {"k": "v"}),
            (nested(1, b"a") + nested(1, b"k") + nested(2, b"u") + nested(2, b"v"), {"k": "v"}),
        ],
    )
    def test_entries_without_key_or_value(self, kitchen: ModuleType, entry: bytes, expected: dict[str, str]) -> None:
        sink = kitchen.Sink.parse(nested(51, entry))
        assert sink.m_string == expected
        assert kitchen.Sink.parse(bytes(sink)) == sink

    def test_message_values_default_and_merge(self, kitchen: ModuleType) -> None:
        assert kitchen.Sink.parse(nested(52, b"\x08\x07")).m_leaf == {7: kitchen.Leaf()}
        value = nested(2, field(1, 0, b"\x05")) + nested(2, nested(2, b"x"))
        assert kitchen.Sink.parse(nested(52, value)).m_leaf == {0: kitchen.Leaf(number=5, text="x")}

    def test_last_entry_of_a_key_wins(self, kitchen: ModuleType) -> None:
        first = nested(51, nested(1, b"k") + nested(2, b"1"))
        second = nested(51, nested(1, b"k") + nested(2, b"2"))
        assert kitchen.Sink.parse(first + second).m_string == {"k": "2"}

    def test_an_entry_with_more_in_it_is_kept_as_unknown(self, kitchen: ModuleType) -> None:
        data = nested(51, nested(1, b"k") + field(3, 0, b"\x01"))
        sink = kitchen.Sink.parse(data)
        assert sink.m_string == {}
        assert bytes(sink) == data


class TestUnknown:
    def test_fields_and_their_order_are_kept(self, kitchen: ModuleType) -> None:
        data = nested(200, b"x") + field(201, 0, b"\x80\x01") + field(202, 5, bytes(4)) + field(203, 1, bytes(8))
        group = field(204, 3) + field(1, 0, b"\x05") + field(204, 4)
        assert bytes(kitchen.Sink.parse(data + group)) == data + group

    def test_a_known_field_with_another_wire_type_is_unknown(self, kitchen: ModuleType) -> None:
        data = field(14, 0, b"\x05") + field(3, 5, bytes(4))
        sink = kitchen.Sink.parse(data)
        assert (sink.f_string, sink.f_int32) == ("", 0)
        assert bytes(sink) == data

    def test_they_make_messages_differ(self, kitchen: ModuleType) -> None:
        assert kitchen.Nothing.parse(b"\x08\x01") != kitchen.Nothing()
        assert kitchen.Nothing.parse(b"\x08\x01") == kitchen.Nothing.parse(b"\x08\x01")

    def test_unknown_enum_numbers_are_kept(self, kitchen: ModuleType) -> None:
        sink = kitchen.Sink.parse(field(16, 0, b"\x63"))
        assert sink.f_color == 99
        assert bytes(sink) == field(16, 0, b"\x63")


class TestProto2:
    def test_everything_has_presence(self, old: ModuleType) -> None:
        box = old.Box()
        assert (box.weight, box.size, box.label) == (None, None, None)
        assert bytes(old.Box(weight=0, label="")) == field(1, 0, b"\x00") + nested(6, b"")

    def test_unknown_numbers_of_closed_enums_are_unknown_fields(self, old: ModuleType) -> None:
        data = field(2, 0, b"\x02") + field(3, 0, b"\x03") + field(3, 0, b"\x09")
        box = old.Box.parse(data)
        assert (box.size, box.sizes) == (None, [old.Size.LARGE])
        assert bytes(box) == field(3, 0, b"\x03") + field(2, 0, b"\x02") + field(3, 0, b"\x09")

    def test_packed_lists_of_closed_enums(self, old: ModuleType) -> None:
        box = old.Box.parse(nested(4, b"\x01\x02\x03"))
        assert box.packed_sizes == [old.Size.SMALL, old.Size.LARGE]
        assert bytes(box) == nested(4, b"\x01\x03") + field(4, 0, b"\x02")

    def test_maps_of_closed_enums(self, old: ModuleType) -> None:
        data = nested(5, nested(1, b"k") + field(2, 0, b"\x07"))
        box = old.Box.parse(data)
        assert box.by_name == {}
        assert bytes(box) == data


class TestRefused:
    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b"\x00\x01", "field number 0"),
            (b"\x02\x00", "field number 0"),
            (field(1, 6, b"\x00"), "wire type 6"),
            (field(1, 7, b"\x00"), "wire type 7"),
            (field(300, 6), "wire type 6"),
            (field(5, 4), "group ends"),
            (field(300, 3), "group does not end"),
            (field(300, 3) + field(301, 4), "group ends"),
            (field(300, 3) + field(1, 2, b"\x05"), "truncated"),
            (b"\x80", "truncated"),
            (b"\x18", "truncated"),
            (b"\x18\x80", "truncated"),
            (b"\x18" + b"\x80" * 10 + b"\x01", "longer than 10 bytes"),
            (b"\x98\x80\x80\x80\x80\x00\x01", "field number"),
            (b"\xf8\xff\xff\xff\x1f\x01", "field number"),
            (field(14, 2, b"\x02a"), "truncated"),
            (field(14, 2, varint(2**31)), "length"),
            (field(14, 2, varint(2**63)), "length"),
            (field(15, 2, varint(2**31 - 1)), "truncated"),
            (field(17, 2, varint(2**31 - 1)), "truncated"),
            (field(31, 2, varint(2**31 - 8)), "truncated"),
            (field(33, 2, varint(2**31 - 1)), "truncated"),
            (field(51, 2, varint(2**31 - 1)), "truncated"),
            (field(200, 2, varint(2**31 - 1)), "truncated"),
            (field(9, 5, b"abc"), "truncated"),
            (field(10, 1, b"abcdefg"), "truncated"),
            (nested(31, b"abc"), "truncated"),
            (nested(33, b"\x80"), "truncated"),
            (nested(17, field(1, 0)) + b"\x01", "truncated"),
            (nested(17, field(2, 2, b"\x05")) + b"abcdef", "truncated"),
            (nested(51, field(1, 2, b"\x05")) + b"abcdef", "truncated"),
            (nested(51, field(1, 0)), "truncated"),
            (nested(14, b"\xff"), "UTF-8"),
            (nested(14, b"\xed\xa0\x80"), "UTF-8"),
            (nested(44, b"\xc0\x80"), "UTF-8"),
            (nested(51, nested(1, b"\xff")), "UTF-8"),
        ],
    )
    def test_malformed_bytes(self, kitchen: ModuleType, data: bytes, reason: str) -> None:
        with pytest.raises(DecodeError, match=reason) as caught:
            kitchen.Sink.parse(data)
        assert "kitchen." in str(caught.value)
        assert " at byte " in str(caught.value)
        assert isinstance(caught.value, ValueError)
        assert caught.value.__suppress_context__

    def test_the_message_and_the_offset_are_named(self, kitchen: ModuleType) -> None:
        with pytest.raises(DecodeError, match=r"^kitchen\.Leaf: a string is not valid UTF-8, at byte 8$"):
            kitchen.Sink.parse(field(3, 0, b"\x01") + nested(17, nested(2, b"a\xff")))

    def test_every_truncation_of_a_full_message(self, kitchen: ModuleType) -> None:
        data = nested(17, bytes(kitchen.Leaf(number=300, text="abc", counts={"a": 1}))) + nested(44, b"xyz")
        whole = kitchen.Sink.parse(data)
        boundary = len(data) - len(nested(44, b"xyz"))
        for length in range(1, len(data)):
            if length == boundary:
                assert kitchen.Sink.parse(data[:length]) != whole
            else:
                with pytest.raises(DecodeError):
                    kitchen.Sink.parse(data[:length])

    @pytest.mark.parametrize("data", ["text", None, 5, ["a"]])
    def test_only_bytes(self, kitchen: ModuleType, data: object) -> None:
        with pytest.raises(TypeError, match="bytes"):
            kitchen.Sink.parse(data)

    def test_other_buffers_are_fine(self, kitchen: ModuleType) -> None:
        assert kitchen.Leaf.parse(bytearray(b"\x08\x05")) == kitchen.Leaf.parse(memoryview(b"\x08\x05"))


class TestDepth:
    def test_a_hundred_levels_are_read(self, kitchen: ModuleType) -> None:
        data = b""
        for _ in range(100):
            data = nested(5, data)
        assert bytes(kitchen.Leaf.parse(data)) == data
        with pytest.raises(DecodeError, match="deeper than 100"):
            kitchen.Leaf.parse(nested(5, data))

    def test_a_hundred_groups_are_skipped(self, kitchen: ModuleType) -> None:
        start, end = field(50, 3), field(50, 4)
        assert bytes(kitchen.Leaf.parse(start * 100 + end * 100)) == start * 100 + end * 100
        for count in (101, 100_000):
            with pytest.raises(DecodeError, match="deeper than 100"):
                kitchen.Leaf.parse(start * count + end * count)

    def test_depth_bombs_are_refused_at_once(self, kitchen: ModuleType) -> None:
        data = b""
        while len(data) < 50_000:
            data = nested(5, data)
        with pytest.raises(DecodeError, match="deeper than 100"):
            kitchen.Leaf.parse(data)

    def test_split_levels_do_not_multiply_the_work(self, kitchen: ModuleType) -> None:
        # Every level is split in two; re-reading the joined pieces would take 2**90 steps.
        data = field(1, 0, b"\x01")
        for _ in range(90):
            data = nested(5, b"") + nested(5, data) + nested(5, b"")
        leaf = kitchen.Leaf.parse(data)
        for _ in range(90):
            leaf = leaf.leaf
        assert leaf.number == 1


@pytest.mark.parametrize(
    "piece",
    [
        pytest.param(field(200, 0, b"\x01"), id="unknown varints"),
        pytest.param(field(200, 0, b"\x01") + field(201, 0, b"\x01"), id="unknown varints in turn"),
        pytest.param(nested(17, field(200, 0, b"\x01")), id="unknown fields in a split message"),
        pytest.param(nested(44, b""), id="empty strings"),
        pytest.param(field(200, 3) + field(200, 4), id="groups"),
    ],
)
def test_time_grows_with_the_size_only(kitchen: ModuleType, piece: bytes) -> None:
    def seconds(size: int) -> float:
        data = piece * (size // len(piece))
        started = time.process_time()
        kitchen.Sink.parse(data)
        return time.process_time() - started

    small, large = min(seconds(80_000) for _ in range(3)), min(seconds(640_000) for _ in range(2))
    # Eight times the bytes; quadratic work would take sixty-four times as long.
    assert large < 32 * small
