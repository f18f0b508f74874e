"""How a method fills its request: from parameters, from the entity itself, from the client's settings."""

from __future__ import annotations

import keyword
from collections.abc import Collection, Iterator

from remora_codegen.manifest.scope import METHOD_PARAMETERS, PAGE_PARAMETERS
from remora_codegen.model import Field, Message, Schema
from remora_codegen.names import snake_case
from remora_codegen.propose import shapes
from remora_codegen.propose.plan import EntityPlan, MethodPlan

# Fields of a request that the client's context supplies, when they come together.
_CONTEXT = {"org", "organization", "project", "domain"}
_SETTING = {"organization": "org"}
_MAX_FLAT = 6


def fill(schema: Schema, entity: EntityPlan, method: MethodPlan, *, taken: Collection[str] = ()) -> None:
    """Add the parameters and request fields of a method to its plan.

    Args:
        schema: where the messages are.
        entity: whose method it is.
        method: the plan.
        taken: request fields that are filled already.
    """
    request = schema.messages[method.rpc.method.request]
    positions = ("token", "page", "size")
    paged = {path.partition(".")[0] for key, path in (method.pages or {}).items() if key in positions}
    instance = method.rpc.verb in ("delete", "update", "") and _instance_fields(schema, entity, request)
    if instance:
        method.request.update({name: f"{{self: {path}}}" for name, path in instance.items() if name not in taken})
        paged |= instance.keys()
    first = not instance and not method.request
    for item in request.fields:
        if item.name in paged or item.name in taken:
            continue
        for path, _ in _flattened(schema, method, request, item):
            add_parameter(schema, method, path, request, first=first)
        first = False


def add_parameter(
    schema: Schema, method: MethodPlan, path: tuple[Field, ...], request: Message, *, first: bool
) -> None:
    """Add the parameter that fills one field of the request.

    Args:
        schema: where the messages are.
        method: the plan.
        path: the fields that lead to it.
        request: the request.
        first: nothing before it says what is meant, so it is not left out.
    """
    reserved = METHOD_PARAMETERS | (frozenset() if method.pages is None else PAGE_PARAMETERS)
    reserved |= {method.requests["parameter"]} if method.requests else set()
    name = parameter_name(path[-1], reserved | method.parameters.keys())
    method.parameters[name] = _parameter(schema, method, path, path[-1], name, request, first=first)


def _instance_fields(schema: Schema, entity: EntityPlan, request: Message) -> dict[str, str]:
    """Identifying request fields that the entity's own message has: request field -> path in the message."""
    found = {}
    for item in request.fields:
        if not shapes.is_identifier(item) or item.oneof:
            continue
        path = _own_path(schema, entity, item)
        if path:
            found[item.name] = path
    return found


def _own_path(schema: Schema, entity: EntityPlan, item: Field) -> str:
    if item.is_message:
        paths = shapes.paths_to(schema, entity.message, item.type_name)
        shortest = [path for path in paths if len(path) == len(paths[0])]
        return ".".join(step.name for step in shortest[0]) if len(shortest) == 1 else ""
    own = entity.message.by_name
    prefix = f"{snake_case(entity.name)}_"
    for name in (item.name, item.name.removeprefix(prefix), "id" if item.name.endswith("_id") else item.name):
        other = own.get(name)
        is_alias = name == item.name or item.name == prefix + name
        if is_alias and other and (other.kind, other.label) == (item.kind, item.label) and not other.type_name:
            return name
    return ""


def _flattened(
    schema: Schema, method: MethodPlan, request: Message, item: Field
) -> Iterator[tuple[tuple[Field, ...], Field]]:
    """The field, or instead of a small identifier message the fields of that."""
    if item.is_message and method.rpc.verb in ("get", "delete", "watch", "list") and shapes.is_identifier(item):
        inner = schema.messages[item.type_name].fields
        names = {other.name for other in request.fields}
        flat = all(part.kind.is_scalar and part.label.value == "singular" and not part.oneof for part in inner)
        if flat and 0 < len(inner) <= _MAX_FLAT and not item.oneof and not names & {part.name for part in inner}:
            for part in inner:
                yield (item, part), part
            return
    yield (item,), item


def parameter_name(item: Field, reserved: frozenset[str]) -> str:
    """The field's name, or one like it that a parameter may have."""
    name = item.name.lstrip("_") or "value"
    while keyword.iskeyword(name) or name in reserved:
        name += "_"
    return name


def _parameter(
    schema: Schema,
    method: MethodPlan,
    path: tuple[Field, ...],
    leaf: Field,
    name: str,
    request: Message,
    *,
    first: bool,
) -> str:
    text = ".".join(step.name for step in path)
    words = [] if name == text else [f"field: {text}"]
    neighbours = schema.messages[path[-2].type_name] if len(path) > 1 else request
    if leaf.name in _CONTEXT and _has_context(neighbours) and leaf.kind.python == "str" and not leaf.oneof:
        words.append(f"context: {_SETTING.get(leaf.name, leaf.name)}")
    elif leaf.oneof or leaf.is_repeated or leaf.is_map:
        words.append("optional: true")
    elif not _is_required(method, path, leaf, first=first):
        words.append(_default(schema, leaf))
    return f"{{{', '.join(words)}}}"


def _has_context(message: Message) -> bool:
    return {"project", "domain"} <= message.by_name.keys()


def _is_required(method: MethodPlan, path: tuple[Field, ...], leaf: Field, *, first: bool) -> bool:
    verb = method.rpc.verb
    if verb == "list":
        return leaf.name == "parent"
    if leaf.presence and not leaf.is_message:
        return False
    if verb == "update" and not method.mask:
        return not leaf.is_message or first or leaf.type_name.rpartition(".")[2] != "FieldMask"
    return first or len(path) > 1 or shapes.is_identifier(leaf)


def _default(schema: Schema, leaf: Field) -> str:
    if leaf.presence:
        return "optional: true"
    if leaf.is_enum:
        values = schema.enums[leaf.type_name].values
        return f"default: {next((item for item in values if item.number == 0), values[0]).python_name}"
    zero = {"str": '""', "bytes": '""', "bool": "false", "float": "0.0"}.get(leaf.kind.python, "0")
    return f"default: {zero}"
