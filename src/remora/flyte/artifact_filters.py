"""Filters on lists of artifacts, and those on partition values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from remora.errors import InvalidArgument
from remora.flyte.partitions import start_of, wire_partitions
from remora.flyte.time_filter import wire_time
from remora_api.flyteidl2 import common

if TYPE_CHECKING:
    from collections.abc import Mapping


def value_filter(
    field: str, values: list[str], function: common.FilterFunction = common.FilterFunction.EQUAL
) -> common.Filter:
    """A filter on one value of a field, or on any of several.

    Args:
        field: Name of the field.
        values: The values.
        function: How one value is compared; several are always compared for being equal to one.

    Raises:
        InvalidArgument: there is no value.
    """
    if not values:
        raise InvalidArgument(f"the filter on {field} has no value")
    if len(values) > 1:
        function = common.FilterFunction.VALUE_IN
    return common.Filter(function=function, field=field, values=values)


def partition_filters(values: Mapping[str, Any]) -> list[common.Filter]:
    """Filters on partition values, by key.

    Raises:
        InvalidArgument: a key or value is empty, a time has no time zone, or two values are times.
    """
    labels, moment = wire_partitions(values)
    keys = () if labels is None else tuple(labels.value)
    filters = [value_filter(f"partition.{key}", [values[key]]) for key in keys]
    if moment is not None:
        filters.append(value_filter("time_partition", [wire_time(start_of(values[moment.key], moment.key))]))
    return filters


def given_partitions(first: Mapping[str, Any] | None, second: Mapping[str, Any]) -> dict[str, Any]:
    """Partition values that are given in two ways: as a mapping, and as parameters of their own.

    Raises:
        InvalidArgument: a key is in both.
    """
    given = dict(first or {})
    if twice := sorted(given.keys() & second.keys()):
        raise InvalidArgument(f"partitions: {', '.join(twice)} is given twice")
    return {**given, **second}
