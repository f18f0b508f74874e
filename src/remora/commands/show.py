"""Shows what a command gives: a table or text for people, JSON for programs, names for other commands."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from remora.commands.exits import NEGATIVE, OK
from remora.commands.tables import Rows, print_pairs, print_table, title
from remora.commands.values import Properties, as_data, as_text, fields, read
from remora.dual import Pager, Stream
from remora.entity import Entity
from remora.message.base import Message
from remora.printable import printable

FORMATS = ("table", "json", "name")


@dataclass(frozen=True)
class Show:
    """How results are shown.

    Attributes:
        form: One of `FORMATS`.
        columns: Properties that tables of entities show.
        properties: Names of the properties of every entity, by the entity's name.
    """

    form: str
    columns: Sequence[str]
    properties: Properties

    def result(self, value: Any) -> int:
        """Show a result; gives the exit code, which is 1 for the answer no."""
        if value is None:
            return OK
        if isinstance(value, (Stream, Iterator)) and not isinstance(value, Pager):
            self._stream(value)
        elif isinstance(value, (Pager, list, tuple, set, frozenset)):
            self._items(value)
        else:
            self._one(value)
        return NEGATIVE if value is False else OK

    def _stream(self, items: Iterable[Any]) -> None:
        rows: Rows | None = None
        for item in items:
            if self.form == "json":
                print(json.dumps(self._data(item)), flush=True)
            elif self.form == "table" and (columns := self._columns(item)):
                rows = rows or Rows([title(name) for name in columns])
                rows.add(self._row(item, columns))
            else:
                print(self._name(item) if self.form == "name" else _plain(item), flush=True)

    def _items(self, items: Iterable[Any]) -> None:
        if self.form == "json":
            self._array(items)
        elif self.form == "name":
            for item in items:
                print(self._name(item))
        else:
            self._table(list(items))

    def _array(self, items: Iterable[Any]) -> None:
        """One JSON array; an item is written when it has come."""
        before = "[\n"
        for item in items:
            print(f"{before}  {json.dumps(self._data(item))}", end="")
            before = ",\n"
        print("[]" if before == "[\n" else "\n]")

    def _table(self, items: list[Any]) -> None:
        columns = self._columns(items[0]) if items else self.columns
        if not columns or len({type(item) for item in items}) > 1:
            for item in items:
                print(_plain(item))
            return
        print_table([title(name) for name in columns], [self._row(item, columns) for item in items])

    def _one(self, value: Any) -> None:
        if self.form == "json":
            print(json.dumps(self._data(value), indent=2))
        elif self.form == "name":
            print(self._name(value))
        elif pairs := list(fields(value, self.properties)):
            print_pairs((name, _lines(item)) for name, item in pairs if _says_something(item))
        else:
            print(_plain(value))

    def _columns(self, item: object) -> Sequence[str]:
        """What a table shows of an item: the columns of an entity, the fields of plain data."""
        if isinstance(item, Entity):
            return self.columns
        prints_itself = type(item).__str__ is not object.__str__
        return [] if prints_itself else [name for name, _ in fields(item, self.properties)]

    @staticmethod
    def _row(item: object, columns: Sequence[str]) -> list[str]:
        return [as_text(read(item, name)) for name in columns]

    def _name(self, item: object) -> str:
        for name in (*self.columns[:1], "name", "id", "uri"):
            if (found := item.get(name) if isinstance(item, Mapping) else getattr(item, name, None)) is not None:
                return as_text(found)
        return _plain(item)

    def _data(self, item: object) -> Any:
        return as_data(item, self.properties)


def _says_something(value: object) -> bool:
    """Whether a person wants to see it among others: no whole messages, no further entities, nothing empty."""
    if value in (None, "") or isinstance(value, (Message, Entity)):
        return False
    return any(value) if isinstance(value, tuple) else value == 0 or bool(value)


def _plain(value: object) -> str:
    """A value that is no entity, as it prints itself."""
    return (
        "\n".join(_lines(value))
        if isinstance(value, str) or type(value).__str__ is not object.__str__
        else as_text(value)
    )


def _lines(value: object) -> list[str]:
    if isinstance(value, str):
        return [printable(line) for line in value.splitlines()] or ["-"]
    if isinstance(value, (list, tuple)) and any(dataclasses.is_dataclass(item) for item in value):
        return [str(len(value))]
    return [as_text(value)]
