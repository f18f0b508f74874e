"""The bodies of properties."""

from __future__ import annotations

from remora_codegen.entities.body import Body, plain, statement
from remora_codegen.entities.names import Locals, ModuleNames
from remora_codegen.entities.reading import Reading, applied, converted, in_variable, read
from remora_codegen.entities.source import call
from remora_codegen.literals import literal
from remora_codegen.manifest import Property
from remora_codegen.model import Schema


def property_body(schema: Schema, names: ModuleNames, item: Property) -> list[str]:
    """The statements of a property, indented for a class body."""
    body = Body(schema, names, Locals(names, ()))
    if item.path is None:
        assert item.function is not None
        return body.complete(statement("return ", call(body.function(item.function), ["self"])))
    reading = read(schema, names, body.local, "self.pb2", item.path)
    leaf = item.path.leaf
    if item.none_is_empty:
        reading = in_variable(reading, body.local, leaf.name)
        value = f"{names.message(leaf.type_name)}() if {reading.value} is None else {reading.value}"
        reading = Reading(reading.lines, value, False, False)
    if item.template:
        taken = f"{names.contract('resource_part')}({reading.value}, {literal(item.template)}, {literal(item.name)})"
        reading = Reading(reading.lines, taken, False, False)
    elif item.entity:
        reading = _wrapped(body, item, reading)
    elif item.function is not None:
        reading = applied(reading, body.function(item.function), leaf, body.local)
    else:
        reading = converted(reading, leaf, item.conversion, body.local)
    value = reading.value
    if item.empty_is_none:
        reading = in_variable(reading, body.local, leaf.name)
        value = f"{reading.value} or None"
    return body.complete(plain([*reading.lines, f"return {value}"]))


def _wrapped(body: Body, item: Property, reading: Reading) -> Reading:
    """The entity around a message, or the entities around several."""
    assert item.path is not None
    make, leaf = body.entity(item.entity), item.path.leaf
    reading = in_variable(reading, body.local, leaf.name)
    if leaf.is_repeated:
        name = body.local.fixed("item")
        value = f"[{make}({name}, client=self._client) for {name} in {reading.value}]"
    else:
        value = f"{make}({reading.value}, client=self._client)"
        value = f"None if {reading.value} is None else {value}" if reading.may_be_none else value
    return Reading(reading.lines, value, False, False)
