"""A manifest file in, a checked `Manifest` out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from remora_codegen.diagnostics import GeneratorError, did_you_mean
from remora_codegen.manifest.behaviours import resolve_behaviour
from remora_codegen.manifest.collections import resolve_collection
from remora_codegen.manifest.commands import resolve_commands
from remora_codegen.manifest.failures import resolve_errors
from remora_codegen.manifest.format import EntityNode, ManifestNode, MethodNode, PropertyNode
from remora_codegen.manifest.headers import common_headers
from remora_codegen.manifest.including import Documents
from remora_codegen.manifest.logins import resolve_logins
from remora_codegen.manifest.methods import resolve_rpc_method
from remora_codegen.manifest.model import Entity, EntityMethod, Manifest, Property
from remora_codegen.manifest.origins import resolve_origins
from remora_codegen.manifest.properties import resolve_property
from remora_codegen.manifest.scope import ENTITY_MEMBERS, Scope
from remora_codegen.manifest.shapes import Text
from remora_codegen.model import Location, Schema
from remora_codegen.names import snake_case
from remora_codegen.signatures import Functions, SignatureError, split_reference


def load(path: Path, schema: Schema, *, roots: Iterable[Path] = (), name: str | None = None) -> Manifest:
    """Read a manifest and check everything in it against the schema.

    Args:
        path: the YAML file.
        schema: the services and messages that it speaks of.
        roots: directories where modules of hand-written functions are looked for, before Python's own path.
        name: how banners call the file; its name without directories when omitted.

    Raises:
        GeneratorError: the manifest is wrong; it carries every mistake, each with its place.
    """
    documents = Documents()
    read = documents.read(path)
    if read is None:
        raise GeneratorError(documents.problems)
    functions = Functions([*documents.sources, *roots])
    scope = Scope(schema, functions, {key.value: value for key, value in read.entities}, documents.problems)
    _surroundings(scope, read)
    manifest = replace(
        _manifest(scope, name or path.name, read),
        included=tuple(documents.included),
        sources=tuple(documents.sources),
    )
    if scope.problems:
        raise GeneratorError(scope.problems)
    return manifest


def _surroundings(scope: Scope, read: ManifestNode) -> None:
    """What the manifest says of all its methods: further settings of the client, and headers."""
    for name, _ in read.context:
        if scope.name(name, "setting", scope.settings):
            scope.settings = (*scope.settings, name.value)
    scope.headers = common_headers(scope, read.metadata)
    scope.status = read.status
    scope.errors = tuple(name.value for name, _ in read.errors)


def _manifest(scope: Scope, file: str, read: ManifestNode) -> Manifest:
    modules: dict[str, str] = {}
    entities = []
    for name, node in read.entities:
        if scope.name(name, "entity") and not name.value[:1].isupper():
            scope.report(name.at, f"entity '{name}' must begin with a capital letter, as classes do")
        other = modules.setdefault(snake_case(name.value), name.value)
        if other != name.value:
            scope.report(name.at, f"entities '{other}' and '{name}' both become module '{snake_case(name.value)}'")
        entity = _entity(scope, name, node)
        if entity is not None:
            entities.append(entity)
    known = {entity.name: entity for entity in entities}
    nodes = {name.value: node for name, node in read.entities}
    entities = [_with_collections(scope, entity, nodes[entity.name], known) for entity in entities]
    errors = resolve_errors(scope, read)
    if errors and "errors" in modules:
        scope.report(read.errors[0][0].at, f"module 'errors' is taken by entity '{modules['errors']}'")
    logins = resolve_logins(scope, read)
    if logins and "logins" in modules:
        scope.report(read.logins[0][0].at, f"module 'logins' is taken by entity '{modules['logins']}'")
    exports = {}
    for name, reference in read.exports:
        if name.value in scope.errors:
            scope.report(name.at, f"'{name}' is an error already")
        scope.name(name, "export")
        if name.value in scope.entities:
            scope.report(name.at, f"'{name}' is an entity already")
        if (found := _export(scope, reference)) is not None:
            exports[name.value] = found
    ordered = tuple(sorted(entities, key=lambda item: item.name))
    commands = resolve_commands(scope, read.commands, {item.name: item for item in ordered})
    context = {name.value: doc.value for name, doc in read.context}
    return Manifest(file, ordered, dict(sorted(exports.items())), errors, logins, commands=commands, context=context)


def _with_collections(scope: Scope, entity: Entity, node: EntityNode, known: Mapping[str, Entity]) -> Entity:
    found = (resolve_collection(scope, entity, name, item, known) for name, item in node.collections)
    return replace(entity, collections=tuple(item for item in found if item is not None))


def _export(scope: Scope, reference: Text) -> tuple[str, str] | None:
    try:
        module, attribute = split_reference(reference.value)
        if scope.functions.defines(module, attribute):
            return module, attribute
    except SignatureError as error:
        scope.report(reference.at, str(error), error.hint)
        return None
    hint = did_you_mean(attribute, scope.functions.exported(module))
    scope.report(reference.at, f"module '{module}' has no '{attribute}'", hint)
    return None


def _entity(scope: Scope, name: Text, node: EntityNode) -> Entity | None:
    message = scope.message(node.message)
    members: dict[str, Location] = {}
    properties: list[Property] = []
    methods: list[EntityMethod] = []
    for key, item in node.properties:
        _member(scope, members, key, "property", (*item.aliases, *item.old_names))
        if (
            message is not None
            and (found := resolve_property(scope, name.value, message.full_name, key, item)) is not None
        ):
            old = _old_names(key, item)
            properties.append(replace(found, deprecated=item.deprecated.value if item.deprecated else ""))
            properties += [replace(found, name=name, aliases=(), deprecated=instead) for name, instead in old]
    for key, method in node.methods:
        _member(scope, members, key, "method", (*method.aliases, *method.old_names))
        if message is not None and (resolved := _method(scope, name.value, message.full_name, key, method)):
            methods.append(replace(resolved, deprecated=method.deprecated.value if method.deprecated else ""))
            methods += [
                replace(resolved, name=name, aliases=(), deprecated=instead)
                for name, instead in _old_names(key, method)
            ]
    for key, _ in node.collections:
        _member(scope, members, key, "collection", ())
    if message is None:
        return None
    doc = node.doc.value if node.doc else message.doc
    origins = resolve_origins(scope, message, node)
    return Entity(name.value, message.full_name, doc, tuple(properties), tuple(methods), origins=origins)


def _old_names(key: Text, node: MethodNode | PropertyNode) -> list[tuple[str, str]]:
    """Old names of a member, and what each of them tells to use."""
    return [(name.value, f"use `{key}`") for name in node.old_names]


def _member(scope: Scope, members: dict[str, Location], name: Text, what: str, aliases: Iterable[Text]) -> None:
    for item in (name, *aliases):
        scope.name(item, what, ENTITY_MEMBERS)
        first = members.setdefault(item.value, item.at)
        if first != item.at:
            scope.report(item.at, f"the entity has two members '{item}'; the other is at line {first.line}")


def _method(scope: Scope, entity: str, message: str, name: Text, node: MethodNode) -> EntityMethod | None:
    if (node.rpc is None) == (node.behaviour is None):
        scope.report(node.at, f"method '{name}' needs either 'rpc' or 'behaviour'")
        return None
    if node.behaviour is not None:
        return resolve_behaviour(scope, entity, name, node)
    return resolve_rpc_method(scope, entity, message, name, node)
