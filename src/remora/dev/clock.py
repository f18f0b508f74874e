"""Times as the store keeps them: nanoseconds since the epoch."""

from __future__ import annotations

import re
import time
from datetime import datetime, timezone

from remora_api.google.protobuf import Duration, Timestamp

_RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9})\d*)?)?\s?(Z|z|[+-]\d\d(?::?\d\d)?)?\Z"
)
_SECOND = 1_000_000_000
_MAX = 2**63 - 1


def now() -> int:
    """The present."""
    return time.time_ns()


def timestamp(nanoseconds: int) -> Timestamp:
    """A time as a message."""
    seconds, nanos = divmod(nanoseconds, _SECOND)
    return Timestamp(seconds=seconds, nanos=nanos)


def optional_timestamp(nanoseconds: int | None) -> Timestamp | None:
    """A time as a message, where there is one."""
    return None if nanoseconds is None else timestamp(nanoseconds)


def nanoseconds(message: Timestamp | Duration) -> int:
    """A time or a span of a message, cut off where 64 bits end, in the years 1677 and 2262."""
    return max(-_MAX, min(_MAX, message.seconds * _SECOND + message.nanos))


def optional_nanoseconds(message: Timestamp | None) -> int | None:
    """A time of a message, where there is one."""
    return None if message is None else nanoseconds(message)


def parse_time(text: str) -> int:
    """Read an RFC 3339 time; a missing offset means UTC.

    Raises:
        ValueError: It is not one.
    """
    match = _RFC3339.match(text.strip())
    if match is None:
        raise ValueError(f"not an RFC 3339 time: {text!r}")
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    moment = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), tzinfo=timezone.utc)
    seconds = int(moment.timestamp())
    if offset and offset not in "Zz":
        digits = offset[1:].replace(":", "").ljust(4, "0")
        if int(digits[2:]) > 59 or int(digits[:2]) > 23:
            raise ValueError(f"not an RFC 3339 time: {text!r}")
        seconds -= (1 if offset[0] == "+" else -1) * (int(digits[:2]) * 3600 + int(digits[2:]) * 60)
    return seconds * _SECOND + int((fraction or "").ljust(9, "0"))


def format_time(moment: int) -> str:
    """Write an RFC 3339 time in UTC with as many digits of the second as it has."""
    seconds, nanos = divmod(moment, _SECOND)
    text = datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    # strftime does not pad years below 1000 everywhere.
    text = text.rjust(19, "0")
    return f"{text}.{nanos:09d}".rstrip("0").rstrip(".") + "Z"
