"""The public methods of hand-written classes."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator
from dataclasses import dataclass

from remora_codegen.annotations import last_name
from remora_codegen.pytypes import Imported
from remora_codegen.reference.callables import method
from remora_codegen.reference.source import Sources, annotated
from remora_codegen.source_modules import FunctionNode, Module

PROPERTIES = ("property", "cached_property")


@dataclass(frozen=True)
class Member:
    """A public method of a class, and where it is written.

    Attributes:
        node: its source; a class for an object with a blocking and an async form.
        text: what is said of it where it is offered.
    """

    name: str
    module: Module
    node: FunctionNode | ast.ClassDef
    text: str = ""


class Members:
    """Finds them."""

    def __init__(self, sources: Sources, public: Container[Imported]) -> None:
        """Find members.

        Args:
            sources: reads classes.
            public: the definitions that programs can import.
        """
        self._sources = sources
        self._public = public

    def of(self, where: Imported) -> list[Member]:
        """The public methods of a class, those of its private bases included, in the order of the source."""
        found: dict[str, Member] = {}
        for module, node in self.line(where):
            for item in node.body:
                if member := self._member(module, item):
                    found.setdefault(member.name, member)
        return list(found.values())

    def line(self, where: Imported) -> Iterator[tuple[Module, ast.ClassDef]]:
        """A class and its private bases."""
        node = self._sources.find(where)
        if not isinstance(node, ast.ClassDef):
            return
        module = self._sources.module(where.module)
        yield module, node
        for base in node.bases:
            if self.is_private(module, base):
                yield from self.line(self._origin(module, base))

    def is_private(self, module: Module, base: ast.expr) -> bool:
        """Whether a base has no place on any page, so that what it has is shown with the class itself."""
        where = self._origin(module, base)
        return isinstance(self._sources.find(where), ast.ClassDef) and where not in self._public

    def _origin(self, module: Module, base: ast.expr) -> Imported:
        name = last_name(base.value if isinstance(base, ast.Subscript) else base)
        return self._sources.defined(module.origins.get(name, Imported("", name)))

    def _member(self, module: Module, item: ast.stmt) -> Member | None:
        if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)):
            decorators = {last_name(part) for part in item.decorator_list}
            public = not item.name.startswith("_") or (item.name == "__call__" and ast.get_docstring(item))
            if not public or decorators & {"overload", "setter"}:
                return None
            if decorators & {*PROPERTIES}:
                return self.dual(module, item)
            return Member(item.name, module, item)
        if isinstance(item, ast.Assign) and isinstance(item.targets[0], ast.Name) and isinstance(item.value, ast.Name):
            # `name = function` binds a function that is written elsewhere.
            where = self._sources.defined(module.origins.get(item.value.id, Imported("", "")))
            node = self._sources.find(where)
            if not item.targets[0].id.startswith("_") and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                return Member(item.targets[0].id, self._sources.module(where.module), node)
        return None

    def dual(self, module: Module, item: FunctionNode) -> Member | None:
        """A property that gives an object with a blocking and an async form; None for any other one."""
        names = annotated(module, item.returns).parts
        if len(names) == 1 and isinstance(names[0], Imported):
            where = self._sources.defined(names[0])
            node = self._sources.find(where)
            if isinstance(node, ast.ClassDef) and method(node, "aio") and method(node, "__call__"):
                return Member(item.name, self._sources.module(where.module), node, ast.get_docstring(item) or "")
        return None
