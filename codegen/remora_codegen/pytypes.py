"""Python types as generated code writes them, before it is known what each name is called in a module.

A type is a sequence of plain text and names; a name knows where it comes from, and the module that uses it decides how
it is imported and whether it needs another local name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Builtin:
    """A name of the `builtins` module."""

    name: str


@dataclass(frozen=True)
class Imported:
    """A module-level name of another module, or a module of a package."""

    module: str
    name: str


@dataclass(frozen=True)
class MessageName:
    """The class of a proto message or enum, by full proto name."""

    full_name: str


@dataclass(frozen=True)
class EntityName:
    """The class of an entity of the same manifest."""

    name: str


@dataclass(frozen=True)
class SelfName:
    """The class of the entity that has the method, or of a subclass of it."""


Name = Builtin | Imported | MessageName | EntityName | SelfName


@dataclass(frozen=True)
class Type:
    """A type expression; equal types have equal parts."""

    parts: tuple[str | Name, ...]

    def names(self) -> Iterator[Name]:
        """The names in it, in order."""
        return (part for part in self.parts if not isinstance(part, str))

    @property
    def is_optional(self) -> bool:
        """Whether it ends in `| None`."""
        return self.parts[-1:] == (" | None",)

    @property
    def uses_self(self) -> bool:
        """Whether the entity's own class occurs in it."""
        return any(isinstance(name, SelfName) for name in self.names())

    def __str__(self) -> str:
        """The type with plain names, for messages to people."""
        return "".join(part if isinstance(part, str) else _plain(part) for part in self.parts)


NONE = Type(("None",))
ANY = Type((Imported("typing", "Any"),))


def named(name: Name) -> Type:
    """The type that is just a name."""
    return Type((name,))


def builtin(name: str) -> Type:
    """A type of `builtins`, such as `str`."""
    return named(Builtin(name))


def generic(name: Name, *arguments: Type) -> Type:
    """`name[arguments]`."""
    parts: list[str | Name] = [name, "["]
    for index, argument in enumerate(arguments):
        parts += [", "] if index else []
        parts += argument.parts
    return merged(*parts, "]")


def optional(inner: Type) -> Type:
    """`inner | None`, once."""
    return inner if inner.is_optional else Type((*inner.parts, " | None"))


def required(inner: Type) -> Type:
    """The type without `| None` at its end."""
    return Type(inner.parts[:-1]) if inner.is_optional else inner


def merged(*parts: str | Name) -> Type:
    """A type from parts, with neighbouring text joined."""
    found: list[str | Name] = []
    for part in parts:
        last = found[-1] if found else None
        # `| None` stays a part of its own, so that `is_optional` and equality do not depend on how a type was made.
        if isinstance(part, str) and isinstance(last, str) and " | None" not in (part, last):
            found[-1] = last + part
        else:
            found.append(part)
    return Type(tuple(found))


def _plain(name: Name) -> str:
    if isinstance(name, SelfName):
        return "Self"
    if isinstance(name, MessageName):
        return name.full_name
    return name.name
