"""Tables: with rich on a terminal, as plain aligned columns elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

# Words that states of all kinds of things have in common.
_STYLES = {
    **dict.fromkeys(("succeeded", "recovered", "active", "healthy", "ready"), "green"),
    **dict.fromkeys(("failed", "aborted", "timed_out", "error", "unhealthy"), "red"),
    **dict.fromkeys(("running", "queued", "initializing", "pending"), "cyan"),
}
_LEAST = 10


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table with its header."""
    if is_terminal():
        try:
            _with_rich(header, rows)
            return
        except ImportError:
            pass
    widths = _widths([header, *rows])
    for row in (header, *rows):
        print(aligned(row, widths))


def print_pairs(pairs: Iterable[tuple[str, Sequence[str]]]) -> None:
    """Print names and values, one below the other; further lines of a value are set in."""
    found = list(pairs)
    width = max((len(name) for name, _ in found), default=0) + 2
    for name, lines in found:
        for index, line in enumerate(lines or ("-",)):
            print(f"{name if not index else '':<{width}}{line}".rstrip())


class Rows:
    """A table whose rows come one after the other; a column gets wider when it must."""

    def __init__(self, header: Sequence[str]) -> None:
        self._header = header
        self._widths: list[int] = []

    def add(self, row: Sequence[str]) -> None:
        """Print one more row."""
        begins = not self._widths
        wanted = _widths([self._header, row])
        self._widths = [max(pair) for pair in zip(wanted, self._widths or [_LEAST] * len(wanted), strict=True)]
        if begins:
            print(aligned(self._header, self._widths))
        print(aligned(row, self._widths), flush=True)


def title(name: str) -> str:
    """The header of a property's column."""
    return name.replace("_", " ").upper()


def is_terminal() -> bool:
    """Whether a person reads stdout."""
    return sys.stdout is not None and sys.stdout.isatty()


def aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    """One row, without blanks at its end."""
    return "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]


def _with_rich(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    table = Table(box=None, pad_edge=False, header_style="bold")
    # The first column names the thing, and is copied from here into other commands: others give way to it. Its width
    # is fixed; one with a least width is made narrow with the others, then wide again, and pushes the last one out.
    whole = min(max(len(row[0]) for row in (header, *rows)), console.width // 2)
    for index, name in enumerate(header):
        table.add_column(Text(name), overflow="fold", width=None if index else whole)
    for row in rows:
        table.add_row(*(Text(cell, style=_STYLES.get(cell.lower(), "")) for cell in row))
    console.print(table)
