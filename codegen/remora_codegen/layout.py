"""Python source laid out as ruff lays it out, so that generated files need no formatter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

WIDTH = 120

_DIGITS = re.compile(r"(\d+)")


def bracketed(head: str, items: Sequence[str], tail: str, indent: int = 0, width: int = WIDTH) -> str:
    """`head` + items + `tail` on one line if it fits, else items on a line of their own, else one item per line.

    Args:
        head: ends with the opening bracket.
        items: what stands between the brackets, without commas.
        tail: begins with the closing bracket.
        indent: number of spaces before `head`; later lines get it too.
        width: the longest line.
    """
    space = " " * indent
    one_line = f"{space}{head}{', '.join(items)}{tail}"
    if len(one_line) <= width:
        return one_line
    inner = f"{space}    {', '.join(items)}"
    if len(inner) <= width:
        return f"{space}{head}\n{inner}\n{space}{tail}"
    return f"{space}{head}\n" + "".join(f"{space}    {item},\n" for item in items) + space + tail


def from_import(module: str, names: Iterable[str], indent: int = 0) -> list[str]:
    """`from module import names` as ruff's isort rules want it; `name as other` stands in a statement of its own."""
    space = " " * indent
    plain = sorted({name for name in names if " as " not in name}, key=import_key)
    aliased = sorted({name for name in names if " as " in name}, key=import_key)
    statements = [(import_key(name), f"{space}from {module} import {name}") for name in aliased]
    if plain:
        line = f"{space}from {module} import {', '.join(plain)}"
        if len(line) > WIDTH:
            line = f"{space}from {module} import (\n" + "".join(f"{space}    {name},\n" for name in plain) + f"{space})"
        statements.append((import_key(plain[0]), line))
    return [line for _, line in sorted(statements)]


def import_key(name: str) -> tuple[int, list[tuple[int, str]], str]:
    """The order of names in an import: constants, classes, others; numbers by value."""
    plain = name.split(" as ")[0]
    rank = 0 if len(plain) > 1 and plain.isupper() else 1 if plain[:1].isupper() else 2
    return rank, natural(plain.lower()), plain


def natural(text: str) -> list[tuple[int, str]]:
    """A sort key by which `v2` comes before `v10`."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in _DIGITS.split(text) if part]


def relative_module(package: Sequence[str], module: Sequence[str]) -> str:
    """How a module is imported from inside a package, both as paths below the same root: `..common.list_pb`."""
    shared = 0
    while shared < min(len(package), len(module) - 1) and package[shared] == module[shared]:
        shared += 1
    return "." * (len(package) - shared + 1) + ".".join(module[shared:])


def module_order(module: str) -> tuple[int, list[tuple[int, str]]]:
    """The order of relative imports: the furthest first."""
    dots = len(module) - len(module.lstrip("."))
    return -dots, natural(module.lstrip(".").lower())
