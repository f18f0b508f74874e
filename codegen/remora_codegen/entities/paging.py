"""The bodies of methods that list."""

from __future__ import annotations

from remora_codegen.entities.body import INDENT, Body, plain, statement
from remora_codegen.entities.calls import (
    awaited,
    built_request,
    checked,
    client_line,
    made_request,
    merged,
    prepare_metadata,
    stub_call,
)
from remora_codegen.entities.reading import Reading, in_variable, read
from remora_codegen.entities.requests import request_expression
from remora_codegen.entities.results import element, yielded
from remora_codegen.entities.source import Source, call, flat, keyword
from remora_codegen.manifest import EntityMethod
from remora_codegen.manifest.model import Builder, Call, FieldPath, Pages

_INNER = INDENT + 4


def paged(body: Body, method: EntityMethod, binding: Call, pages: Pages) -> list[str]:
    """The statements of a method that gives a source of pages, or of a stream that is read as a list."""
    if pages.style == "stream":
        return _streamed(body, method, binding)
    lines = client_line(body, method)
    token, size = body.local.fixed("token"), body.local.fixed("size")
    if binding.builder is None:
        page_lines, sent = made_request(body, binding, _INNER)
    else:
        base_lines, page_lines, sent = _built_page(body, binding, binding.builder)
        lines += base_lines
    response = body.local.fixed("response")
    page_lines += statement(f"{response} = ", awaited(stub_call(body, binding, sent)), _INNER)
    page_lines += checked(body, binding, response, _INNER)
    page_lines += _page(body, method, binding, pages, response)
    page_type = f"{body.names.contract('Page')}[{body.names.type(method.returns)}]"
    fetch = body.local.fixed("fetch")
    string, integer = body.local.builtin("str"), body.local.builtin("int")
    definition = f"async def {fetch}({token}: {string}, {size}: {integer}) -> {page_type}:"
    more = "" if pages.page_size is None else ", page_size=page_size"
    more += "" if pages.max_page_size is None else f", max_page_size={pages.max_page_size}"
    more += ", even=True" if pages.style == "page" else ""
    made = f"return {body.names.contract('PageSource')}({fetch}, limit=limit{more})"
    return [*lines, "", *plain([definition]), *page_lines, "", *plain([made])]


def _streamed(body: Body, method: EntityMethod, binding: Call) -> list[str]:
    lines = client_line(body, method)
    request_lines, message = made_request(body, binding)
    read_, responses = body.local.fixed("read"), body.local.fixed("responses")
    response = body.local.fixed("response")
    generator = body.names.use("collections.abc", "AsyncGenerator", type_only=True)
    inner = statement(f"{responses} = ", stub_call(body, binding, message), _INNER)
    inner += plain([f"async with {responses}:", f"    async for {response} in {responses}:"], _INNER)
    inner += checked(body, binding, response, _INNER + 8)
    inner += yielded(body, method, binding, _INNER + 8)
    definition = f"async def {read_}() -> {generator}[{body.names.type(method.returns)}, None]:"
    made = f"return {body.names.contract('StreamSource')}({read_}, limit=limit)"
    return [*lines, *request_lines, "", *plain([definition]), *inner, "", *plain([made])]


def _built_page(body: Body, binding: Call, builder: Builder) -> tuple[list[str], list[str], Source]:
    """With a hand-written request: statements once for all pages, statements for each, and what is sent."""
    base, message = body.local.fixed("base"), body.local.fixed("message")
    made = merged(body, "request", built_request(body, builder))
    once = [*plain(body.taken()), *statement(f"{base} = ", made)]
    prepare_metadata(body, binding)
    paging = request_expression(body, binding.rpc.request, binding.fills)
    each = [*plain(body.taken(), _INNER), *statement(f"{message} = ", merged(body, base, paging), _INNER)]
    return once, each, message


def _page(body: Body, method: EntityMethod, binding: Call, pages: Pages, response: str) -> list[str]:
    """Statements that return the page that a response holds."""
    assert pages.items is not None
    items = read(body.schema, body.names, body.local, response, pages.items)
    items = in_variable(items, body.local, "items")
    lines = list(items.lines)
    next_token: Source
    if pages.style == "token":
        next_token = _next_token(body, pages, response, lines)
    else:
        next_token = _next_position(body, pages, response, items.value, lines)
    made, name = flat(element(body, method, binding.result)), body.local.fixed("item")
    listed = items.value if made == name else f"[{made} for {name} in {items.value}]"
    page = call(body.names.contract("Page"), [listed, next_token])
    return [*plain(lines, _INNER), *statement("return ", page, _INNER)]


def _next_token(body: Body, pages: Pages, response: str, lines: list[str]) -> str:
    assert pages.next_token is not None
    token = _read(body, response, pages.next_token, "next_token", lines)
    return f'{token.value} or ""' if token.may_be_none else token.value


def _next_position(body: Body, pages: Pages, response: str, items: str, lines: list[str]) -> Source:
    """The token that is made of what the answer holds."""
    token, size = body.local.fixed("token"), body.local.fixed("size")
    count = f"{body.local.builtin('len')}({items})"
    ends: list[Source] = [keyword("size", size)] if pages.short_page_ends else []
    for name, path in (("more", pages.more), ("total", pages.total), ("pages", pages.total_pages)):
        if path is not None:
            ends.append(keyword(name, _read(body, response, path, name, lines).value))
    if pages.style == "key":
        return call(body.names.contract("next_key"), [_last_key(body, pages, items, lines), count, *ends])
    if pages.style == "offset":
        return call(body.names.contract("next_offset"), [token, count, *ends])
    first: list[Source] = [f"first={pages.first_page}"] if pages.first_page != 1 else []
    return call(body.names.contract("next_number"), [token, count, *first, *ends])


def _read(body: Body, response: str, path: FieldPath, name: str, lines: list[str]) -> Reading:
    """A value of the response that is used once; statements before it are added to `lines`."""
    reading = read(body.schema, body.names, body.local, response, path)
    if reading.may_be_none:
        reading = in_variable(reading, body.local, name)
    lines += reading.lines
    return reading


def _last_key(body: Body, pages: Pages, items: str, lines: list[str]) -> str:
    """The variable with the key of the last item, None without items."""
    assert pages.key is not None
    if not pages.key.steps:
        return f"{items}[-1] if {items} else None"
    last = body.local.own("last")
    if len(pages.key.steps) == 1:
        return f"{items}[-1].{pages.key.leaf.python_name} if {items} else None"
    reading = read(body.schema, body.names, body.local, f"{items}[-1]", pages.key)
    lines += [f"{last} = None", f"if {items}:", *(f"    {line}" for line in reading.lines)]
    lines.append(f"    {last} = {reading.value}")
    return last
