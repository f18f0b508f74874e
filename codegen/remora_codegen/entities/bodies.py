"""The async implementation of each method."""

from __future__ import annotations

from remora_codegen.entities.arguments import Arguments
from remora_codegen.entities.body import INDENT, Body, plain, statement
from remora_codegen.entities.calls import awaited, client_line, made_request, stub_call
from remora_codegen.entities.names import Locals, ModuleNames
from remora_codegen.entities.paging import paged
from remora_codegen.entities.results import returned, yielded
from remora_codegen.entities.source import call
from remora_codegen.entities.streaming import joined, resumed, sent_requests
from remora_codegen.manifest import EntityMethod
from remora_codegen.manifest.model import Call
from remora_codegen.model import Schema
from remora_codegen.signatures import Function


def implementation(schema: Schema, names: ModuleNames, method: EntityMethod, given: Arguments) -> list[str]:
    """The statements of a method's implementation, indented for a class body."""
    body = Body(schema, names, Locals(names, {"cls", "client", *given.names}))
    binding = method.binding
    if isinstance(binding, Function):
        awaited = "await " if method.shape == "unary" else ""
        lines = statement(f"return {awaited}", call(body.function(binding), [binding.first, *given.passing]))
    elif binding.pages is not None:
        lines = paged(body, method, binding, binding.pages)
    elif binding.result.join:
        lines = joined(body, method, binding)
    elif binding.resume is not None:
        lines = resumed(body, method, binding, binding.resume)
    elif method.shape == "stream":
        lines = _stream(body, method, binding)
    else:
        lines = _unary(body, method, binding)
    return body.complete(lines)


def _unary(body: Body, method: EntityMethod, binding: Call) -> list[str]:
    lines = client_line(body, method)
    request_lines, message = (sent_requests if binding.rpc.client_streaming else made_request)(body, binding)
    lines += request_lines
    sent = awaited(stub_call(body, binding, message))
    result = binding.result
    if result.kind == "none":
        return lines + statement("", sent)
    if result.kind == "value" and result.path is None and result.function is None:
        return lines + statement("return ", sent)
    if result.from_request:
        lines += statement("", sent)
        return lines + returned(body, method, binding, body.local.fixed("message"))
    response = body.local.fixed("response")
    return [*lines, *statement(f"{response} = ", sent), *returned(body, method, binding, response)]


def _stream(body: Body, method: EntityMethod, binding: Call) -> list[str]:
    lines = client_line(body, method)
    request_lines, message = (sent_requests if binding.rpc.client_streaming else made_request)(body, binding)
    responses, response = body.local.fixed("responses"), body.local.fixed("response")
    lines += [*request_lines, *statement(f"{responses} = ", stub_call(body, binding, message))]
    lines += plain([f"async with {responses}:", f"    async for {response} in {responses}:"])
    return lines + yielded(body, method, binding, INDENT + 8)
