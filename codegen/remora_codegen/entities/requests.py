"""Expressions that make a request from parameters, settings, the entity and constants."""

from __future__ import annotations

from collections.abc import Sequence

from remora_codegen.entities.body import Body
from remora_codegen.entities.reading import read
from remora_codegen.entities.source import Source, call, flat, keyword
from remora_codegen.literals import literal
from remora_codegen.manifest.model import (
    Fill,
    FromConstant,
    FromContext,
    FromLocal,
    FromMask,
    FromParameter,
    FromPosition,
    FromSelf,
    FromTemplate,
)
from remora_codegen.manifest.model import Source as ValueSource
from remora_codegen.manifest.values import default_value
from remora_codegen.model import Field

_LONGEST_CONDITION = 80


def request_expression(
    body: Body, message: str, fills: Sequence[Fill], depth: int = 0, given: frozenset[str] = frozenset()
) -> Source:
    """The constructor call of a message with these fields; nested messages are nested calls.

    `given` names optional parameters that are known not to be None where the expression stands.
    """
    groups: dict[str, list[Fill]] = {}
    for fill in fills:
        groups.setdefault(fill.path.steps[depth].name, []).append(fill)
    items = []
    for group in groups.values():
        step = group[0].path.steps[depth]
        if len(group[0].path.steps) == depth + 1:
            value = _leaf(body, group[0], given)
        else:
            value = _nested(body, step, group, depth, given)
        items.append(keyword(step.python_name, value))
    return call(body.names.message(message), items)


def _nested(body: Body, step: Field, group: Sequence[Fill], depth: int, given: frozenset[str]) -> Source:
    """A nested message; one that only optional parameters fill is left out when they all are None."""
    optional = {fill.source.name for fill in group if isinstance(fill.source, FromParameter) and fill.source.optional}
    every = all(isinstance(fill.source, FromParameter) and fill.source.optional for fill in group)
    where = ".".join(item.name for item in group[0].path.steps[: depth + 1])
    if not every or optional <= given or where in body.always:
        return request_expression(body, step.type_name, group, depth + 1, given)
    known = given | optional if len(optional) == 1 else given
    inner = request_expression(body, step.type_name, group, depth + 1, known)
    names = list(dict.fromkeys(fill.source.name for fill in group if isinstance(fill.source, FromParameter)))
    text = f"None if {' and '.join(f'{name} is None' for name in names)} else {flat(inner)}"
    if len(text) <= _LONGEST_CONDITION:
        return text
    variable = body.local.own(step.name)
    body.pending += [f"{variable} = None", f"if {' or '.join(f'{name} is not None' for name in names)}:"]
    body.pending.append(f"    {variable} = {flat(inner)}")
    return variable


def _leaf(body: Body, fill: Fill, given: frozenset[str]) -> Source:
    return _value_of(body, fill.source, fill.path.leaf, given)


def _value_of(body: Body, source: ValueSource, leaf: Field, given: frozenset[str]) -> Source:
    if isinstance(source, FromParameter):
        return _parameter(body, source, leaf, may_be_none=source.optional and source.name not in given)
    if isinstance(source, FromMask):
        return f"{body.names.message(leaf.type_name)}(paths={body.local.fixed('paths')})"
    if isinstance(source, FromPosition):
        return _position(body, source, leaf, given)
    if isinstance(source, FromSelf):
        value, may_be_none = own_value(body, source)
        if leaf.presence or not may_be_none:
            return value
        variable = body.local.own(leaf.name)
        body.pending.append(f"{variable} = {value}")
        return f"{_empty(body, leaf)} if {variable} is None else {variable}"
    return other_value(body, source)


def _position(body: Body, source: FromPosition, leaf: Field, given: frozenset[str]) -> str:
    """Where a page starts: made from the token of the page."""
    token = body.local.fixed("token")
    if source.style == "offset":
        return f"{body.names.contract('offset')}({token})"
    if source.style == "page":
        number = "" if source.first_page == 1 else f", {source.first_page}"
        return f"{body.names.contract('page_number')}({token}{number})"
    function = {"bytes": "bytes_key", "str": "text_key"}.get(leaf.kind.python, "number_key")
    first = _empty(body, leaf) if source.first is None else flat(_value_of(body, source.first, leaf, given))
    more = ", inclusive=True" if source.inclusive else ""
    return f"{body.names.contract(function)}({token}, {first}{more})"


