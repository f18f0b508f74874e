"""Which RPCs a hand-written function may call, as far as its source and that of what it uses can be followed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from remora_codegen.annotations import last_name
from remora_codegen.model import Method, Schema, Service
from remora_codegen.pytypes import Imported
from remora_codegen.reference.callables import method
from remora_codegen.reference.source import Sources
from remora_codegen.source_modules import FunctionNode, Module

Rpc = tuple[Service, Method]

# Methods that are called without being named.
_IMPLIED = ("__init__", "__enter__", "__exit__", "__aenter__", "__aexit__", "__iter__", "__aiter__", "__anext__")


@dataclass(frozen=True)
class _Facts:
    """What counts in one function: what it imports, attributes, variables that hold stubs, and its nodes in order."""

    imports: dict[str, Imported]
    names: set[str]
    stubs: dict[str, Service]
    nodes: tuple[ast.Attribute | ast.Name, ...]


class Rpcs:
    """Finds calls of the form `SomethingStub(...).method(...)` in functions and in what these use.

    Of a class that a function uses, only the methods whose names occur in the function are followed.
    """

    def __init__(self, sources: Sources, schema: Schema) -> None:
        self._sources = sources
        self._stubs = {service.stub_name: service for service in schema.services.values()}
        self._known: dict[FunctionNode, _Facts] = {}

    def of(self, where: Imported) -> list[Rpc]:
        """The RPCs of a function, in the order of its source."""
        found: dict[str, Rpc] = {}
        for service, rpc in self._used(where, set(), set()):
            found.setdefault(f"{service.full_name}/{rpc.name}", (service, rpc))
        return list(found.values())

    def _used(self, where: Imported, names: set[str], seen: set[object]) -> Iterator[Rpc]:
        """What the use of a function or class may call; `names` are the attributes that stand beside it."""
        node = self._sources.find(where)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if where not in seen:
                seen.add(where)
                yield from self._body(self._sources.module(where.module), node, None, seen)
        elif isinstance(node, ast.ClassDef):
            for item in node.body:
                name = item.name if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)) else ""
                if name in names or name in _IMPLIED:
                    yield from self._method(where, node, name, seen)

    def _method(self, where: Imported, owner: ast.ClassDef, name: str, seen: set[object]) -> Iterator[Rpc]:
        node = method(owner, name)
        if node is not None and (where, name) not in seen:
            seen.add((where, name))
            yield from self._body(self._sources.module(where.module), node, (where, owner), seen)

    def _body(
        self, module: Module, node: FunctionNode, owner: tuple[Imported, ast.ClassDef] | None, seen: set[object]
    ) -> Iterator[Rpc]:
        facts = self._facts(module, node)
        for item in facts.nodes:
            if isinstance(item, ast.Attribute):
                variable = item.value.id if isinstance(item.value, ast.Name) else ""
                service = facts.stubs.get(variable) or self._service(module, item.value)
                for rpc in service.methods if service else ():
                    if service and rpc.python_name == item.attr:
                        yield service, rpc
                if owner is not None and variable in ("self", "cls"):
                    yield from self._method(*owner, item.attr, seen)
            elif origin := facts.imports.get(item.id) or module.origins.get(item.id):
                yield from self._used(self._sources.defined(origin), facts.names, seen)

    def _facts(self, module: Module, node: FunctionNode) -> _Facts:
        if node not in self._known:
            nodes = tuple(item for item in _ordered(node) if isinstance(item, (ast.Attribute, ast.Name)))
            self._known[node] = _Facts(
                dict(_imports(node)),
                {item.attr for item in nodes if isinstance(item, ast.Attribute)},
                {name: service for name, value in _assigned(node) if (service := self._service(module, value))},
                nodes,
            )
        return self._known[node]

    def _service(self, module: Module, node: ast.expr) -> Service | None:
        """The service of an expression that makes a stub, or calls a function that gives one."""
        if not isinstance(node, ast.Call):
            return None
        name = last_name(node.func)
        helper = module.functions.get(name)
        return self._stubs.get(last_name(helper.returns) if helper and helper.returns else name)


def _assigned(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Variables and what they hold."""
    for item in ast.walk(node):
        if isinstance(item, ast.Assign) and isinstance(item.targets[0], ast.Name):
            yield item.targets[0].id, item.value


def _ordered(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function in the order of the source; annotations call nothing."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.arguments) and child is not getattr(node, "returns", None):
            yield child
            yield from _ordered(child)


def _imports(node: ast.AST) -> Iterator[tuple[str, Imported]]:
    """What a function imports for itself."""
    for item in ast.walk(node):
        if isinstance(item, ast.ImportFrom) and not item.level and item.module:
            for alias in item.names:
                yield alias.asname or alias.name, Imported(item.module, alias.name)
