"""Finds out why a message could not be encoded: which field, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable

from remora.errors import EncodeError

from .base import Message
from .fields import FieldInfo, fields_of
from .scalars import complaint

# A message that contains itself would be walked for ever.
_MAX_DEPTH = 200


def encode_error(message: Message, error: Exception) -> EncodeError:
    """The public error for what an encoder ran into.

    Args:
        message: The message that was being encoded.
        error: What the encoder raised.
    """
    if isinstance(error, RecursionError):
        return EncodeError(f"{message._full_name}: nested too deeply, or a message contains itself")
    found = _in_message(message, 0)
    if found is None:
        return EncodeError(f"{message._full_name}: cannot be encoded: {type(error).__name__}")
    path, reason = found
    return EncodeError(f"{message._full_name}{f'.{path}' if path else ''}: {reason}")


def oneof_conflict(message: Message, group: str) -> EncodeError:
    """The error for a constructor that was given two members of a oneof."""
    members = ", ".join(field.attribute for field in fields_of(type(message)) if field.oneof == group)
    return EncodeError(
        f"{message._full_name}: more than one member of oneof {group!r} is given; it can be one of {members}"
    )


def _in_message(message: Message, depth: int) -> tuple[str, str] | None:
    if depth > _MAX_DEPTH:
        return "", "nested too deeply, or a message contains itself"
    chosen: dict[str, str] = {}
    for field in fields_of(type(message)):
        try:
            value = getattr(message, field.attribute)
        except AttributeError:
            return field.attribute, "was deleted"
        found = _in_field(field, value, depth)
        if found is not None:
            return found
        if field.oneof and value is not None:
            other = chosen.setdefault(field.oneof, field.attribute)
            if other != field.attribute:
                return field.attribute, f"oneof {field.oneof!r} already has {other!r} set; a oneof holds one member"
    return None


def _in_field(field: FieldInfo, value: object, depth: int) -> tuple[str, str] | None:
    name = field.attribute
    if field.label == "map":
        if not isinstance(value, dict):
            return name, f"expected a dict, not {type(value).__name__}"
        for key, item in value.items():
            if reason := complaint(field.key_kind, key):
                return f"{name} (key)", reason
            if found := _in_value(field, item, f"{name}[{key!r}]", depth):
                return found
        return None
    if field.label == "repeated":
        if isinstance(value, (str, bytes, bytearray, memoryview, dict)) or not isinstance(value, Iterable):
            return name, f"expected a list, not {type(value).__name__}"
        for index, item in enumerate(value):
            if found := _in_value(field, item, f"{name}[{index}]", depth):
                return found
        return None
    if value is None and field.has_presence:
        return None
    return _in_value(field, value, name, depth)


def _in_value(field: FieldInfo, value: object, path: str, depth: int) -> tuple[str, str] | None:
    if field.kind != "message":
        reason = complaint(field.kind, value)
        return (path, reason) if reason else None
    cls = field.message_type
    if not (isinstance(value, Message) and isinstance(value, cls)):
        actual = getattr(value, "_full_name", None) or type(value).__name__
        return path, f"expected a {cls._full_name} message, not {actual}"
    found = _in_message(value, depth + 1)
    if found is None:
        return None
    return (f"{path}.{found[0]}" if found[0] else path), found[1]
