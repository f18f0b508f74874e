"""Sample values for fields: a string says the field's name, a number its number, so that no two are the same."""

from __future__ import annotations

from dataclasses import dataclass

from remora_codegen.contracts.values import Called, Keyed, Member, Record, Scalar, Several, Text, Value
from remora_codegen.model import Field, Kind, Schema
from remora_codegen.pytypes import Builtin, Imported, MessageName, Type

_MOMENT = "(2025, 1, 31, tzinfo="
_SECONDS = 1738281600
_FEW = 2
_UNSET = Imported("remora.unset", "Unset")


@dataclass(frozen=True)
class Pair:
    """A value as Python code has it, and as the message has it."""

    python: Value
    sent: Value


def element(schema: Schema, field: Field, depth: int = 0) -> Value | None:
    """One value of a field; None where there is none that could be told from an unset field."""
    if field.is_message:
        return record(schema, field.type_name, depth) if depth else small(schema, field.type_name)
    if field.is_enum:
        for item in schema.enums[field.type_name].values:
            if item.number:
                return Member(field.type_name, item.python_name, item.number)
        return None
    return scalar(field.kind, field.name, field.number)


def scalar(kind: Kind, name: str, number: int) -> Scalar:
    """A value of a scalar type."""
    if kind in (Kind.DOUBLE, Kind.FLOAT):
        return Scalar(number + 0.5)
    values: dict[str, str | bytes | bool | int] = {"str": name, "bytes": name.encode(), "bool": True, "int": number}
    return Scalar(values[kind.python])


def whole(schema: Schema, field: Field, depth: int = 0) -> Value | None:
    """A value for the whole field: a list or dict with one element, where it is repeated."""
    one = element(schema, field, depth)
    return None if one is None else around(field, one)


def around(field: Field, one: Value) -> Value:
    """The value of a field with one element."""
    if field.is_repeated:
        return Several((one,))
    if field.is_map and field.map_key is not None:
        return Keyed(scalar(field.map_key, "key", 1), one)
    return one


def small(schema: Schema, type_name: str) -> Record:
    """A message with its first few plain fields, enough to know it again."""
    found = record(schema, type_name)
    needed = {item.name for item in schema.messages[type_name].fields if item.required}
    chosen = [*found.fields][:_FEW]
    return Record(type_name, {name: value for name, value in found.fields.items() if name in {*chosen, *needed}})


def record(schema: Schema, type_name: str, depth: int = 1) -> Record:
    """A message; of its messages, those that are not too deep, and of each oneof the first member."""
    found: dict[str, Value] = {}
    chosen: set[str] = set()
    for item in schema.messages[type_name].fields:
        if (item.oneof and item.oneof in chosen) or (item.is_message and depth < 2 and not item.required):
            continue
        value = whole(schema, item, depth - 1)
        if value is not None:
            found[item.name] = value
            chosen |= {item.oneof} if item.oneof else set()
    return Record(type_name, found)


def sent_and_read(schema: Schema, field: Field, message: str) -> Pair | None:
    """A value of a field that Python sees converted; `message` is the converted message, empty when it is not."""
    one = _converted(field, message)
    if one is None:
        value = element(schema, field)
        one = None if value is None else Pair(value, value)
    return None if one is None else Pair(around(field, one.python), around(field, one.sent))


def _converted(field: Field, message: str) -> Pair | None:
    name = message.rpartition(".")[2]
    if not message:
        return None
    if name == "Timestamp":
        moment = (Imported("datetime", "datetime"), _MOMENT, Imported("datetime", "timezone"), ".utc)")
        return Pair(Text(moment), Record(message, {"seconds": Scalar(_SECONDS)}))
    if name == "Duration":
        span = Text((Imported("datetime", "timedelta"), f"(seconds={field.number})"))
        return Pair(span, Record(message, {"seconds": Scalar(field.number)}))
    if name in ("Struct", "Value", "ListValue"):
        python: Value = Keyed(Scalar("key"), Scalar(field.name)) if name == "Struct" else Several((Scalar(field.name),))
        return Pair(python, Called(MessageName(message), (python,), ".from_python"))
    kind = next(kind for kind in Kind if kind.value == name.removesuffix("Value").lower())
    value = scalar(kind, field.name, field.number)
    return Pair(value, Record(message, {"value": value}))


def of_type(type_: Type, name: str) -> Value | None:
    """A value of a plain type for a parameter that fills no field; None for other types."""
    plain = [part for part in type_.parts if part not in (" | None", " | ", _UNSET)]
    if len(plain) == 1 and isinstance(plain[0], Builtin):
        return {
            "str": Scalar(name),
            "bytes": Scalar(name.encode()),
            "int": Scalar(7),
            "float": Scalar(1.5),
            "bool": Scalar(True),
        }.get(plain[0].name)
    return None
