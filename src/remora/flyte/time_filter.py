"""A range of time for list filters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

from remora.errors import InvalidArgument


@dataclass(frozen=True)
class TimeFilter:
    """A range of time, for example for `Run.listall(created_at=TimeFilter(after=yesterday))`.

    Attributes:
        after: Only entries at or after this moment (inclusive).
        before: Only entries before this moment (exclusive).

    Both must carry a time zone: a naive `datetime` means different moments on different machines.

    Raises:
        InvalidArgument: a bound has no time zone, neither bound is given, or they are the wrong way round.
        TypeError: a bound is not a `datetime`.
    """

    after: datetime | None = None
    before: datetime | None = None

    def __post_init__(self) -> None:
        for name, value in (("after", self.after), ("before", self.before)):
            if value is None:
                continue
            if not isinstance(value, datetime):
                raise TypeError(f"TimeFilter.{name}: expected a datetime, got {type(value).__name__}")
            if value.utcoffset() is None:
                raise InvalidArgument(
                    f"TimeFilter.{name}: {value.isoformat()} has no time zone",
                    hint="use datetime.now(timezone.utc) or value.astimezone()",
                )
        if self.after is None and self.before is None:
            raise InvalidArgument("TimeFilter needs `after`, `before` or both")
        if self.after is not None and self.before is not None and self.after >= self.before:
            raise InvalidArgument("TimeFilter.after must be earlier than TimeFilter.before")


def wire_time(moment: datetime) -> str:
    """A moment as a filter value: RFC 3339 in UTC."""
    return moment.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
