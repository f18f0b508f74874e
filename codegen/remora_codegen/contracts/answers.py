"""What the server answers to a sample call, and what the method must make of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from remora_codegen.contracts import samples
from remora_codegen.contracts.given import NotByData, called
from remora_codegen.contracts.samples import Pair
from remora_codegen.contracts.values import Called, Record, Scalar, Several, Text, Value
from remora_codegen.manifest import Entity, Manifest
from remora_codegen.manifest.model import Call, FieldPath, Result
from remora_codegen.manifest.values import default_value
from remora_codegen.model import Label, Schema
from remora_codegen.pytypes import EntityName

if TYPE_CHECKING:
    from remora_codegen.contracts.exchange import Exchange


def answered(schema: Schema, manifest: Manifest, entity: Entity, found: Exchange) -> Exchange:
    """The exchange with its answer."""
    call, result = found.call, found.call.result
    response, value = _response(schema, manifest, call, found)
    response = _successful(schema, call, response)
    streamed = call.rpc.server_streaming
    opened = streamed and call.rpc.client_streaming and call.sending is None
    if call.wait is not None:
        if not call.wait.until:
            raise NotByData("its function says when the wait is over")
        state = Text(call.wait.until[0].parts)
        response = response.with_value(call.wait.state, state)
        value = _after_wait(call, response, value, state)
        return replace(found, responses=(response,), expected=_expected(entity, result, value), opened=streamed)
    responses = (response, response) if streamed else (response,)
    if streamed and result.join != "":
        assert isinstance(value, Scalar)
        assert isinstance(value.value, bytes)
        joined = value.value * 2
        expected = Scalar(joined) if result.join == "bytes" else Scalar(len(joined))
        return replace(found, responses=responses, expected=expected, opened=opened)
    expected_ = _expected(entity, result, value)
    if streamed and expected_ is not None:
        items = expected_.items if isinstance(expected_, Several) and result.many else (expected_,)
        expected_ = Several(items * 2)
    return replace(found, responses=responses, expected=expected_, opened=opened)


def in_pages(schema: Schema, manifest: Manifest, entity: Entity, found: Exchange, count: int) -> Exchange:
    """The exchange with an answer for each page: an item, another one, and nothing where only that ends the list."""
    call, pages = found.call, found.call.pages
    assert pages is not None
    assert pages.items is not None
    items = [_item(schema, manifest, call, number) for number in range(2)]
    responses = []
    for number in range(count):
        response = Record(call.rpc.response)
        if number < 2:
            response = response.with_value(pages.items, Several((items[number].sent,)))
        if pages.next_token is not None and number == 0:
            response = response.with_value(pages.next_token, Scalar("next"))
        if pages.more is not None and number == 0:
            response = response.with_value(pages.more, Scalar(True))
        for path in (pages.total, pages.total_pages):
            if path is not None:
                response = response.with_value(path, Scalar(2))
        responses.append(_successful(schema, call, response))
    expected = Several(tuple(_wrapped(entity, call.result, item.python) for item in items))
    return replace(found, responses=tuple(responses), expected=expected)


def key(schema: Schema, call: Call, page: int) -> Value | None:
    """The key of the item that a sample page holds; keys differ, because a list without end would repeat one."""
    pages = call.pages
    assert pages is not None
    assert pages.items is not None
    assert pages.key is not None
    leaf = pages.key.leaf if pages.key.steps else pages.items.leaf
    found = samples.scalar(leaf.kind, leaf.name, leaf.number)
    if not page:
        return found
    value = found.value
    return Scalar(value + b"2" if isinstance(value, bytes) else f"{value}2" if isinstance(value, str) else value + 1)


def _item(schema: Schema, manifest: Manifest, call: Call, page: int) -> Pair:
    """An item of a page: as the answer has it, and what becomes of it."""
    pages, result = call.pages, call.result
    assert pages is not None
    assert pages.items is not None
    leaf = pages.items.leaf
    if result.conversion.read:
        single = replace(leaf, label=Label.SINGULAR)
        pair = samples.sent_and_read(schema, single, result.conversion.message)
        assert pair is not None
        return pair
    sent = _message(schema, manifest, result, leaf.type_name) if leaf.is_message else samples.element(schema, leaf)
    if sent is None:
        raise NotByData("an enum of one value cannot be told from an unset one")
    if pages.key is not None:
        value = key(schema, call, page)
        assert value is not None
        sent = sent.with_value(pages.key, value) if isinstance(sent, Record) else value
    return Pair(_through(result, _adapted(schema, manifest, result, sent)), sent)


def _response(schema: Schema, manifest: Manifest, call: Call, found: Exchange) -> tuple[Record, Value | None]:
    """The answer, and the value in it that the method gives, before it is wrapped."""
    result, response = call.result, Record(call.rpc.response)
    if result.kind == "none":
        return response, None
    if result.from_request:
        request = found.requests[0]
        return response, _through(result, request if result.path is None else request.at(result.path))
    if result.path is None:
        response = _message(schema, manifest, result, call.rpc.response)
        return response, _keeping(result, found, _through(result, _adapted(schema, manifest, result, response)))
    leaf = result.path.leaf
    if leaf.is_message and not result.conversion.read and result.kind != "value":
        message: Value = _message(schema, manifest, result, leaf.type_name)
        pair = Pair(_through(result, _adapted(schema, manifest, result, message)), message)
        pair = Pair(_keeping(result, found, samples.around(leaf, pair.python)), samples.around(leaf, pair.sent))
    else:
        known = samples.sent_and_read(schema, leaf, result.conversion.message)
        if known is None:
            raise NotByData("an enum of one value cannot be told from an unset one")
        pair = known
        if result.function is not None:
            pair = Pair(_each(result, pair.python), pair.sent)
    return response.with_value(result.path, pair.sent), pair.python


def _keeping(result: Result, found: Exchange, value: Value) -> Value:
    """The entity's message with what is kept of the request."""
    if not result.kept:
        return value
    if not isinstance(value, Record):
        raise NotByData("its function makes the message that keeps something of the request")
    for path, source in result.kept:
        if found.requests[0].has(source):
            value = value.with_value(path, found.requests[0].at(source))
    return value


