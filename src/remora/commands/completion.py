"""Completion by the shell, as click has it: `PROGRAM completion bash` prints what a shell has to read."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class, shell_complete

from remora.commands.exits import OK
from remora.commands.run import variable

SHELLS = ("bash", "zsh", "fish")
_LINES = {
    "bash": 'eval "$({name} completion bash)"  # in ~/.bashrc',
    "zsh": 'eval "$({name} completion zsh)"  # in ~/.zshrc',
    "fish": "{name} completion fish | source  # in ~/.config/fish/config.fish",
}


def answer(root: click.Command, name: str, instruction: str) -> int:
    """What the shell has asked for; gives the exit code."""
    return shell_complete(root, {}, name, variable(name), instruction)


def command(name: str) -> click.Command:
    """The command `completion`."""

    def run(shell: str) -> int:
        if " " in name:
            hint = "declare it in [project.scripts] of pyproject.toml, with the function `main` of the commands"
            raise click.UsageError(f"shells complete commands, and '{name}' is none by itself; {hint}")
        completer = get_completion_class(shell)
        assert completer is not None
        click.echo(completer(click.Command(name), {}, name, variable(name)).source())
        return OK

    lines = "\n".join(f"  {line.format(name=name)}" for line in _LINES.values())
    return click.Command(
        "completion",
        params=[click.Argument(["shell"], type=click.Choice(SHELLS))],
        callback=run,
        help=f"Print what makes a shell complete commands and options.\n\n\b\n{lines}",
        short_help="Print what makes a shell complete commands and options.",
    )
