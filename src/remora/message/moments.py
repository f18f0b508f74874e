"""Timestamps and durations: conversions to `datetime`, and their JSON text (RFC 3339, and seconds with an "s")."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from remora.errors import ValidationError

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_NANOS = 1_000_000_000

# The range that timestamp.proto allows: the years 1 to 9999.
_MIN_SECONDS = -62_135_596_800
_MAX_SECONDS = 253_402_300_799
# The range that duration.proto allows: about 10,000 years.
_MAX_SPAN = 315_576_000_000

_TIMESTAMP = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))", re.ASCII
)
_DURATION = re.compile(r"(-?)(\d{1,12})(?:\.(\d{1,9}))?s", re.ASCII)


def seconds_and_nanos(moment: datetime) -> tuple[int, int]:
    """Seconds since 1970 in UTC, and nanoseconds above them, of an aware datetime.

    Raises:
        ValidationError: The datetime has no timezone.
    """
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValidationError(
            "a datetime without a timezone does not say which moment it is",
            hint="use datetime.now(timezone.utc), or moment.astimezone() for local time",
        )
    span = moment - _EPOCH
    return span.days * 86_400 + span.seconds, span.microseconds * 1000


def to_datetime(seconds: int, nanos: int) -> datetime:
    """An aware datetime in UTC; what is less than a microsecond is cut off.

    Raises:
        ValidationError: Seconds or nanoseconds are out of range.
    """
    _check_timestamp(seconds, nanos)
    return _EPOCH + timedelta(seconds=seconds, microseconds=nanos // 1000)


def split_timedelta(span: timedelta) -> tuple[int, int]:
    """Seconds and nanoseconds of the same sign."""
    microseconds = (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds
    sign = -1 if microseconds < 0 else 1
    seconds, rest = divmod(abs(microseconds), 1_000_000)
    return sign * seconds, sign * rest * 1000


def to_timedelta(seconds: int, nanos: int) -> timedelta:
    """A timedelta; what is less than a microsecond is cut off, towards zero.

    Raises:
        ValidationError: Seconds or nanoseconds are out of range, or their signs differ.
    """
    _check_duration(seconds, nanos)
    microseconds = abs(nanos) // 1000
    return timedelta(seconds=seconds, microseconds=-microseconds if nanos < 0 else microseconds)


def format_timestamp(seconds: int, nanos: int) -> str:
    """RFC 3339 with 0, 3, 6 or 9 digits of a second."""
    _check_timestamp(seconds, nanos)
    moment = _EPOCH + timedelta(seconds=seconds)
    return f"{moment.replace(tzinfo=None).isoformat()}{_fraction(nanos)}Z"


def parse_timestamp(text: object) -> tuple[int, int]:
    """Seconds and nanoseconds of RFC 3339 text."""
    match = _TIMESTAMP.fullmatch(_text(text, "timestamp"))
    if match is None:
        raise ValidationError("not an RFC 3339 timestamp, such as 2024-01-31T10:00:00.5Z")
    *parts, fraction, sign, hours, minutes = match.groups()
    try:
        year, month, day, hour, minute, second = map(int, parts)
        span = datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc) - _EPOCH
    except ValueError as error:
        raise ValidationError(f"not a moment of the calendar: {error}") from None
    seconds = span.days * 86_400 + span.seconds
    if sign:
        if int(hours) > 23 or int(minutes) > 59:
            raise ValidationError("the offset from UTC is out of range")
        offset = int(hours) * 3600 + int(minutes) * 60
        seconds += -offset if sign == "+" else offset
    nanos = _nanos(fraction)
    _check_timestamp(seconds, nanos)
    return seconds, nanos


def format_duration(seconds: int, nanos: int) -> str:
    """Seconds with 0, 3, 6 or 9 digits behind the point, and an "s"."""
    _check_duration(seconds, nanos)
    sign = "-" if seconds < 0 or nanos < 0 else ""
    return f"{sign}{abs(seconds)}{_fraction(abs(nanos))}s"


def parse_duration(text: object) -> tuple[int, int]:
    """Seconds and nanoseconds of text such as "-1.5s"."""
    match = _DURATION.fullmatch(_text(text, "duration"))
    if match is None:
        raise ValidationError("not a duration, such as 1.5s")
    sign = -1 if match[1] else 1
    seconds, nanos = sign * int(match[2]), sign * _nanos(match[3])
    _check_duration(seconds, nanos)
    return seconds, nanos


def _text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise ValidationError(f"expected a {what} as a string, not {type(value).__name__}")
    return value


def _fraction(nanos: int) -> str:
    if nanos == 0:
        return ""
    if nanos % 1_000_000 == 0:
        return f".{nanos // 1_000_000:03}"
    if nanos % 1000 == 0:
        return f".{nanos // 1000:06}"
    return f".{nanos:09}"


def _nanos(digits: str | None) -> int:
    return int(digits.ljust(9, "0")) if digits else 0


def _check_timestamp(seconds: int, nanos: int) -> None:
    if not _MIN_SECONDS <= seconds <= _MAX_SECONDS:
        raise ValidationError(f"a timestamp of {seconds} seconds is outside of the years 1 to 9999")
    if not 0 <= nanos < _NANOS:
        raise ValidationError(f"a timestamp of {nanos} nanoseconds; they must be from 0 to 999999999")


def _check_duration(seconds: int, nanos: int) -> None:
    if not -_MAX_SPAN <= seconds <= _MAX_SPAN:
        raise ValidationError(f"a duration of {seconds} seconds is out of range (315576000000 either way)")
    if not -_NANOS < nanos < _NANOS:
        raise ValidationError(f"a duration of {nanos} nanoseconds; they must be below one second")
    if (seconds < 0 < nanos) or (nanos < 0 < seconds):
        raise ValidationError("the seconds and the nanoseconds of a duration have different signs")
