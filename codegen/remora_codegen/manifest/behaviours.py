"""Checks of methods that are hand-written functions."""

from __future__ import annotations

from remora_codegen.manifest.format import MethodNode
from remora_codegen.manifest.model import EntityMethod, Parameter
from remora_codegen.manifest.scope import Scope
from remora_codegen.manifest.shapes import Text
from remora_codegen.pytypes import Imported, Type
from remora_codegen.signatures import Function

_PAGE_SOURCE = "PageSource"
_RPC_ONLY = (
    "parameters",
    "request",
    "metadata",
    "mask",
    "requests",
    "resume",
    "wait",
    "status",
    "builder",
    "returns",
    "pages",
    "retry_safe",
    "signature_test",
)


def resolve_behaviour(scope: Scope, entity: str, name: Text, node: MethodNode) -> EntityMethod | None:
    """The checked method, or None after reporting what is wrong."""
    assert node.behaviour is not None
    useless = [key for key in _RPC_ONLY if getattr(node, key)]
    if useless:
        listed = ", ".join(f"'{key}'" for key in useless)
        scope.report(node.at, f"a method with 'behaviour' takes no {listed}; its function decides")
    function = scope.function(node.behaviour, "'behaviour'")
    if function is None:
        return None
    if function.first not in ("self", "cls"):
        scope.report(
            node.behaviour.at,
            f"function '{function.name}' cannot be a method",
            "its first parameter must be `self`, the entity, or `cls`, its class",
        )
        return None
    scope.owned(entity, node.behaviour, function)
    shape, returns = _shape(function)
    return EntityMethod(
        entity=entity,
        name=name.value,
        level="class" if function.first == "cls" else "instance",
        shape=shape,
        parameters=tuple(Parameter(item.name, item.type, item.kind, item.default) for item in function.arguments),
        returns=returns,
        binding=function,
        doc=node.doc.value if node.doc else function.doc,
        example=node.example.value if node.example else "",
        aliases=tuple(alias.value for alias in node.aliases),
    )


def _shape(function: Function) -> tuple[str, Type]:
    """The shape of the method, and the type of its result or of one item."""
    parts = function.returns.parts
    paged = isinstance(parts[0], Imported) and parts[0].name == _PAGE_SOURCE and parts[1:2] != ()
    if function.shape == "plain" and paged and isinstance(parts[1], str) and parts[1].startswith("["):
        inner = list(parts[1:])
        inner[0] = str(inner[0])[1:]
        inner[-1] = str(inner[-1])[:-1]
        return "pages", Type(tuple(part for part in inner if part != ""))
    return {"async": "unary", "stream": "stream", "plain": "plain"}[function.shape], function.returns
