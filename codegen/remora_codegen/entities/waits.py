"""The bodies of methods that wait for a state."""

from __future__ import annotations

from remora_codegen.entities.body import INDENT, Body, plain, statement
from remora_codegen.entities.calls import awaited, checked, client_line, made_request, stub_call
from remora_codegen.entities.reading import in_variable, read
from remora_codegen.entities.results import returned
from remora_codegen.entities.source import Source, call, keyword
from remora_codegen.literals import literal
from remora_codegen.manifest import EntityMethod
from remora_codegen.manifest.model import Call, Constant, FieldPath, Wait
from remora_codegen.manifest.values import read_type
from remora_codegen.pytypes import required

_INNER = INDENT + 4


def waited(body: Body, method: EntityMethod, binding: Call, wait: Wait) -> list[str]:
    """The statements of a method that waits."""
    lines = client_line(body, method)
    request_lines, message = made_request(body, binding)
    sent = body.local.own("sent")
    lines += [*request_lines, *statement(f"{sent} = ", message)]
    lines += _ask(body, binding, wait, sent)
    state = body.local.own("state")
    lines += _reader(body, binding, wait.state, state)
    items: list[Source] = [literal(method.what), state]
    for name, values in (("until", wait.until), ("failed", wait.failed)):
        if values:
            items.append(keyword(name, _several(body, values)))
    if wait.reached is not None:
        items.append(keyword("reached", body.function(wait.reached)))
    if wait.reason is not None:
        reason = body.local.own("reason")
        lines += _reader(body, binding, wait.reason, reason)
        items.append(keyword("reason", reason))
    if wait.error:
        items.append(keyword("error", body.names.use(".errors", wait.error)))
    waiting, response = body.local.own("waiting"), body.local.fixed("response")
    lines += statement(f"{waiting} = ", call(body.names.contract("Wait"), items))
    ask = body.local.fixed("ask")
    if wait.poll_interval is None:
        made = call(f"await {waiting}.watch", [ask, "timeout=timeout"])
    else:
        made = call(f"await {waiting}.poll", [ask, "interval=poll_interval", "timeout=timeout"])
    if binding.result.kind == "none":
        return lines + statement("", made)
    return [*lines, *statement(f"{response} = ", made), *returned(body, method, binding, response)]


def _ask(body: Body, binding: Call, wait: Wait, sent: str) -> list[str]:
    """The function that asks once, or starts the stream. A single call has the client's own deadline."""
    ask = body.local.fixed("ask")
    message = body.names.message(binding.rpc.response, type_only=True)
    made = stub_call(body, binding, sent, timeout="None")
    if wait.poll_interval is None:
        stream = body.names.contract("ResponseStream", type_only=True)
        head = f"def {ask}() -> {stream}[{message}]:"
        return ["", *plain([head]), *statement("return ", made, _INNER), ""]
    head = f"async def {ask}() -> {message}:"
    if binding.status is None:
        return ["", *plain([head]), *statement("return ", awaited(made), _INNER), ""]
    answer = body.local.own("answer")
    lines = statement(f"{answer} = ", awaited(made), _INNER)
    lines += checked(body, binding, answer, _INNER)
    return ["", *plain([head]), *lines, *plain([f"return {answer}"], _INNER), ""]


def _reader(body: Body, binding: Call, path: FieldPath, name: str) -> list[str]:
    """The function that reads a value of an answer."""
    answer = body.local.own("answer")
    reading = read(body.schema, body.names, body.local, answer, path)
    kind = body.names.type(required(read_type(path.leaf, converted=False)[0]))
    if reading.may_be_none:
        reading = in_variable(reading, body.local, path.leaf.name)
        kind = f"{kind} | None"
    head = f"def {name}({answer}: {body.names.message(binding.rpc.response, type_only=True)}) -> {kind}:"
    return [*plain([head]), *plain([*reading.lines, f"return {reading.value}"], _INNER), ""]


def _several(body: Body, values: tuple[Constant, ...]) -> str:
    texts = [body.names.text(item.parts, type_only=False) for item in values]
    return f"({texts[0]},)" if len(texts) == 1 else f"({', '.join(texts)})"
