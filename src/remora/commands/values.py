"""Results of commands as text for people and as data for programs."""

from __future__ import annotations

import base64
import dataclasses
import enum
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from remora.entity import Entity
from remora.errors import RemoraError
from remora.message.base import Message
from remora.printable import printable

Properties = Mapping[str, tuple[str, ...]]
"""Names of the properties of every entity, by the entity's name."""


def fields(value: object, properties: Properties) -> Iterator[tuple[str, Any]]:
    """Names and values of an entity, a dataclass or a mapping; none for anything else."""
    if isinstance(value, Entity):
        return ((name, read(value, name)) for name in property_names(value, properties))
    if isinstance(value, Mapping):
        return ((str(name), item) for name, item in value.items())
    if dataclasses.is_dataclass(value):
        return ((item.name, getattr(value, item.name)) for item in dataclasses.fields(value))
    return iter(())


def property_names(entity: Entity[Any], properties: Properties) -> tuple[str, ...]:
    """The properties of an entity's class, or of the class that it is a subclass of."""
    return next((properties[cls.__name__] for cls in type(entity).__mro__ if cls.__name__ in properties), ())


def read(value: object, name: str) -> Any:
    """A property; None where it cannot be told, such as an address in a console that nobody has configured."""
    try:
        return getattr(value, name)
    except RemoraError:
        return None


def as_text(value: object) -> str:
    """A value on one line, safe for a terminal."""
    return printable(_text(value))


def _text(value: object) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, enum.Enum):
        return value.value if isinstance(value.value, str) else value.name
    if isinstance(value, datetime):
        return value.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="backslashreplace")
    if isinstance(value, Entity):
        name = next((read(value, name) for name in ("name", "id") if hasattr(value, name)), None)
        return _text(name) if name is not None else type(value).__name__
    if isinstance(value, Message):
        return value.to_json()
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={_text(item)}" for key, item in value.items()) or "-"
    if isinstance(value, type):
        return value.__name__
    if dataclasses.is_dataclass(value) and type(value).__str__ is object.__str__:
        facts = {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
        return _text(
            {name: item for name, item in facts.items() if item is not False and item not in (None, "", (), [])}
        )
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(_text(item) for item in value) or "-"
    return str(value)


def _duration(value: timedelta) -> str:
    seconds = value.total_seconds()
    if seconds < 60:
        return f"{seconds:.1f}s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "d"), (hours, "h"), (minutes, "m"), (rest, "s"))
    return " ".join(f"{number}{unit}" for number, unit in parts if number)


def as_data(value: object, properties: Properties) -> Any:
    """A value as JSON has it: entities by their properties, messages in their canonical form."""
    if value is None or (isinstance(value, (bool, int)) and not isinstance(value, enum.Enum)):
        return value
    if isinstance(value, enum.Enum):
        return value.value if isinstance(value.value, str) else value.name
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Message):
        return value.to_dict()
    if isinstance(value, Entity) and not property_names(value, properties):
        return value.to_dict()
    if isinstance(value, (Entity, Mapping)) or (dataclasses.is_dataclass(value) and not isinstance(value, type)):
        return {name: as_data(item, properties) for name, item in fields(value, properties)}
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Iterable):
        return [as_data(item, properties) for item in value]
    return value.__name__ if isinstance(value, type) else str(value)
