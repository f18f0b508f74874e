"""Streams of requests, and content that comes and goes in chunks."""

from __future__ import annotations

from remora_codegen.model import Field, Kind, Message, Schema
from remora_codegen.propose import requests, shapes
from remora_codegen.propose.plan import EntityPlan, MethodPlan

_CHUNK_BYTES = 64 * 1024


def content(message: Message) -> Field | None:
    """The field that holds a piece of content: the only field of bytes."""
    found = [item for item in message.fields if item.kind is Kind.BYTES]
    single = len(found) == 1 and found[0].label.value == "singular" and not shapes.is_identifier(found[0])
    return found[0] if single else None


def fill(schema: Schema, entity: EntityPlan, method: MethodPlan) -> None:
    """Say where the requests come from: content in chunks, or whatever the caller iterates over."""
    request = schema.messages[method.rpc.method.request]
    chunk = content(request)
    if chunk is None:
        method.requests = {"parameter": "requests"}
        return
    method.requests = {"parameter": "content", "field": chunk.name, "chunk_size": str(_CHUNK_BYTES)}
    if chunk.oneof:
        _head(schema, method, request, chunk)
    else:
        requests.fill(schema, entity, method, taken={chunk.name})
    if method.parameters or method.request:
        method.requests = {**method.requests, "others": "alone" if chunk.oneof else "each"}


def _head(schema: Schema, method: MethodPlan, request: Message, chunk: Field) -> None:
    """Of a request that is either a head or a chunk: what the head says."""
    for head in request.fields:
        if head is not chunk and head.oneof == chunk.oneof and shapes.is_single_message(head):
            for item in schema.messages[head.type_name].fields:
                requests.add_parameter(schema, method, (head, item), request, first=False)
            return


def joined(schema: Schema, method: MethodPlan) -> str:
    """What the manifest says of an answer that is content in chunks; empty for anything else."""
    rpc = method.rpc.method
    response = schema.messages[rpc.response]
    chunk = content(response)
    if chunk is None or not rpc.server_streaming or any(item.is_message for item in response.fields):
        return ""
    return f"{{field: {chunk.name}, join: bytes}}"
