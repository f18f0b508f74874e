"""Checks of updates by field mask."""

from __future__ import annotations

from remora_codegen.manifest.call_format import MaskNode
from remora_codegen.manifest.format import MethodNode
from remora_codegen.manifest.model import FieldPath, Fill, FromMask, FromParameter, Mask, Parameter
from remora_codegen.manifest.parameters import MaskTarget
from remora_codegen.manifest.scope import Scope
from remora_codegen.manifest.values import describe
from remora_codegen.model import Method

_FIELD_MASK = "google.protobuf.FieldMask"


def mask_target(scope: Scope, rpc: Method, node: MethodNode, mask: MaskNode) -> tuple[MaskTarget, Fill] | None:
    """The message that is changed, and what fills the mask's field; None after reporting what is wrong."""
    field = scope.path(rpc.request, mask.field)
    of = _changed_message(scope, rpc, node, mask)
    if field is not None and (field.leaf.type_name != _FIELD_MASK or field.leaf.is_repeated or field.leaf.is_map):
        scope.report(mask.field.at, f"field '{field}' must be a {_FIELD_MASK}, but it is {describe(field.leaf)}")
        return None
    if field is None or of is None:
        return None
    return MaskTarget(of), Fill(field, FromMask())


def _changed_message(scope: Scope, rpc: Method, node: MethodNode, mask: MaskNode) -> FieldPath | None:
    if mask.of is not None:
        if mask.of.value == ".":
            return FieldPath(rpc.request, ())
        path = scope.path(rpc.request, mask.of)
        if path is not None and (not path.leaf.is_message or path.leaf.is_repeated or path.leaf.is_map):
            scope.report(mask.of.at, f"field '{path}' must be a message, but it is {describe(path.leaf)}")
            return None
        return path
    fields = scope.schema.messages[rpc.request].by_name
    heads = {
        item.field.value.partition(".")[0] for _, item in node.parameters if item.field and "." in item.field.value
    }
    known = sorted(head for head in heads if head in fields)
    if len(known) != 1:
        found = f"parameters reach into {' and '.join(repr(head) for head in known)}" if known else ""
        scope.report(mask.at, "'mask' needs 'of', the request field of the message that is changed", found)
        return None
    return FieldPath(rpc.request, (fields[known[0]],))


def resolve_mask(
    scope: Scope, mask: MaskNode, target: MaskTarget, parameters: list[Parameter], fills: list[Fill]
) -> Mask | None:
    """The checked mask with the parameters that are changes; None after reporting that there are none."""
    changes = {item.name for item in parameters if item.change}
    depth = len(target.of.steps)
    found = tuple(
        (fill.source.name, ".".join(step.name for step in fill.path.steps[depth:]))
        for fill in fills
        if isinstance(fill.source, FromParameter) and fill.source.name in changes
    )
    if not found:
        scope.report(mask.at, f"no parameter changes '{target.of}', so the mask would always be empty")
        return None
    return Mask(target.of, found)
