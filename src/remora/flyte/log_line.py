"""One line that a task has logged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from remora_api.flyteidl2.logs import dataplane

_ORIGINATORS: dict[int, Literal["user", "system"]] = {1: "user", 2: "system"}


@dataclass(frozen=True)
class LogLine:
    """One line that a task has logged.

    Attributes:
        message: The text, without the line break at its end.
        timestamp: When it was written, in UTC; None if the backend does not know.
        originator: Who wrote it: the task (`"user"`), the platform (`"system"`), or it is `"unknown"`.
        attempt: Number of the attempt that wrote it, counted from 1.
        pod: Short name of the pod that wrote it; empty if the backend does not say.
    """

    message: str
    timestamp: datetime | None = None
    originator: Literal["user", "system", "unknown"] = "unknown"
    attempt: int = 1
    pod: str = ""

    @property
    def is_system(self) -> bool:
        """Whether the platform wrote it and not the task; an error that the platform reports counts as the task's."""
        if "flyte.errors" in self.message:
            return False
        return self.originator == "system" or "[flyte]" in self.message

    def __str__(self) -> str:
        return self.message

    def text(self, *, show_ts: bool = False) -> str:
        """The message, with its time in front (local time of this machine, to the millisecond) if wanted.

        Args:
            show_ts: Whether the time is wanted.
        """
        if not show_ts or self.timestamp is None:
            return self.message
        return f"{self.timestamp.astimezone().isoformat(timespec='milliseconds')} {self.message}"


def log_line(line: dataplane.LogLine, attempt: int) -> LogLine:
    """A line from its message."""
    moment = None
    if line.timestamp is not None and (line.timestamp.seconds or line.timestamp.nanos):
        moment = line.timestamp.to_datetime().astimezone(timezone.utc)
    message = line.message.removesuffix("\n").removesuffix("\r")
    return LogLine(message, moment, _ORIGINATORS.get(line.originator, "unknown"), attempt, line.short_pod_name)
