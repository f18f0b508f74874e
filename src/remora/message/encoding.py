"""Writing the protobuf wire format: what the generated encoders share.

The helpers refuse what their type cannot hold. They say no more than that; `remora.message.diagnose` finds out which
field it was, because only a failed encoding needs to know.
"""

from __future__ import annotations

import struct
from struct import Struct

from .wire import WireError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeVar

    from .base import Message

    _T = TypeVar("_T")

SMALL = [bytes((number,)) for number in range(128)]
"""The varints of one byte."""

BOOL = {False: b"\x00", True: b"\x01"}

pack_fixed32 = Struct("<I").pack
pack_sfixed32 = Struct("<i").pack
pack_float = Struct("<f").pack
pack_fixed64 = Struct("<Q").pack
pack_sfixed64 = Struct("<q").pack
pack_double = Struct("<d").pack

_pack_2, _pack_3, _pack_4, _pack_5 = (Struct(f"{count}B").pack for count in (2, 3, 4, 5))

ZERO_32 = bytes(4)
"""The bits of 0.0 as a float; those of -0.0 differ, so that it is written."""
ZERO_64 = bytes(8)
"""The bits of 0.0 as a double."""

ENCODE_ERRORS = (
    WireError,
    TypeError,
    AttributeError,
    KeyError,
    IndexError,
    OverflowError,
    UnicodeEncodeError,
    RecursionError,
    struct.error,
)
"""Everything that a wrong value can raise inside an encoder."""


def varint(number: int) -> bytes:
    """Encode a number from 0 to 2**64 - 1."""
    if number < 128:
        return SMALL[number]
    # Up to five bytes, as many as a moment has, are spelled out.
    if number < 0x4000:
        return _pack_2(number & 127 | 128, number >> 7)
    if number < 0x200000:
        return _pack_3(number & 127 | 128, number >> 7 & 127 | 128, number >> 14)
    if number < 0x10000000:
        return _pack_4(number & 127 | 128, number >> 7 & 127 | 128, number >> 14 & 127 | 128, number >> 21)
    if number < 0x800000000:
        last = number >> 28
        return _pack_5(
            number & 127 | 128, number >> 7 & 127 | 128, number >> 14 & 127 | 128, number >> 21 & 127 | 128, last
        )
    low = _pack_4(number & 127 | 128, number >> 7 & 127 | 128, number >> 14 & 127 | 128, number >> 21 & 127 | 128)
    return low + varint(number >> 28)


def int32(number: int) -> bytes:
    """Encode an int32 or an enum: negative numbers take ten bytes."""
    if not -0x80000000 <= number <= 0x7FFFFFFF:
        raise WireError("out of range")
    return varint(number & 0xFFFFFFFFFFFFFFFF)


def int64(number: int) -> bytes:
    """Encode an int64."""
    if not -0x8000000000000000 <= number <= 0x7FFFFFFFFFFFFFFF:
        raise WireError("out of range")
    return varint(number & 0xFFFFFFFFFFFFFFFF)


def uint32(number: int) -> bytes:
    """Encode a uint32."""
    if not 0 <= number <= 0xFFFFFFFF:
        raise WireError("out of range")
    return varint(number | 0)


def uint64(number: int) -> bytes:
    """Encode a uint64."""
    if not 0 <= number <= 0xFFFFFFFFFFFFFFFF:
        raise WireError("out of range")
    return varint(number | 0)


def sint32(number: int) -> bytes:
    """Encode a sint32 (zigzag)."""
    if not -0x80000000 <= number <= 0x7FFFFFFF:
        raise WireError("out of range")
    return varint((number << 1) ^ (number >> 31))


def sint64(number: int) -> bytes:
    """Encode a sint64 (zigzag)."""
    if not -0x8000000000000000 <= number <= 0x7FFFFFFFFFFFFFFF:
        raise WireError("out of range")
    return varint((number << 1) ^ (number >> 63))


def elements(values: Iterable[_T]) -> Iterable[_T]:
    """The elements of a repeated field; a lone string or a mapping is a mistake, although it can be iterated."""
    if type(values) is not list and isinstance(values, (str, bytes, bytearray, memoryview, dict)):
        raise TypeError("not a list")
    return values


def expect(message: object, cls: type[Message]) -> None:
    """Refuse to encode an object of another class; a subclass is fine."""
    if not isinstance(message, cls):
        raise TypeError("a message of another type")


def one_member() -> WireError:
    """The error for a oneof of which two members are set."""
    return WireError("two members of a oneof are set")


def check_oneof(message: Message, group: str, *members: object) -> None:
    """Refuse constructor arguments that set more than one member of a oneof.

    Raises:
        EncodeError: Two members are not None.
    """
    given = [member for member in members if member is not None]
    if len(given) > 1:
        from .diagnose import oneof_conflict

        raise oneof_conflict(message, group)
