"""Field values as Python sees them: the types of properties and parameters, and constants of the manifest."""

from __future__ import annotations

from typing import Any

from remora_codegen import pytypes
from remora_codegen.diagnostics import did_you_mean
from remora_codegen.literals import literal
from remora_codegen.manifest.model import Constant, Conversion
from remora_codegen.model import Field, Kind, Schema
from remora_codegen.pytypes import Builtin, Imported, MessageName, Type

_DATETIME = Type((Imported("datetime", "datetime"),))
_TIMEDELTA = Type((Imported("datetime", "timedelta"),))
_SEQUENCE = Imported("collections.abc", "Sequence")
_MAPPING = Imported("collections.abc", "Mapping")
_ANY_DICT = pytypes.generic(Builtin("dict"), pytypes.builtin("str"), pytypes.ANY)
_WRAPPERS = {
    "DoubleValue": "float",
    "FloatValue": "float",
    "Int64Value": "int",
    "UInt64Value": "int",
    "Int32Value": "int",
    "UInt32Value": "int",
    "BoolValue": "bool",
    "StringValue": "str",
    "BytesValue": "bytes",
}
_CONVERTED = {
    "google.protobuf.Timestamp": (_DATETIME, "to_datetime()", "from_datetime"),
    "google.protobuf.Duration": (_TIMEDELTA, "to_timedelta()", "from_timedelta"),
    "google.protobuf.Struct": (_ANY_DICT, "to_python()", "from_python"),
    "google.protobuf.Value": (pytypes.ANY, "to_python()", "from_python"),
    "google.protobuf.ListValue": (pytypes.generic(Builtin("list"), pytypes.ANY), "to_python()", "from_python"),
    **{f"google.protobuf.{name}": (pytypes.builtin(python), "value", "value") for name, python in _WRAPPERS.items()},
}


def element_type(field: Field, *, converted: bool) -> tuple[Type, Conversion]:
    """The type of one value of a field, without `| None`, list or dict, and how it is converted."""
    if field.is_message and converted and field.type_name in _CONVERTED:
        python, read, write = _CONVERTED[field.type_name]
        return python, Conversion(read, write, field.type_name)
    if field.type_name:
        return Type((MessageName(field.type_name),)), Conversion()
    return pytypes.builtin(field.kind.python), Conversion()


def read_type(field: Field, *, converted: bool = True) -> tuple[Type, Conversion]:
    """The type of a property that reads the field, None included where the field can be unset."""
    inner, conversion = element_type(field, converted=converted)
    if field.is_repeated:
        return pytypes.generic(Builtin("list"), inner), conversion
    if field.is_map and field.map_key is not None:
        return pytypes.generic(Builtin("dict"), pytypes.builtin(field.map_key.python), inner), conversion
    return (pytypes.optional(inner) if field.presence else inner), conversion


def write_type(field: Field) -> tuple[Type, Conversion]:
    """The type of a parameter that fills the field, without None."""
    inner, conversion = element_type(field, converted=True)
    if field.is_repeated:
        return pytypes.generic(_SEQUENCE, inner), conversion
    if field.is_map and field.map_key is not None:
        return pytypes.generic(_MAPPING, pytypes.builtin(field.map_key.python), inner), conversion
    return inner, conversion


def type_names(type_: Type) -> set[str]:
    """The ways in which a manifest may write a type: with the message's full name, or with its last part."""
    full = "".join(part if isinstance(part, str) else _last_name(part, full=True) for part in type_.parts)
    short = "".join(part if isinstance(part, str) else _last_name(part, full=False) for part in type_.parts)
    return {full, short}


def _last_name(name: pytypes.Name, *, full: bool) -> str:
    text = str(Type((name,)))
    return text if full else text.rpartition(".")[2]


class BadConstant(Exception):
    """A constant that the field cannot hold; `hint` says what it could be."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


_RANGES = {
    Kind.INT32: (-(2**31), 2**31 - 1),
    Kind.SINT32: (-(2**31), 2**31 - 1),
    Kind.SFIXED32: (-(2**31), 2**31 - 1),
    Kind.UINT32: (0, 2**32 - 1),
    Kind.FIXED32: (0, 2**32 - 1),
    Kind.INT64: (-(2**63), 2**63 - 1),
    Kind.SINT64: (-(2**63), 2**63 - 1),
    Kind.SFIXED64: (-(2**63), 2**63 - 1),
    Kind.UINT64: (0, 2**64 - 1),
    Kind.FIXED64: (0, 2**64 - 1),
}


def constant(schema: Schema, field: Field, value: Any) -> Constant:
    """A constant of the manifest as Python text for the field.

    Raises:
        BadConstant: the field cannot hold the value.
    """
    if field.is_repeated or field.is_map or field.is_message:
        raise BadConstant(f"field '{field.name}' is {describe(field)}, which cannot have a constant")
    if field.is_enum:
        return _enum_constant(schema, field, value)
    if field.kind in _RANGES and isinstance(value, int) and not isinstance(value, bool):
        low, high = _RANGES[field.kind]
        if not low <= value <= high:
            raise BadConstant(f"{value} does not fit into {describe(field)}", f"it holds {low} to {high}")
        return Constant((literal(value),))
    if field.kind is Kind.BYTES and isinstance(value, str):
        return Constant((literal(value.encode()),))
    if field.kind in (Kind.DOUBLE, Kind.FLOAT) and isinstance(value, (int, float)) and not isinstance(value, bool):
        return Constant((literal(float(value)),))
    if (field.kind is Kind.STRING and isinstance(value, str)) or (field.kind is Kind.BOOL and isinstance(value, bool)):
        return Constant((literal(value),))
    raise BadConstant(f"{literal(value)} is no value for field '{field.name}', which is {describe(field)}")


# So many values of an enum are listed when none is near a wrong one.
_FEW = 8


def _enum_constant(schema: Schema, field: Field, value: Any) -> Constant:
    members = schema.enums[field.type_name].values
    for item in members:
        if value in (item.name, item.python_name):
            return Constant((MessageName(field.type_name), f".{item.python_name}"))
    names = [item.python_name for item in members]
    hint = did_you_mean(str(value), names) or (f"it has {', '.join(names)}" if len(names) <= _FEW else "")
    raise BadConstant(f"{literal(value)} is no value of the enum '{field.type_name}'", hint)


def describe(field: Field) -> str:
    """A field's type in words of the schema, with an article."""
    name = field.type_name or field.kind.value
    if field.is_map and field.map_key is not None:
        return f"a map<{field.map_key.value}, {name}>"
    if field.is_repeated:
        return f"a repeated {name}"
    return f"{'an' if name.startswith('int') else 'a'} {name}"


def default_value(schema: Schema, field: Field) -> Constant:
    """What a singular field without presence holds when nothing was set."""
    if field.is_enum:
        zero = next(item for item in schema.enums[field.type_name].values if item.number == 0)
        return Constant((MessageName(field.type_name), f".{zero.python_name}"))
    return Constant(({"str": '""', "bytes": 'b""', "bool": "False", "int": "0", "float": "0.0"}[field.kind.python],))


def is_message_type(schema: Schema, type_: Type, message: str) -> bool:
    """Whether an annotation means a message: by its class name, since a module may be called anything."""
    text = "".join(part if isinstance(part, str) else getattr(part, "name", "") for part in type_.parts)
    return text.rpartition(".")[2] == schema.python_name(message) or type_ == Type((MessageName(message),))
