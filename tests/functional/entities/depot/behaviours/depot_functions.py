"""Hand-written functions of the depot."""

from __future__ import annotations


def upper(text: str) -> str:
    """In capital letters."""
    return text.upper()
