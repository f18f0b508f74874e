"""Facts of the wire format that the generator needs (encoding specification, "Message Structure")."""

from __future__ import annotations

from remora_codegen.model import Kind

LENGTH_DELIMITED = 2
PACKABLE = (0, 1, 5)
WIDTHS = {1: 8, 5: 4}

STRUCT_CODES = {
    Kind.FIXED32: "I",
    Kind.SFIXED32: "i",
    Kind.FLOAT: "f",
    Kind.FIXED64: "Q",
    Kind.SFIXED64: "q",
    Kind.DOUBLE: "d",
}
"""The `struct` letters of fixed-width numbers."""

DEFAULTS = {"str": '""', "bytes": 'b""', "bool": "False", "int": "0", "float": "0.0"}
"""The default of a scalar, by its Python type."""


def tag_number(field_number: int, wire_type: int) -> int:
    """The tag of a field as a number."""
    return field_number << 3 | wire_type


def tag_bytes(field_number: int, wire_type: int) -> bytes:
    """The tag of a field as it is written: a varint."""
    tag = tag_number(field_number, wire_type)
    out = bytearray()
    while tag > 127:
        out.append(tag & 127 | 128)
        tag >>= 7
    out.append(tag)
    return bytes(out)
