"""Hand-written classes as a page shows them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from remora_codegen.annotations import last_name
from remora_codegen.names import snake_case
from remora_codegen.pytypes import Imported
from remora_codegen.reference import docstrings
from remora_codegen.reference.callables import (
    Callables,
    Parameter,
    default_text,
    definition,
    error_table,
    method,
    parameter_table,
)
from remora_codegen.reference.docstrings import Docstring
from remora_codegen.reference.markdown import Linker, cell, code, fenced, inline, paragraphs, sample
from remora_codegen.reference.members import PROPERTIES, Member, Members
from remora_codegen.reference.records import attribute_annotations, fields, is_record
from remora_codegen.reference.source import Sources, annotated
from remora_codegen.reference.types import Types, signature
from remora_codegen.reference.views import ClassView, FunctionView, Sample, Table
from remora_codegen.source_modules import Module

_PLAIN_BASES = ("object", "Generic", "Protocol", "NamedTuple", "TypedDict", "Exception")
_METHOD_COLUMNS = ("Method", "Description")


class Classes:
    """Makes the views of the classes of one page."""

    def __init__(self, sources: Sources, types: Types, link: Linker) -> None:
        self._sources = sources
        self._types = types
        self._link = link
        self._callables = Callables(sources, types, link)
        self._members = Members(sources, types.index.public)

    def view(self, where: Imported, title: str, imported: str, headings: dict[str, str]) -> ClassView:
        """A class.

        Args:
            where: its definition.
            title: its heading, or nothing when it has a page of its own.
            imported: the statement that imports it.
            headings: the headings of its methods by name.
        """
        module, node = next(self._members.line(where))
        doc = docstrings.read(ast.get_docstring(node) or "")
        made, parameters = self._constructor(where, module, node, doc)
        members = self._members.of(where)
        directory = Table("Methods", _METHOD_COLUMNS, tuple(self._row(item, where.name) for item in members))
        tables = [
            parameters,
            self._enum_members(node),
            self._properties(where, doc, taken={row[0] for row in parameters.rows}),
            error_table(doc.raises, self._link),
            directory,
        ]
        return ClassView(
            title=title,
            summary=inline(doc.summary, self._link),
            body=paragraphs(doc.body, self._link),
            imported=imported,
            facts=tuple(self._facts(module, node)),
            signature=made,
            tables=tuple(table for table in tables if table.rows),
            methods=tuple(self._method(item, where.name, headings[item.name]) for item in members),
            examples=(sample(doc.example),) if doc.example else (),
        )

    def _row(self, item: Member, owner: str) -> tuple[str, str]:
        text = item.text or self._summary(item)
        shown = f"{owner}.{item.name}()" if item.name != "__call__" else f"{snake_case(owner)}(...)"
        address = self._link(f"{owner}.{item.name}()")
        return code([(shown, address)]), cell(docstrings.read(text).summary, self._link)

    def _summary(self, item: Member) -> str:
        node = method(item.node, "__call__") if isinstance(item.node, ast.ClassDef) else item.node
        return (ast.get_docstring(node) if node else "") or ""

    def _method(self, item: Member, owner: str, title: str) -> FunctionView:
        target = f"{snake_case(owner)}.{item.name}" if item.name != "__call__" else snake_case(owner)
        if isinstance(item.node, ast.ClassDef):
            return self._callables.dual(item.module, item.node, title, item.name, target, item.text)
        decorators = {last_name(part) for part in item.node.decorator_list}
        if decorators & {"classmethod", "staticmethod"}:
            target = f"{owner}.{item.name}"
        return self._callables.view(item.module, item.node, title, item.name, target)

    def _constructor(self, where: Imported, module: Module, node: ast.ClassDef, doc: Docstring) -> tuple[str, Table]:
        """The signature by which programs make an object, and its parameters; nothing for classes they do not make."""
        empty = Table("", (), ())
        written = method(node, "__init__")
        items: list[Parameter] = []
        if written is not None:
            said = doc.arguments or docstrings.read(ast.get_docstring(written) or "").arguments
            items = self._callables.parameters(module, written, said) if said else []
        elif is_record(node):
            items = fields(self._members.line(where), {**doc.attributes, **doc.arguments})
        if not items:
            return "", empty
        table = parameter_table("Parameters", items, self._types, self._link)
        bases = {last_name(base) for base in node.bases}
        if "TypedDict" in bases:
            return "", Table("Keys", ("Key", "Type", "", "Meaning"), table.rows)
        text = signature(f"class {where.name}(", definition(items, self._types), ")")
        return fenced(Sample("python", text)), table

    def _enum_members(self, node: ast.ClassDef) -> Table:
        if not any(last_name(base).endswith("Enum") for base in node.bases):
            return Table("", (), ())
        rows = tuple(
            (code([(item.targets[0].id, "")]), code([(default_text(item.value), "")]))
            for item in node.body
            if isinstance(item, ast.Assign)
            and isinstance(item.targets[0], ast.Name)
            and not item.targets[0].id.startswith("_")
        )
        return Table("Members", ("Member", "Value"), rows)

    def _properties(self, where: Imported, doc: Docstring, taken: set[str]) -> Table:
        rows: dict[str, tuple[str, str, str]] = {}
        for module, node in self._members.line(where):
            annotations = dict(attribute_annotations(node))
            for name, meaning in docstrings.read(ast.get_docstring(node) or "").attributes.items():
                if code([(name, "")]) not in taken:
                    type_ = annotated(module, annotations[name]) if name in annotations else None
                    shown = self._types.linked(type_) if type_ else ""
                    rows.setdefault(name, (code([(name, "")]), shown, cell(meaning, self._link)))
            for item in node.body:
                if isinstance(item, ast.FunctionDef) and _is_property(item) and not self._members.dual(module, item):
                    text = docstrings.read(ast.get_docstring(item) or "")
                    meaning = " ".join((text.summary, *text.body))
                    shown = self._types.linked(annotated(module, item.returns))
                    rows.setdefault(item.name, (code([(item.name, "")]), shown, cell(meaning, self._link)))
        return Table("Properties", ("Property", "Type", "Description"), tuple(rows.values()))

    def _facts(self, module: Module, node: ast.ClassDef) -> Iterator[str]:
        shown = []
        for base in node.bases:
            name = last_name(base.value if isinstance(base, ast.Subscript) else base)
            if name and name not in _PLAIN_BASES and not self._members.is_private(module, base):
                shown.append(self._types.linked(annotated(module, base)))
        if shown:
            yield f"Bases: {', '.join(shown)}."
        methods = {item.name for item in node.body if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef))}
        if "__enter__" in methods and "__aenter__" in methods:
            yield "A context manager, for `with` and for `async with`."
        elif "__enter__" in methods:
            yield "A context manager, for `with`."
        elif "__aenter__" in methods:
            yield "A context manager, for `async with`."
        if "__iter__" in methods:
            yield "Iterable, with `for`."
        if "__aiter__" in methods:
            yield "Iterable, with `async for`."


def _is_property(node: ast.FunctionDef) -> bool:
    return not node.name.startswith("_") and bool({last_name(part) for part in node.decorator_list} & {*PROPERTIES})
