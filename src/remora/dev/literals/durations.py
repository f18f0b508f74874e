"""Spans of time as Go writes them: `1h30m0s`, `1.5s`, `-20ms`. Task images for Flyte read and write this form."""

from __future__ import annotations

import re
from fractions import Fraction

_UNITS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60 * 1_000_000_000,
    "h": 3600 * 1_000_000_000,
}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_WHOLE = re.compile(rf"[+-]?(?:{_PART.pattern})+\Z")


def parse_duration(text: str) -> int:
    """Read a duration; returns nanoseconds.

    Raises:
        ValueError: It is not one.
    """
    text = text.strip()
    if text in ("0", "+0", "-0"):
        return 0
    if not _WHOLE.match(text):
        raise ValueError(f"not a duration such as 1h30m or 2.5s: {text!r}")
    total = sum(Fraction(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    return -int(total) if text.startswith("-") else int(total)


def format_duration(nanoseconds: int) -> str:
    """Write a duration in hours, minutes and seconds."""
    sign = "-" if nanoseconds < 0 else ""
    seconds, nanos = divmod(abs(nanoseconds), 1_000_000_000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{nanos:09d}".rstrip("0") if nanos else ""
    text = f"{seconds}{fraction}s"
    if hours:
        return f"{sign}{hours}h{minutes}m{text}"
    return f"{sign}{minutes}m{text}" if minutes else sign + text
