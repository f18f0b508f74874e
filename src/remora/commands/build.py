"""Commands of click, made from declarations when they are named."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import click

from remora.commands import connection, kinds
from remora.commands.declarations import Argument, Command, Group, Option, Program

Callback = Callable[[Command, dict[str, Any]], int]
"""Runs a command with the values of all its options."""

SETTINGS: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class LazyGroup(click.Group):
    """A group whose commands are made when they are needed; the list of them needs none."""

    def __init__(
        self,
        name: str,
        about: str,
        summaries: Mapping[str, str],
        make: Callable[[str], click.Command],
        others: Mapping[str, click.Command] | None = None,
    ) -> None:
        super().__init__(name, help=about, context_settings=SETTINGS)
        self._summaries = summaries
        self._make = make
        self._others = others or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names."""
        return sorted({*self._summaries, *self._others})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One command."""
        if cmd_name in self._others:
            return self._others[cmd_name]
        return self._make(cmd_name) if cmd_name in self._summaries else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments name; an unknown name is told with the nearest one."""
        known = self.list_commands(ctx)
        if args and args[0] not in known and not args[0].startswith("-") and not ctx.resilient_parsing:
            close = difflib.get_close_matches(args[0], known, n=1)
            hint = f"; did you mean '{close[0]}'?" if close else ""
            ctx.fail(f"there is no command '{args[0]}'{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands."""
        rows = [(name, self._summary(name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def _summary(self, name: str) -> str:
        return self._others[name].get_short_help_str(200) if name in self._others else self._summaries[name]


class DeclaredCommand(click.Command):
    """A command whose help has its own options and those that every command has in sections of their own."""

    def __init__(self, command: Command, own: Sequence[click.Parameter], common: Sequence[click.Option], run: Callback):
        super().__init__(
            command.name,
            params=[*own, *common],
            help="\n\n".join((command.help, *command.more)),
            short_help=command.help,
            callback=lambda **values: run(command, values),
            context_settings=SETTINGS,
        )
        self._own = own
        self._common = common
        self._meanings = {item.name: item.help for item in command.parameters if not isinstance(item, Option)}

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Arguments and options in three sections."""
        arguments = [
            (item.make_metavar(ctx), self._meanings[item.name or ""])
            for item in self._own
            if isinstance(item, click.Argument)
        ]
        if arguments:
            with formatter.section("Arguments"):
                formatter.write_dl(arguments)
        own = [item for item in self._own if isinstance(item, click.Option)]
        help_option = self.get_help_option(ctx)
        for name, items in (
            ("Options", own),
            ("Common options", [*self._common, *([help_option] if help_option is not None else [])]),
        ):
            rows = [row for item in items if (row := item.get_help_record(ctx)) is not None]
            if rows:
                with formatter.section(name):
                    formatter.write_dl(rows)


def root(program: Program, name: str, run: Callback, others: Mapping[str, click.Command] | None = None) -> LazyGroup:
    """The whole command line.

    Args:
        program: What commands there are.
        name: What the program is called.
        run: Runs a command.
        others: Commands that are made elsewhere.
    """

    def make(entry: str) -> click.Command:
        found = program.load(entry)
        if isinstance(found, Command):
            return declared(program, found, run)
        return group(program, found, run)

    summaries = {entry.name: entry.help for entry in program.entries}
    return LazyGroup(name, "Calls the server from the command line.", summaries, make, others)


def group(program: Program, found: Group, run: Callback) -> LazyGroup:
    """A group of commands."""
    commands = {command.name: command for command in found.commands}
    summaries = {command.name: command.help for command in found.commands}
    return LazyGroup(found.name, found.help, summaries, lambda name: declared(program, commands[name], run))


def declared(program: Program, command: Command, run: Callback) -> click.Command:
    """A command."""
    own = [_option(item) if isinstance(item, Option) else _argument(item) for item in command.parameters]
    taken = {item.switch if isinstance(item, Option) else item.name for item in command.parameters}
    return DeclaredCommand(command, own, list(connection.options(program, taken)), run)


def _argument(item: Argument) -> click.Argument:
    argument = click.Argument(
        [item.name],
        type=kinds.of(item),
        required=item.required,
        nargs=-1 if item.many else 1,
        metavar=_metavar(item, item.name.upper()),
        **_default(item),
    )
    # click would write capital letters small, which names of fields may have.
    argument.name = item.name
    return argument


def _option(item: Option) -> click.Option:
    common = {"help": _help(item), "required": item.required, **_default(item)}
    if item.kind == "flag":
        return click.Option([item.switch, item.name], is_flag=True, **common)
    if item.kind == "switch":
        return click.Option([f"{item.switch}/--no-{item.switch[2:]}", item.name], **common)
    return click.Option(
        [item.switch, item.name], type=kinds.of(item), multiple=item.many, metavar=_metavar(item, ""), **common
    )


def _default(item: Argument) -> dict[str, Any]:
    """What stands in; None lets a switch be neither on nor off. What is required must have no default at all."""
    return {} if item.required else {"default": item.preset or None}


def _help(item: Option) -> str:
    """What an option means, with its words if a line cannot hold them, and what stands in for it."""
    parts = [item.help]
    if _is_long(item):
        parts.append(f"One of {', '.join(item.choices)}.")
    if (shown := item.preset or item.default) and item.kind != "switch":
        parts.append(f" [default: {shown}]")
    return " ".join(parts)


def _is_long(item: Argument) -> bool:
    return sum(len(choice) + 1 for choice in item.choices) > 40


def _metavar(item: Argument, otherwise: str) -> str | None:
    """A short word where there are more choices than a line can hold."""
    if _is_long(item):
        return item.name.rpartition("_")[2].upper()
    return otherwise or None


def given(command: Command, values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The parameters that were given, with what they mean; several pairs are a mapping."""
    for item in command.parameters:
        value = values.get(item.name)
        if value is None or value == () or (item.kind == "flag" and value is False):
            continue
        if item.kind == "pairs":
            yield item.name, dict(value)
        else:
            yield item.name, list(value) if item.many else None if value is kinds.ALL else value
