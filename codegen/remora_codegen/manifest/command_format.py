"""The part of the manifest's format that makes a command line, see `remora_codegen.manifest.format`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from remora_codegen.manifest.call_format import FUNCTION
from remora_codegen.manifest.records import Key, RecordOf
from remora_codegen.manifest.shapes import ListOf, MapOf, String, Text
from remora_codegen.model import Location


@dataclass(frozen=True, kw_only=True)
class OptionNode:
    """An option of a command, where it differs from what the parameter says of itself."""

    title: ClassVar[str] = "an option"
    at: Location

    name: Annotated[
        Text | None, Key(String(), "The option, such as `--pod`; made of the parameter's name when omitted.")
    ] = None
    help: Annotated[
        Text | None, Key(String(), "What it means, where the docstring speaks of Python; the docstring otherwise.")
    ] = None
    default: Annotated[
        Text | None, Key(String(), "What stands in when it is not given, as people write it; the method's otherwise.")
    ] = None


def _command_node() -> type[CommandNode]:
    """The record below, which holds itself."""
    return CommandNode


@dataclass(frozen=True, kw_only=True)
class CommandNode:
    """A command of the command line, or a group of commands."""

    title: ClassVar[str] = "a command"
    at: Location

    doc: Annotated[
        Text | None, Key(String(), "What it does; the docstring of the method or function, of a group of the entity.")
    ] = None
    entity: Annotated[
        Text | None, Key(String(), "The entity whose methods the commands are; that of the group when omitted.")
    ] = None
    commands: Annotated[
        tuple[tuple[Text, CommandNode], ...],
        Key(MapOf(RecordOf(_command_node, shorthand="method")), "Makes it a group: its commands by name."),
    ] = ()
    method: Annotated[
        Text | None,
        Key(String(), "The method; the one of the command's own name when neither it nor `function` is given."),
    ] = None
    get: Annotated[
        Text | None,
        Key(
            String(),
            "The class-level method that gives the entity of which an instance method is called; `get` when omitted.",
        ),
    ] = None
    function: Annotated[
        Text | None,
        Key(
            String(),
            f"A plain hand-written function, {FUNCTION}. With `method` its first parameter `self` is what the method "
            "gives. Its other parameters become options, and what it gives is shown.",
        ),
    ] = None
    fill: Annotated[
        tuple[tuple[Text, Text], ...],
        Key(
            MapOf(String()),
            "Parameters whose value a plain hand-written function gives, as `module:function`; its own parameters "
            "become options instead, those of the same name are shared.",
        ),
    ] = ()
    arguments: Annotated[
        tuple[Text, ...] | None,
        Key(ListOf(String()), "Parameters that are given without an option; the required ones when omitted."),
    ] = None
    options: Annotated[
        tuple[tuple[Text, OptionNode], ...],
        Key(
            MapOf(RecordOf(OptionNode, shorthand="name")),
            "Options by parameter, where they differ from what the parameters say of themselves; of a group, those of "
            "its commands. A plain string is the option's name.",
        ),
    ] = ()
    leave_out: Annotated[
        tuple[Text, ...], Key(ListOf(String()), "Parameters that get no option; of a group, those of its commands.")
    ] = ()
    columns: Annotated[
        tuple[Text, ...],
        Key(
            ListOf(String()),
            "Properties that tables show; those of the group, or the first six properties, when omitted.",
        ),
    ] = ()
