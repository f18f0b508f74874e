"""Options of a descriptor as .proto text: `deprecated = true`, `(buf.validate.field).string.min_len = 1`."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}


def option_texts(options: Message, name_of: Callable[[str], str]) -> Iterator[str]:
    """Every set option as `name = value`, in the order of field numbers.

    A value that holds one thing is written as a path down to it, one that holds several as a block in braces.

    Args:
        options: the options message of a file, message, field and so on.
        name_of: gives the name of a custom option as it can be written at this place.
    """
    for field, value in options.ListFields():
        name = f"({name_of(field.full_name)})" if field.is_extension else field.name
        for item in _items(value):
            yield _assignment(name, field, item)


def _is_repeated(value: Any) -> bool:
    """Told from the value: the attribute of the field that says it has changed between versions of protobuf."""
    return not isinstance(value, (Message, str, bytes, int, float))


def _items(value: Any) -> list[Any]:
    return list(value) if _is_repeated(value) else [value]


def _assignment(path: str, field: FieldDescriptor, value: Any) -> str:
    if field.type != FieldDescriptor.TYPE_MESSAGE:
        return f"{path} = {_scalar(field, value)}"
    inner = value.ListFields()
    if len(inner) == 1 and not _is_repeated(inner[0][1]) and not inner[0][0].is_extension:
        return _assignment(f"{path}.{inner[0][0].name}", *inner[0])
    return f"{path} = {block(value)}"


def block(message: Message) -> str:
    """A message in text format, in braces, over as many lines as it has fields."""
    lines = [line for field, value in message.ListFields() for line in _block_lines(field, value)]
    if not lines:
        return "{}"
    return "{\n" + "".join(f"  {line}\n" for line in lines) + "}"


def _block_lines(field: FieldDescriptor, value: Any) -> Iterator[str]:
    name = f"[{field.full_name}]" if field.is_extension else field.name
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        entry = field.message_type.fields_by_name
        for key in sorted(value):
            body = [*_block_lines(entry["key"], key), *_block_lines(entry["value"], value[key])]
            yield from (f"{name} {{", *(f"  {line}" for line in body), "}")
        return
    for item in _items(value):
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            yield from f"{name} {block(item)}".splitlines()
        else:
            yield f"{name}: {_scalar(field, item)}"


def _scalar(field: FieldDescriptor, value: Any) -> str:
    if field.type == FieldDescriptor.TYPE_ENUM:
        assert field.enum_type is not None
        known = field.enum_type.values_by_number.get(value)
        return known.name if known else str(value)
    if field.type == FieldDescriptor.TYPE_BOOL:
        return "true" if value else "false"
    if field.type == FieldDescriptor.TYPE_STRING:
        return quoted(value)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return f'"{_escape_bytes(value)}"'
    if field.type in (FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT):
        return _real(value, single=field.type == FieldDescriptor.TYPE_FLOAT)
    return str(value)


def quoted(text: str) -> str:
    """A string literal of the .proto language."""
    return '"' + "".join(_ESCAPES.get(char) or (char if char.isprintable() else _octal(char)) for char in text) + '"'


def _octal(char: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in char.encode())


def _escape_bytes(value: bytes) -> str:
    return "".join(_ESCAPES.get(chr(byte)) or (chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}") for byte in value)


def _real(value: float, *, single: bool) -> str:
    if math.isinf(value) or math.isnan(value):
        return str(value)
    if single:
        for digits in range(6, 10):
            text = f"{value:.{digits}g}"
            if struct.pack("<f", float(text)) == struct.pack("<f", value):
                return text
    return repr(value)
