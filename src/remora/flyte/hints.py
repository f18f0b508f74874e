"""Wording of hints that error messages share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """A hint for a misspelt name: the nearest known one, or all of them when none is near."""
    import difflib

    names = list(known)
    near = difflib.get_close_matches(wrong, names, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known: {', '.join(names)}" if names else ""
