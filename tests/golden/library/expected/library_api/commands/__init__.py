"""The command line of this package: what there is. What each command takes is loaded when it is named."""

from __future__ import annotations

from remora.contract.v1.commands import Entry, Program, Shown, run

PROGRAM = Program(
    commands="library_api.commands",
    entities="library_api.entities",
    entries=(Entry("book", "A book on a shelf."),),
    shown=(Shown("Book", "key", "title"),),
)


def main() -> int:
    """Run the command line with the arguments of the process.

    Returns:
        The exit code.
    """
    return run(PROGRAM)
