"""JSON values of scalars, and back."""

from __future__ import annotations

import base64
import math
import re
import struct

from remora.errors import ValidationError

from .scalars import RANGES, WIDE, complaint, shortest_float, single

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .enums import Enum

_INTEGER = re.compile(r"-?(?:0|[1-9]\d*)", re.ASCII)
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_BASE64 = re.compile(r"[A-Za-z0-9+/]*", re.ASCII)
# Longer numbers cannot be in range, and converting them would take long.
_MAX_DIGITS = 400
_SPECIAL_FLOATS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_FLOAT_MAX = struct.unpack("<f", b"\xff\xff\x7f\x7f")[0]


def write_scalar(kind: str, value: Any) -> Any:
    """The JSON value of a scalar.

    Raises:
        ValidationError: The type cannot hold the value.
    """
    if reason := complaint(kind, value):
        raise ValidationError(reason)
    if kind in WIDE:
        return str(int(value))
    if kind in RANGES:
        return int(value)
    if kind in ("double", "float"):
        return _write_float(kind, float(value))
    if kind == "bool":
        return bool(value)
    return base64.b64encode(value).decode() if kind == "bytes" else str(value)


def _write_float(kind: str, value: float) -> float | str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return shortest_float(value) if kind == "float" else value


def write_enum(enum: type[Enum], value: Any) -> Any:
    """The proto name of a number; a number without a name stays one.

    Raises:
        ValidationError: Not an int32.
    """
    if reason := complaint("enum", value):
        raise ValidationError(reason)
    if enum._full_name == "google.protobuf.NullValue":
        return None
    return proto_names(enum)[0].get(int(value), int(value))


def read_scalar(kind: str, value: object) -> Any:
    """The Python value of a JSON scalar.

    Raises:
        ValidationError: It is not a value of this type.
    """
    if kind in RANGES:
        return _read_integer(kind, value)
    if kind in ("double", "float"):
        return _read_float(kind, value)
    if kind == "bool":
        if not isinstance(value, bool):
            raise ValidationError(f"expected true or false, not {_json_type(value)}")
        return value
    if not isinstance(value, str):
        raise ValidationError(f"expected a string, not {_json_type(value)}")
    if kind == "bytes":
        return _read_bytes(value)
    if reason := complaint("string", value):
        raise ValidationError(reason)
    return value


def read_key(kind: str, key: object) -> Any:
    """The key of a map; in JSON every key is a string."""
    if kind == "bool" and isinstance(key, str):
        if key not in ("true", "false"):
            raise ValidationError('expected the key "true" or "false"')
        return key == "true"
    return read_scalar(kind, key)


def read_enum(enum: type[Enum], value: object) -> Enum | None:
    """The member for a proto name or a number; None for a name that the enum does not have.

    Raises:
        ValidationError: Neither a name nor a number, or a number that a closed enum does not have.
    """
    if isinstance(value, str):
        number = proto_names(enum)[1].get(value)
        return None if number is None else enum(number)
    number = _read_integer("enum", value)
    if enum._closed and not enum._knows(number):
        raise ValidationError(f"{enum._full_name} has no number {number}")
    return enum(number)


_names: dict[type[Enum], tuple[dict[int, str], dict[str, int]]] = {}


def proto_names(enum: type[Enum]) -> tuple[dict[int, str], dict[str, int]]:
    """The proto name of each number, and the number of each proto name, aliases included."""
    found = _names.get(enum)
    if found is None:
        members = enum.__members__
        names = enum._proto_names or tuple(enum._prefix + name for name in members)
        by_name = {name: int(member) for name, member in zip(names, members.values(), strict=True)}
        by_number: dict[int, str] = {}
        for name, number in by_name.items():
            by_number.setdefault(number, name)
        found = _names[enum] = (by_number, by_name)
    return found


def _read_integer(kind: str, value: object) -> int:
    if isinstance(value, str):
        number = _integer_text(value)
    elif isinstance(value, (int, float)) and not isinstance(value, bool) and value == value // 1:
        number = int(value)
    else:
        raise ValidationError(f"expected an integer, not {_json_type(value)}")
    if reason := complaint(kind, number):
        raise ValidationError(reason)
    return number


def _integer_text(text: str) -> int:
    if len(text) <= _MAX_DIGITS:
        if _INTEGER.fullmatch(text):
            return int(text)
        if _NUMBER.fullmatch(text):
            # Such as "1e3" or "1.0"; floats would lose digits.
            from decimal import Decimal

            number = Decimal(text)
            if abs(number) < 2**64 and number == number.to_integral_value():
                return int(number)
    raise ValidationError("expected an integer, not another string")


def _read_float(kind: str, value: object) -> float:
    if isinstance(value, str):
        if value in _SPECIAL_FLOATS:
            return _SPECIAL_FLOATS[value]
        if len(value) > _MAX_DIGITS or not _NUMBER.fullmatch(value):
            raise ValidationError("expected a number, not another string")
        number = float(value)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
    else:
        raise ValidationError(f"expected a number, not {_json_type(value)}")
    limit = _FLOAT_MAX if kind == "float" else math.inf
    if not math.isfinite(number) or abs(number) > limit:
        raise ValidationError(f'out of range for {kind}; infinity is the string "Infinity"')
    # What the message would hold if the number had come in bytes.
    return single(number) if kind == "float" else number


def _read_bytes(text: str) -> bytes:
    """Base64 with the standard or the URL-safe alphabet, with or without padding (proto3 JSON mapping)."""
    plain = text.replace("-", "+").replace("_", "/").rstrip("=")
    if len(text) - len(plain) > 2 or len(plain) % 4 == 1 or not _BASE64.fullmatch(plain):
        raise ValidationError("expected base64")
    return base64.b64decode(plain + "=" * (-len(plain) % 4))


def _json_type(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, (int, float)):
        return "a number" if isinstance(value, int) or math.isfinite(value) else str(value)
    name = type(value).__name__
    return {"str": "a string", "dict": "an object", "list": "an array"}.get(name, name)
