"""Pages of hand-written modules."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from remora_codegen.pytypes import Imported
from remora_codegen.reference import docstrings
from remora_codegen.reference.callables import Callables, default_text, method
from remora_codegen.reference.classes import Classes
from remora_codegen.reference.index import Index, Place
from remora_codegen.reference.markdown import Linker, cell, code, fenced, inline, paragraphs
from remora_codegen.reference.members import Members
from remora_codegen.reference.source import Sources
from remora_codegen.reference.types import Types
from remora_codegen.reference.views import ClassView, FunctionView, PageView, Sample, Table, ValueView

DIRECTORY_COLUMNS = ("Name", "Description")


@dataclass
class ModulePage:
    """What one page has a place for.

    Attributes:
        names: the public names of the module, and where each is defined.
        own: those of them that are described on this page.
        headings: of classes, their methods, functions and values, by `Name` or `Name.method`.
        errors: those of the names that are generated errors.
    """

    name: str
    place: Place
    names: dict[str, Imported]
    own: list[str] = field(default_factory=list)
    headings: dict[str, str] = field(default_factory=dict)
    errors: frozenset[str] = frozenset()


def homes(names: dict[str, dict[str, Imported]]) -> dict[Imported, str]:
    """On the page of which module each definition is described: that of the nearest one around it, else the first.

    Args:
        names: for every module with a page, in order, its public names and their definitions.
    """
    found: dict[Imported, str] = {}
    for module, offered in names.items():
        for where in offered.values():
            around = f"{where.module}.".startswith(f"{module}.")
            best = found.get(where)
            nearer = best is not None and not f"{where.module}.".startswith(f"{best}.")
            if best is None or (around and (nearer or len(module) > len(best))):
                found[where] = module
    return found


class ModuleWriter:
    """Plans and makes the pages of hand-written modules."""

    def __init__(self, sources: Sources, index: Index) -> None:
        self._sources = sources
        self._index = index

    def plan(self, page: ModulePage, own: Sequence[str]) -> None:
        """Give everything that a page describes its place.

        Args:
            page: the page.
            own: the names that it describes.
        """
        for name in own:
            where = page.names[name]
            node = self._sources.find(where)
            if node is None:
                continue
            page.own.append(name)
            is_function = self._is_function(where)
            title = f"{name}()" if is_function else name
            place = self._index.heading(page.place.page, title, "value")
            modules = (page.name, self._index.public.get(where, where).module)
            self._index.add(place, where, name=name, modules=modules)
            page.headings[name] = place.title
            if isinstance(node, ast.ClassDef):
                for member in Members(self._sources, self._index.public).of(where):
                    dotted = f"{name}.{member.name}"
                    title = f"{dotted}()" if member.name != "__call__" else f"Calling {name}"
                    place = self._index.heading(page.place.page, title, "method")
                    key = Imported(f"{where.module}.{where.name}", member.name)
                    self._index.add(place, key, name=dotted, modules=modules)
                    page.headings[dotted] = place.title

    def view(self, page: ModulePage, types: Types, intro: Sequence[str], scope: str = "") -> PageView:
        """A page.

        Args:
            page: its plan.
            types: how it shows types.
            intro: what stands at its top.
            scope: whose names come first.
        """
        link = self._index.linker(page.place.page, scope)
        classes, functions, values = self._sections(page, types, link)
        tables = [
            Table(heading, DIRECTORY_COLUMNS, tuple(self._row(page, name, link) for name in names))
            for heading, names in self._directory(page)
        ]
        return PageView(
            title=page.place.title,
            intro=tuple(intro),
            tables=tuple(table for table in tables if table.rows),
            classes=tuple(classes),
            functions=tuple(functions),
            values=tuple(values),
        )

    def summary(self, name: str) -> str:
        """The first sentence of a module's docstring."""
        return docstrings.read(self._sources.doc(name)).summary

    def intro(self, name: str, page: str) -> tuple[str, ...]:
        """What the docstring of a module says, for its page."""
        link = self._index.linker(page)
        doc = docstrings.read(self._sources.doc(name))
        example = [fenced(Sample("python", "\n".join(doc.example)))] if doc.example else []
        return (inline(doc.summary, link), *paragraphs(doc.body, link), *example)

    def _sections(
        self, page: ModulePage, types: Types, link: Linker
    ) -> tuple[list[ClassView], list[FunctionView], list[ValueView]]:
        classes: list[ClassView] = []
        functions: list[FunctionView] = []
        values: list[ValueView] = []
        for name in page.own:
            where = page.names[name]
            node = self._sources.find(where)
            title = page.headings[name]
            if isinstance(node, ast.ClassDef):
                own = replace(types, owner=name)
                scoped = self._index.linker(page.place.page, owner=name)
                prefix = f"{name}."
                headings = {
                    key.removeprefix(prefix): text for key, text in page.headings.items() if key.startswith(prefix)
                }
                classes.append(
                    Classes(self._sources, own, scoped).view(where, title, self._import(where, name), headings)
                )
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                target = self._called(where, name)
                module = self._sources.module(where.module)
                functions.append(Callables(self._sources, types, link).view(module, node, title, name, target))
            elif node is not None and (owner := self._dual(where)) is not None:
                module = self._sources.module(owner.module)
                text = self._sources.text_below(where)
                shown = self._sources.find(owner)
                assert isinstance(shown, ast.ClassDef)
                target = self._called(where, name)
                functions.append(Callables(self._sources, types, link).dual(module, shown, title, name, target, text))
            elif node is not None:
                values.append(self._value(where, node, title, name, types, link))
        return classes, functions, values

    def _value(self, where: Imported, node: ast.stmt, title: str, name: str, types: Types, link: Linker) -> ValueView:
        assert isinstance(node, (ast.Assign, ast.AnnAssign))
        doc = docstrings.read(self._sources.text_below(where))
        value = node.value
        alias = self._sources.alias(where)
        shown = default_text(value) if alias is None else types.text(alias)
        return ValueView(
            title=title,
            summary=inline(doc.summary, link),
            body=paragraphs(doc.body, link),
            imported=self._import(where, name),
            # What a call makes says nothing to a reader.
            text="" if isinstance(value, ast.Call) else fenced(Sample("python", f"{name} = {shown}")),
        )

    def _directory(self, page: ModulePage) -> Iterator[tuple[str, list[str]]]:
        groups: dict[str, list[str]] = {"Classes": [], "Functions": [], "Errors and warnings": [], "Values": []}
        for name, where in page.names.items():
            place = self._index.place(where)
            node = self._sources.find(where)
            if place is None:
                continue
            if node is None or isinstance(node, ast.ClassDef):
                is_error = name in page.errors or self._is_error(where)
                groups["Errors and warnings" if is_error else "Classes"].append(name)
            else:
                groups["Functions" if self._is_function(where) else "Values"].append(name)
        yield from groups.items()

    def _row(self, page: ModulePage, name: str, link: Linker) -> tuple[str, str]:
        where = page.names[name]
        shown = f"{name}()" if self._is_function(where) else name
        return code([(shown, self._index.address(page.place.page, where))]), cell(self._summary(where), link)

    def _summary(self, where: Imported) -> str:
        node = self._sources.find(where)
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            return docstrings.read(ast.get_docstring(node) or "").summary
        if node is None:
            return self._index.summaries.get(where, "")
        text = self._sources.text_below(where)
        if (owner := self._dual(where)) is not None:
            shown = self._sources.find(owner)
            assert isinstance(shown, ast.ClassDef)
            call = method(shown, "__call__")
            text = (ast.get_docstring(call) if call else "") or text
        return docstrings.read(text).summary

    def _is_function(self, where: Imported) -> bool:
        node = self._sources.find(where)
        return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) or self._dual(where) is not None

    def _dual(self, where: Imported) -> Imported | None:
        """The class of an object that is called to block and whose `aio` is the async form."""
        node = self._sources.find(where)
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
            return None
        if not isinstance(node.value.func, ast.Name):
            return None
        module = self._sources.module(where.module)
        owner = self._sources.defined(module.origins.get(node.value.func.id, where))
        shown = self._sources.find(owner)
        found = isinstance(shown, ast.ClassDef) and method(shown, "aio") and method(shown, "__call__")
        return owner if found else None

    def _is_error(self, where: Imported, depth: int = 8) -> bool:
        """Whether a class is an error or a warning, as far as its bases can be followed."""
        node = self._sources.find(where)
        if not isinstance(node, ast.ClassDef) or not depth:
            return False
        origins = self._sources.module(where.module).origins
        for base in node.bases:
            if isinstance(base, ast.Name):
                if base.id.endswith(("Error", "Exception", "Warning")) and base.id not in origins:
                    return True
                if base.id in origins and self._is_error(self._sources.defined(origins[base.id]), depth - 1):
                    return True
        return False

    def _import(self, where: Imported, name: str) -> str:
        public = self._index.public.get(where, where)
        return f"from {public.module} import {name}"

    def _called(self, where: Imported, name: str) -> str:
        """How programs call a function: those of a top package by its name."""
        public = self._index.public.get(where, where)
        return f"{public.module}.{name}" if "." not in public.module else name
