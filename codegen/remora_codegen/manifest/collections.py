"""Checks of collections: children that are reached through their parent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from remora_codegen import pytypes
from remora_codegen.diagnostics import did_you_mean
from remora_codegen.manifest.format import CollectionNode
from remora_codegen.manifest.model import Collection, Delegate, Entity, EntityMethod, FieldPath, Parameter
from remora_codegen.manifest.scope import Scope
from remora_codegen.manifest.shapes import Text
from remora_codegen.manifest.values import read_type
from remora_codegen.pytypes import EntityName, SelfName, Type


def resolve_collection(
    scope: Scope, parent: Entity, name: Text, node: CollectionNode, entities: Mapping[str, Entity]
) -> Collection | None:
    """The checked collection, or None after reporting what is wrong."""
    if scope.entity(node.entity) is None:
        return None
    child = entities.get(node.entity.value)
    if child is None:
        return None  # what is wrong with it has been reported
    filled: dict[str, FieldPath] = {}
    for parameter, text in node.fill:
        path = scope.path(parent.message, text)
        if path is None:
            return None
        filled[parameter.value] = path
    candidates = {method.name: method for method in child.methods if method.level == "class"}
    fitting = {key: method for key, method in candidates.items() if filled.keys() <= _names(method)}
    chosen = _chosen(scope, name, node, child, candidates, fitting)
    for parameter, _ in node.fill:
        if chosen and any(parameter.value not in _names(method) for method in chosen):
            known = {item for method in candidates.values() for item in _names(method)}
            hint = did_you_mean(parameter.value, known)
            scope.report(parameter.at, f"not every method of '{child.name}' here has a parameter '{parameter}'", hint)
            return None
    if not _types_fit(scope, node, chosen, filled):
        return None
    fixed = tuple(filled.items())
    doc = node.doc.value if node.doc else f"The entities `{child.name}` of this `{parent.name}`."
    methods = tuple(_delegate(parent, name.value, child, method, fixed) for method in chosen)
    return Collection(name.value, doc, methods) if methods else None


def _chosen(
    scope: Scope,
    name: Text,
    node: CollectionNode,
    child: Entity,
    candidates: Mapping[str, EntityMethod],
    fitting: Mapping[str, EntityMethod],
) -> list[EntityMethod]:
    if not node.methods:
        found = [method for method in fitting.values() if method.shape != "plain"]
        if not found:
            known = {item for method in candidates.values() for item in _names(method)}
            place = node.fill[0][0] if node.fill else name
            listed = ", ".join(f"'{parameter}'" for parameter, _ in node.fill)
            problem = f"no class-level method of '{child.name}' has the parameters {listed}"
            scope.report(place.at, problem, did_you_mean(place.value, known))
        return found
    found = []
    for item in node.methods:
        method = candidates.get(item.value)
        if method is None or method.shape == "plain":
            hint = did_you_mean(item.value, candidates)
            scope.report(item.at, f"'{child.name}' has no class-level method '{item}' that makes a call", hint)
        else:
            found.append(method)
    return found


def _names(method: EntityMethod) -> set[str]:
    return {item.name for item in method.parameters if not item.kind.startswith("var_")}


def _types_fit(
    scope: Scope, node: CollectionNode, methods: list[EntityMethod], filled: Mapping[str, FieldPath]
) -> bool:
    places = {parameter.value: text.at for parameter, text in node.fill}
    fits = True
    for method in methods:
        for item in method.parameters:
            if item.name not in filled:
                continue
            given = pytypes.required(read_type(filled[item.name].leaf)[0])
            if given != pytypes.required(item.type):
                problem = f"parameter '{item.name}' of '{method.what}' is {item.type}"
                scope.report(places[item.name], f"{problem}, but field '{filled[item.name]}' is {given}")
                fits = False
    return fits


def _delegate(
    parent: Entity, collection: str, child: Entity, method: EntityMethod, filled: tuple[tuple[str, FieldPath], ...]
) -> EntityMethod:
    given = {name for name, _ in filled} | {"client"}
    parameters = tuple(
        Parameter(item.name, _named(item.type, child.name), item.kind, item.default, item.doc, item.change)
        for item in method.parameters
        if item.name not in given
    )
    return replace(
        method,
        entity=parent.name,
        level="instance",
        parameters=parameters,
        returns=_named(method.returns, child.name),
        binding=Delegate(child.name, method, filled),
        example="",
        aliases=(),
        collection=collection,
    )


def _named(type_: Type, entity: str) -> Type:
    """The type with the children's class instead of the class that a method is called on."""
    return Type(tuple(EntityName(entity) if isinstance(part, SelfName) else part for part in type_.parts))
