"""The filter language of ListProjects: `eq(field,value)+contains(field,value)+value_in(field,a;b)`."""

from __future__ import annotations

import re

from remora.dev.store.query import Column, Kind, Where, where
from remora.errors import InvalidArgument
from remora_api.flyteidl2.common import Filter, FilterFunction

COLUMNS = {
    "identifier": Column("id"),
    "name": Column("name"),
    "description": Column("description"),
    "labels": Column("CAST(labels AS TEXT)"),
    "state": Column("state", Kind.INTEGER),
    "created_at": Column("created_at", Kind.TIME),
    "updated_at": Column("updated_at", Kind.TIME),
}

_TERM = re.compile(r"(?P<function>\w+)\((?P<field>[^,()]*),(?P<value>[^()]*)\)\Z")
_FUNCTIONS = {
    "eq": FilterFunction.EQUAL,
    "ne": FilterFunction.NOT_EQUAL,
    "gt": FilterFunction.GREATER_THAN,
    "gte": FilterFunction.GREATER_THAN_OR_EQUAL,
    "lt": FilterFunction.LESS_THAN,
    "lte": FilterFunction.LESS_THAN_OR_EQUAL,
    "contains": FilterFunction.CONTAINS,
    "value_in": FilterFunction.VALUE_IN,
}
_STATES = {"active": "0", "archived": "1", "system_generated": "2", "system_archived": "3"}


def project_filter(text: str) -> Where:
    """Translate a filter string; without one, archived projects are left out.

    Raises:
        InvalidArgument: It does not follow the grammar, or names an unknown function or field.
    """
    if not text.strip():
        return Where(("state <> 1",))
    return where([_term(term.strip()) for term in text.split("+")], COLUMNS)


def _term(text: str) -> Filter:
    match = _TERM.match(text)
    if match is None:
        raise InvalidArgument(f'invalid filter: "{text}" is not function(field,value)')
    function = _FUNCTIONS.get(match["function"].lower())
    if function is None:
        raise InvalidArgument(f'invalid filter function: "{match["function"]}" (use {", ".join(_FUNCTIONS)})')
    field = match["field"].strip()
    value = match["value"].strip()
    values = value.split(";") if function == FilterFunction.VALUE_IN else [value]
    if field == "state":
        values = [_STATES.get(item.strip().lower().removeprefix("project_state_"), item) for item in values]
    return Filter(function=function, field=field, values=values)
