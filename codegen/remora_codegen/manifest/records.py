"""Records: YAML mappings with known keys, read into frozen dataclasses."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from remora_codegen.diagnostics import Diagnostic, did_you_mean
from remora_codegen.manifest.shapes import Reader, Shape

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True)
class RecordOf:
    """A mapping with known keys, which becomes a frozen dataclass whose fields are annotated with a `Key`.

    The dataclass has a field `at: Location` besides, and a `title` for messages. With `shorthand`, a plain string
    stands for a record in which only that key is given. A record that holds itself is given as a function.
    """

    given: type[Any] | Callable[[], type[Any]]
    shorthand: str = ""

    @property
    def record(self) -> type[Any]:
        """The dataclass."""
        return self.given if isinstance(self.given, type) else self.given()

    def read(self, node: yaml.Node, reader: Reader) -> Any:
        """The record, or None when the node is no mapping or a required key is missing."""
        keys = known_keys(self.record)
        if isinstance(node, yaml.ScalarNode) and self.shorthand:
            key = keys[self.shorthand]
            value = key.shape.read(node, reader)
            return None if value is None else self.record(at=reader.at(node), **{key.attribute: value})
        if not isinstance(node, yaml.MappingNode):
            reader.expected(node, "a string or a mapping" if self.shorthand else "a mapping")
            return None
        found, given = self._values(node, reader, keys)
        for key in keys.values():
            if key.required and key.name not in given:
                reader.report(node, f"{self.record.title} needs the key '{key.name}'")
        if any(key.required and key.attribute not in found for key in keys.values()):
            return None
        return self.record(at=reader.at(node), **found)

    def _values(self, node: yaml.Node, reader: Reader, keys: Mapping[str, KnownKey]) -> tuple[dict[str, Any], set[str]]:
        """Values by attribute, and the names of the known keys that stand there."""
        found: dict[str, Any] = {}
        given = set()
        for name, child in reader.entries(node, "a mapping"):
            key = keys.get(name.value)
            if key is None:
                hint = did_you_mean(name.value, keys)
                reader.problems.append(Diagnostic(name.at, f"unknown key '{name}' in {self.record.title}", hint))
                continue
            given.add(key.name)
            value = key.shape.read(child, reader)
            if value is not None:
                found[key.attribute] = value
        return found, given

    def json_schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        """A reference to the record's definition."""
        name = self.record.__name__.removesuffix("Node")
        keys = known_keys(self.record)
        if name not in definitions:
            definitions[name] = {}  # a record may hold itself
            required = [key.name for key in keys.values() if key.required]
            definitions[name] = {
                "description": (self.record.__doc__ or "").partition("\n")[0],
                "type": "object",
                "properties": {
                    key.name: {"description": key.doc, **key.shape.json_schema(definitions)} for key in keys.values()
                },
                "additionalProperties": False,
                **({"required": required} if required else {}),
            }
        reference = {"$ref": f"#/$defs/{name}"}
        if not self.shorthand:
            return reference
        return {"anyOf": [keys[self.shorthand].shape.json_schema(definitions), reference]}


@dataclass(frozen=True)
class Key:
    """What a record says of one of its keys, in `Annotated`: the shape of the value, and what it is for."""

    shape: Shape
    doc: str


@dataclass(frozen=True)
class KnownKey:
    """One key of a record, and the attribute that holds its value."""

    attribute: str
    name: str
    shape: Shape
    doc: str
    required: bool


_KNOWN: dict[type[Any], Mapping[str, KnownKey]] = {}


def known_keys(record: type[DataclassInstance]) -> Mapping[str, KnownKey]:
    """The keys of a record, by name. A trailing underscore of an attribute is not part of the key."""
    if record not in _KNOWN:
        hints = typing.get_type_hints(record, include_extras=True)
        _KNOWN[record] = {
            known.name: known
            for item in dataclasses.fields(record)
            for key in getattr(hints[item.name], "__metadata__", ())
            for known in [_known(item, key)]
        }
    return _KNOWN[record]


def _known(item: dataclasses.Field[Any], key: Key) -> KnownKey:
    required = item.default is dataclasses.MISSING
    return KnownKey(item.name, item.name.rstrip("_"), key.shape, key.doc, required)
