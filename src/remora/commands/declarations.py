"""What generated code says of the commands of a package."""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module


@dataclass(frozen=True)
class Argument:
    """Something that a command takes by its place.

    Attributes:
        name: What the calls of the command call it.
        help: What it means.
        kind: How it is written, see `remora.commands.kinds`.
        many: It may be given several times.
        choices: The words that can be written.
        of: Class of a message or enum, as `module:name`.
        required: It must be given.
        default: What the call does without it, for people.
        preset: What stands in when it is not given, as people write it.
    """

    name: str
    help: str
    kind: str = "text"
    many: bool = False
    choices: tuple[str, ...] = ()
    of: str = ""
    required: bool = True
    default: str = ""
    preset: str = ""


@dataclass(frozen=True)
class Option(Argument):
    """Something that a command takes by its name.

    Attributes:
        flag: The option, if it is not the name with dashes.
    """

    required: bool = False
    flag: str = ""

    @property
    def switch(self) -> str:
        """The option as it is written, such as `--env-var`."""
        return self.flag or "--" + self.name.replace("_", "-")


@dataclass(frozen=True, init=False)
class Call:
    """One call of a command.

    Attributes:
        what: `Run.get` (a method of a class), `.abort` (a method of what the call before gave), or `module:function`.
        takes: Names of what it takes; `parameter=name` where the command calls it otherwise, with `/` in front where
            it can only be given by its place.
        fills: Parameters that another function gives.
    """

    what: str
    takes: tuple[str, ...]
    fills: Mapping[str, Call]

    def __init__(self, what: str, *takes: str, fills: Mapping[str, Call] | None = None) -> None:
        object.__setattr__(self, "what", what)
        object.__setattr__(self, "takes", takes)
        object.__setattr__(self, "fills", fills or {})


@dataclass(frozen=True)
class Command:
    """One command.

    Attributes:
        name: What it is called.
        help: What it does, in one sentence.
        more: Further paragraphs.
        calls: What it does, one after the other; the result of the last call is shown.
        parameters: What it takes, arguments first.
        columns: Properties that a table of its result shows.
        optional: No result means that there is no such thing.
    """

    name: str
    help: str
    more: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    parameters: tuple[Argument, ...] = ()
    columns: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True)
class Group:
    """Commands about one thing."""

    name: str
    help: str
    commands: tuple[Command, ...]


@dataclass(frozen=True)
class Entry:
    """A name and what it stands for, in one sentence: a group, a command, or a setting."""

    name: str
    help: str


@dataclass(frozen=True, init=False)
class Shown:
    """What is shown of an entity: names of properties.

    Attributes:
        entity: Name of the entity's class.
        names: The properties.
    """

    entity: str
    names: tuple[str, ...]

    def __init__(self, entity: str, *names: str) -> None:
        object.__setattr__(self, "entity", entity)
        object.__setattr__(self, "names", names)


@dataclass(frozen=True)
class Program:
    """The command line of a package. Its groups and commands are loaded when they are named.

    Attributes:
        commands: The package that has them, each as `ENTRY` of a module.
        entities: The package that has the entities.
        entries: All groups and commands.
        shown: What is shown of entities.
        settings: Which of project, domain and org mean something here.
        context: Further settings of the client.
    """

    commands: str
    entities: str
    entries: tuple[Entry, ...]
    shown: tuple[Shown, ...] = ()
    settings: tuple[str, ...] = ()
    context: tuple[Entry, ...] = ()

    @property
    def properties(self) -> Mapping[str, tuple[str, ...]]:
        """Names of properties by the entity's name."""
        return {item.entity: item.names for item in self.shown}

    @property
    def package(self) -> str:
        """The package whose `__main__` runs the command line."""
        return self.commands.rpartition(".")[0]

    def load(self, name: str) -> Group | Command:
        """A group or command by its name."""
        module = name.replace("-", "_")
        module = f"{module}_" if keyword.iskeyword(module) else module
        found: Group | Command = import_module(f"{self.commands}.{module}").ENTRY
        return found
