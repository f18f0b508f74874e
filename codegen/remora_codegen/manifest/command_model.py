"""Commands of a command line as the generator sees them: checked, with every option decided."""

from __future__ import annotations

from dataclasses import dataclass

from remora_codegen.manifest.model import EntityMethod
from remora_codegen.signatures import Function


@dataclass(frozen=True)
class Kind:
    """What can be written for a parameter, by a name that the runtime knows.

    Attributes:
        many: the parameter takes several, each of which is written after an option of its own.
        choices: the words that can be written, if it is one of them.
        type_name: full name of the enum or message.
    """

    name: str
    many: bool = False
    choices: tuple[str, ...] = ()
    type_name: str = ""


@dataclass(frozen=True)
class CommandParameter:
    """Something that a command takes.

    Attributes:
        name: a name of its own among all parameters of the command.
        parameter: what the steps call it.
        flag: the option, such as `--label`; empty for an argument.
        default: Python text; None when it must be given.
        help: what the manifest says that it means; empty for what the docstring says.
        preset: what stands in when it is not given, as people write it; empty for what the call itself does then.
    """

    name: str
    parameter: str
    kind: Kind
    flag: str
    default: str | None
    help: str = ""
    preset: str = ""


@dataclass(frozen=True)
class Step:
    """One call of a command: a method, or a hand-written function of what the step before gave.

    Attributes:
        entity: of a class-level method, the entity that has it.
        takes: parameters of the call, and the parameters of the command that give them.
        by_place: names of the parameters of the call that cannot be given by name.
        fills: parameters of the call that another function gives.
    """

    what: EntityMethod | Function
    takes: tuple[tuple[str, str], ...]
    entity: str = ""
    fills: tuple[tuple[str, Step], ...] = ()
    by_place: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Command:
    """A command.

    Attributes:
        doc: what the manifest says; empty for the docstring of the last step.
        columns: properties that tables show; empty when what is shown has none.
    """

    name: str
    doc: str
    steps: tuple[Step, ...]
    parameters: tuple[CommandParameter, ...]
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class CommandGroup:
    """Commands of one entity."""

    name: str
    doc: str
    entity: str
    commands: tuple[Command, ...]
