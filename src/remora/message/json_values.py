"""`google.protobuf.Value` and its relatives: from and to Python values, and JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping

from remora.errors import JsonError, ValidationError

from .fields import fields_of, find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TypeVar

    from .json_in import JsonReader
    from .json_out import JsonWriter
    from .well_known import ListValueBase, StructBase, ValueBase

    _S = TypeVar("_S", bound=StructBase)
    _V = TypeVar("_V", bound=ValueBase)
    _L = TypeVar("_L", bound=ListValueBase)

# Above it a double does not hold every integer.
_MAX_EXACT = 2**53


def struct_from_python(cls: type[_S], values: Mapping[str, Any], path: str = "") -> _S:
    """A Struct of a mapping."""
    if not isinstance(values, Mapping):
        raise ValidationError(f"expected a mapping, not {type(values).__name__}", field=path)
    (field,) = fields_of(cls)
    struct = cls()
    for key, value in values.items():
        if not isinstance(key, str):
            raise ValidationError(f"a key of a Struct is a str, not {type(key).__name__}", field=path)
        struct.fields[key] = value_from_python(field.value_type, value, f"{path}.{key}" if path else key)
    return struct


def list_from_python(cls: type[_L], values: Sequence[Any], path: str = "") -> _L:
    """A ListValue of a list."""
    if not isinstance(values, (list, tuple)):
        raise ValidationError(f"expected a list, not {type(values).__name__}", field=path)
    (field,) = fields_of(cls)
    result = cls()
    result.values = [value_from_python(field.value_type, item, f"{path}[{index}]") for index, item in enumerate(values)]
    return result


def value_from_python(cls: type[_V], value: Any, path: str = "") -> _V:
    """A Value of None, a bool, a number, a str, a mapping or a list."""
    result = cls()
    if value is None:
        result.null_value = find(cls, "null_value").enum_type(0)
    elif isinstance(value, bool):
        result.bool_value = value
    elif isinstance(value, (int, float)):
        if isinstance(value, int) and abs(value) > _MAX_EXACT:
            raise ValidationError("an integer above 2**53 would lose digits as a JSON number", field=path)
        result.number_value = float(value)
    elif isinstance(value, str):
        result.string_value = value
    elif isinstance(value, Mapping):
        result.struct_value = struct_from_python(find(cls, "struct_value").value_type, value, path)
    elif isinstance(value, (list, tuple)):
        result.list_value = list_from_python(find(cls, "list_value").value_type, value, path)
    else:
        raise ValidationError(f"{type(value).__name__} has no JSON form", field=path)
    return result


def write_value(message: ValueBase, writer: JsonWriter, path: str) -> Any:
    """The JSON form of a Value; an unset one is null."""
    kind = message.which_oneof("kind")
    if kind is None or kind == "null_value":
        return None
    value = getattr(message, kind)
    if kind == "number_value" and isinstance(value, float) and not math.isfinite(value):
        raise JsonError(f"{value} is not a JSON number, and its text would be a string, at {path}", path=path)
    return writer.value(find(type(message), kind), value, path)


def read_value(cls: type[_V], reader: JsonReader, value: Any, path: str) -> _V:
    """A Value of anything in JSON."""
    result = cls()
    if isinstance(value, Mapping):
        result.struct_value = reader.message(find(cls, "struct_value").message_type, value, path)
    elif isinstance(value, (list, tuple)):
        result.list_value = reader.message(find(cls, "list_value").message_type, value, path)
    elif value is None:
        result.null_value = find(cls, "null_value").enum_type(0)
    elif isinstance(value, bool):
        result.bool_value = value
    elif isinstance(value, str):
        result.string_value = reader.value(find(cls, "string_value"), value, path)
    else:
        result.number_value = reader.value(find(cls, "number_value"), value, path)
    return result
