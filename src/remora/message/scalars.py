"""Which Python values the scalar types of protobuf can hold."""

from __future__ import annotations

import struct

from .encoding import pack_float
from .wire import unpack_float

RANGES = {
    "int32": (-(2**31), 2**31 - 1),
    "sint32": (-(2**31), 2**31 - 1),
    "sfixed32": (-(2**31), 2**31 - 1),
    "enum": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "sint64": (-(2**63), 2**63 - 1),
    "sfixed64": (-(2**63), 2**63 - 1),
    "uint32": (0, 2**32 - 1),
    "fixed32": (0, 2**32 - 1),
    "uint64": (0, 2**64 - 1),
    "fixed64": (0, 2**64 - 1),
}

WIDE = frozenset({"int64", "sint64", "sfixed64", "uint64", "fixed64"})
"""Integers that JSON carries as strings."""


def complaint(kind: str, value: object) -> str | None:
    """Why a scalar type cannot hold a value, or None when it can.

    The value itself is left out, because it may be a secret.
    """
    if limits := RANGES.get(kind):
        if not isinstance(value, int):
            return f"expected an int, not {type(value).__name__}"
        low, high = limits
        return None if low <= value <= high else f"out of range for {kind} ({low} to {high})"
    if kind in ("double", "float"):
        if not isinstance(value, (int, float)):
            return f"expected a float, not {type(value).__name__}"
        return _float_complaint(kind, value)
    if kind == "bool":
        return None if isinstance(value, int) and value in (0, 1) else f"expected a bool, not {type(value).__name__}"
    if kind == "string":
        if not isinstance(value, str):
            return f"expected a str, not {type(value).__name__}"
        return _text_complaint(value)
    return None if isinstance(value, (bytes, bytearray)) else f"expected bytes, not {type(value).__name__}"


def _float_complaint(kind: str, value: float) -> str | None:
    try:
        struct.pack("<f" if kind == "float" else "<d", value)
    except (OverflowError, struct.error):
        return f"out of range for {kind}"
    return None


def _text_complaint(value: str) -> str | None:
    try:
        value.encode()
    except UnicodeEncodeError:
        return "a lone surrogate has no UTF-8 form"
    return None


def single(value: float) -> float:
    """The 32-bit float that is nearest to a number."""
    return float(unpack_float(pack_float(value))[0])


def shortest_float(value: float) -> float:
    """The number with the fewest digits that is the same as a 32-bit float."""
    nearest = single(value)
    for digits in range(6, 10):
        short = float(f"{nearest:.{digits}g}")
        if single(short) == nearest:
            return short
    return nearest
