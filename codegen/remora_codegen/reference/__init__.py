"""The API reference: a page for every entity, for every proto package, and for hand-written modules that are named.

The pages are made of the models that the code is made of, and of docstrings of hand-written modules, which are read
and never imported. They are Markdown that a repository viewer shows as it is; sites can be built of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from remora_codegen.annotations import SignatureError
from remora_codegen.diagnostics import Diagnostic, GeneratorError
from remora_codegen.manifest import Manifest
from remora_codegen.messages import home
from remora_codegen.model import Location, Schema
from remora_codegen.pytypes import Imported
from remora_codegen.reference import entities, messages, modules, overview
from remora_codegen.reference.index import Index
from remora_codegen.reference.modules import ModulePage, ModuleWriter
from remora_codegen.reference.rpcs import Rpcs
from remora_codegen.reference.source import Sources
from remora_codegen.reference.surfaces import Surface, SurfaceWriter
from remora_codegen.reference.types import Types
from remora_codegen.reference.views import PageView
from remora_codegen.render import Options, Output, Templates
from remora_codegen.signatures import Function


def outputs(
    schema: Schema,
    surfaces: Sequence[tuple[str, Manifest]],
    templates: Templates,
    options: Options,
    named: Sequence[str] = (),
) -> Iterator[Output]:
    """All pages, by paths below the directory of the reference.

    Args:
        schema: the messages and services.
        surfaces: manifests by the subpackage that each becomes.
        templates: turn views into text.
        options: what is generated.
        named: hand-written modules that get a page.

    Raises:
        GeneratorError: a module that is named is not found or is not Python, or a template is broken.
    """
    reference = Reference(schema, surfaces, options, named)
    for path, view in reference.pages():
        yield Output(path, templates.render("reference/page.md.jinja", page=view), ())


class Reference:
    """Plans where everything is described, then makes the pages."""

    def __init__(
        self, schema: Schema, surfaces: Sequence[tuple[str, Manifest]], options: Options, named: Sequence[str]
    ) -> None:
        self._schema = schema
        self._package = options.package
        self._index = Index()
        self._surfaces = [
            Surface(name, f"{options.package}.{name}", manifest, self._index) for name, manifest in surfaces
        ]
        self._sources = self._read_sources(named)
        self._rpcs = Rpcs(self._sources, schema)
        self._modules = ModuleWriter(self._sources, self._index)
        self._start = self._index.page(overview.PATH, overview.TITLE)
        names = self._public_names(named)
        # An entity's name leads to the entity, not to a class of the same name elsewhere, so entities come first.
        for surface in self._surfaces:
            surface.plan_entities()
        self._module_pages = self._plan_modules(names)
        self._surface_writers = [SurfaceWriter(surface, self._sources, self._modules) for surface in self._surfaces]
        self._packages = [
            (messages.plan(options.package, name, own, self._index), name, own)
            for name, files in schema.packages()
            if (own := tuple(file for file in files if home(file, options) == options.package))
        ]

    def pages(self) -> Iterator[tuple[str, PageView]]:
        """Every page with its path."""
        places = [page.place for page in self._module_pages]
        summaries = [self._modules.summary(page.name) for page in self._module_pages]
        packages = [(place, files) for place, _, files in self._packages]
        yield (
            overview.PATH,
            overview.view(self._index, list(zip(places, summaries, strict=True)), self._surfaces, packages),
        )
        for page in self._module_pages:
            types = self._types(page.place.page)
            yield page.place.page, self._modules.view(page, types, self._modules.intro(page.name, page.place.page))
        for writer in self._surface_writers:
            surface = writer.surface
            yield writer.page.place.page, writer.view(self._types(writer.page.place.page, surface.module))
            for entity in surface.manifest.entities:
                place = surface.pages[entity.name]
                types = self._types(place.page, surface.module, entity.name)
                link = self._index.linker(place.page, surface.name, entity.name)
                yield place.page, entities.EntityWriter(surface, entity, types, self._index, link, self._rpcs).view()
        for place, name, files in self._packages:
            types = self._types(place.page, module=messages.module_name(self._package, name))
            package = messages.PackageWriter(files, types, self._index, self._index.linker(place.page))
            yield place.page, package.view(place.title)

    def _read_sources(self, named: Sequence[str]) -> Sources:
        exports = {
            Imported(surface.module, name): Imported(module, attribute)
            for surface in self._surfaces
            for name, (module, attribute) in surface.manifest.exports.items()
        }
        written = [
            method.binding.module
            for surface in self._surfaces
            for entity in surface.manifest.entities
            for method in entity.methods
            if isinstance(method.binding, Function)
        ]
        tops = [*named, *written, *(target.module for target in exports.values())]
        roots = [root for surface in self._surfaces for root in surface.manifest.sources]
        return Sources(tops, self._package, exports, roots)

    def _public_names(self, named: Sequence[str]) -> dict[str, dict[str, Imported]]:
        """The public names of modules, and for each definition the module that programs import it from."""
        found: dict[str, dict[str, Imported]] = {}
        problems = []
        for module in named:
            try:
                found[module] = self._sources.public(module)
            except SignatureError as error:  # noqa: PERF203
                problems.append(Diagnostic(Location("reference-modules"), str(error), error.hint))
        if problems:
            raise GeneratorError(problems)
        for module, offered in found.items():
            for name, where in offered.items():
                self._index.public.setdefault(where, Imported(module, name))
        return found

    def _plan_modules(self, names: dict[str, dict[str, Imported]]) -> list[ModulePage]:
        homes = modules.homes(names)
        pages = []
        for module, offered in names.items():
            page = ModulePage(module, self._index.page(f"{module}.md", module), offered)
            self._index.add(page.place, name=module)
            pages.append(page)
        for page in pages:
            own = [name for name, where in page.names.items() if homes[where] == page.name]
            self._modules.plan(page, [name for name in own if self._index.place(page.names[name]) is None])
        return pages

    def _types(self, page: str, surface: str = "", owner: str = "", module: str = "") -> Types:
        return Types(
            schema=self._schema,
            index=self._index,
            page=page,
            package=self._package,
            entities=surface,
            owner=owner,
            module=module,
            defined=self._sources.defined,
            aliases=self._sources.alias,
        )
