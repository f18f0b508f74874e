"""The async implementation of each method."""

from __future__ import annotations

from collections.abc import Sequence

from remora_codegen.entities.arguments import Arguments
from remora_codegen.entities.body import INDENT, Body, plain, statement
from remora_codegen.entities.names import Locals, ModuleNames
from remora_codegen.entities.reading import in_variable, read
from remora_codegen.entities.requests import header_value, other_value, own_value, request_expression
from remora_codegen.entities.results import element, returned, yielded
from remora_codegen.entities.source import Bracketed, Source, call, flat, keyword
from remora_codegen.literals import literal
from remora_codegen.manifest import EntityMethod
from remora_codegen.manifest.model import Builder, Call, FromSelf, Pages
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
        lines = _pages(body, method, binding, binding.pages)
    elif method.shape == "stream":
        lines = _stream(body, method, binding)
    else:
        lines = _unary(body, method, binding)
    return body.complete(lines)


def _client(body: Body, method: EntityMethod) -> list[str]:
    source = "client" if method.level == "class" else "self._client"
    return plain([f"client = {body.names.contract('resolve_client')}({source})"])


def _stub_call(body: Body, binding: Call, message: Source) -> Bracketed:
    package = body.names.message_package(binding.service.full_name)
    caller = f"{body.names.contract('RetrySafe')}(client)" if binding.retry_safe else "client"
    stub = f"{package}{binding.service.stub_name}({caller})"
    return call(f"{stub}.{binding.rpc.python_name}", [message, "timeout=timeout", *_metadata(body, binding)])


def _metadata(body: Body, binding: Call) -> list[Source]:
    """The argument with the headers of a call, if it has any."""
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


def _awaited(source: Bracketed) -> Bracketed:
    return Bracketed(f"await {source.head}", source.items, source.tail)


def _merged(body: Body, below: str, message: Source) -> Source:
    """A request with the fields of another one below it."""
    return call(body.names.contract("merged"), [below, message])


def _request(body: Body, binding: Call, indent: int = INDENT) -> tuple[list[str], Source]:
    """Statements that make a request, and the request that is sent, with the user's fields below it."""
    message = body.local.fixed("message")
    if binding.builder is not None:
        made = _built(body, binding.builder)
    else:
        made = request_expression(body, binding.rpc.request, binding.fills)
    if binding.result.from_request:
        made = _merged(body, "request", made)
    lines = [*plain(body.taken(), indent), *statement(f"{message} = ", made, indent)]
    return lines, message if binding.result.from_request else _merged(body, "request", message)


def _built(body: Body, builder: Builder) -> Source:
    bound = dict(builder.arguments)
    items: list[Source] = ["client"]
    for item in builder.function.arguments[1:]:
        value: Source = item.name
        if item.name in bound:
            source = bound[item.name]
            value = own_value(body, source)[0] if isinstance(source, FromSelf) else other_value(body, source)
        items.append(value if item.kind == "positional_only" else keyword(item.name, value))
    return call(body.function(builder.function), items)


def _unary(body: Body, method: EntityMethod, binding: Call) -> list[str]:
    lines = _client(body, method)
    request_lines, message = _request(body, binding)
    lines += request_lines
    sent = _awaited(_stub_call(body, binding, message))
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
    lines = _client(body, method)
    request_lines, message = _request(body, binding)
    responses, response = body.local.fixed("responses"), body.local.fixed("response")
    lines += [*request_lines, *statement(f"{responses} = ", _stub_call(body, binding, message))]
    lines += plain([f"async with {responses}:", f"    async for {response} in {responses}:"])
    return lines + yielded(body, method, binding, INDENT + 8)


def _pages(body: Body, method: EntityMethod, binding: Call, pages: Pages) -> list[str]:
    lines = _client(body, method)
    token, size = body.local.fixed("token"), body.local.fixed("size")
    if binding.builder is None:
        page_lines, sent = _request(body, binding, INDENT + 4)
    else:
        base_lines, page_lines, sent = _built_page(body, binding, binding.builder)
        lines += base_lines
    response = body.local.fixed("response")
    page_lines += statement(f"{response} = ", _awaited(_stub_call(body, binding, sent)), INDENT + 4)
    page_lines += _page(body, method, binding, pages, response)
    page_type = f"{body.names.contract('Page')}[{body.names.type(method.returns)}]"
    fetch = body.local.fixed("fetch")
    string, integer = body.local.builtin("str"), body.local.builtin("int")
    definition = f"async def {fetch}({token}: {string}, {size}: {integer}) -> {page_type}:"
    more = "" if pages.page_size is None else ", page_size=page_size"
    made = f"return {body.names.contract('PageSource')}({fetch}, limit=limit{more})"
    return [*lines, "", *plain([definition]), *page_lines, "", *plain([made])]


def _built_page(body: Body, binding: Call, builder: Builder) -> tuple[list[str], list[str], Source]:
    """With a hand-written request: statements once for all pages, statements for each, and what is sent."""
    base, message = body.local.fixed("base"), body.local.fixed("message")
    made = _merged(body, "request", _built(body, builder))
    once = [*plain(body.taken()), *statement(f"{base} = ", made)]
    paging = request_expression(body, binding.rpc.request, binding.fills)
    each = [*plain(body.taken(), INDENT + 4), *statement(f"{message} = ", _merged(body, base, paging), INDENT + 4)]
    return once, each, message


def _page(body: Body, method: EntityMethod, binding: Call, pages: Pages, response: str) -> list[str]:
    """Statements that return the page that a response holds."""
    items = read(body.schema, body.names, body.local, response, pages.items)
    items = in_variable(items, body.local, "items")
    token = read(body.schema, body.names, body.local, response, pages.next_token)
    if token.may_be_none:
        token = in_variable(token, body.local, "next_token")
    made, name = flat(element(body, method, binding.result)), body.local.fixed("item")
    listed = items.value if made == name else f"[{made} for {name} in {items.value}]"
    next_token = f'{token.value} or ""' if token.may_be_none else token.value
    page: Sequence[Source] = [listed, next_token]
    lines = plain([*items.lines, *token.lines], INDENT + 4)
    return [*lines, *statement("return ", call(body.names.contract("Page"), page), INDENT + 4)]
