"""Python text of constants, as the house style writes it."""

from __future__ import annotations

import math
from typing import Any


def literal(value: Any) -> str:
    """Source text of a constant made of scalars, tuples, lists, dicts and sets.

    Strings get double quotes unless that would need more escapes than single quotes.
    """
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, bytes):
        return "b" + _quoted(repr(value)[1:], value.decode("latin-1"))
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    if isinstance(value, tuple):
        inner = ", ".join(literal(item) for item in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, list):
        return f"[{', '.join(literal(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{literal(key)}: {literal(item)}' for key, item in value.items())}}}"
    if isinstance(value, set):
        return f"{{{', '.join(sorted(literal(item) for item in value))}}}" if value else "set()"
    return repr(value)


def _string(value: str) -> str:
    return _quoted(repr(value), value)


def _quoted(text: str, value: str) -> str:
    """Python's own representation with double quotes, unless those need more escapes than single ones."""
    if text[0] == '"' or value.count('"') > value.count("'"):
        return text
    body = text[1:-1].replace("\\'", "'").replace('"', '\\"')
    return f'"{body}"'
