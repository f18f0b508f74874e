"""The declared commands of the control plane fit the methods and functions that they call."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import remora_api.commands
from remora.cli.main import main
from remora.commands.declarations import Argument, Call, Command, Group, Option
from remora.commands.exits import USAGE
from remora_api import entities
from remora_api.commands import PROGRAM


def commands() -> Iterator[tuple[str, Command]]:
    for entry in PROGRAM.entries:
        found = PROGRAM.load(entry.name)
        for command in found.commands if isinstance(found, Group) else (found,):
            yield f"{entry.name} {command.name}" if isinstance(found, Group) else command.name, command


COMMANDS = dict(commands())


def test_there_is_what_people_need() -> None:
    wanted = {f"run {name}" for name in ("list", "get", "watch", "logs", "abort", "create", "wait")}
    wanted |= {"task list", "task run", "project list", "upload", "secret create", "trigger list", "app list"}
    assert wanted <= COMMANDS.keys()


def test_every_module_is_listed() -> None:
    directory = Path(remora_api.commands.__file__).parent
    modules = {path.stem for path in directory.glob("*.py")} - {"__init__"}
    assert modules == {entry.name for entry in PROGRAM.entries}


def signature(call: Call, before: Any) -> inspect.Signature:
    module, separator, name = call.what.partition(":")
    if separator:
        return inspect.signature(getattr(importlib.import_module(module), name))
    owner, _, method = call.what.partition(".")
    cls = getattr(entities, owner) if owner else before
    assert cls is not None, f"{call.what}: nobody knows of what"
    found = inspect.getattr_static(cls, method)
    if isinstance(found, property):
        return inspect.signature(type(found.fget(cls)).__call__)
    # A class-level method binds to its class; a plain function is what it is.
    bound = getattr(cls, method)
    return inspect.signature(bound if owner else getattr(bound, "__wrapped__", bound))


def check(call: Call, names: set[str], before: Any) -> None:
    taken = [entry.removeprefix("/").partition("=") for entry in call.takes]
    parameters = signature(call, before).parameters
    placed = {entry[1:].partition("=")[0] for entry in call.takes if entry.startswith("/")}
    only = {name for name, item in parameters.items() if item.kind is item.POSITIONAL_ONLY and name != "self"}
    assert placed == only & {parameter for parameter, _, _ in taken}
    for parameter, _, given in taken:
        assert parameter in parameters, f"{call.what} takes no {parameter}"
        assert (given or parameter) in names, f"{given or parameter} is no parameter of the command"
    required = {
        name
        for name, item in parameters.items()
        if item.default is item.empty and item.kind not in (item.VAR_POSITIONAL, item.VAR_KEYWORD) and name != "self"
    }
    assert required <= {parameter for parameter, _, _ in taken} | set(call.fills), f"{call.what} needs more"
    for parameter, fill in call.fills.items():
        assert parameter in parameters
        check(fill, names, None)


@pytest.mark.parametrize("name", COMMANDS)
def test_calls_fit(name: str) -> None:
    command = COMMANDS[name]
    names = {item.name for item in command.parameters}
    assert len(names) == len(command.parameters)
    before: Any = None
    for call in command.calls:
        check(call, names, before)
        before = getattr(entities, call.what.partition(".")[0], None) if ":" not in call.what else None


@pytest.mark.parametrize("name", COMMANDS)
def test_everything_is_explained(name: str) -> None:
    command = COMMANDS[name]
    assert command.help.endswith(".")
    for item in command.parameters:
        assert item.help, f"{item.name} is not explained"
        assert "`" not in item.help
        python = [word for word in ("None", "True", "timedelta", "unless sort_by", "in_phase") if word in item.help]
        assert not python, f"{item.name} speaks of Python: {item.help}"


def test_arguments_come_first_and_options_once() -> None:
    for name, command in COMMANDS.items():
        options = [isinstance(item, Option) for item in command.parameters]
        assert options == sorted(options), name
        flags = [item.switch for item in command.parameters if isinstance(item, Option)]
        assert len(flags) == len(set(flags)), name


def test_properties_and_columns_exist() -> None:
    for shown in PROGRAM.shown:
        cls = getattr(entities, shown.entity)
        assert all(isinstance(inspect.getattr_static(cls, item), property) for item in shown.names)
    properties = {item for shown in PROGRAM.shown for item in shown.names}
    for name, command in COMMANDS.items():
        assert set(command.columns) <= properties, name


def test_what_can_be_written() -> None:
    found = {item.name: item for item in COMMANDS["run list"].parameters}
    assert found["phase"].many
    assert "succeeded" in found["phase"].choices
    assert found["created_after"].kind == "time"
    assert found["with_labels"] == Option(
        "with_labels", "Only runs that carry all these labels.", flag="--with-label", kind="pairs", many=True
    )
    created = {item.name: item for item in COMMANDS["run create"].parameters}
    assert created["task"] == Argument("task", "Name of the task, usually <environment>.<function>.")
    assert created["interruptible"].kind == "switch"
    assert created["on_existing"].choices == ("raise", "return")


def test_nothing_at_all_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == USAGE
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "remora run create stats.count" in shown.err


@pytest.mark.parametrize(
    ("name", "hint"),
    [("rn", "did you mean 'run'?"), ("generat", "did you mean 'generate'?"), ("xyz", "`remora --help` lists them")],
)
def test_an_unknown_command_is_told_with_the_nearest_one(
    name: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([name, "--option"]) == USAGE
    assert capsys.readouterr().err == f"remora: error: there is no command '{name}' ({hint})\n"
