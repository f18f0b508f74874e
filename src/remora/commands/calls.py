"""What a command does: its calls, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from remora.commands.declarations import Call, Command, Program
from remora.errors import NotFound


def perform(program: Program, command: Command, values: Mapping[str, Any]) -> Any:
    """Make the calls of a command.

    Args:
        program: Where the entities are.
        command: What to do.
        values: Values by the names of the command's parameters; what was not given is missing.

    Returns:
        What the last call gives.

    Raises:
        NotFound: A call gives nothing where there should be something.
    """
    first, *others = command.calls
    result = _called(program, _function(program, first), first, values)
    for call in others:
        if result is None:
            raise _nothing(first)
        if call.what.startswith("."):
            result = _called(program, getattr(result, call.what[1:]), call, values)
        else:
            result = _called(program, _function(program, call), call, values, result)
    if result is None and command.optional:
        raise _nothing(command.calls[-1])
    return result


def _nothing(call: Call) -> NotFound:
    return NotFound(f"{call.what.lstrip('.')} has found nothing")


def _called(program: Program, function: Callable[..., Any], call: Call, values: Mapping[str, Any], *before: Any) -> Any:
    given = {}
    placed = [*before]
    for entry in call.takes:
        parameter, _, name = entry.removeprefix("/").partition("=")
        if (name or parameter) not in values:
            continue
        if entry.startswith("/"):
            placed.append(values[name or parameter])
        else:
            given[parameter] = values[name or parameter]
    for parameter, fill in call.fills.items():
        given[parameter] = _called(program, _function(program, fill), fill, values)
    return function(*placed, **given)


def _function(program: Program, call: Call) -> Callable[..., Any]:
    module, separator, name = call.what.partition(":")
    found: Any
    if separator:
        found = getattr(import_module(module), name)
    else:
        entity, _, method = call.what.partition(".")
        found = getattr(getattr(import_module(program.entities), entity), method)
    return found  # type: ignore[no-any-return]
