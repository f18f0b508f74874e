"""One function while its statements are made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from remora_codegen.entities.names import Locals, ModuleNames
from remora_codegen.entities.source import Source, laid_out
from remora_codegen.model import Schema
from remora_codegen.signatures import Function

INDENT = 8


@dataclass
class Body:
    """The surroundings of one function's statements.

    Attributes:
        local: names of its variables.
        imports: statements by which it imports names for itself.
        pending: statements, not indented, that must come before the expression that is being made.
        metadata: the argument with the headers of the call.
        always: paths of request messages that are made although only optional parameters fill them.
    """

    schema: Schema
    names: ModuleNames
    local: Locals
    imports: list[str] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    metadata: list[Source] = field(default_factory=list)
    always: frozenset[str] = frozenset()

    def function(self, function: Function) -> str:
        """The local name of a hand-written function."""
        return self._imported(function.module, function.name, self.local.own)

    def entity(self, name: str) -> str:
        """The local name of another entity's class."""
        return self._imported(self.names.entity_module(name), name, self.local.entity)

    def _imported(self, module: str, name: str, own: Callable[[str], str]) -> str:
        known = f"{module}:{name}"
        if known not in self.local.known:
            self.local.known[known] = own(name)
            self.imports.append(self.names.inner(module, name, self.local.known[known]))
        return self.local.known[known]

    def taken(self) -> list[str]:
        """The pending statements, which are not pending any more."""
        lines, self.pending = self.pending, []
        return lines

    def complete(self, lines: Sequence[str]) -> list[str]:
        """All statements: the function's own imports in blocks, other packages before the own one, then the rest."""
        relative = sorted(item for item in self.imports if item.startswith("from ."))
        others = sorted(item for item in self.imports if not item.startswith("from ."))
        blocks = [line for block in (others, relative) if block for line in (*plain(block), "")]
        return [*blocks, *lines]


def plain(lines: Iterable[str], indent: int = INDENT) -> list[str]:
    """Lines that need no layout, indented."""
    return [f"{' ' * indent}{line}" for line in lines]


def statement(before: str, source: Source, indent: int = INDENT) -> list[str]:
    """One statement, laid out."""
    return laid_out(source, indent, before)
