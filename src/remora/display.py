"""What an entity shows of itself on a terminal and in a notebook: its properties, without calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from remora.errors import RemoraError, redact
from remora.message.base import Message

LONGEST = 200
"""Characters of a value that are shown."""


def shown(entity: object) -> Iterator[tuple[str, Any]]:
    """Name and value of the properties of an entity that say something.

    Left out are empty values, whole messages, further entities, and what cannot be told here, such as an address in a
    console that nobody has configured.
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
        except RemoraError:
            continue
        if value in (None, "", (), 0) or isinstance(value, (Message, Entity, list, dict)):
            continue
        yield name, value


def rich_repr(entity: object) -> Iterator[tuple[str, Any]]:
    """What rich prints of an entity."""
    for name, value in shown(entity):
        yield name, redact(value) if isinstance(value, str) else value


def html(entity: object) -> str:
    """A table for notebooks; every value is escaped."""
    from html import escape

    rows = []
    for name, value in shown(entity):
        text = redact(str(value))
        text = escape(text if len(text) <= LONGEST else f"{text[:LONGEST]}...")
        if name == "url" and text.startswith(("http://", "https://")):
            text = f'<a href="{text}" target="_blank" rel="noopener">{text}</a>'
        rows.append(f'<tr><th style="text-align:left">{escape(name)}</th><td style="text-align:left">{text}</td></tr>')
    return f"<table><caption>{escape(type(entity).__name__)}</caption>{''.join(rows)}</table>"
