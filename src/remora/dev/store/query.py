"""Filters and sorts of list requests as SQL.

Column names come from allow-lists and never from a request; values are always bound as parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from remora.dev.clock import parse_time
from remora.errors import Internal, InvalidArgument, RpcError
from remora_api.flyteidl2.common import Filter, FilterFunction, ListRequest, Sort, SortDirection

Value = str | int
_MAX_INTEGER = 2**63 - 1
# SQLite has limits of its own, some larger, which it reports in its own words.
MAX_TERMS = 100
MAX_VALUES = 1000


class Kind(Enum):
    """What the values of a column are."""

    TEXT = "text"
    INTEGER = "integer"
    TIME = "time"
    BOOLEAN = "boolean"


@dataclass(frozen=True)
class Column:
    """A field that lists may be filtered and sorted by."""

    sql: str
    kind: Kind = Kind.TEXT


@dataclass(frozen=True)
class Where:
    """Conditions, all of which must hold, and their parameters."""

    conditions: tuple[str, ...] = ()
    parameters: tuple[Value, ...] = ()

    def __and__(self, other: Where) -> Where:
        return Where(self.conditions + other.conditions, self.parameters + other.parameters)

    @property
    def sql(self) -> str:
        """The expression after WHERE."""
        return " AND ".join(self.conditions) or "TRUE"


def equals(column: str, value: Value) -> Where:
    """One column has one value."""
    return Where((f"{column} = ?",), (value,))


_COMPARISONS = {
    FilterFunction.EQUAL: "{0} = ?",
    FilterFunction.NOT_EQUAL: "{0} <> ?",
    FilterFunction.GREATER_THAN: "{0} > ?",
    FilterFunction.GREATER_THAN_OR_EQUAL: "{0} >= ?",
    FilterFunction.LESS_THAN: "{0} < ?",
    FilterFunction.LESS_THAN_OR_EQUAL: "{0} <= ?",
}
_TEXT_MATCHES = {
    FilterFunction.CONTAINS: "instr({0}, ?1) > 0",
    FilterFunction.CONTAINS_CASE_INSENSITIVE: "instr(casefold({0}), casefold(?1)) > 0",
    FilterFunction.ENDS_WITH: "(?1 = '' OR substr({0}, -length(?1)) = ?1)",
    FilterFunction.NOT_ENDS_WITH: "(?1 <> '' AND substr({0}, -length(?1)) <> ?1)",
}


def where(filters: Iterable[Filter], columns: Mapping[str, Column], *, quirks: bool = False) -> Where:
    """Translate the filters of a list request, which must all hold.

    Args:
        filters: The filters.
        columns: The fields that this list may be filtered by.
        quirks: Answer INTERNAL where the open-source backend does: VALUE_IN with one value, EQUAL with several, a
            value that is not a number or a time.

    Raises:
        InvalidArgument: Unknown field, unsupported function, no value, or a value of the wrong kind.
    """
    result = Where()
    for number, condition in enumerate(filters):
        if number == MAX_TERMS:
            raise InvalidArgument(f"a list takes at most {MAX_TERMS} filters")
        result &= _condition(condition, columns, Internal if quirks else InvalidArgument, quirks)
    return result


def _condition(item: Filter, columns: Mapping[str, Column], bad_value: type[RpcError], quirks: bool) -> Where:
    column = columns.get(item.field)
    if column is None:
        raise InvalidArgument(f"invalid filter field: {item.field}")
    if not item.values:
        raise InvalidArgument(f"filter on {item.field} has no values")
    if len(item.values) > MAX_VALUES:
        raise InvalidArgument(
            f"filter on {item.field} has {len(item.values)} values; at most {MAX_VALUES} are possible"
        )
    values = [_value(text, column, item.field, bad_value) for text in item.values]
    if item.function == FilterFunction.VALUE_IN:
        if quirks and len(values) == 1:
            raise Internal(f"filter on {item.field}: cannot convert a single value to an array")
        marks = ", ".join("?" * len(values))
        return Where((f"{column.sql} IN ({marks})",), tuple(values))
    if len(values) > 1:
        raise bad_value(f"filter on {item.field}: {item.function.name} takes one value, not {len(values)}")
    comparison = _COMPARISONS.get(item.function)
    if comparison is not None:
        return Where((comparison.format(column.sql),), (values[0],))
    match = _TEXT_MATCHES.get(item.function)
    if match is None:
        raise InvalidArgument(f"unsupported filter function: {item.function.name}")
    # Text functions on numbers and times compare what a reader would see, the text of the request.
    count = match.count("?1")
    sql = match.format(column.sql if column.kind is Kind.TEXT else f"CAST({column.sql} AS TEXT)").replace("?1", "?")
    return Where((sql,), (item.values[0],) * count)


def _value(text: str, column: Column, field: str, error: type[RpcError]) -> Value:
    parse = _PARSERS[column.kind]
    try:
        return parse(text)
    except (KeyError, ValueError, OverflowError) as problem:
        raise error(f"filter on {field}: {text!r} is not {_WANTED[column.kind]}") from problem


def _integer(text: str) -> int:
    value = int(text)
    if abs(value) > _MAX_INTEGER:
        raise OverflowError
    return value


def _time(text: str) -> int:
    value = parse_time(text)
    if abs(value) > _MAX_INTEGER:
        raise OverflowError
    return value


def _boolean(text: str) -> int:
    return {"true": 1, "false": 0}[text.lower()]


_PARSERS: dict[Kind, Callable[[str], Value]] = {
    Kind.TEXT: str,
    Kind.INTEGER: _integer,
    Kind.TIME: _time,
    Kind.BOOLEAN: _boolean,
}
_WANTED = {
    Kind.TEXT: "text",
    Kind.INTEGER: "an integer",
    Kind.TIME: "an RFC 3339 time",
    Kind.BOOLEAN: "true or false",
}


def sorts(request: ListRequest | None) -> list[Sort]:
    """The sorts of a list request: `sort_by_fields`, else the deprecated `sort_by`."""
    if request is None:
        return []
    if request.sort_by_fields:
        return request.sort_by_fields
    return [request.sort_by] if request.sort_by is not None and request.sort_by.key else []


def order_by(items: Iterable[Sort], columns: Mapping[str, Column], default: str, tiebreak: str = "") -> str:
    """Translate sorts; `default` is the whole order when there is none, `tiebreak` follows when there is one.

    Raises:
        InvalidArgument: Unknown field.
    """
    terms: list[str] = []
    for item in items:
        if len(terms) == MAX_TERMS:
            raise InvalidArgument(f"a list takes at most {MAX_TERMS} sorts")
        column = columns.get(item.key)
        if column is None:
            raise InvalidArgument(f"invalid sort field: {item.key}")
        terms.append(f"{column.sql} {'ASC' if item.direction == SortDirection.ASCENDING else 'DESC'}")
    if not terms:
        return default
    return ", ".join([*terms, tiebreak] if tiebreak else terms)
