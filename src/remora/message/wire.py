"""Reading the protobuf wire format: what the generated decoders share.

A decoder walks one buffer with a position and an end. It may read past its end, inside a number or because a length is
wrong; it notices behind its loop, because then the position is not the end. So every read stays short, and no byte
outside of the buffer is ever touched.
"""

from __future__ import annotations

import struct
from struct import Struct, unpack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    from .base import Message

    _T = TypeVar("_T")

    def new(cls: type[_T]) -> _T:
        """Make an instance without running `__init__`."""
        ...

else:
    new = object.__new__

MAX_DEPTH = 100
"""How deep messages and groups may nest, counted like the other protobuf implementations do."""

_MAX_SIZE = 0x7FFFFFFF
_MAX_TAG = 0xFFFFFFFF

unpack_fixed32 = Struct("<I").unpack_from
unpack_sfixed32 = Struct("<i").unpack_from
unpack_float = Struct("<f").unpack_from
unpack_fixed64 = Struct("<Q").unpack_from
unpack_sfixed64 = Struct("<q").unpack_from
unpack_double = Struct("<d").unpack_from


class WireError(Exception):
    """Why bytes cannot be read or a value cannot be written; `parse` and `bytes()` turn it into a public error.

    Args:
        reason: The reason.
        pos: The position in the buffer, when it is not where the decoder stands.
    """

    def __init__(self, reason: str, pos: int | None = None) -> None:
        super().__init__(reason)
        self.pos = pos


WIRE_ERRORS = (WireError, IndexError, UnicodeDecodeError, struct.error)
"""Everything that malformed bytes can raise inside a decoder; `remora.message.malformed` makes one error of it."""


def past_end(end: int) -> WireError:
    """The error for a field that goes on behind the end of its message."""
    return WireError("truncated: a field goes past the end", end)


def read_varint(data: bytes, pos: int, first: int) -> tuple[int, int]:
    """Read the rest of a varint.

    Args:
        data: The buffer.
        pos: The position behind the first byte.
        first: The first byte, which is above 127.

    Returns:
        The value as an unsigned 64-bit number, and the position behind it.
    """
    # Five bytes are spelled out, as many as a time has; the constants take the continuation bits away.
    second = data[pos]
    if second < 128:
        return first + (second << 7) - 0x80, pos + 1
    third = data[pos + 1]
    if third < 128:
        return first + (second << 7) + (third << 14) - 0x4080, pos + 2
    fourth = data[pos + 2]
    if fourth < 128:
        return first + (second << 7) + (third << 14) + (fourth << 21) - 0x204080, pos + 3
    byte = data[pos + 3]
    value = first + (second << 7) + (third << 14) + (fourth << 21) + (byte << 28) - 0x10204080
    pos += 4
    shift = 35
    while byte > 127:
        if shift == 70:
            raise WireError("a varint is longer than 10 bytes")
        byte = data[pos]
        pos += 1
        # Subtracting one takes away the continuation bit of the byte before.
        value += (byte - 1) << shift
        shift += 7
    return (value if shift < 70 else value & 0xFFFFFFFFFFFFFFFF), pos


def read_tag(data: bytes, pos: int, first: int) -> tuple[int, int]:
    """Like `read_varint`, for a tag: a field number (29 bits) and a wire type."""
    tag, stop = read_varint(data, pos, first)
    if stop - pos > 4 or tag > _MAX_TAG:
        raise WireError("a field number is above 536870911")
    return tag, stop


def read_size(data: bytes, pos: int, first: int) -> tuple[int, int]:
    """Like `read_varint`, for the length of a string, a message or a packed list."""
    second = data[pos]
    if second < 128:
        return first + (second << 7) - 0x80, pos + 1
    size, stop = read_varint(data, pos, first)
    if stop - pos > 4 or size > _MAX_SIZE:
        raise WireError("a length is above 2147483647")
    return size, stop


def signed32(value: int) -> int:
    """The signed 32-bit number that a varint stands for; higher bits are dropped."""
    return (value & 0xFFFFFFFF ^ 0x80000000) - 0x80000000


def signed64(value: int) -> int:
    """The signed 64-bit number that a varint above 2**63 - 1 stands for."""
    return value - 0x10000000000000000


def read_varints(data: bytes, pos: int, stop: int) -> list[int]:
    """Read a packed list of varints, as unsigned 64-bit numbers."""
    values = []
    while pos < stop:
        value = data[pos]
        pos += 1
        if value > 127:
            value, pos = read_varint(data, pos, value)
        values.append(value)
    if pos != stop:
        raise WireError("truncated: a packed list ends inside a number")
    return values


