"""Signatures of hand-written functions, read from their source with `ast`; nothing is ever imported.

The generator copies parameters, annotations and docstrings of such functions into the code that it writes. Names in
annotations are followed to where the function's module has them from, so that the generated module can import the same.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from remora_codegen import reads
from remora_codegen.annotations import SignatureError
from remora_codegen.diagnostics import did_you_mean
from remora_codegen.pytypes import Imported, Type
from remora_codegen.source_modules import Argument, Function, Module

__all__ = ["Argument", "Function", "Functions", "SignatureError", "split_reference"]


class Functions:
    """Finds and reads functions by `module:function`."""

    def __init__(self, roots: Iterable[Path]) -> None:
        """Search `roots` in order, then Python's own path."""
        self._roots = [*roots, *(Path(entry or ".") for entry in sys.path)]
        self._modules: dict[str, Module] = {}

    def defines(self, module: str, name: str) -> bool:
        """Whether a module defines or imports a name.

        Raises:
            SignatureError: the module is not found or is not Python.
        """
        return self.module(module).knows(name)

    def exported(self, module: str) -> Iterable[str]:
        """Every name that a module defines or imports."""
        return self.module(module).origins

    def read(self, module: str, name: str) -> Function:
        """Read one function.

        Raises:
            SignatureError: no such module or function, a missing annotation, or a default that is not a constant.
        """
        found = self.module(module)
        node = found.functions.get(name)
        if node is None:
            raise SignatureError(f"module '{module}' has no function '{name}'", did_you_mean(name, found.functions))
        return found.function(node)

    def alias(self, name: Imported) -> Type | None:
        """The type that a module-level name is an alias of; None for a class, and for what is not found."""
        return (found := self._home(name)) and found[0].alias(found[1])

    def members(self, name: Imported) -> tuple[str, ...]:
        """The values of an enum class whose members are strings; none for anything else."""
        return found[0].members(found[1]) if (found := self._home(name)) else ()

    def _home(self, name: Imported) -> tuple[Module, str] | None:
        """The module that defines a name, however often it is imported on the way, and what it is called there."""
        try:
            module = self.module(name.module)
            origin = module.origins.get(name.name)
            return (module, name.name) if origin in (None, name) else self._home(origin)
        except SignatureError:
            return None

    def module(self, name: str) -> Module:
        """A module as its source says it.

        Raises:
            SignatureError: the module is not found or is not Python.
        """
        if name not in self._modules:
            path, relative = self._find(name)
            try:
                content = path.read_bytes()
                reads.note(path, content)
                tree = ast.parse(content, filename=relative)
            except (SyntaxError, ValueError, UnicodeDecodeError) as error:
                line = f", line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
                raise SignatureError(f"module '{name}' is not valid Python ({relative}{line})") from None
            self._modules[name] = Module(name, relative, tree)
        return self._modules[name]

    def _find(self, name: str) -> tuple[Path, str]:
        parts = name.split(".")
        if all(part.isidentifier() for part in parts):
            stem = "/".join(parts)
            for root in self._roots:
                for relative in (f"{stem}.py", f"{stem}/__init__.py"):
                    if reads.exists(root / relative):
                        return root / relative, relative
        hint = did_you_mean(name, self._siblings(name)) or "is its directory listed under 'sources'?"
        raise SignatureError(f"there is no module '{name}'", hint)

    def _siblings(self, name: str) -> Iterator[str]:
        """Modules beside a module that is not there."""
        package = name.rpartition(".")[0]
        prefix = f"{package}." if package else ""
        for root in self._roots:
            directory = root / package.replace(".", "/")
            if prefix and directory.is_dir():
                yield from (prefix + path.stem for path in directory.glob("*.py"))


def split_reference(reference: str) -> tuple[str, str]:
    """`module:function` as a pair.

    Raises:
        SignatureError: it has another form.
    """
    module, separator, name = reference.partition(":")
    if not separator or not name.isidentifier() or not module:
        raise SignatureError(f"'{reference}' is not of the form module:name")
    return module, name
