"""What people write for moments, lengths of time, bytes, pairs and JSON, and what it means."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_LENGTH = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdw])")


def content(text: str) -> bytes:
    """The bytes that a text means: itself as UTF-8, or with `@` in front those of a file; `@@` is one `@`.

    Raises:
        ValueError: the file cannot be read.
    """
    if text.startswith("@@") or not text.startswith("@"):
        return text.removeprefix("@" if text.startswith("@@") else "").encode("utf-8", errors="surrogateescape")
    try:
        return Path(text[1:]).read_bytes()
    except OSError as error:
        raise ValueError(f"{text[1:]}: {error.strerror}") from None


def json_value(text: str) -> Any:
    """Any JSON, or that in a file.

    Raises:
        ValueError: it is no JSON; the message says where.
    """
    try:
        return json.loads(content(text))
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None


def pair(text: str) -> tuple[str, str]:
    """A key and its value, `KEY=VALUE`.

    Raises:
        ValueError: there is no `=`, or nothing before it.
    """
    key, separator, value = text.partition("=")
    if not separator or not key:
        raise ValueError(f"{text!r} is not of the form KEY=VALUE")
    return key, value


def seconds(text: str) -> float:
    """A length of time in seconds: `90`, `1.5`, `90s`, `10m`, `1h30m`.

    Raises:
        ValueError: it is none.
    """
    parts = _LENGTH.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return float(sum(float(number) * _UNITS[unit] for number, unit in parts))
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found < float("inf"):
        raise ValueError(f"{text!r} is no length of time; write seconds, or for example 90s, 10m, 1h30m")
    return found


def moment(text: str) -> datetime:
    """A moment: ISO 8601, in this machine's time zone unless it names one, or a length of time ago, such as `2h`.

    Raises:
        ValueError: it is neither.
    """
    if text and not _LENGTH.sub("", text):
        return datetime.now(timezone.utc) - timedelta(seconds=seconds(text))
    try:
        return datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text)).astimezone()
    except ValueError:
        problem = f"{text!r} is no moment; write for example 2025-01-31T12:00, 2025-01-31, or 2h for two hours ago"
        raise ValueError(problem) from None
