"""Types of parameters that several behaviours take, and how loose values become exact ones."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from remora.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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


LONGEST_NAME = 255
"""Characters that the longest names of the control plane have: those of tasks, triggers and artifacts."""


def required_name(value: str, parameter: str, *, longest: int = LONGEST_NAME) -> str:
    """A name that must not be empty, and not longer than any name of the control plane.

    Raises:
        InvalidArgument: the name is empty, too long, or has control characters in it.
        TypeError: it is not a string.
    """
    text(value, parameter, longest=longest)
    if not value:
        raise InvalidArgument(f"{parameter} is empty")
    if any(ord(char) < 32 or ord(char) == 127 for char in value):
        raise InvalidArgument(f"{parameter}: {value!r} has control characters in it")
    return value


def optional_name(value: str | None, parameter: str, *, longest: int = LONGEST_NAME) -> str | None:
    """`required_name`, or None for nothing given."""
    return None if value is None else required_name(value, parameter, longest=longest)


def text(value: str, parameter: str, *, longest: int) -> str:
    """A text that may be empty.

    Raises:
        InvalidArgument: it is longer than `longest` characters, or no Unicode text (a lone surrogate).
        TypeError: it is not a string.
    """
    if not isinstance(value, str):
        raise TypeError(f"{parameter}: expected a string, got {type(value).__name__}")
    if len(value) > longest:
        raise InvalidArgument(f"{parameter} has {len(value)} characters, and may have {longest}")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise InvalidArgument(f"{parameter} is not valid Unicode: it has a lone surrogate") from None
    return value


def aware(moment: datetime, parameter: str) -> datetime:
    """A moment with a time zone, in UTC.

    Raises:
        InvalidArgument: it has no time zone, so it would mean different moments on different machines.
        TypeError: it is not a `datetime`.
    """
    if not isinstance(moment, datetime):
        raise TypeError(f"{parameter}: expected a datetime, got {type(moment).__name__}")
    if moment.utcoffset() is None:
        raise InvalidArgument(
            f"{parameter}: {moment.isoformat()} has no time zone",
            hint="use datetime.now(timezone.utc) or value.astimezone()",
        )
    return moment.astimezone(timezone.utc)


def string_map(value: Mapping[str, str] | None, parameter: str) -> dict[str, str]:
    """Strings by non-empty key; None is no string at all.

    Raises:
        InvalidArgument: a key is empty.
        TypeError: a key or a value is not a string.
    """
    found = dict(value or {})
    for key, item in found.items():
        if not all(isinstance(part, str) for part in (key, item)):
            raise TypeError(f"{parameter}: keys and values must be strings, got {key!r}: {item!r}")
        if not key:
            raise InvalidArgument(f"{parameter} has an empty key")
    return found


def one_of(value: str, parameter: str, known: Sequence[str]) -> str:
    """A word of a fixed set.

    Raises:
        InvalidArgument: it is another one.
    """
    if value not in known:
        raise InvalidArgument(
            f"{parameter}: {value!r} is unknown", hint=f"use {', '.join(repr(item) for item in known)}"
        )
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


def one_of_both(first: Any, second: Any, first_name: str, second_name: str) -> Any:
    """The value of a parameter that has two names.

    Raises:
        InvalidArgument: both are given.
    """
    if first is not None and second is not None:
        raise InvalidArgument(f"give {first_name} or {second_name}, not both: they are two names of one thing")
    return second if first is None else first