def _each(result: Result, value: Value) -> Value:
    if result.many and isinstance(value, Several):
        return Several(tuple(_through(result, item) for item in value.items))
    return _through(result, value)


def _through(result: Result, value: Value) -> Value:
    return value if result.function is None else called(result.function, value)


def _message(schema: Schema, manifest: Manifest, result: Result, type_name: str) -> Record:
    """A message that an entity wraps or is made of, or any other."""
    # A function looks deeper into a message, so it gets a whole one.
    record = samples.record(schema, type_name, 2) if result.function else samples.small(schema, type_name)
    if result.adapter:
        origin = next(item for item in manifest.by_name[result.entity].origins if item.name == result.adapter)
        for _, path in origin.fields:
            value = samples.whole(schema, path.leaf)
            if value is not None:
                record = record.with_value(path, value)
    return record


def _adapted(schema: Schema, manifest: Manifest, result: Result, value: Value) -> Value:
    """The entity's own message, made of another one."""
    if not result.adapter:
        return value
    entity = manifest.by_name[result.entity]
    origin = next(item for item in entity.origins if item.name == result.adapter)
    assert isinstance(value, Record)
    own = Record(entity.message)
    for path, other in origin.fields:
        if samples.whole(schema, other.leaf) is not None:
            own = own.with_value(path, value.at(other))
    return own


def _successful(schema: Schema, call: Call, response: Record) -> Record:
    """The answer with a status that means success."""
    status = call.status
    if status is None or _is_unset(schema, status.code, tuple(item.parts for item in status.ok)):
        return response
    return response.with_value(status.code, Text(status.ok[0].parts))


def _is_unset(schema: Schema, code: FieldPath, ok: tuple[tuple[object, ...], ...]) -> bool:
    return default_value(schema, code.leaf).parts in ok


def _after_wait(call: Call, response: Record, value: Value | None, state: Text) -> Value | None:
    """The value of an answer that shows the state."""
    assert call.wait is not None
    if value is None or call.result.path is None:
        return response if value is not None else None
    try:
        return response.at(call.result.path)
    except KeyError:
        return value


def _expected(entity: Entity, result: Result, value: Value | None) -> Value | None:
    if value is None:
        return None
    if isinstance(value, Several) and result.many:
        return Several(tuple(_wrapped(entity, result, item) for item in value.items))
    return _wrapped(entity, result, value)


def _wrapped(entity: Entity, result: Result, value: Value) -> Value:
    """The entity around a message."""
    if result.kind == "value":
        return value
    return Called(EntityName(result.entity or entity.name), (value,))
