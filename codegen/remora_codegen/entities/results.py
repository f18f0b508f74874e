"""Statements and expressions that turn a response into what a method returns."""

from __future__ import annotations

from remora_codegen.entities.body import Body, plain, statement
from remora_codegen.entities.reading import Reading, applied, converted, in_variable, read
from remora_codegen.entities.requests import request_expression
from remora_codegen.entities.source import Source, call, flat
from remora_codegen.literals import literal
from remora_codegen.manifest import EntityMethod
from remora_codegen.manifest.model import Call, Constant, Fill, FromConstant, Result


def returned(body: Body, method: EntityMethod, binding: Call, start: str) -> list[str]:
    """Statements that return the result; `start` is the variable with the response, or with the request."""
    result = binding.result
    if result.kind == "value":
        if result.path is None:
            return statement("return ", _through(body, result, start))
        reading = _value(body, result, start)
        return plain([*reading.lines, f"return {reading.value}"])
    lines, message = _message(body, binding, start)
    if result.kind == "refresh":
        if result.adapter:
            message = call(f"self.{result.adapter}", [message])
        return [*plain(lines), *statement("self.pb2 = ", message), *plain(["return self"])]
    if result.many:
        made, name = flat(element(body, method, result)), body.local.fixed("item")
        return plain([*lines, f"return [{made} for {name} in {flat(message)}]"])
    kept = _kept(body, result)
    return [*plain([*lines, *body.taken()]), *statement("return ", _wrapped(body, method, result, message, kept))]


def yielded(body: Body, method: EntityMethod, binding: Call, indent: int) -> list[str]:
    """Statements that yield what one response of a stream holds."""
    result, response = binding.result, body.local.fixed("response")
    if result.path is None:
        value = _through(body, result, response)
        value = _wrapped(body, method, result, value) if result.kind == "entity" else value
        return statement("yield ", value, indent)
    if result.many:
        reading = read(body.schema, body.names, body.local, response, result.path)
        made, name = flat(element(body, method, result)), body.local.fixed("item")
        return plain([*reading.lines, f"for {name} in {reading.value}:", f"    yield {made}"], indent)
    if result.kind == "entity":
        lines, message = _message(body, binding, response)
        return [*plain(lines, indent), *statement("yield ", _wrapped(body, method, result, message), indent)]
    reading = _value(body, result, response)
    return plain([*reading.lines, f"yield {reading.value}"], indent)


def element(body: Body, method: EntityMethod, result: Result) -> Source:
    """What becomes of one element of a repeated field, which is in the variable `item`."""
    name = body.local.fixed("item")
    value = f"{name}.{result.conversion.read}" if result.conversion.read else _through(body, result, name)
    return _wrapped(body, method, result, value) if result.kind == "entity" else value


def _kept(body: Body, result: Result) -> Source | None:
    """The fields of an entity's message that the request gives."""
    if not result.kept:
        return None
    request = body.local.fixed("message")
    fills = []
    for path, source in result.kept:
        reading = read(body.schema, body.names, body.local, request, source)
        body.pending += reading.lines
        fills.append(Fill(path, FromConstant(Constant((reading.value,)))))
    return request_expression(body, result.kept[0][0].message, fills)


def _wrapped(body: Body, method: EntityMethod, result: Result, message: Source, kept: Source | None = None) -> Source:
    """The entity around a message, on top of which go the fields that are kept."""
    make = body.entity(result.entity) if not result.own else "cls"
    if result.own and method.level == "instance":
        make = f"{body.local.builtin('type')}(self)"
    if result.adapter:
        message = call(f"{make}.{result.adapter}", [message])
    if kept is not None:
        message = call(body.names.contract("merged"), [message, kept])
    return call(make, [message, "client=client"])


def _through(body: Body, result: Result, value: Source) -> Source:
    """A value given to the function that converts the result, if there is one."""
    return value if result.function is None else call(body.function(result.function), [value])


def _value(body: Body, result: Result, start: str) -> Reading:
    """The converted value at the result's path."""
    assert result.path is not None
    leaf = result.path.leaf
    reading = read(body.schema, body.names, body.local, start, result.path)
    if result.function is None:
        return converted(reading, leaf, result.conversion, body.local)
    function = body.function(result.function)
    if not result.many:
        return applied(reading, function, leaf, body.local)
    name = body.local.fixed("item")
    return Reading(reading.lines, f"[{function}({name}) for {name} in {reading.value}]", False, False)


def _message(body: Body, binding: Call, start: str) -> tuple[list[str], Source]:
    """Statements and an expression for the message, or the messages, that an entity wraps."""
    result = binding.result
    if result.path is None:
        return [], _through(body, result, start)
    reading = read(body.schema, body.names, body.local, start, result.path)
    if result.many:
        reading = in_variable(reading, body.local, result.path.leaf.name)
        return list(reading.lines), reading.value
    rpc = f"{binding.service.full_name}/{binding.rpc.name}"
    present = call(body.names.contract("present"), [reading.value, literal(rpc), literal(str(result.path))])
    return list(reading.lines), _through(body, result, present)
