"""Arguments in, one subcommand out. Only the subcommand that was named is loaded, and only when it runs."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from remora._version import __version__
from remora.cli.commands import COMMANDS
from remora.commands.declarations import Entry, Program
from remora.commands.exits import USAGE
from remora.commands.run import is_completing, run
from remora.printable import print_everything

if TYPE_CHECKING:
    import click

_DESCRIPTION = "Typed Python SDKs from .proto services, and a local Flyte 2 control plane."
_EXAMPLES = """\
examples:
  remora dev --port 8090                           a control plane on this machine
  remora run list --phase running                  which runs go on?
  remora run create stats.count --input text=hi --watch
                                                   start a run and follow it
  remora config show                               which settings a client uses, and why
  remora init --protos protos                      a first manifest for your own services
  remora generate --check                          is the generated code fresh?
  remora diff git:main                             what do my changes break?
  remora vendor --from-wheel flyteidl2==2.0.51     bring .proto files in from a package

`remora COMMAND --help` explains a command.
"""


def _program() -> Program:
    """The calls to a control plane."""
    try:
        from remora_api.commands import PROGRAM
    except Exception:
        # A generated package that is broken, or not there, must not keep anyone from generating it.
        return Program(commands="", entities="", entries=())
    return PROGRAM


PROGRAM = _program()
_COMPLETION = (Entry("completion", "Print what makes a shell complete commands and options."),)
_CALLS = frozenset(entry.name for entry in (*PROGRAM.entries, *_COMPLETION))


def _others() -> Mapping[str, click.Command]:
    """The subcommands of this module as those of click, by which shells complete them."""
    from remora.cli.completion import click_command

    return {command.name: click_command(command) for command in COMMANDS}


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
    width = max(map(len, _CALLS)) + 2
    calls = "\n".join(f"  {entry.name:<{width}}{entry.help}" for entry in [*PROGRAM.entries, *_COMPLETION])
    top.add_argument_group("calls to a control plane, with the extra `cli`", calls)
    subparsers = top.add_subparsers(title="code and settings", dest="command", metavar="COMMAND", required=True)
    for entry in (*PROGRAM.entries, *_COMPLETION):
        # Only so that they count as known; `main` never comes here with one of them.
        subparsers.add_parser(entry.name)
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


def _unknown(name: str) -> str:
    """What is wrong with the name of a command; the empty string if nothing is."""
    known = {*_CALLS, *(command.name for command in COMMANDS)}
    if name.startswith("-") or name in known:
        return ""
    import difflib

    close = difflib.get_close_matches(name, sorted(known), n=1)
    hint = f"did you mean '{close[0]}'?" if close else "`remora --help` lists them"
    return f"there is no command '{name}' ({hint})"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the `remora` command.

    Args:
        argv: arguments without the program's name; those of the process when omitted.

    Returns:
        The exit code: 0 for success, 1 when a check failed, 2 for a mistake of the user; docs/command-line.md has
        those of calls to a control plane.
    """
    arguments = sys.argv[1:] if argv is None else list(argv)
    if is_completing("remora") or (arguments[:1] and arguments[0] in _CALLS):
        return run(PROGRAM, arguments, name="remora", others=_others)
    if not arguments:
        parser(arguments).print_help(sys.stderr)
        return USAGE
    if problem := _unknown(arguments[0]):
        print(f"remora: error: {problem}", file=sys.stderr)
        return USAGE
    print_everything()
    args = parser(arguments).parse_args(arguments)
    try:
        result: int = args.run(args)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of a pipe, such as `head`, has seen enough. What is still buffered must not be tried again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return result
