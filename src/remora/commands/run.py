"""Starts the command line of a package. Importing this module is cheap."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from remora.commands.declarations import Program
from remora.commands.exits import USAGE
from remora.printable import print_everything

if TYPE_CHECKING:
    import click


def run(
    program: Program,
    arguments: Sequence[str] | None = None,
    *,
    name: str = "",
    others: Callable[[], Mapping[str, click.Command]] | None = None,
) -> int:
    """Run the command line of a package.

    Args:
        program: What commands there are.
        arguments: Arguments without the program's name; those of the process when None.
        name: What the program is called; as the process was started when empty.
        others: Makes commands that come from elsewhere; they are completed.

    Returns:
        The exit code, see `remora.commands.exits`.
    """
    name = name or started_as(program)
    if missing := missing_packages():
        print(f"{name}: these commands need {missing}: pip install 'remora[cli]'", file=sys.stderr)
        return USAGE
    from remora.commands.main import main

    print_everything()
    given = list(sys.argv[1:] if arguments is None else arguments)
    return main(program, given, name, others() if others is not None and is_completing(name) else None)


def variable(name: str) -> str:
    """The environment variable by which a shell that completes the command line of a program says so."""
    return f"_{re.sub(r'[^A-Za-z0-9]', '_', name)}_COMPLETE".upper()


def is_completing(name: str) -> bool:
    """Whether a shell wants to know what could be written."""
    return variable(name) in os.environ


def started_as(program: Program) -> str:
    """How a person has called the program."""
    script = Path(sys.argv[0])
    return f"python -m {program.package}" if script.name in ("__main__.py", "-c", "-m", "") else script.name


def missing_packages() -> str:
    """What is not installed of what running a command needs; the empty string when all is there."""
    try:
        import click  # noqa: F401  # only to know whether it is there
    except ImportError:
        return "the package click"
    return ""
