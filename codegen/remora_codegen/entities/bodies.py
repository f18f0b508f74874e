"""The async implementation of each method."""

from __future__ import annotations

from remora_codegen.entities.arguments import Arguments
from remora_codegen.entities.body import INDENT, Body, plain, statement
from remora_codegen.entities.calls import awaited, checked, client_line, made_request, stub_call
from remora_codegen.entities.names import Locals, ModuleNames
from remora_codegen.entities.paging import paged
from remora_codegen.entities.reading import read
from remora_codegen.entities.results import returned, yielded
from remora_codegen.entities.source import call
from remora_codegen.entities.streaming import joined, resumed, sent_requests
from remora_codegen.entities.waits import waited
from remora_codegen.manifest import EntityMethod
from remora_codegen.manifest.model import Call, Delegate
from remora_codegen.manifest.values import default_value
from remora_codegen.model import Schema
from remora_codegen.pytypes import NONE
from remora_codegen.signatures import Function


def implementation(schema: Schema, names: ModuleNames, method: EntityMethod, given: Arguments) -> list[str]:
    """The statements of a method's implementation, indented for a class body."""
    body = Body(schema, names, Locals(names, {"cls", "client", *given.names}))
    binding = method.binding
    if isinstance(binding, Function):
        awaited = "await " if method.shape == "unary" else ""
        lines = statement(f"return {awaited}", call(body.function(binding), [binding.first, *given.passing]))
    elif isinstance(binding, Delegate):
        lines = _delegated(body, method, binding, given)
    elif binding.pages is not None:
        lines = paged(body, method, binding, binding.pages)
    elif binding.wait is not None:
        lines = waited(body, method, binding, binding.wait)
    elif binding.result.join:
        lines = joined(body, method, binding)
    elif binding.resume is not None:
        lines = resumed(body, method, binding, binding.resume)
    elif method.shape == "stream":
        lines = _stream(body, method, binding)
    else:
        lines = _unary(body, method, binding)
    return body.complete(lines)


def _delegated(body: Body, method: EntityMethod, binding: Delegate, given: Arguments) -> list[str]:
    """The children's method, called with what the parent fills."""
    filled = []
    lines: list[str] = []
    for name, path in binding.filled:
        reading = read(body.schema, body.names, body.local, "self.pb2", path)
        lines += reading.lines
        value = reading.value
        parameter = next(item for item in binding.method.parameters if item.name == name)
        if reading.may_be_none and not parameter.type.is_optional:
            text = body.names.text(default_value(body.schema, path.leaf).parts, type_only=False)
            value = f"{value} or {text}"
        filled.append(f"{name}={value}")
    target = f"{body.entity(binding.entity)}._{binding.method.name}"
    handed = [item if "=" in item or item.startswith("*") else f"{item}={item}" for item in given.passing]
    awaited_ = "await " if method.shape == "unary" else ""
    nothing = method.shape == "unary" and method.returns == NONE
    made = call(f"{awaited_}{target}", [*filled, *handed, "client=self._client"])
    return [*plain(lines), *statement("" if nothing else "return ", made)]


def _unary(body: Body, method: EntityMethod, binding: Call) -> list[str]:
    lines = client_line(body, method)
    request_lines, message = (sent_requests if binding.rpc.client_streaming else made_request)(body, binding)
    lines += request_lines
    sent = awaited(stub_call(body, binding, message))
    result = binding.result
    whole = result.kind == "value" and result.path is None and result.function is None
    if binding.status is None and whole and not result.from_request:
        return lines + statement("return ", sent)
    if binding.status is None and (result.kind == "none" or result.from_request):
        lines += statement("", sent)
    else:
        response = body.local.fixed("response")
        lines += [*statement(f"{response} = ", sent), *checked(body, binding, response)]
    if result.kind == "none":
        return lines
    return lines + returned(body, method, binding, body.local.fixed("message" if result.from_request else "response"))


def _stream(body: Body, method: EntityMethod, binding: Call) -> list[str]:
    lines = client_line(body, method)
    request_lines, message = (sent_requests if binding.rpc.client_streaming else made_request)(body, binding)
    responses, response = body.local.fixed("responses"), body.local.fixed("response")
    lines += [*request_lines, *statement(f"{responses} = ", stub_call(body, binding, message))]
    lines += plain([f"async with {responses}:", f"    async for {response} in {responses}:"])
    lines += checked(body, binding, response, INDENT + 8)
    return lines + yielded(body, method, binding, INDENT + 8)
