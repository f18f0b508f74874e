"""Types of parameters that several behaviours take, and how loose values become exact ones."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal, TypeAlias

from remora.errors import InvalidArgument

SortBy: TypeAlias = str | tuple[str, Literal["asc", "desc"]]
"""`("created_at", "desc")`, or the short forms `"created_at"` (ascending) and `"-created_at"` (descending)."""

Seconds: TypeAlias = float | timedelta
"""A length of time: seconds, or a `timedelta`."""

WaitFor: TypeAlias = Literal["terminal", "running", "logs-ready"]
"""What a wait or a watch is for; an action that ends first ends it as well."""

WAIT_FOR: tuple[WaitFor, ...] = ("terminal", "running", "logs-ready")


def seconds(value: Seconds | None, parameter: str) -> float | None:
    """Seconds as a float; None stays None.

    Raises:
        InvalidArgument: the value is negative or not a number of seconds at all (NaN).
        TypeError: the value is neither a number nor a `timedelta`.
    """
    if value is None:
        return None
    if isinstance(value, timedelta):
        number = value.total_seconds()
    elif type(value) in (int, float):
        number = float(value)
    else:
        raise TypeError(f"{parameter}: expected seconds or a timedelta, got {type(value).__name__}")
    if not number >= 0:
        raise InvalidArgument(f"{parameter} must not be negative, got {value}")
    return number


def required_name(value: str, parameter: str) -> str:
    """A name that must not be empty.

    Raises:
        InvalidArgument: the name is empty.
        TypeError: it is not a string.
    """
    if not isinstance(value, str):
        raise TypeError(f"{parameter}: expected a string, got {type(value).__name__}")
    if not value:
        raise InvalidArgument(f"{parameter} is empty")
    return value


def wait_for_checked(value: str) -> WaitFor:
    """What to wait for, checked against the known conditions.

    Raises:
        InvalidArgument: it is none of them.
    """
    for known in WAIT_FOR:
        if value == known:
            return known
    raise InvalidArgument(f"wait_for: {value!r} is unknown", hint="use 'terminal', 'running' or 'logs-ready'")
