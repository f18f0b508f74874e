"""Entities: one module for each, with its properties and both forms of its methods, and the package around them."""

from __future__ import annotations

from collections.abc import Iterator

from remora_codegen import layout
from remora_codegen.entities import logins
from remora_codegen.entities.builder import EntityBuilder
from remora_codegen.entities.failures import MODULE, errors_view
from remora_codegen.manifest import Entity, Manifest
from remora_codegen.manifest.model import Call
from remora_codegen.model import Schema
from remora_codegen.render import Options, Output, Templates


def outputs(schema: Schema, manifest: Manifest, templates: Templates, options: Options) -> Iterator[Output]:
    """The modules of all entities, and the package that offers them.

    Raises:
        GeneratorError: a template is broken.
    """
    root = f"{options.package.replace('.', '/')}/{options.entities}"
    for entity in manifest.entities:
        view = EntityBuilder(schema, manifest, options, entity).build()
        text = templates.render("entities/entity.py.jinja", entity=view)
        yield Output(f"{root}/{entity.module}.py", text, _sources(schema, manifest, entity))
    if manifest.errors:
        text = templates.render("entities/errors.py.jinja", view=errors_view(schema, manifest, options))
        yield Output(f"{root}/{MODULE}.py", text, (manifest.file, *manifest.included))
    if manifest.logins:
        text = templates.render("entities/logins.py.jinja", view=logins.logins_view(schema, manifest, options))
        yield Output(f"{root}/{logins.MODULE}.py", text, (manifest.file, *manifest.included))
    if manifest.entities or manifest.exports or manifest.logins:
        yield Output(f"{root}/__init__.py", _package(manifest, templates), (manifest.file, *manifest.included))


def _sources(schema: Schema, manifest: Manifest, entity: Entity) -> tuple[str, ...]:
    """The manifest, and the .proto files of the entity's message and services."""
    found = {schema.type_file(entity.message).name}
    for method in entity.methods:
        if isinstance(method.binding, Call):
            found.add(method.binding.service.file)
    return (manifest.file, *manifest.included, *sorted(found))


def _package(manifest: Manifest, templates: Templates) -> str:
    modules = {entity.name: entity.module for entity in manifest.entities}
    modules.update({item.name: MODULE for item in manifest.errors})
    modules.update({item.name: logins.MODULE for item in manifest.logins})
    modules.update({name: f"{module}:{attribute}" for name, (module, attribute) in manifest.exports.items()})
    # Unlike names in an import, those of `__all__` are sorted with capital letters before small ones.
    names = sorted(modules, key=lambda name: (layout.import_key(name)[0], layout.natural(name)))
    return templates.render(
        "entities/package.py.jinja",
        imports="\n\n".join(_imports(manifest)),
        all=_exploded("__all__ = [", [f'"{name}"' for name in names], "]"),
        modules=_exploded("_MODULES = {", [f'"{name}": "{modules[name]}"' for name in sorted(modules)], "}"),
    )


def _imports(manifest: Manifest) -> list[str]:
    """Imports for type checkers, in blocks; `name as name` marks what is offered."""
    others = [
        f"    from {module} import {attribute} as {name}"
        for module, attribute, name in sorted((*where, name) for name, where in manifest.exports.items())
    ]
    named = [(entity.module, entity.name) for entity in manifest.entities]
    named += [(MODULE, item.name) for item in manifest.errors]
    named += [(logins.MODULE, item.name) for item in manifest.logins]
    own = [
        f"    from .{module} import {name} as {name}"
        for module, name in sorted(named, key=lambda item: (layout.natural(item[0]), layout.natural(item[1])))
    ]
    return ["\n".join(block) for block in (others, own) if block]


def _exploded(head: str, items: list[str], tail: str) -> str:
    return "\n".join([head, *(f"    {item}," for item in items), tail])
