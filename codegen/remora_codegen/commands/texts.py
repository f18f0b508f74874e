"""What commands and their options mean, as their help shows it: from the same docstrings as the methods have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from remora_codegen.entities import docs
from remora_codegen.entities.docs import Doc
from remora_codegen.entities.meanings import meanings, method_doc
from remora_codegen.manifest.command_model import Command, CommandGroup, CommandParameter, Step
from remora_codegen.signatures import Function

# A clause about what None means; on a command line that is to leave the option out.
_NONE = re.compile(r"[;,] [^;.]*\bNone\b[^;.]*(?=[.;]|$)|(?<=[.]) None [^.]*[.]")
_PLAIN = {"the client's": "that of the settings", ", in seconds or as a `timedelta`": ""}
_QUOTED = re.compile(r"`([^`]+)`")


def summary(entry: Command | CommandGroup) -> str:
    """The first sentence about a command or group."""
    if isinstance(entry, CommandGroup):
        return docs.parse(entry.doc, f"Commands about `{entry.name}`").summary
    return command_doc(entry).summary


def command_doc(command: Command) -> Doc:
    """What a command does: what the manifest says, or what the last of its calls says."""
    if command.doc.strip():
        return docs.parse(command.doc, "")
    return _step_doc(command.steps[-1])


def parameter_doc(command: Command, parameter: CommandParameter) -> str:
    """What a parameter means; the last call that takes it knows best."""
    return for_people(parameter.help or _documented(command, parameter), command)


def for_people(text: str, command: Command) -> str:
    """A docstring as people on a command line read it: with options in place of parameters, and without `None`."""
    written = {item.parameter: item.flag or item.name.upper() for item in command.parameters}
    text = _NONE.sub("", " ".join(text.split()))
    for python, plain in _PLAIN.items():
        text = text.replace(python, plain)
    text = _QUOTED.sub(lambda match: written.get(match[1], match[1].strip('"')), text)
    return docs.sentence(text) if text else ""


def _documented(command: Command, parameter: CommandParameter) -> str:
    for step in reversed([*_with_fills(command.steps)]):
        for name, given in step.takes:
            if given == parameter.name and (text := _meanings(step).get(name)):
                return text
    return ""


def _with_fills(steps: tuple[Step, ...]) -> Iterator[Step]:
    for step in steps:
        # What a method takes it describes itself, also where a function that fills a parameter takes it, too.
        yield from (fill for _, fill in step.fills)
        yield step


def _step_doc(step: Step) -> Doc:
    return docs.parse(step.what.doc, step.what.name) if isinstance(step.what, Function) else method_doc(step.what)


def _meanings(step: Step) -> Mapping[str, str]:
    doc = _step_doc(step)
    return doc.arguments if isinstance(step.what, Function) else meanings(step.what, doc)
