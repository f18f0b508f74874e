"""Python source as small trees that are laid out when it is known where they stand."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from remora_codegen.layout import WIDTH
from remora_codegen.literals import literal

INDENT = 4


@dataclass(frozen=True)
class Bracketed:
    """Something with brackets whose items may go on lines of their own: a call, a list."""

    head: str
    items: tuple[Item, ...]
    tail: str = ")"

    @property
    def is_call(self) -> bool:
        """Whether it calls something; the items of a collection never share a line of their own."""
        return self.head.endswith("(") and (self.head[-2:-1].isalnum() or self.head[-2:-1] in ("_", "]", ")"))

    def flat(self) -> str:
        """Everything on one line."""
        return f"{self.head}{', '.join(flat(item) for item in self.items)}{self.tail}"


@dataclass(frozen=True)
class LongText:
    """A string literal that may go on several lines, as an item of a call or a collection."""

    text: str

    def flat(self) -> str:
        """One literal."""
        return literal(self.text)

    def pieces(self, width: int) -> list[str]:
        """Literals, none wider than `width` unless a word is, that are one string together."""
        words = re.findall(r"\S+\s*|\s+", self.text)
        found = [""]
        for word in words:
            if found[-1] and len(literal(found[-1] + word)) > width:
                found.append("")
            found[-1] += word
        return [literal(item) for item in found]


Source = str | Bracketed
Item = Source | LongText


def flat(source: Item) -> str:
    """The source on one line."""
    return source if isinstance(source, str) else source.flat()


def laid_out(source: Item, indent: int, before: str = "", after: str = "") -> list[str]:
    """Lines, indented, with `before` and `after` on the first and last one; as ruff lays them out.

    The items go on one line of their own if they fit there, else each on its own, and so on inside an item.
    """
    space = " " * indent
    line = f"{space}{before}{flat(source)}{after}"
    if len(line) > WIDTH and isinstance(source, str) and after == ",":
        return [f"{space}{part}" for part in _conditional(f"{before}{source}{after}")]
    if isinstance(source, str) or len(line) <= WIDTH:
        return [line]
    if isinstance(source, LongText):
        first, *others = source.pieces(WIDTH - indent - len(before) - len(after))
        return f"{space}{before}{f'{chr(10)}{space}'.join([first, *others])}{after}".splitlines()
    if not source.items:
        return [line]
    inner = f"{space}{' ' * INDENT}{', '.join(flat(item) for item in source.items)}"
    # The items of a collection go on lines of their own at once, and so does the one of a tuple with its comma.
    collection = not source.is_call and (len(source.items) > 1 or source.tail.startswith(","))
    if len(inner) <= WIDTH and not collection:
        return [f"{space}{before}{source.head}", inner, f"{space}{source.tail}{after}"]
    lines = [f"{space}{before}{source.head}"]
    for item in source.items:
        lines += laid_out(item, indent + INDENT, after=",")
    # The comma that makes a tuple of one item is there already.
    return [*lines, f"{space}{source.tail.lstrip(',')}{after}"]


def _conditional(argument: str) -> list[str]:
    """An argument in lines: a conditional expression in three, anything else in one."""
    try:
        made = ast.parse(f"f({argument})", mode="eval").body
    except SyntaxError:  # an entry of a dict
        return [argument]
    assert isinstance(made, ast.Call)
    value = (*made.args, *(item.value for item in made.keywords))[0]
    if not isinstance(value, ast.IfExp):
        return [argument]
    # Places are counted in bytes, and "f(" is not part of the argument.
    text = f"f({argument}".encode()
    test, other = value.test.col_offset, value.orelse.col_offset
    first, middle, last = text[2 : value.body.end_col_offset], text[test : value.test.end_col_offset], text[other:]
    return [first.decode(), f"if {middle.decode()}", f"else {last.decode()}"]


def call(function: str, items: Sequence[Item]) -> Bracketed:
    """A call."""
    return Bracketed(f"{function}(", tuple(items))


def keyword(name: str, value: Source) -> Source:
    """A keyword argument."""
    if isinstance(value, Bracketed):
        return Bracketed(f"{name}={value.head}", value.items, value.tail)
    return f"{name}={value}"
