"""Arguments in, one subcommand out. Only the subcommand that was named is loaded, and only when it runs."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from remora._version import __version__
from remora.cli.commands import COMMANDS

_DESCRIPTION = "Typed Python SDKs from .proto services, and a local Flyte 2 control plane."
_EXAMPLES = """\
examples:
  remora dev --port 8090                           a control plane on this machine
  remora config show                               which settings a client uses, and why
  remora init --protos protos                      a first manifest for your own services
  remora generate --check                          is the generated code fresh?
  remora diff git:main                             what do my changes break?
  remora vendor --from-wheel flyteidl2==2.0.51     bring .proto files in from a package

`remora COMMAND --help` explains a command.
"""


def parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    """The parser for this command line; a subcommand's arguments are declared only if it is the one named."""
    top = argparse.ArgumentParser(
        prog="remora",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"remora {__version__}")
    named = next((item for item in argv if not item.startswith("-")), None)
    subparsers = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        sub = subparsers.add_parser(
            command.name,
            help=command.summary,
            description=command.description,
            epilog=command.examples,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if command.name == named:
            command.declare(sub)
            sub.set_defaults(run=command.run)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run the `remora` command.

    Args:
        argv: arguments without the program's name; those of the process when omitted.

    Returns:
        The exit code: 0 for success, 1 when a check failed, 2 for a mistake of the user.
    """
    arguments = sys.argv[1:] if argv is None else list(argv)
    args = parser(arguments).parse_args(arguments)
    try:
        result: int = args.run(args)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of a pipe, such as `head`, has seen enough. What is still buffered must not be tried again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return result
