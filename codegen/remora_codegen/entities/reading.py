"""Statements that read a field path through messages that may be missing."""

from __future__ import annotations

from dataclasses import dataclass

from remora_codegen.entities.names import Locals, ModuleNames
from remora_codegen.manifest.model import Conversion, FieldPath
from remora_codegen.manifest.values import default_value
from remora_codegen.model import Field, Schema


@dataclass(frozen=True)
class Reading:
    """How a value is read.

    Attributes:
        lines: statements before, not indented.
        value: the expression.
        variable: whether the expression is a plain variable or attribute of one, so that it may be used twice.
        may_be_none: whether it can be None.
    """

    lines: tuple[str, ...]
    value: str
    variable: bool
    may_be_none: bool


def read(schema: Schema, names: ModuleNames, local: Locals, start: str, path: FieldPath) -> Reading:
    """Read a path, step by step: a missing message on the way gives None, or what an unset field holds."""
    *parents, leaf = path.steps
    lines: list[str] = []
    current = start
    for index, step in enumerate(parents):
        value = f"{current}.{step.python_name}"
        variable = local.known.get(value)
        if variable is None:
            variable = local.known[value] = local.own(step.name)
            lines.append(f"{variable} = {value if not index else f'None if {current} is None else {value}'}")
        current = variable
    value = f"{current}.{leaf.python_name}"
    if not parents:
        return Reading((), value, True, leaf.presence)
    missing = empty(schema, names, leaf)
    return Reading(tuple(lines), f"{missing} if {current} is None else {value}", False, leaf.presence)


def empty(schema: Schema, names: ModuleNames, field: Field) -> str:
    """What a field holds that was not set."""
    if field.is_repeated:
        return "[]"
    if field.is_map:
        return "{}"
    if field.presence:
        return "None"
    return names.text(default_value(schema, field).parts, type_only=False)


def in_variable(reading: Reading, local: Locals, name: str) -> Reading:
    """The same with the value in a variable, so that it can be used more than once."""
    if reading.variable:
        return reading
    variable = local.own(name)
    return Reading((*reading.lines, f"{variable} = {reading.value}"), variable, True, reading.may_be_none)


def converted(reading: Reading, field: Field, conversion: Conversion, local: Locals) -> Reading:
    """The value as people see it: a datetime instead of a Timestamp and the like."""
    if not conversion.read:
        return reading
    if field.is_repeated or field.is_map:
        reading = in_variable(reading, local, field.name)
        name = local.fixed("item")
        value = f"[{name}.{conversion.read} for {name} in {reading.value}]"
        if field.is_map:
            key = local.fixed("key")
            value = f"{{{key}: {name}.{conversion.read} for {key}, {name} in {reading.value}.items()}}"
        return Reading(reading.lines, value, False, False)
    reading = in_variable(reading, local, field.name)
    value = f"{reading.value}.{conversion.read}"
    if reading.may_be_none:
        value = f"None if {reading.value} is None else {value}"
    return Reading(reading.lines, value, False, reading.may_be_none)


def applied(reading: Reading, function: str, field: Field, local: Locals) -> Reading:
    """The value given to a function, unless it is None."""
    if not reading.may_be_none:
        return Reading(reading.lines, f"{function}({reading.value})", False, False)
    reading = in_variable(reading, local, field.name)
    value = f"None if {reading.value} is None else {function}({reading.value})"
    return Reading(reading.lines, value, False, True)
