"""Patterns of validation rules, which are RE2, as patterns of Python's `re`."""

from __future__ import annotations

import re

# What Python's `re` does not have, or means otherwise: classes such as \p and [[:alpha:]], \C, \Q, and the flag U.
_FOREIGN = re.compile(r"\\[pPCQEzZ]|\[\[:|\(\?[a-zA-Z]*U|\\x\{")
_PIECE = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\$|[^\\[$]+|.", re.DOTALL)


def python_pattern(pattern: str) -> str | None:
    r"""The same pattern for `re.search(..., flags=re.ASCII)`, or None when it has no equal.

    In RE2 `$` is the end of the text; in Python it also stands before a last line break, and `\Z` is the end.
    """
    if _FOREIGN.search(pattern):
        return None
    translated = "".join(r"\Z" if piece == "$" else piece for piece in _PIECE.findall(pattern))
    try:
        re.compile(translated, re.ASCII)
    except (re.error, OverflowError, RecursionError):
        return None
    return translated
