"""Shapes of YAML values: each reads a node into a typed value, and describes itself in JSON Schema.

The manifest's format (`remora_codegen.manifest.format`) is built from these and from the records of
`remora_codegen.manifest.records`, so that what the parser knows and what the JSON Schema says cannot differ.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Protocol

import yaml

from remora_codegen.diagnostics import Diagnostic, did_you_mean
from remora_codegen.model import Location

_STRING = "tag:yaml.org,2002:str"
_BOOLEAN = "tag:yaml.org,2002:bool"
_INTEGER = "tag:yaml.org,2002:int"
_FLOAT = "tag:yaml.org,2002:float"
_KINDS = {
    _STRING: "a string",
    _BOOLEAN: "a boolean",
    _INTEGER: "a whole number",
    _FLOAT: "a number",
    "tag:yaml.org,2002:null": "empty",
    "tag:yaml.org,2002:map": "a mapping",
    "tag:yaml.org,2002:seq": "a list",
}


@dataclass(frozen=True)
class Text:
    """A string of the manifest and where it stands."""

    value: str
    at: Location

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Constant:
    """Any YAML value, as Python has it, and where it stands."""

    value: Any
    at: Location


@dataclass
class Reader:
    """What every shape needs while it reads: the file's name, and where to report mistakes."""

    file: str
    problems: list[Diagnostic] = dataclasses.field(default_factory=list)

    def at(self, node: yaml.Node) -> Location:
        """Where a node starts, counted from 1."""
        return Location(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def report(self, node: yaml.Node, message: str, hint: str = "") -> None:
        """Keep one mistake for the end."""
        self.problems.append(Diagnostic(self.at(node), message, hint))

    def expected(self, node: yaml.Node, wanted: str) -> None:
        """Keep a mistake of type."""
        self.report(node, f"expected {wanted}, but this is {_KINDS.get(node.tag, node.tag)}")

    def text(self, node: yaml.Node) -> Text | None:
        """A string, or None after reporting that it is none."""
        if isinstance(node, yaml.ScalarNode) and node.tag == _STRING:
            return Text(node.value, self.at(node))
        self.expected(node, "a string")
        return None

    def entries(self, node: yaml.Node, wanted: str) -> list[tuple[Text, yaml.Node]]:
        """The entries of a mapping; a key that stands twice, or is not a string, is reported and left out."""
        if not isinstance(node, yaml.MappingNode):
            self.expected(node, wanted)
            return []
        found: dict[str, tuple[Text, yaml.Node]] = {}
        for key_node, value in node.value:
            key = self.text(key_node)
            if key is None:
                continue
            if key.value in found:
                first = found[key.value][0].at
                self.report(key_node, f"'{key}' stands twice in this mapping; it was at line {first.line} before")
                continue
            found[key.value] = (key, value)
        return list(found.values())


class Shape(Protocol):
    """One kind of YAML value."""

    def read(self, node: yaml.Node, reader: Reader) -> Any:
        """The value, or None after reporting what is wrong with the node."""

    def json_schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        """The JSON Schema of the value; records put theirs into `definitions`."""
        ...


@dataclass(frozen=True)
class String:
    """A string; with `choices`, one of them."""

    choices: tuple[str, ...] = ()

    def read(self, node: yaml.Node, reader: Reader) -> Text | None:
        """The text with its place."""
        text = reader.text(node)
        if text is not None and self.choices and text.value not in self.choices:
            hint = did_you_mean(text.value, self.choices)
            reader.report(node, f"'{text}' is none of {', '.join(self.choices)}", hint)
            return None
        return text

    def json_schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        """`string`, with an `enum` for choices."""
        return {"type": "string", **({"enum": list(self.choices)} if self.choices else {})}


class Boolean:
    """`true` or `false`."""

    def read(self, node: yaml.Node, reader: Reader) -> bool | None:
        """A Python bool."""
        if isinstance(node, yaml.ScalarNode) and node.tag == _BOOLEAN:
            return bool(yaml.SafeLoader.bool_values[node.value.lower()])
        reader.expected(node, "true or false")
        return None

    def json_schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        """`boolean`."""
        return {"type": "boolean"}


@dataclass(frozen=True)
class Whole:
    """A whole number that is at least `minimum`."""

    minimum: int

    def read(self, node: yaml.Node, reader: Reader) -> int | None:
        """A Python int."""
        if not isinstance(node, yaml.ScalarNode) or node.tag != _INTEGER:
            reader.expected(node, "a whole number")
            return None
        value = int(_construct(node))
        if value < self.minimum:
            reader.report(node, f"{value} is too small; the least is {self.minimum}")
            return None
        return value

    def json_schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        """`integer` with a `minimum`."""
        return {"type": "integer", "minimum": self.minimum}


@dataclass(frozen=True)
class Number:
    """A number, whole or not, that is at least `minimum`."""

    minimum: float

    def read(self, node: yaml.Node, reader: Reader) -> float | None:
        """A Python float."""
        if not isinstance(node, yaml.ScalarNode) or node.tag not in (_INTEGER, _FLOAT):
            reader.expected(node, "a number")
            return None
        value = float(_construct(node))
        if not value >= self.minimum or value == float("inf"):
            reader.report(node, f"{node.value} is no number of seconds; the least is {self.minimum:g}")
            return None
        return value

    def json_schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        """`number` with a `minimum`."""
        return {"type": "number", "minimum": self.minimum}


class AnyValue:
    """Any constant: a scalar, or lists and mappings of them."""

    def read(self, node: yaml.Node, reader: Reader) -> Constant | None:
        """The value as Python has it, with its place."""
        try:
            return Constant(_construct(node), reader.at(node))
        except (yaml.YAMLError, ValueError, RecursionError):
            reader.report(node, "this is not a plain YAML value")
            return None

    def json_schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        """Everything is allowed."""
        return {}


@dataclass(frozen=True)
class ListOf:
    """A list of values of one shape."""

    item: Shape

    def read(self, node: yaml.Node, reader: Reader) -> tuple[Any, ...] | None:
        """The values that could be read."""
        if not isinstance(node, yaml.SequenceNode):
            reader.expected(node, "a list")
            return None
        values = (self.item.read(child, reader) for child in node.value)
        return tuple(value for value in values if value is not None)

    def json_schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        """`array`."""
        return {"type": "array", "items": self.item.json_schema(definitions)}


@dataclass(frozen=True)
class MapOf:
    """A mapping from names to values of one shape. The order of the file is kept."""

    item: Shape

    def read(self, node: yaml.Node, reader: Reader) -> tuple[tuple[Text, Any], ...] | None:
        """Pairs of name and value; an entry that cannot be read is left out."""
        pairs = ((key, self.item.read(child, reader)) for key, child in reader.entries(node, "a mapping"))
        return tuple((key, value) for key, value in pairs if value is not None)

    def json_schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        """`object` with free property names."""
        return {"type": "object", "additionalProperties": self.item.json_schema(definitions)}


def _construct(node: yaml.Node) -> Any:
    return yaml.SafeLoader("").construct_object(node, deep=True)