def read_int32s(data: bytes, pos: int, stop: int) -> list[int]:
    """Read a packed list of int32 or of an enum."""
    return [signed32(value) for value in read_varints(data, pos, stop)]


def read_int64s(data: bytes, pos: int, stop: int) -> list[int]:
    """Read a packed list of int64."""
    return [value if value < 0x8000000000000000 else signed64(value) for value in read_varints(data, pos, stop)]


def read_uint32s(data: bytes, pos: int, stop: int) -> list[int]:
    """Read a packed list of uint32."""
    return [value & 0xFFFFFFFF for value in read_varints(data, pos, stop)]


def read_sint32s(data: bytes, pos: int, stop: int) -> list[int]:
    """Read a packed list of sint32 (zigzag)."""
    return [(value >> 1) ^ -(value & 1) for value in read_uint32s(data, pos, stop)]


def read_sint64s(data: bytes, pos: int, stop: int) -> list[int]:
    """Read a packed list of sint64 (zigzag)."""
    return [(value >> 1) ^ -(value & 1) for value in read_varints(data, pos, stop)]


def read_bools(data: bytes, pos: int, stop: int) -> list[bool]:
    """Read a packed list of bool."""
    return [value != 0 for value in read_varints(data, pos, stop)]


def read_numbers(code: str, width: int, data: bytes, pos: int, stop: int) -> tuple[Any, ...]:
    """Read a packed list of fixed-width numbers.

    Args:
        code: The `struct` letter of one number.
        width: Its size in bytes.
        data: The buffer.
        pos: Where the list starts.
        stop: Where it ends.
    """
    count, rest = divmod(stop - pos, width)
    if rest or stop > len(data):
        raise WireError("truncated: a packed list ends inside a number")
    return unpack(f"<{count}{code}", data[pos:stop])


def skip(data: bytes, pos: int, end: int, tag: int, depth: int) -> int:
    """Step over the value of a field that nobody knows; returns the position behind it."""
    wire_type = tag & 7
    if tag < 8:
        raise WireError("field number 0")
    if wire_type == 0:
        value = data[pos]
        pos += 1
        if value > 127:
            _, pos = read_varint(data, pos, value)
        return pos
    if wire_type == 2:
        size = data[pos]
        pos += 1
        if size > 127:
            size, pos = read_size(data, pos, size)
        return pos + size
    if wire_type == 1:
        return pos + 8
    if wire_type == 5:
        return pos + 4
    if wire_type == 3:
        return _skip_group(data, pos, end, tag, depth + 1)
    if wire_type == 4:
        raise WireError("a group ends that did not start")
    raise WireError(f"wire type {wire_type} does not exist")


def _skip_group(data: bytes, pos: int, end: int, start_tag: int, depth: int) -> int:
    if depth > MAX_DEPTH:
        raise WireError(f"nested deeper than {MAX_DEPTH}")
    end_tag = start_tag + 1
    while pos < end:
        tag = data[pos]
        pos += 1
        if tag > 127:
            tag, pos = read_tag(data, pos, tag)
        if tag == end_tag:
            return pos
        pos = skip(data, pos, end, tag, depth)
    raise WireError("truncated: a group does not end", end)


def keep_unknown(message: Message, data: bytes, start: int, pos: int, end: int, tag: int, depth: int) -> int:
    """Step over an unknown field, and further ones with the same tag, and keep their bytes with the message.

    Args:
        message: The message being read.
        data: The buffer.
        start: Where the tag starts.
        pos: Where the value starts.
        end: The end of the message.
        tag: The tag.
        depth: How deep the message is nested.

    Returns:
        The position behind the field.
    """
    head = data[start:pos]
    pos = skip(data, pos, end, tag, depth)
    while pos < end and data.startswith(head, pos):
        pos = skip(data, pos + len(head), end, tag, depth)
    if pos > end:
        raise past_end(end)
    keep_piece(message, data[start:pos])
    return pos


def keep_piece(message: Message, piece: bytes) -> None:
    """Add one encoded field to the unknown fields of a message."""
    if isinstance(message._unknown, list):
        message._unknown.append(piece)
    else:
        message._unknown = [piece]


def switch(message: Message, current: str | None, chosen: str) -> str:
    """Make `chosen` the set member of a oneof: a later member clears the earlier one."""
    if current is not None:
        setattr(message, current, None)
    return chosen


def too_deep() -> WireError:
    """The error for a message inside too many others."""
    return WireError(f"nested deeper than {MAX_DEPTH}")
