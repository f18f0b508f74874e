"""Statements around one call: the client, the request, the stub's method."""

from __future__ import annotations

from remora_codegen.entities.body import INDENT, Body, plain, statement
from remora_codegen.entities.reading import in_variable, read
from remora_codegen.entities.requests import header_value, other_value, own_value, request_expression
from remora_codegen.entities.source import Bracketed, Source, call, keyword
from remora_codegen.literals import literal
from remora_codegen.manifest import EntityMethod
from remora_codegen.manifest.model import Builder, Call, FromSelf, Mask
from remora_codegen.manifest.values import default_value


def client_line(body: Body, method: EntityMethod) -> list[str]:
    """The statement that decides which client is used."""
    source = "client" if method.level == "class" else "self._client"
    return plain([f"client = {body.names.contract('resolve_client')}({source})"])


def stub_call(body: Body, binding: Call, message: Source, *, timeout: str = "timeout") -> Bracketed:
    """The call of the stub's method."""
    package = body.names.message_package(binding.service.full_name)
    caller = f"{body.names.use('.errors', 'checked')}(client)" if body.names.has_errors else "client"
    caller = f"{body.names.contract('RetrySafe')}({caller})" if binding.retry_safe else caller
    stub = f"{package}{binding.service.stub_name}({caller})"
    return call(f"{stub}.{binding.rpc.python_name}", [message, f"timeout={timeout}", *body.metadata])


def checked(body: Body, binding: Call, response: str, indent: int = INDENT) -> list[str]:
    """Statements that raise the error of which an answer's own status tells."""
    status = binding.status
    if status is None:
        return []
    lines: list[str] = []
    values = []
    for path, name in ((status.code, "code"), (status.message, "text")):
        reading = None if path is None else read(body.schema, body.names, body.local, response, path)
        if reading is not None and reading.may_be_none:
            reading = in_variable(reading, body.local, name)
        lines += reading.lines if reading else ()
        value = reading.value if reading else '""'
        if reading is not None and reading.may_be_none:
            assert path is not None
            unset = body.names.text(default_value(body.schema, path.leaf).parts, type_only=False)
            value = f"{unset} if {value} is None else {value}"
        values.append(value)
    ok = body.names.text([part for item in status.ok for part in (*item.parts, ", ")][:-1], type_only=False)
    items: list[Source] = [
        *values,
        f"ok=({ok},)" if len(status.ok) == 1 else f"ok=({ok})",
        f"method={literal(f'{binding.service.full_name}/{binding.rpc.name}')}",
        "endpoint=client.endpoint",
        *([f"rules={body.names.use('.errors', 'RULES')}"] if body.names.has_errors else []),
        *(["standard=True"] if status.standard else []),
    ]
    return [*plain(lines, indent), *statement("", call(body.names.contract("check_status"), items), indent)]


def prepare_metadata(body: Body, binding: Call) -> None:
    """Make the argument with the headers of a call, if it has any; it may need statements before."""
    body.metadata = _metadata(body, binding)


def _metadata(body: Body, binding: Call) -> list[Source]:
    if not binding.headers:
        return []
    items: list[Source] = []
    for header in binding.headers:
        value = header_value(body, header.source)
        before = f"{literal(header.name)}: "
        items.append(
            before + value if isinstance(value, str) else Bracketed(before + value.head, value.items, value.tail)
        )
    made = Bracketed("{", tuple(items), "}")
    if any(header.may_be_none for header in binding.headers):
        return [keyword("metadata", call(body.names.contract("headers"), [made]))]
    return [keyword("metadata", made)]


def awaited(source: Bracketed) -> Bracketed:
    """The call, awaited."""
    return Bracketed(f"await {source.head}", source.items, source.tail)


def merged(body: Body, below: str, message: Source) -> Source:
    """A request with the fields of another one below it."""
    return call(body.names.contract("merged"), [below, message])


def made_request(body: Body, binding: Call, indent: int = INDENT) -> tuple[list[str], Source]:
    """Statements that make a request, and the request that is sent, with the user's fields below it."""
    message = body.local.fixed("message")
    prepare_metadata(body, binding)
    masked = _changes(body, binding.mask, indent) if binding.mask else []
    if binding.builder is not None:
        made = built_request(body, binding.builder)
    else:
        made = request_expression(body, binding.rpc.request, binding.fills)
    if binding.result.from_request:
        made = merged(body, "request", made)
    lines = [*masked, *plain(body.taken(), indent), *statement(f"{message} = ", made, indent)]
    if binding.result.from_request or not binding.takes_request:
        return lines, message
    return lines, merged(body, "request", message)


def _changes(body: Body, mask: Mask, indent: int) -> list[str]:
    """Statements that find out what was given; what was not is None from here on."""
    body.always = frozenset({str(mask.of)})
    items = tuple(f"{literal(path)}: {name}" for name, path in mask.changes)
    made = call(body.names.contract("changed"), [Bracketed("{", items, "}"), "request"])
    unset = body.names.contract("UNSET")
    return [
        *statement(f"{body.local.fixed('paths')} = ", made, indent),
        *plain([f"{name} = None if {name} is {unset} else {name}" for name, _ in mask.changes], indent),
    ]


def built_request(body: Body, builder: Builder) -> Source:
    """The call of a hand-written function that makes a request."""
    bound = dict(builder.arguments)
    items: list[Source] = ["client"]
    for item in builder.function.arguments[1:]:
        value: Source = item.name
        if item.name in bound:
            source = bound[item.name]
            value = own_value(body, source)[0] if isinstance(source, FromSelf) else other_value(body, source)
        items.append(value if item.kind == "positional_only" else keyword(item.name, value))
    return call(body.function(builder.function), items)
