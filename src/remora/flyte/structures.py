"""Structures as plain data: what a dataclass, a model or a mapping becomes before it is sent."""

from __future__ import annotations

import dataclasses
import enum
import numbers
from collections.abc import Mapping, Sequence
from typing import Any

from remora.errors import ValuesError

# Largest integer that a Struct, whose numbers are doubles, carries exactly.
_EXACT = 2**53


def plain_data(value: object, path: str) -> Any:
    """A structure as dicts, lists and scalars, from dataclasses, pydantic models, enums and mappings.

    Raises:
        ValuesError: it holds something that has no place in JSON-like data.
    """
    if isinstance(value, enum.Enum):
        return plain_data(value.value, path)
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, str):
        return text(value, path)
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return {name: plain_data(getattr(value, name), f"{path}.{name}") for name in names}
    dump = getattr(value, "model_dump", None)
    if callable(dump) and not isinstance(value, type):
        return plain_data(dump(mode="json"), path)
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise ValuesError(f"{path}: keys must be strings, got {shown(key)}", path=path)
        return {text(key, path): plain_data(item, f"{path}[{key!r}]") for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray, memoryview)):
        return [plain_data(item, f"{path}[{number}]") for number, item in enumerate(value)]
    raise ValuesError(f"{path}: {shown(value)} has no place in a structure", path=path)


def check_exact(value: object, path: str) -> None:
    """Refuse integers that a Struct would round silently."""
    if isinstance(value, dict):
        for key, item in value.items():
            check_exact(item, f"{path}[{key!r}]")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            check_exact(item, f"{path}[{number}]")
    elif isinstance(value, int) and abs(value) > _EXACT:
        raise ValuesError(f"{path}: {value} would be rounded, numbers of a structure are floats", path=path)
    elif isinstance(value, float) and value - value != 0:
        raise ValuesError(f"{path}: a structure cannot hold {value}", path=path)


def text(value: str, path: str) -> str:
    """A string as it can be sent.

    Raises:
        ValuesError: it holds half of a surrogate pair.
    """
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValuesError(f"{path}: the text holds a lone surrogate and is not valid Unicode", path=path) from None
    # A subclass of str (an enum, a numpy string) must not travel on as such.
    return str.__str__(value)


def shown(value: object) -> str:
    """Type and value in a few words; a long value is cut, so that a message stays readable."""
    if value is None:
        return "None"
    try:
        words = repr(value)
    except Exception:  # a class of the user's whose repr fails, or an integer too long to be written out
        return type(value).__name__
    return f"{type(value).__name__} {words if len(words) <= 60 else words[:57] + '...'}"
