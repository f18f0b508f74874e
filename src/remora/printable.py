"""Text from elsewhere, made safe for a terminal."""

from __future__ import annotations


def printable(text: str) -> str:
    """A text with control characters, which could change a terminal, as escapes."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char == "\t" else char.encode("unicode_escape").decode() for char in text
    )
