"""Updates by field mask: a request with the changed message and a `google.protobuf.FieldMask` beside it."""

from __future__ import annotations

from dataclasses import dataclass

from remora_codegen.manifest.scope import METHOD_PARAMETERS
from remora_codegen.model import Field, Message, Schema
from remora_codegen.names import snake_case
from remora_codegen.propose import requests, shapes
from remora_codegen.propose.plan import EntityPlan, MethodPlan, Rpc

_MASK = "google.protobuf.FieldMask"


@dataclass(frozen=True)
class Masked:
    """The request fields of such an update.

    Attributes:
        mask: names what counts.
        changed: the message.
        identifiers: fields of the message that say which thing is meant.
    """

    mask: Field
    changed: Field
    identifiers: tuple[Field, ...]


def find(schema: Schema, entity: EntityPlan, rpc: Rpc) -> Masked | None:
    """The fields, if the RPC changes the entity's own message by a mask."""
    fields = [item for item in schema.messages[rpc.method.request].fields if shapes.is_single_message(item)]
    masks = [item for item in fields if item.type_name == _MASK]
    changed = [item for item in fields if item.type_name == entity.message.full_name]
    identifiers = _identifiers(entity)
    if len(masks) != 1 or len(changed) != 1 or not identifiers:
        return None
    return Masked(masks[0], changed[0], identifiers)


def fill(schema: Schema, entity: EntityPlan, method: MethodPlan, masked: Masked) -> None:
    """Make every field a parameter that may be left out, and take the identifiers from the entity."""
    method.mask = masked.mask.name
    for item in masked.identifiers:
        method.request[f"{masked.changed.name}.{item.name}"] = f"{{self: {item.name}}}"
    for item in entity.message.fields:
        if item not in masked.identifiers:
            name = requests.parameter_name(item, METHOD_PARAMETERS | method.parameters.keys())
            method.parameters[name] = f"{masked.changed.name}.{item.name}"
    taken = {masked.mask.name, masked.changed.name}
    requests.fill(schema, entity, method, taken=taken)


def _identifiers(entity: EntityPlan) -> tuple[Field, ...]:
    """What names the thing for good; its `name` only if there is nothing better, since that may be for people."""
    message: Message = entity.message
    own = snake_case(entity.name)
    good = {"id", "uid", "uuid", "key", f"{own}_id", f"{own}_key", f"{own}_uid"}
    candidates = [item for item in message.fields if shapes.is_identifier(item) and not item.oneof]
    better = tuple(item for item in candidates if item.name in good or item.is_message)
    return better or tuple(item for item in candidates if item.name in ("name", f"{own}_name"))