def own_value(body: Body, source: FromSelf) -> tuple[str, bool]:
    """A field of the entity's own message, and whether it can be None."""
    if not source.path.steps:
        return "self.pb2", False
    reading = read(body.schema, body.names, body.local, "self.pb2", source.path)
    body.pending += reading.lines
    return reading.value, reading.may_be_none


def other_value(body: Body, source: ValueSource) -> Source:
    """A value that comes from the client's settings, a constant, or a local variable."""
    if isinstance(source, FromContext):
        return f"client.value({literal(source.setting)}, None{', required=False' if source.optional else ''})"
    if isinstance(source, FromConstant):
        return body.names.text(source.constant.parts, type_only=False)
    if isinstance(source, FromLocal):
        return body.local.fixed(source.name)
    if isinstance(source, FromSelf):
        return own_value(body, source)[0]
    if isinstance(source, FromTemplate):
        return _template(body, source)
    assert isinstance(source, FromParameter)
    return source.name


def _template(body: Body, source: FromTemplate) -> Source:
    """A resource name made from parameters."""
    items = [literal(source.template), *(keyword(part, _loose(body, value)) for part, value in source.parts)]
    return call(body.names.contract("resource_name"), items)


def _loose(body: Body, source: FromParameter) -> str:
    """The value of a parameter that fills no field."""
    if source.setting:
        return f"client.value({literal(source.setting)}, {source.name})"
    if source.function is None:
        return source.name
    made = f"{body.function(source.function)}({source.name})"
    return f"None if {source.name} is None else {made}" if source.optional else made


def header_value(body: Body, source: ValueSource) -> Source:
    """The value of a header."""
    if isinstance(source, FromParameter):
        return _loose(body, source)
    value = other_value(body, source)
    return f"{flat(value)} or None" if isinstance(source, FromContext) and source.optional else value


def _empty(body: Body, leaf: Field) -> str:
    return "None" if leaf.presence else body.names.text(default_value(body.schema, leaf).parts, type_only=False)


def _parameter(body: Body, source: FromParameter, leaf: Field, *, may_be_none: bool) -> str:
    name = source.name
    if source.setting:
        return f"client.value({literal(source.setting)}, {name})"
    if source.fallback is not None:
        return f"{body.names.text(source.fallback.parts, type_only=False)} if {name} is None else {name}"
    if source.function is None and (leaf.is_repeated or leaf.is_map):
        return _collection(body, source, leaf, may_be_none=may_be_none)
    value = name
    if source.function is not None:
        value = f"{body.function(source.function)}({name})"
    elif source.conversion.write:
        value = _made(body, source.conversion.message, source.conversion.write, name)
    if may_be_none and not (value == name and leaf.presence):
        return f"{_empty(body, leaf)} if {name} is None else {value}"
    return value


def _collection(body: Body, source: FromParameter, leaf: Field, *, may_be_none: bool) -> str:
    given = source.name
    if may_be_none:
        given = f"{source.name} or {'()' if leaf.is_repeated else '{}'}"
    if not source.conversion.write:
        return f"{body.local.builtin('list' if leaf.is_repeated else 'dict')}({given})"
    name = body.local.fixed("item")
    item = _made(body, source.conversion.message, source.conversion.write, name)
    if leaf.is_repeated:
        return f"[{item} for {name} in {given}]"
    key = body.local.fixed("key")
    given = f"({given})" if may_be_none else given
    return f"{{{key}: {item} for {key}, {name} in {given}.items()}}"


def _made(body: Body, message: str, write: str, value: str) -> str:
    """A converted message made from a Python value."""
    cls = body.names.message(message)
    return f"{cls}(value={value})" if write == "value" else f"{cls}.{write}({value})"
