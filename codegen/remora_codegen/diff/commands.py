"""Two command lines compared: the commands, options and arguments that people write in their scripts."""

from __future__ import annotations

from collections.abc import Iterator

from remora_codegen.diff.changes import Change, Level
from remora_codegen.manifest.command_model import Command, CommandGroup, CommandParameter
from remora_codegen.manifest.model import Manifest


def compare(old: Manifest | None, new: Manifest | None) -> Iterator[Change]:
    """Every change of the commands, without places."""
    before, after = _commands(old), _commands(new)
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            yield Change(Level.PYTHON, "command-removed", f"command {name}", "removed")
        elif name not in before:
            yield Change(Level.ADDS, "command-added", f"command {name}", "added")
        else:
            yield from _command(name, before[name], after[name])


def _commands(manifest: Manifest | None) -> dict[str, Command]:
    """Commands as people write them, such as `run list`."""
    found: dict[str, Command] = {}
    for entry in manifest.commands if manifest is not None else ():
        if isinstance(entry, CommandGroup):
            found.update({f"{entry.name} {item.name}": item for item in entry.commands})
        else:
            found[entry.name] = entry
    return found


def _command(name: str, old: Command, new: Command) -> Iterator[Change]:
    subject = f"command {name}"
    before, after = _arguments(old), _arguments(new)
    if before != after[: len(before)]:
        message = f"its arguments were {' '.join(before) or 'none'} and are {' '.join(after) or 'none'}"
        yield Change(Level.PYTHON, "command-arguments", subject, message)
    required = {item.name.upper() for item in new.parameters if not item.flag and item.default is None}
    for argument in after[len(before) :]:
        level = Level.PYTHON if argument in required else Level.ADDS
        yield Change(level, "command-arguments", subject, f"argument {argument} added")
    yield from _options(subject, _by_flag(old), _by_flag(new))


def _arguments(command: Command) -> list[str]:
    return [item.name.upper() for item in command.parameters if not item.flag]


def _by_flag(command: Command) -> dict[str, CommandParameter]:
    return {item.flag: item for item in command.parameters if item.flag}


def _options(subject: str, old: dict[str, CommandParameter], new: dict[str, CommandParameter]) -> Iterator[Change]:
    for flag in sorted(old.keys() | new.keys()):
        option = f"option {subject.removeprefix('command ')} {flag}"
        before, after = old.get(flag), new.get(flag)
        if after is None:
            yield Change(Level.PYTHON, "option-removed", option, "removed")
        elif before is None:
            required = after.default is None
            message = "added, and required" if required else "added"
            yield Change(Level.PYTHON if required else Level.ADDS, "option-added", option, message)
        else:
            yield from _option(option, before, after)


def _option(subject: str, old: CommandParameter, new: CommandParameter) -> Iterator[Change]:
    if old.default is not None and new.default is None:
        yield Change(Level.PYTHON, "option-required", subject, "required now")
    if (old.kind.name, old.kind.many) != (new.kind.name, new.kind.many):
        message = f"it took {_written(old)} and takes {_written(new)}"
        yield Change(Level.PYTHON, "option-kind", subject, message)
    elif gone := [word for word in old.kind.choices if word not in new.kind.choices]:
        yield Change(Level.PYTHON, "option-words", subject, f"no longer one of its words: {', '.join(gone)}")
    if old.preset != new.preset:
        message = f"without it was {old.preset or 'nothing'} and is {new.preset or 'nothing'}"
        yield Change(Level.BEHAVES, "option-default", subject, message)


def _written(item: CommandParameter) -> str:
    return f"{item.kind.name}{', several times' if item.kind.many else ''}"
