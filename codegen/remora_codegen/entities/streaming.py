"""Statements around RPCs that stream: what is sent, bytes that come in pieces, streams that go on after a loss."""

from __future__ import annotations

from remora_codegen.entities.body import INDENT, Body, plain, statement
from remora_codegen.entities.calls import checked, client_line, made_request, merged, prepare_metadata, stub_call
from remora_codegen.entities.reading import in_variable, read
from remora_codegen.entities.requests import request_expression
from remora_codegen.entities.results import yielded
from remora_codegen.entities.source import Source, call, flat, keyword
from remora_codegen.manifest import EntityMethod
from remora_codegen.manifest.model import Call, Constant, FieldPath, Fill, FromConstant, FromParameter, Resume, Sending

_INNER = INDENT + 4


def sent_requests(body: Body, binding: Call) -> tuple[list[str], Source]:
    """For an RPC that takes a stream: statements before the call, and its argument."""
    if binding.sending is not None:
        return _items(body, binding, binding.sending)
    lines, message = made_request(body, binding)
    if binding.rpc.server_streaming:
        return lines, call(body.names.contract("kept_open"), [message])
    return lines, f"[{flat(message)}]"


def _items(body: Body, binding: Call, sending: Sending) -> tuple[list[str], Source]:
    prepare_metadata(body, binding)
    lines = plain(body.taken())
    more: list[Source] = []
    if sending.others in ("alone", "first"):
        head_lines, head = made_request(body, binding)
        lines += head_lines
        more = [keyword("head", head), *(["alone=True"] if sending.others == "alone" else [])]
    items: Source = sending.parameter
    if sending.chunk_size:
        items = call(body.names.contract("chunks"), [items, str(sending.chunk_size)])
    if sending.path is None and sending.function is None:
        if not more:
            return lines, call(body.names.contract("each"), [items])
        return lines, call(body.names.contract("sent"), [items, body.names.contract("whole"), *more])
    make = body.local.fixed("make")
    return [*lines, *_make(body, binding, sending, make)], call(body.names.contract("sent"), [items, make, *more])


def _make(body: Body, binding: Call, sending: Sending, make: str) -> list[str]:
    """The function that makes a request of an item."""
    item = body.local.fixed("item")
    message = binding.rpc.request
    source = FromParameter(item, conversion=sending.conversion, function=sending.function)
    made: Source
    if sending.path is None:
        assert sending.function is not None
        made = f"{body.function(sending.function)}({item})"
    else:
        others = binding.fills if sending.others == "each" else ()
        made = request_expression(body, message, [Fill(sending.path, source), *others])
        if sending.others in ("", "each"):
            made = merged(body, "request", made)
    signature = f"def {make}({item}: {body.names.type(sending.item)}) -> {body.names.message(message, type_only=True)}:"
    before = plain(body.taken(), _INNER)
    return ["", *plain([signature]), *before, *statement("return ", made, _INNER), ""]


def joined(body: Body, method: EntityMethod, binding: Call) -> list[str]:
    """The statements of a method that puts the bytes of a stream together, or into a file."""
    assert binding.result.path is not None
    lines = client_line(body, method)
    request_lines, sent = (sent_requests if binding.rpc.client_streaming else made_request)(body, binding)
    responses, response = body.local.fixed("responses"), body.local.fixed("response")
    lines += [*request_lines, *statement(f"{responses} = ", stub_call(body, binding, sent))]
    reading = read(body.schema, body.names, body.local, response, binding.result.path)
    if reading.may_be_none:
        reading = in_variable(reading, body.local, "data")
    data = f'{reading.value} or b""' if reading.may_be_none else reading.value
    if binding.result.join == "bytes":
        content = body.local.fixed("content")
        lines += plain([f"{content} = {body.local.builtin('bytearray')}()"])
        lines += plain([f"async with {responses}:", f"    async for {response} in {responses}:"])
        lines += checked(body, binding, response, _INNER + 4)
        lines += plain([*reading.lines, f"{content} += {data}"], _INNER + 4)
        return [*lines, *plain([f"return {body.local.builtin('bytes')}({content})"])]
    saving = body.local.fixed("saving")
    lines += plain(
        [
            f"async with {body.names.contract('Saving')}(to) as {saving}, {responses}:",
            f"    async for {response} in {responses}:",
        ]
    )
    lines += checked(body, binding, response, _INNER + 4)
    lines += plain([*reading.lines, f"await {saving}.write({data})"], _INNER + 4)
    return [*lines, *plain([f"return {saving}.size"])]


