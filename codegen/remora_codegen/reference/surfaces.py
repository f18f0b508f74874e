"""The entities of one manifest, and the page of the subpackage that they become."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from remora_codegen.entities import meanings
from remora_codegen.entities.failures import MODULE
from remora_codegen.manifest import Entity, Manifest
from remora_codegen.manifest.model import ErrorClass
from remora_codegen.pytypes import Imported, MessageName, named, optional
from remora_codegen.reference import docstrings
from remora_codegen.reference.index import Index, Place
from remora_codegen.reference.markdown import inline, paragraphs
from remora_codegen.reference.modules import ModulePage, ModuleWriter
from remora_codegen.reference.source import Sources
from remora_codegen.reference.types import Types
from remora_codegen.reference.views import ClassView, PageView, Table


@dataclass
class Surface:
    """The entities of one manifest.

    Attributes:
        name: the subpackage that they become, which is also the folder of their pages.
        module: its full name.
        pages: the pages of entities by name.
    """

    name: str
    module: str
    manifest: Manifest
    index: Index
    pages: dict[str, Place] = field(default_factory=dict)

    def plan_entities(self) -> None:
        """Give every entity and every method its place."""
        for entity in self.manifest.entities:
            self.pages[entity.name] = self._plan(entity)

    def _plan(self, entity: Entity) -> Place:
        page = self.index.page(f"{self.name}/{entity.module}.md", entity.name)
        keys = self.keys(entity.name, entity.module)
        modules = (self.module, self.index.public.get(keys[0], keys[0]).module)
        self.index.add(page, *keys, name=entity.name, modules=modules, scope=self.name)
        self.index.summaries[keys[0]] = meanings.entity_doc(entity).summary
        grouped = [method for item in entity.collections for method in item.methods]
        for method in (*entity.methods, *grouped):
            place = self.index.heading(page.page, f"{method.what}()", "method")
            self.index.add(place, name=method.what, modules=modules, scope=self.name)
            for alias in method.aliases:
                self.index.add(place, name=f"{entity.name}.{alias}", modules=modules, scope=self.name)
        for item in entity.properties:
            for name in (item.name, *item.aliases):
                self.index.add(page, name=f"{entity.name}.{name}", modules=modules, scope=self.name)
        return page

    def keys(self, name: str, module: str) -> tuple[Imported, Imported]:
        """How one of its classes is imported: from the subpackage, and from its own module."""
        return Imported(self.module, name), Imported(f"{self.module}.{module}", name)


class SurfaceWriter:
    """Plans and makes the page of a surface, which describes what the manifest exports and no other page has."""

    def __init__(self, surface: Surface, sources: Sources, modules: ModuleWriter) -> None:
        self.surface = surface
        self._modules = modules
        index, manifest = surface.index, surface.manifest
        exported = {
            name: sources.defined(Imported(module, attribute)) for name, (module, attribute) in manifest.exports.items()
        }
        generated = [*manifest.by_name, *(item.name for item in manifest.errors)]
        names = {**exported, **{name: Imported(surface.module, name) for name in generated}}
        place = index.page(f"{surface.name}/index.md", surface.module)
        index.add(place, name=surface.module)
        errors = frozenset(item.name for item in manifest.errors)
        self.page = ModulePage(surface.module, place, dict(sorted(names.items())), errors=errors)
        for item in manifest.errors:
            heading = index.heading(place.page, item.name, "error")
            keys = surface.keys(item.name, MODULE)
            index.add(heading, *keys, name=item.name, scope=surface.name)
            index.summaries[keys[0]] = _error_doc(item).summary
        for name, where in exported.items():
            index.public.setdefault(where, Imported(surface.module, name))
        modules.plan(self.page, [name for name, where in exported.items() if index.place(where) is None])

    def view(self, types: Types) -> PageView:
        """The page."""
        intro = (f"The entities of the manifest `{self.surface.manifest.file}`.",)
        view = self._modules.view(self.page, types, intro, self.surface.name)
        described = sorted(self.surface.manifest.errors, key=lambda item: item.name)
        errors = tuple(self._error(item, types) for item in described)
        return replace(view, classes=(*view.classes, *errors))

    def _error(self, item: ErrorClass, types: Types) -> ClassView:
        surface = self.surface
        link = surface.index.linker(types.page, surface.name, item.name)
        doc = _error_doc(item)
        base = Imported(surface.module if item.own else "remora.errors", item.base)
        tables: tuple[Table, ...] = ()
        if item.detail:
            shown = types.linked(optional(named(MessageName(item.detail))))
            meaning = f"What the server says of it: the detail `{item.detail}`, if it sent one."
            tables = (Table("Properties", ("Property", "Type", "Description"), (("`detail`", shown, meaning),)),)
        place = surface.index.place(Imported(surface.module, item.name))
        assert place is not None
        return ClassView(
            title=place.title,
            summary=inline(doc.summary, link),
            body=paragraphs(doc.body, link),
            imported=f"from {surface.module} import {item.name}",
            facts=(f"Bases: {types.linked(named(types.defined(base)))}.",),
            signature="",
            tables=tables,
            methods=(),
            examples=(),
        )


def _error_doc(item: ErrorClass) -> docstrings.Docstring:
    return docstrings.read(item.doc or "An error of the service.")
