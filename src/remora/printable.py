"""Text from elsewhere, made safe for a terminal."""

from __future__ import annotations

import io
import sys


def print_everything() -> None:
    """Let stdout take every character; one that its encoding does not have is written as an escape, as on stderr."""
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors in ("strict", "surrogateescape"):
        sys.stdout.reconfigure(errors="backslashreplace")


def printable(text: str) -> str:
    """A text with control characters, which could change a terminal, as escapes."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char == "\t" else char.encode("unicode_escape").decode() for char in text
    )
