"""Settings as flat keys and Python values, made from the messages that define them: a new setting needs no code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from remora.errors import InvalidArgument
from remora.flyte.hints import did_you_mean
from remora_api.flyteidl2 import core
from remora_api.flyteidl2 import settings as definitions

if TYPE_CHECKING:
    from remora.message.base import Message


class _Unset:
    """The type of `UNSET`."""

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = _Unset()
"""As the value of a setting: set to nothing, instead of taking what the wider scope says."""

_KINDS = {
    "StringSetting": ("string_value", str),
    "Int64Setting": ("int_value", int),
    "BoolSetting": ("bool_value", bool),
    "QuantitySetting": ("quantity_value", str),
    "StringMapSetting": ("map_value", dict),
    "AcceleratorSetting": ("accelerator_value", dict),
}
_INT64 = range(-(2**63), 2**63)
_LONGEST = 4096


@dataclass(frozen=True)
class Leaf:
    """One setting.

    Attributes:
        key: Its flat name, such as "task_resource.min.cpu".
        path: Names of the fields that lead to it.
        message: Class of its message.
        field: The field with the value.
        kind: Python type of its value.
    """

    key: str
    path: tuple[str, ...]
    message: type[Any]
    field: str
    kind: type

    def read(self, settings: Message) -> object | None:
        """The value that a message gives it; `UNSET` if it says so, None if it says nothing."""
        found: Any = settings
        for name in self.path:
            found = getattr(found, name)
            if found is None:
                return None
        if found.state == definitions.SettingState.UNSET:
            return UNSET
        if found.state != definitions.SettingState.VALUE:
            return None
        value: object = getattr(found, self.field)
        if self.field == "map_value":
            return dict(value.entries) if isinstance(value, definitions.StringMap) else {}
        if self.field == "accelerator_value":
            return value.to_dict() if isinstance(value, core.GPUAccelerator) else {}
        return value

    def write(self, settings: Message, value: object) -> None:
        """Give it a value in a message.

        Raises:
            TypeError: the value is of another type.
            InvalidArgument: it is out of range.
        """
        parent: Any = settings
        for name in self.path[:-1]:
            child = getattr(parent, name)
            if child is None:
                child = _class_of(type(parent), name)()
                setattr(parent, name, child)
            parent = child
        if value is UNSET:
            leaf = self.message(state=definitions.SettingState.UNSET)
        else:
            leaf = self.message(state=definitions.SettingState.VALUE, **{self.field: self._wire(value)})
        setattr(parent, self.path[-1], leaf)

    def _wire(self, value: object) -> object:
        if type(value) is not self.kind:
            wanted = self.kind.__name__
            raise TypeError(f"overrides[{self.key!r}]: expected {wanted}, got {type(value).__name__}")
        if isinstance(value, int) and value not in _INT64:
            raise InvalidArgument(f"overrides[{self.key!r}]: {value} does not fit into 64 bits")
        if isinstance(value, str) and len(value) > _LONGEST:
            raise InvalidArgument(f"overrides[{self.key!r}] has {len(value)} characters, and may have {_LONGEST}")
        if isinstance(value, dict) and self.field == "accelerator_value":
            return core.GPUAccelerator.from_dict(value)
        if isinstance(value, dict):
            if not all(isinstance(text, str) for pair in value.items() for text in pair):
                raise TypeError(f"overrides[{self.key!r}]: keys and values must be strings")
            return definitions.StringMap(entries=dict(value))
        return value


def _leaves(message: type[Any], path: tuple[str, ...] = ()) -> Iterator[Leaf]:
    for name, *_, class_name, _group in message._fields:
        found: type[Any] | None = getattr(definitions, class_name, None)
        if found is not None and class_name in _KINDS:
            yield Leaf(".".join((*path, name)), (*path, name), found, *_KINDS[class_name])
        elif found is not None:
            yield from _leaves(found, (*path, name))


def _class_of(message: type[Any], field: str) -> type[Any]:
    """The class of a field that holds a message."""
    found: type[Any] = getattr(definitions, next(item[-2] for item in message._fields if item[0] == field))
    return found


LEAVES: dict[str, Leaf] = {leaf.key: leaf for leaf in _leaves(definitions.Settings)}
"""Every setting by its key, in the order of the messages."""


def flat(settings: Message | None) -> dict[str, Any]:
    """What a message sets, by key."""
    if settings is None:
        return {}
    found = {key: leaf.read(settings) for key, leaf in LEAVES.items()}
    return {key: value for key, value in found.items() if value is not None}


def message_of(overrides: Mapping[str, Any]) -> definitions.Settings:
    """The message that sets these values.

    Raises:
        InvalidArgument: there is no such setting, or a value is out of range.
        TypeError: a value is of the wrong type.
    """
    settings = definitions.Settings()
    for key, value in overrides.items():
        leaf = LEAVES.get(key)
        if leaf is None:
            raise InvalidArgument(f"overrides: there is no setting {key!r}", hint=did_you_mean(str(key), LEAVES))
        leaf.write(settings, value)
    return settings
