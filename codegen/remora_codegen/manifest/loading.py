"""A manifest file in, a checked `Manifest` out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import yaml

from remora_codegen.diagnostics import Diagnostic, GeneratorError, did_you_mean
from remora_codegen.manifest.behaviours import resolve_behaviour
from remora_codegen.manifest.format import MANIFEST, EntityNode, ManifestNode, MethodNode
from remora_codegen.manifest.methods import resolve_rpc_method
from remora_codegen.manifest.model import Entity, EntityMethod, Manifest, Property
from remora_codegen.manifest.properties import resolve_property
from remora_codegen.manifest.scope import ENTITY_MEMBERS, Scope
from remora_codegen.manifest.shapes import Reader, Text
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
    reader = Reader(str(path))
    node = _parse(path, reader)
    read: ManifestNode | None = MANIFEST.read(node, reader) if node is not None else None
    if read is None:
        raise GeneratorError(reader.problems)
    sources = [path.parent / item.value for item in read.sources]
    for item, directory in zip(read.sources, sources, strict=True):
        if not directory.is_dir():
            reader.problems.append(Diagnostic(item.at, f"there is no directory '{item}' beside the manifest"))
    functions = Functions([*sources, *roots])
    scope = Scope(schema, functions, {key.value: value for key, value in read.entities}, reader.problems)
    manifest = _manifest(scope, name or path.name, read)
    if scope.problems:
        raise GeneratorError(scope.problems)
    return manifest


def _parse(path: Path, reader: Reader) -> yaml.Node | None:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise GeneratorError([Diagnostic(Location(reader.file), "the manifest does not exist")]) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise GeneratorError([Diagnostic(Location(reader.file), f"the manifest cannot be read: {reason}")]) from None
    loaders: list[type] = [getattr(yaml, "CSafeLoader", yaml.SafeLoader), yaml.SafeLoader]
    try:
        node = yaml.compose(text, Loader=loaders[0])
    except yaml.YAMLError:
        # The pure Python parser says the same about a broken file on every machine.
        try:
            node = yaml.compose(text, Loader=loaders[1])
        except yaml.YAMLError as error:
            raise GeneratorError([_syntax_error(error, reader.file)]) from None
    if node is None:
        reader.problems.append(Diagnostic(Location(reader.file, 1, 1), "the manifest is empty"))
    return node


def _syntax_error(error: yaml.YAMLError, file: str) -> Diagnostic:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error).splitlines()[0]
    place = Location(file, mark.line + 1, mark.column + 1) if mark else Location(file)
    return Diagnostic(place, f"not valid YAML: {problem}")


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
    exports = {}
    for name, reference in read.exports:
        scope.name(name, "export")
        if name.value in scope.entities:
            scope.report(name.at, f"'{name}' is an entity already")
        if (found := _export(scope, reference)) is not None:
            exports[name.value] = found
    return Manifest(file, tuple(sorted(entities, key=lambda item: item.name)), dict(sorted(exports.items())))


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
        _member(scope, members, key, "property", item.aliases)
        if (
            message is not None
            and (found := resolve_property(scope, name.value, message.full_name, key, item)) is not None
        ):
            properties.append(found)
    for key, method in node.methods:
        _member(scope, members, key, "method", method.aliases)
        if message is not None and (resolved := _method(scope, name.value, message.full_name, key, method)):
            methods.append(resolved)
    if message is None:
        return None
    doc = node.doc.value if node.doc else message.doc
    return Entity(name.value, message.full_name, doc, tuple(properties), tuple(methods))


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
