from __future__ import annotations

import sqlite3

import pytest

from remora.dev.clock import parse_time
from remora.dev.store.query import Column, Kind, Where, order_by, sorts, where
from remora.errors import Internal, InvalidArgument
from remora_api.flyteidl2.common import Filter, FilterFunction, ListRequest, Sort, SortDirection

COLUMNS = {"name": Column("name"), "phase": Column("phase", Kind.INTEGER), "created_at": Column("at", Kind.TIME)}
ROWS = [
    ("alpha", 1, "2024-01-01T00:00:00Z"),
    ("Alphabet", 4, "2024-01-02T00:00:00Z"),
    ("100%", 5, "2024-01-03T00:00:00Z"),
    ("ÄRGER", 10, "2024-01-04T00:00:00Z"),
]


def matching(connection: sqlite3.Connection, *filters: Filter) -> list[str]:
    connection.execute("CREATE TABLE things (name TEXT, phase INTEGER, at INTEGER)")
    rows = [(name, phase, parse_time(at)) for name, phase, at in ROWS]
    connection.executemany("INSERT INTO things VALUES (?, ?, ?)", rows)
    condition = where(filters, COLUMNS)
    return [
        row["name"]
        for row in connection.execute(
            f"SELECT name FROM things WHERE {condition.sql} ORDER BY rowid", condition.parameters
        )
    ]


@pytest.mark.parametrize(
    ("function", "field", "values", "expected"),
    [
        (FilterFunction.EQUAL, "name", ["alpha"], ["alpha"]),
        (FilterFunction.EQUAL, "phase", ["10"], ["ÄRGER"]),
        (FilterFunction.NOT_EQUAL, "name", ["alpha"], ["Alphabet", "100%", "ÄRGER"]),
        (FilterFunction.GREATER_THAN, "phase", ["4"], ["100%", "ÄRGER"]),
        (FilterFunction.GREATER_THAN_OR_EQUAL, "phase", ["4"], ["Alphabet", "100%", "ÄRGER"]),
        (FilterFunction.LESS_THAN, "created_at", ["2024-01-02T00:00:00Z"], ["alpha"]),
        (FilterFunction.LESS_THAN_OR_EQUAL, "created_at", ["2024-01-02T01:00:00+01:00"], ["alpha", "Alphabet"]),
        (FilterFunction.CONTAINS, "name", ["lpha"], ["alpha", "Alphabet"]),
        (FilterFunction.CONTAINS, "name", ["%"], ["100%"]),
        (FilterFunction.CONTAINS_CASE_INSENSITIVE, "name", ["ALPHA"], ["alpha", "Alphabet"]),
        (FilterFunction.CONTAINS_CASE_INSENSITIVE, "name", ["ärg"], ["ÄRGER"]),
        (FilterFunction.VALUE_IN, "phase", ["4"], ["Alphabet"]),
        (FilterFunction.VALUE_IN, "phase", ["4", "5"], ["Alphabet", "100%"]),
        (FilterFunction.ENDS_WITH, "name", ["pha"], ["alpha"]),
        (FilterFunction.ENDS_WITH, "name", [""], ["alpha", "Alphabet", "100%", "ÄRGER"]),
        (FilterFunction.NOT_ENDS_WITH, "name", ["pha"], ["Alphabet", "100%", "ÄRGER"]),
    ],
)
def test_functions(
    connection: sqlite3.Connection, function: FilterFunction, field: str, values: list[str], expected: list[str]
) -> None:
    assert matching(connection, Filter(function=function, field=field, values=values)) == expected


def test_all_filters_must_hold(connection: sqlite3.Connection) -> None:
    contains = Filter(function=FilterFunction.CONTAINS_CASE_INSENSITIVE, field="name", values=["alpha"])
    above = Filter(function=FilterFunction.GREATER_THAN, field="phase", values=["1"])
    assert matching(connection, contains, above) == ["Alphabet"]


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (Filter(field="labels.x", values=["1"]), "invalid filter field: labels.x"),
        (Filter(field="name; DROP TABLE runs", values=["1"]), "invalid filter field: name; DROP TABLE runs"),
        (Filter(field="name"), "filter on name has no values"),
        (
            Filter(function=FilterFunction.EXISTS, field="name", values=["1"]),
            "unsupported filter function: EXISTS",
        ),
        (
            Filter(function=FilterFunction.VALUE_NOT_IN, field="name", values=["1"]),
            "unsupported filter function: VALUE_NOT_IN",
        ),
        (
            Filter(function=FilterFunction(77), field="name", values=["1"]),
            "unsupported filter function: UNRECOGNIZED_77",
        ),
        (Filter(field="phase", values=["RUNNING"]), "filter on phase: 'RUNNING' is not an integer"),
        (Filter(field="phase", values=[str(2**63)]), f"filter on phase: '{2**63}' is not an integer"),
        (Filter(field="created_at", values=["today"]), "filter on created_at: 'today' is not an RFC 3339 time"),
        (Filter(field="name", values=["a", "b"]), "filter on name: EQUAL takes one value, not 2"),
    ],
)
def test_bad_filters(item: Filter, message: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        where([item], COLUMNS)
    assert caught.value.message == message


@pytest.mark.parametrize(
    "item",
    [
        Filter(function=FilterFunction.VALUE_IN, field="phase", values=["1"]),
        Filter(field="name", values=["a", "b"]),
        Filter(field="phase", values=["RUNNING"]),
    ],
)
def test_quirks_answer_internal(item: Filter) -> None:
    with pytest.raises(Internal):
        where([item], COLUMNS, quirks=True)


def test_no_filter_is_true() -> None:
    assert (where([], COLUMNS) & Where()).sql == "TRUE"


def test_sorts() -> None:
    name = Sort(key="name", direction=SortDirection.ASCENDING)
    phase = Sort(key="phase")
    assert sorts(None) == []
    assert sorts(ListRequest(sort_by=Sort())) == []
    assert sorts(ListRequest(sort_by=phase)) == [phase]
    assert sorts(ListRequest(sort_by=phase, sort_by_fields=[name])) == [name]
    assert order_by([], COLUMNS, "rowid") == "rowid"
    assert order_by([name, phase], COLUMNS, "rowid") == "name ASC, phase DESC"
    assert order_by([phase], COLUMNS, "rowid", "rowid ASC") == "phase DESC, rowid ASC"


def test_bad_sort() -> None:
    with pytest.raises(InvalidArgument) as caught:
        order_by([Sort(key="run_id")], COLUMNS, "rowid")
    assert caught.value.message == "invalid sort field: run_id"


def test_requests_that_are_too_large() -> None:
    item = Filter(field="name", values=["x"])
    with pytest.raises(InvalidArgument, match="at most 100 filters"):
        where([item] * 101, COLUMNS)
    many = Filter(function=FilterFunction.VALUE_IN, field="name", values=["x"] * 1001)
    with pytest.raises(InvalidArgument, match="1001 values"):
        where([many], COLUMNS)
    with pytest.raises(InvalidArgument, match="at most 100 sorts"):
        order_by([Sort(key="name")] * 101, COLUMNS, "rowid")
