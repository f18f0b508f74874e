"""What an entity shows of itself on a terminal and in a notebook: its properties, without calls."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any

from remora.errors import redact
from remora.message.base import Message
from remora.message.representation import names_secret

if TYPE_CHECKING:
    from remora.entity import Entity

LONGEST = 200
"""Characters of a value that are shown."""
HIDDEN = "<hidden>"
"""What is shown of a value that is probably a secret."""


def shown(entity: object) -> Iterator[tuple[str, Any]]:
    """Name and value of the properties of an entity that say something.

    Left out are empty values, whole messages, further entities, and what cannot be told here, such as an address in a
    console that nobody has configured. Text is without secrets.
    """
    from remora.entity import Entity

    names: dict[str, property] = {}
    for base in reversed(type(entity).__mro__):
        names.update({name: item for name, item in vars(base).items() if isinstance(item, property)})
    for name, item in names.items():
        # A bound method with both forms is a property as well; its class is private to the module.
        if name.startswith("_") or str(getattr(item.fget, "__annotations__", {}).get("return", "")).startswith("_"):
            continue
        try:
            value = item.__get__(entity)
        except Exception:
            # Whatever a property needs is not there; showing what is must not fail for that.
            continue
        if value in (None, "", 0) or isinstance(value, (Message, Entity, list, dict)):
            continue
        if isinstance(value, tuple) and not any(value):
            continue
        if isinstance(value, Enum):
            yield name, value.value if isinstance(value.value, str) else value.name
        elif isinstance(value, (str, bytes)) and names_secret(type(entity).__name__, name):
            yield name, HIDDEN
        else:
            yield name, redact(value) if isinstance(value, str) else value


def text(entity: Entity[Any]) -> str:
    """The `repr` of an entity, on one line: its properties, or the message if none says anything."""
    parts = (
        f"{name}={value if isinstance(value, (datetime, timedelta)) else _cut(redact(repr(value)))}"
        for name, value in shown(entity)
    )
    return f"{type(entity).__name__}({', '.join(parts) or repr(entity.pb2)})"


def rich_repr(entity: object) -> Iterator[tuple[str, Any]]:
    """What rich prints of an entity."""
    return shown(entity)


def html(entity: object) -> str:
    """A table for notebooks; every value is escaped."""
    from html import escape

    rows = []
    for name, value in shown(entity):
        text = escape(_cut(redact(str(value))))
        if name == "url" and text.startswith(("http://", "https://")):
            text = f'<a href="{text}" target="_blank" rel="noopener">{text}</a>'
        rows.append(f'<tr><th style="text-align:left">{escape(name)}</th><td style="text-align:left">{text}</td></tr>')
    return f"<table><caption>{escape(type(entity).__name__)}</caption>{''.join(rows)}</table>"


def _cut(value: str) -> str:
    return value if len(value) <= LONGEST else f"{value[:LONGEST]}..."
