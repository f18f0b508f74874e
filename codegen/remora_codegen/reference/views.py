"""What the templates of reference pages see: Markdown that is ready, in the order in which it is written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """A block of code and its language."""

    language: str
    text: str


@dataclass(frozen=True)
class Table:
    """A table; every row has as many cells as there are columns. One without rows is not shown."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def shown(self) -> Table:
        """The table without columns in which nothing stands."""
        kept = [index for index in range(len(self.columns)) if any(row[index] for row in self.rows)]
        return Table(
            self.title,
            tuple(self.columns[index] for index in kept),
            tuple(tuple(row[index] for index in kept) for row in self.rows),
        )


@dataclass(frozen=True)
class FunctionView:
    """A method or a function.

    Attributes:
        title: its heading.
        notes: sentences about the way in which it is called.
        returns: what it returns or yields.
        raises: a table of errors.
        calls: the RPCs that it makes.
    """

    title: str
    summary: str
    body: tuple[str, ...]
    notes: tuple[str, ...]
    signature: str
    parameters: Table
    returns: str
    raises: Table
    calls: str
    examples: tuple[Sample, ...]


@dataclass(frozen=True)
class ClassView:
    """A class.

    Attributes:
        title: its heading; empty on a page of its own, whose heading it has.
        imported: the statement that imports it.
        facts: sentences such as what it inherits and what it wraps.
        signature: how it is made; empty for a class that programs do not make.
        tables: parameters of the constructor, members, properties, and a directory of the methods.
    """

    title: str
    summary: str
    body: tuple[str, ...]
    imported: str
    facts: tuple[str, ...]
    signature: str
    tables: tuple[Table, ...]
    methods: tuple[FunctionView, ...]
    examples: tuple[Sample, ...]


@dataclass(frozen=True)
class ValueView:
    """A constant or an alias of a type; `text` is its value, or nothing."""

    title: str
    summary: str
    body: tuple[str, ...]
    imported: str
    text: str


@dataclass(frozen=True)
class PageView:
    """A page.

    Attributes:
        tables: the directory of what is on it.
    """

    title: str
    intro: tuple[str, ...]
    tables: tuple[Table, ...]
    classes: tuple[ClassView, ...] = ()
    functions: tuple[FunctionView, ...] = ()
    values: tuple[ValueView, ...] = ()
