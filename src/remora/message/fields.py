"""What is known about the fields of a message, for everything that is not on the fast path."""

from __future__ import annotations

import sys
from operator import attrgetter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .base import Message
    from .enums import Enum

    FieldRow = tuple[str, str, str, int, str, str, str, str]
    """Attribute, proto name, JSON name, number, label, kind, class of the value, map key kind or oneof name."""

DEFAULTS: dict[str, object] = {"string": "", "bytes": b"", "bool": False, "double": 0.0, "float": 0.0}
"""The defaults of scalars; that of every other kind is 0."""


class FieldInfo:
    """One field.

    Attributes:
        attribute: Its name in Python.
        name: Its name in the .proto file.
        json_name: Its name in JSON.
        number: Its number.
        label: "implicit" (no presence), "optional", "oneof", "repeated" or "map".
        kind: The proto keyword of its type, "message" or "enum"; of a map, that of the value.
        key_kind: The kind of a map's key, or "".
        oneof: The oneof it belongs to, or "".
    """

    __slots__ = ("_owner", "_type", "attribute", "json_name", "key_kind", "kind", "label", "name", "number", "oneof")

    def __init__(self, owner: type[Message], row: FieldRow) -> None:
        self.attribute, self.name, self.json_name, self.number, self.label, self.kind, self._type, extra = row
        self._owner = owner
        self.key_kind = extra if self.label == "map" else ""
        self.oneof = extra if self.label == "oneof" else ""

    @property
    def has_presence(self) -> bool:
        """True when None means "not set"."""
        return self.label in ("optional", "oneof")

    @property
    def value_type(self) -> Any:
        """The class of a message or an enum."""
        return attrgetter(self._type)(sys.modules[self._owner.__module__])

    @property
    def message_type(self) -> type[Message]:
        """The class of a message."""
        found: type[Message] = self.value_type
        return found

    @property
    def enum_type(self) -> type[Enum]:
        """The class of an enum."""
        found: type[Enum] = self.value_type
        return found

    def default(self) -> object:
        """A new default value."""
        if self.label == "map":
            return {}
        if self.label == "repeated":
            return []
        if self.has_presence:
            return None
        return self.enum_type(0) if self.kind == "enum" else DEFAULTS.get(self.kind, 0)


_fields: dict[type[Message], tuple[FieldInfo, ...]] = {}


def fields_of(cls: type[Message]) -> tuple[FieldInfo, ...]:
    """The fields of a message in the order of the .proto file."""
    found = _fields.get(cls)
    if found is None:
        # A user may subclass a generated message; the names in its table belong to the generated module.
        owner = next(base for base in cls.__mro__ if "_fields" in vars(base))
        found = _fields[cls] = tuple(FieldInfo(owner, row) for row in cls._fields)
    return found


def find(cls: type[Message], name: str) -> FieldInfo:
    """The field with this attribute or proto name.

    Raises:
        AttributeError: There is none.
    """
    for field in fields_of(cls):
        if name in (field.attribute, field.name):
            return field
    raise AttributeError(f"{cls._full_name} has no field {name!r}")


def oneof_members(cls: type[Message], group: str) -> list[str]:
    """The attributes of a oneof's members.

    Raises:
        AttributeError: There is no such oneof.
    """
    members = [row[0] for row in cls._fields if row[7] == group and row[4] == "oneof"]
    if not members:
        raise AttributeError(f"{cls._full_name} has no oneof {group!r}")
    return members


def has_value(field: FieldInfo, value: Any) -> bool:
    """Tell whether a field counts as set; -0.0 does, because its bits are not those of the default."""
    if field.has_presence:
        return value is not None
    if field.label != "implicit":
        return len(value) > 0
    if field.kind in ("double", "float"):
        return bool(value != 0 or str(value).startswith("-"))
    return bool(value != DEFAULTS.get(field.kind, 0))
