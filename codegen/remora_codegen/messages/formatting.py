"""Lists of source lines, laid out as a formatter would leave them.

Everywhere in this package a statement is a list of lines without the indentation of its place; `depth` says how deep
that place is, because it decides what fits on a line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from remora_codegen import layout
from remora_codegen.layout import WIDTH

INDENT = "    "


def indent(lines: Iterable[str], depth: int) -> list[str]:
    """Shift lines to the right by so many levels; empty lines stay empty."""
    return [INDENT * depth + line if line else "" for line in lines]


def bracketed(head: str, items: Sequence[str], tail: str, depth: int) -> list[str]:
    """A call or a signature; `head` ends with the opening bracket, `tail` starts with the closing one."""
    room = len(INDENT) * depth
    return [line[room:] for line in layout.bracketed(head, items, tail, room).split("\n")]


def call_inside(head: str, call: str, arguments: Sequence[str], tail: str, depth: int) -> list[str]:
    """`head` + `call(arguments)` + `tail`.

    `head` is an assignment, or the start of another call of which this is the only argument: `items.append(`.
    """
    if not head.endswith("("):
        if fits(f"{head}{call}(", depth):
            return bracketed(f"{head}{call}(", arguments, f"){tail}", depth)
        return [f"{head}(", *indent(bracketed(f"{call}(", arguments, ")", depth + 1), 1), ")"]
    whole = f"{head}{call}({', '.join(arguments)}){tail}"
    if fits(whole, depth):
        return [whole]
    return [head, *indent(bracketed(f"{call}(", arguments, ")", depth + 1), 1), tail]


def fits(line: str, depth: int) -> bool:
    """Tell whether a line fits at a level."""
    return len(line) + len(INDENT) * depth <= WIDTH


def exploded(head: str, items: Sequence[str], tail: str) -> list[str]:
    """Always one item per line, with the trailing comma that keeps it so."""
    return [head, *(f"{INDENT}{item}," for item in items), tail]


def sequence(head: str, items: Sequence[str], tail: str, depth: int) -> list[str]:
    """A tuple or list literal: on one line, else one item per line."""
    comma = "," if len(items) == 1 and tail.startswith(")") else ""
    line = f"{head}{', '.join(items)}{comma}{tail}"
    return [line] if fits(line, depth) else exploded(head, items, tail)


def quoted(text: str) -> str:
    """A string literal in the quotes that a formatter prefers."""
    if not text.isascii() or not text.isprintable():
        return ascii(text)
    body = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{body}"'


def raw_quoted(text: str) -> str:
    """A string literal for a pattern: raw when that is shorter to read."""
    if "\\" in text and '"' not in text and text.isascii() and text.isprintable() and not text.endswith("\\"):
        return f'r"{text}"'
    return quoted(text)


def byte_string(data: bytes) -> str:
    """A bytes literal in hexadecimal, the way specifications write tags."""
    return 'b"' + "".join(f"\\x{byte:02x}" for byte in data) + '"'
