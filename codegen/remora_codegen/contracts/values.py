"""Values that contract tests send and expect: data first, Python text when it is known what names are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from remora_codegen.entities.names import ModuleNames
from remora_codegen.entities.source import Bracketed, Source, call, keyword
from remora_codegen.literals import literal
from remora_codegen.manifest.model import FieldPath
from remora_codegen.model import Schema
from remora_codegen.pytypes import MessageName, Name


@dataclass(frozen=True)
class Scalar:
    """A string, number, bool or bytes."""

    value: str | bytes | int | float | bool

    def source(self, names: ModuleNames, schema: Schema) -> Source:
        """The Python text."""
        return literal(self.value)


@dataclass(frozen=True)
class Member:
    """A value of an enum."""

    type_name: str
    python_name: str
    number: int

    def source(self, names: ModuleNames, schema: Schema) -> Source:
        """The Python text."""
        return f"{names.message(self.type_name)}.{self.python_name}"


@dataclass(frozen=True)
class Several:
    """A list."""

    items: tuple[Value, ...]

    def source(self, names: ModuleNames, schema: Schema) -> Source:
        """The Python text."""
        return Bracketed("[", tuple(item.source(names, schema) for item in self.items), "]")


@dataclass(frozen=True)
class Keyed:
    """A dict with one entry."""

    key: Scalar
    item: Value

    def source(self, names: ModuleNames, schema: Schema) -> Source:
        """The Python text."""
        item = self.item.source(names, schema)
        before = f"{literal(self.key.value)}: "
        entry = before + item if isinstance(item, str) else Bracketed(before + item.head, item.items, item.tail)
        return Bracketed("{", (entry,), "}")


@dataclass(frozen=True)
class Text:
    """An expression; names in it are filled in."""

    parts: tuple[str | Name, ...]

    def source(self, names: ModuleNames, schema: Schema) -> Source:
        """The Python text."""
        return names.text(self.parts, type_only=False)


@dataclass(frozen=True)
class Called:
    """The call of a function with some values."""

    function: Name
    items: tuple[Value, ...]
    attribute: str = ""

    def source(self, names: ModuleNames, schema: Schema) -> Source:
        """The Python text."""
        function = names.name(self.function, type_only=False) + self.attribute
        return call(function, [item.source(names, schema) for item in self.items])


@dataclass(frozen=True)
class Named:
    """A keyword argument."""

    name: str
    value: Value

    def source(self, names: ModuleNames, schema: Schema) -> Source:
        """The Python text."""
        return keyword(self.name, self.value.source(names, schema))


@dataclass(frozen=True)
class Record:
    """A message with some of its fields."""

    type_name: str
    fields: Mapping[str, Value] = field(default_factory=dict)

    def source(self, names: ModuleNames, schema: Schema) -> Source:
        """The Python text."""
        by_name = schema.messages[self.type_name].by_name
        items = [keyword(by_name[name].python_name, value.source(names, schema)) for name, value in self.fields.items()]
        return call(names.name(MessageName(self.type_name), type_only=False), items)

    def with_value(self, path: FieldPath, value: Value) -> Record:
        """A copy that has a value at a path, in the order of the message's fields."""
        return _put(self, [step.name for step in path.steps], [step.type_name for step in path.steps], value)

    def with_parents(self, path: FieldPath) -> Record:
        """A copy that has the messages on the way to a path."""
        made = self
        for end in range(1, len(path.steps)):
            parent = FieldPath(path.message, path.steps[:end])
            if not made.has(parent):
                made = made.with_value(parent, Record(parent.leaf.type_name))
        return made

    def has(self, path: FieldPath) -> bool:
        """Whether there is a value at a path."""
        found: Value = self
        for step in path.steps:
            if not isinstance(found, Record) or step.name not in found.fields:
                return False
            found = found.fields[step.name]
        return True

    def at(self, path: FieldPath) -> Value:
        """What is at a path; the message itself at the path without steps."""
        found: Value = self
        for step in path.steps:
            assert isinstance(found, Record)
            found = found.fields[step.name]
        return found


Value = Scalar | Member | Several | Keyed | Text | Called | Named | Record


def _put(record: Record, steps: Sequence[str], types: Sequence[str], value: Value) -> Record:
    name, *rest = steps
    if rest:
        below = record.fields.get(name)
        inner = below if isinstance(below, Record) else Record(types[0])
        value = _put(inner, rest, types[1:], value)
    return Record(record.type_name, {**record.fields, name: value})