def resumed(body: Body, method: EntityMethod, binding: Call, resume: Resume) -> list[str]:
    """The statements of a stream that goes on where it was when the connection is lost."""
    lines = client_line(body, method)
    request_lines, sent = made_request(body, binding)
    message = body.local.own("begin")
    lines += [*request_lines, *statement(f"{message} = ", sent)]
    where = body.local.fixed("where")
    lines += _start(body, binding, resume, message)
    lines += _position(body, binding, resume.after, where)
    more: list[Source] = []
    if resume.first is not None:
        first = body.local.fixed("first")
        lines += _position(body, binding, resume.first, first)
        given = read(body.schema, body.names, body.local, message, resume.into)
        lines += plain(given.lines)
        condition = f"({given.value})" if " " in given.value else given.value
        more = [keyword("first", f"None if {condition} else {first}")]
    start = body.local.fixed("start")
    made = call(body.names.contract("resumed"), [start, where, *more, f"give_up={resume.give_up}", "timeout=timeout"])
    responses, response = body.local.fixed("responses"), body.local.fixed("response")
    closing = body.names.use("contextlib", "aclosing")
    lines += statement(f"{responses} = ", made)
    lines += plain([f"async with {closing}({responses}):", f"    async for {response} in {responses}:"])
    lines += checked(body, binding, response, _INNER + 4)
    return lines + yielded(body, method, binding, _INNER + 4)


def _start(body: Body, binding: Call, resume: Resume, message: str) -> list[str]:
    """The function that starts the call behind a position."""
    start, position, left = (body.local.fixed(name) for name in ("start", "position", "left"))
    kind, number = resume.into.leaf.kind.python, body.names.builtin("float", body.names.members, type_only=True)
    kind = body.names.builtin(kind, body.names.members, type_only=True)
    stream = body.names.contract("ResponseStream", type_only=True)
    response = body.names.message(binding.rpc.response, type_only=True)
    again = body.local.own("again")
    value = f"{position} + {resume.plus}" if resume.plus else position
    into = Fill(resume.into, FromConstant(Constant((value,))))
    behind = merged(body, message, request_expression(body, binding.rpc.request, [into]))
    sent: Source = again
    if binding.rpc.client_streaming:
        sent = call(body.names.contract("kept_open"), [again])
    head = f"def {start}({position}: {kind} | None, {left}: {number} | None) -> {stream}[{response}]:"
    return [
        "",
        *plain([head]),
        *plain([f"{again} = {message}", f"if {position} is not None:"], _INNER),
        *statement(f"{again} = ", behind, _INNER + 4),
        *statement("return ", stub_call(body, binding, sent, timeout=left), _INNER),
        "",
    ]


def _position(body: Body, binding: Call, path: FieldPath, name: str) -> list[str]:
    """The function that reads the position of a response."""
    response = body.local.fixed("response")
    kind = body.names.builtin(path.leaf.kind.python, body.names.members, type_only=True)
    head = f"def {name}({response}: {body.names.message(binding.rpc.response, type_only=True)}) -> {kind} | None:"
    lines, current = [], response
    for step in path.steps[:-1]:
        value, variable = f"{current}.{step.python_name}", body.local.own(step.name)
        if step.is_repeated:
            lines += [f"if not {value}:", "    return None", f"{variable} = {value}[-1]"]
        else:
            lines += [f"{variable} = {value}", f"if {variable} is None:", "    return None"]
        current = variable
    return [*plain([head]), *plain([*lines, f"return {current}.{path.leaf.python_name} or None"], _INNER), ""]
