"""Hand-written modules: what they offer, and where it is defined, read from their source; nothing is imported."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterable, Mapping
from pathlib import Path

from remora_codegen.annotations import Annotations, SignatureError
from remora_codegen.pytypes import ANY, Imported, SelfName, Type, merged
from remora_codegen.signatures import Functions
from remora_codegen.source_modules import FunctionNode, Module

_SELF = (Imported("typing", "Self"), Imported("typing_extensions", "Self"))

Definition = ast.ClassDef | FunctionNode | ast.Assign | ast.AnnAssign


class Sources:
    """Reads hand-written modules.

    Only modules below the packages that have pages are followed, and never those of the generated package, which may
    be stale on disk.
    """

    def __init__(
        self, modules: Iterable[str], package: str, exports: Mapping[Imported, Imported], roots: Iterable[Path] = ()
    ) -> None:
        """Read modules.

        Args:
            modules: those that may be read are below the same top packages.
            package: the generated package.
            exports: what the generated package offers that others define.
            roots: where modules are looked for first.
        """
        self._exports = exports
        self._functions = Functions(roots)
        self._tops = {name.partition(".")[0] for name in modules}
        self._package = package
        self._definitions: dict[str, dict[str, Definition]] = {}

    def module(self, name: str) -> Module:
        """A module that has a page.

        Raises:
            SignatureError: the module is not found or is not Python.
        """
        return self._functions.module(name)

    def doc(self, name: str) -> str:
        """The docstring of a module."""
        return ast.get_docstring(self.module(name).tree) or ""

    def public(self, name: str) -> dict[str, Imported]:
        """What a module offers, by name, and where it is defined: `__all__`, or what is imported `as` itself."""
        module = self.module(name)
        listed = module.constants.get("__all__")
        if isinstance(listed, (ast.List, ast.Tuple)):
            names = [item.value for item in listed.elts if isinstance(item, ast.Constant)]
        else:
            defined = self.definitions(name).items()
            own = [key for key, node in defined if not isinstance(node, (ast.Assign, ast.AnnAssign))]
            names = [*_exported(module.tree.body), *own]
        found = {str(item): self.defined(Imported(name, str(item))) for item in names if not str(item).startswith("_")}
        return dict(sorted(found.items(), key=lambda item: item[0].lower()))

    def definitions(self, name: str) -> dict[str, Definition]:
        """The classes, functions and constants that a module itself defines."""
        if name not in self._definitions:
            self._definitions[name] = dict(_definitions(self.module(name).tree.body))
        return self._definitions[name]

    def defined(self, name: Imported) -> Imported:
        """Where a name is defined, as far as imports can be followed."""
        seen = set()
        name = self._exports.get(name, name)
        while name not in seen and self._followed(name.module):
            seen.add(name)
            try:
                module = self._functions.module(name.module)
            except SignatureError:
                break
            origin = module.origins.get(name.name)
            if origin is None or origin == name:
                break
            name = self._exports.get(origin, origin)
        return name

    def find(self, name: Imported) -> Definition | None:
        """The source of a definition; None when it is none of a module that is followed."""
        if not self._followed(name.module):
            return None
        try:
            return self.definitions(name.module).get(name.name)
        except SignatureError:
            return None

    def alias(self, name: Imported) -> Type | None:
        """What an alias of a type stands for; None for anything else."""
        node = self.find(self.defined(name))
        if not isinstance(node, ast.AnnAssign) or not ast.unparse(node.annotation).endswith("TypeAlias"):
            return None
        return annotated(self.module(self.defined(name).module), node.value)

    def text_below(self, name: Imported) -> str:
        """The string below a constant, which says what it means."""
        body = self.module(name.module).tree.body
        for node, following in itertools.pairwise(body):
            if node is self.definitions(name.module).get(name.name):
                value = following.value if isinstance(following, ast.Expr) else None
                return str(value.value) if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""
        return ""

    def _followed(self, module: str) -> bool:
        return module.partition(".")[0] in self._tops and not f"{module}.".startswith(f"{self._package}.")


def _exported(body: Iterable[ast.stmt]) -> list[str]:
    found = []
    for node in body:
        if isinstance(node, ast.If):
            found += _exported(node.body)
        elif isinstance(node, ast.ImportFrom):
            found += [alias.name for alias in node.names if alias.asname == alias.name]
    return found


def _definitions(body: Iterable[ast.stmt]) -> Iterable[tuple[str, Definition]]:
    for node in body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, node
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node
        elif isinstance(node, ast.If) and ast.unparse(node.test) != "TYPE_CHECKING":
            yield from _definitions(node.body)


def annotated(module: Module, node: ast.expr | None) -> Type:
    """The type that an annotation says; what cannot be followed stays text."""
    if node is None:
        return ANY
    try:
        read = Annotations(module.origins, module.name, "").type(node, "")
    except (SignatureError, SyntaxError):
        return Type((ast.unparse(node),))
    return merged(*(SelfName() if part in _SELF else part for part in read.parts))
