"""Examples in docstrings: the blocking form as people wrote it, the `.aio` form made from it."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

_PROMPTS = (">>>", "...")


def prompted(code: str) -> tuple[str, ...]:
    """Lines of code with doctest prompts; lines that have prompts already are left alone."""
    lines = tuple(code.strip("\n").splitlines())
    if any(line.startswith(_PROMPTS) for line in lines):
        return lines
    return tuple(f"... {line}" if line.startswith((" ", ")", "]", "}")) else f">>> {line}" for line in lines)


def async_example(lines: Sequence[str], methods: Mapping[str, bool]) -> tuple[str, ...]:
    """The same example with `.aio`: `x.get(1)` becomes `await x.get.aio(1)`, a loop becomes `async for`.

    Args:
        lines: the example with prompts; lines without one are output and stay as they are.
        methods: names of methods with both forms, and whether the `.aio` form is awaited; the others are iterated.

    Returns:
        The lines; nothing when the example is not Python, or calls none of the methods.
    """
    code = [_code(line) for line in lines]
    try:
        tree = ast.parse("\n".join(code))
    except SyntaxError:
        return ()
    edits = _edits(tree, methods)
    if not edits:
        return ()
    # Of insertions at one place, the later one belongs to the inner expression, so it is made first.
    for index in sorted(range(len(edits)), key=lambda index: (edits[index][:2], index), reverse=True):
        line, column, text = edits[index]
        raw = code[line - 1].encode()
        code[line - 1] = (raw[:column] + text.encode() + raw[column:]).decode()
    return tuple(
        f"{line[:3]} {new}".rstrip() if line.startswith(_PROMPTS) else line
        for line, new in zip(lines, code, strict=True)
    )


def _code(line: str) -> str:
    """The code of a line; output becomes an empty line."""
    return line[4:] if line.startswith(_PROMPTS) else ""


def _edits(tree: ast.Module, methods: Mapping[str, bool]) -> list[tuple[int, int, str]]:
    """Insertions as (line from 1, column in bytes, text)."""
    found: list[tuple[int, int, str]] = []
    receivers = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, (ast.Attribute, ast.Subscript, ast.Await))
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (name := _method(node, methods)):
            found.append((node.func.end_lineno or 0, node.func.end_col_offset or 0, ".aio"))
            if methods[name]:
                inside = id(node) in receivers
                found.append((node.lineno, node.col_offset, "(await " if inside else "await "))
                if inside:
                    found.append((node.end_lineno or 0, node.end_col_offset or 0, ")"))
        elif isinstance(node, ast.For) and _iterates(node.iter, methods):
            found.append((node.lineno, node.col_offset, "async "))
        elif isinstance(node, ast.With) and any(_iterates(item.context_expr, methods) for item in node.items):
            found.append((node.lineno, node.col_offset, "async "))
            names = {item.optional_vars.id for item in node.items if isinstance(item.optional_vars, ast.Name)}
            found += [
                (inner.lineno, inner.col_offset, "async ")
                for inner in ast.walk(node)
                if isinstance(inner, ast.For) and isinstance(inner.iter, ast.Name) and inner.iter.id in names
            ]
    return found


def _method(node: ast.Call, methods: Mapping[str, bool]) -> str:
    """The name of the method that a call calls, if it is one of ours: on a variable, a class or another call."""
    function = node.func
    if not isinstance(function, ast.Attribute) or function.attr not in methods:
        return ""
    receiver = function.value
    if isinstance(receiver, ast.Call):
        return function.attr if _method(receiver, methods) else ""
    return function.attr if isinstance(receiver, ast.Name) else ""


def _iterates(node: ast.expr, methods: Mapping[str, bool]) -> bool:
    return isinstance(node, ast.Call) and bool(name := _method(node, methods)) and not methods[name]
