"""Subcommands of argparse as commands of click, so that one completion knows all of `remora`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

import click

from remora.cli.commands import Command


def click_command(command: Command) -> click.Command:
    """A command with the options of a subcommand, for completion alone; argparse goes on running it."""
    parser = argparse.ArgumentParser(add_help=False)
    command.declare(parser)
    return _converted(command.name, command.summary, parser)


def _converted(name: str, summary: str, parser: argparse.ArgumentParser) -> click.Command:
    # argparse has no public way to ask a parser what it takes; every tool that completes it reads this list.
    actions: Sequence[argparse.Action] = parser._actions
    nested = [item for item in actions if isinstance(item, argparse._SubParsersAction)]
    if nested:
        helps = {item.dest: item.help or "" for item in nested[0]._choices_actions}
        commands = {key: _converted(key, helps.get(key, ""), inner) for key, inner in nested[0].choices.items()}
        return click.Group(name, help=summary, commands=commands)
    return click.Command(name, help=summary, params=list(_parameters(actions)))


def _parameters(actions: Sequence[argparse.Action]) -> Iterator[click.Parameter]:
    for item in actions:
        choices = [str(choice) for choice in item.choices or ()]
        kind: click.Choice[str] | click.Path | None = click.Choice(choices) if choices else None
        if not item.option_strings:
            yield click.Argument([item.dest], type=kind or click.Path(), required=False)
        elif "--help" not in item.option_strings:
            is_flag = item.nargs == 0
            kind = kind or (click.Path() if item.metavar in ("FILE", "DIR", "PATH") else None)
            yield click.Option(
                [*item.option_strings, item.dest], help=item.help, is_flag=is_flag, type=None if is_flag else kind
            )
