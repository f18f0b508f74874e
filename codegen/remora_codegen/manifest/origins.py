"""Checks of the other messages of which an entity can be made."""

from __future__ import annotations

from remora_codegen.manifest.format import EntityNode
from remora_codegen.manifest.model import FieldPath, Origin
from remora_codegen.manifest.scope import Scope
from remora_codegen.manifest.shapes import Text
from remora_codegen.manifest.values import describe
from remora_codegen.model import Message
from remora_codegen.names import snake_case


def adapter_name(scope: Scope, message: str) -> str:
    """The function of an entity that makes its message of another one."""
    return f"_from_{snake_case(scope.schema.python_name(message))}"


def resolve_origins(scope: Scope, message: Message, node: EntityNode) -> tuple[Origin, ...]:
    """The checked messages; what is wrong is reported and left out."""
    found = (_origin(scope, message, name, fields) for name, fields in node.from_)
    return tuple(item for item in found if item is not None)


def _origin(scope: Scope, message: Message, name: Text, fields: tuple[tuple[Text, Text], ...]) -> Origin | None:
    other = scope.message(name)
    if other is None:
        return None
    if other.full_name == message.full_name:
        scope.report(name.at, f"'{name}' is the entity's message itself")
        return None
    pairs = resolve_pairs(scope, message.full_name, other.full_name, fields)
    return Origin(other.full_name, pairs, adapter_name(scope, other.full_name))


def resolve_pairs(
    scope: Scope, message: str, other: str, fields: tuple[tuple[Text, Text], ...]
) -> tuple[tuple[FieldPath, FieldPath], ...]:
    """Fields of one message and the fields of another one that fill them; what does not fit is reported."""
    pairs: list[tuple[FieldPath, FieldPath]] = []
    for target_text, source_text in fields:
        target = scope.path(message, target_text)
        source = scope.path(other, source_text)
        if target is None or source is None:
            continue
        mine, theirs = target.leaf, source.leaf
        if (mine.kind, mine.type_name, mine.label, mine.map_key) != (
            theirs.kind,
            theirs.type_name,
            theirs.label,
            theirs.map_key,
        ):
            problem = f"field '{target}' is {describe(mine)}, but '{source}' is {describe(theirs)}"
            scope.report(source_text.at, problem)
            continue
        pairs.append((target, source))
    return tuple(pairs)
