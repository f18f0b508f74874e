"""Runs one command: options in, calls made, the result shown, an exit code out."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import click

from remora.commands import build, completion, connection
from remora.commands.calls import perform
from remora.commands.declarations import Command, Program
from remora.commands.exits import INTERRUPTED, NO_READER, OK, USAGE
from remora.commands.hints import for_shell
from remora.commands.report import report, warn
from remora.commands.run import variable
from remora.commands.show import Show
from remora.errors import RemoraError


def main(
    program: Program, arguments: Sequence[str], name: str, others: Mapping[str, click.Command] | None = None
) -> int:
    """Run a command line.

    Args:
        program: What commands there are.
        arguments: Arguments without the program's name.
        name: What the program is called.
        others: Commands that are made elsewhere; they are listed and completed.

    Returns:
        The exit code, see `remora.commands.exits`.
    """
    commands = {**(others or {}), "completion": completion.command(name)}
    root = build.root(program, name, lambda command, values: _run(program, name, command, values), commands)
    if instruction := os.environ.get(variable(name)):
        return completion.answer(root, name, instruction)
    try:
        with root.make_context(name, list(arguments)) as context:
            code = root.invoke(context)
            sys.stdout.flush()
            return int(code or OK)
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.ClickException as error:
        error.show()
        return USAGE
    except (KeyboardInterrupt, click.Abort):
        # What a command has started on the server goes on there.
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe, such as `head`, has seen enough. What is still buffered must not be tried again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NO_READER


def _run(program: Program, name: str, command: Command, values: dict[str, Any]) -> int:
    common, own = connection.split(values)
    form = common["output"]
    with warnings.catch_warnings():
        warnings.showwarning = warn
        try:
            with connection.client(program, common, own):
                result = perform(program, command, dict(build.given(command, own)))
                return Show(form, command.columns, program.properties).result(result)
        except RemoraError as error:
            sys.stdout.flush()
            return report(error, form, lambda hint: for_shell(hint, command, program, name))
