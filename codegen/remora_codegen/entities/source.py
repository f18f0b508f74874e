"""Python source as small trees that are laid out when it is known where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from remora_codegen.layout import WIDTH

INDENT = 4


@dataclass(frozen=True)
class Bracketed:
    """Something with brackets whose items may go on lines of their own: a call, a list."""

    head: str
    items: tuple[Source, ...]
    tail: str = ")"

    def flat(self) -> str:
        """Everything on one line."""
        return f"{self.head}{', '.join(flat(item) for item in self.items)}{self.tail}"


Source = str | Bracketed


def flat(source: Source) -> str:
    """The source on one line."""
    return source if isinstance(source, str) else source.flat()


def laid_out(source: Source, indent: int, before: str = "", after: str = "") -> list[str]:
    """Lines, indented, with `before` and `after` on the first and last one; as ruff lays them out.

    The items go on one line of their own if they fit there, else each on its own, and so on inside an item.
    """
    space = " " * indent
    line = f"{space}{before}{flat(source)}{after}"
    if isinstance(source, str) or len(line) <= WIDTH or not source.items:
        return [line]
    inner = f"{space}{' ' * INDENT}{', '.join(flat(item) for item in source.items)}"
    collection = source.head.endswith(("[", "{")) and len(source.items) > 1  # these go on lines of their own at once
    if len(inner) <= WIDTH and not collection:
        return [f"{space}{before}{source.head}", inner, f"{space}{source.tail}{after}"]
    lines = [f"{space}{before}{source.head}"]
    for item in source.items:
        lines += laid_out(item, indent + INDENT, after=",")
    return [*lines, f"{space}{source.tail}{after}"]


def call(function: str, items: Sequence[Source]) -> Bracketed:
    """A call."""
    return Bracketed(f"{function}(", tuple(items))


def keyword(name: str, value: Source) -> Source:
    """A keyword argument."""
    if isinstance(value, Bracketed):
        return Bracketed(f"{name}={value.head}", value.items, value.tail)
    return f"{name}={value}"
