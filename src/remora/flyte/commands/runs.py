"""Following runs on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from remora.flyte.calls import action_id_of, label
from remora.flyte.log_line import LogLine
from remora.flyte.parameters import Seconds

if TYPE_CHECKING:
    from remora_api.entities import Action, ActionDetails, Run, RunDetails


@dataclass(frozen=True)
class State:
    """Where a run or an action stands.

    Attributes:
        run: Name of the run, or "run/action".
        phase: Its phase.
        attempts: How many attempts there were so far.
        start_time: When it began.
        runtime: How long it has run.
        error: Why it has failed, if it has.
    """

    run: str
    phase: str
    attempts: int
    start_time: datetime | None
    runtime: timedelta | None
    error: str


def watch(self: Run | Action, *, timeout: Seconds | None = None) -> Iterator[State]:
    """Show the state now, then every change, until the end. The exit code is 1 if that is not success.

    Ctrl-C ends the watch and leaves the run alone.

    Args:
        self: The run or action.
        timeout: How long to watch at most.

    Yields:
        One state after the other.

    Raises:
        RunFailed: it has ended in any way but success.
        WaitTimeout: it has not ended in time.
    """
    for details in self.watch(timeout=timeout):
        yield _state(details)
    self.raise_for_status()


def _state(details: ActionDetails) -> State:
    return State(
        run=label(action_id_of(details)),
        phase=details.phase.value,
        attempts=details.attempts,
        start_time=details.start_time,
        runtime=details.runtime,
        error=details.error_message,
    )


def follow(self: Run, *, watch: bool = False, wait: bool = False) -> Run | RunDetails | Iterator[State]:
    """Show a run that was started, or what becomes of it.

    Args:
        self: The run.
        watch: Show every change of its state until it has ended; the exit code is 1 if it does not succeed.
        wait: Show progress on stderr until it has ended, then the run; the exit code is 1 if it does not succeed.
    """
    if watch:
        return _watched(self)
    return succeeded(self.wait()) if wait else self


def _watched(run: Run) -> Iterator[State]:
    print(f"started {run.name}", file=sys.stderr)
    return watch(run)


def succeeded(self: RunDetails) -> RunDetails:
    """The details of a run that has ended well.

    Raises:
        RunFailed: it has ended in any other way.
    """
    if self.done():
        self.raise_for_status()
    return self


def logs(
    self: Run | Action,
    *,
    follow: bool = False,
    tail: int | None = None,
    attempt: int | None = None,
    timestamps: bool = False,
    filter_system: bool = False,
    timeout: Seconds | None = None,
) -> Iterator[LogLine]:
    """Print log lines.

    Args:
        self: The run or action.
        follow: Wait for further lines until the end.
        tail: Begin with so many of the last lines that there are now; all of them when it is not given.
        attempt: Only lines of this attempt, counted from 1.
        timestamps: Put the time in front of each line.
        filter_system: Leave out lines of the platform, unless they report an error.
        timeout: How long to follow at most.

    Yields:
        The lines.

    Raises:
        NotFound: there is no such run or attempt, or the backend has lost the log.
    """
    lines = self.logs(attempt, filter_system, follow=follow, tail=tail, timeout=timeout)
    yield from (map(_Stamped.of, lines) if timestamps else lines)


class _Stamped(LogLine):
    """A line that shows its time."""

    @classmethod
    def of(cls, line: LogLine) -> _Stamped:
        return cls(**vars(line))

    def __str__(self) -> str:
        return self.text(show_ts=True)


def outputs(self: Run | Action, *, timeout: float | None = None) -> dict[str, Any]:
    """Show what it has given, by name.

    Args:
        self: The run or action.
        timeout: Deadline of the call in seconds.

    Raises:
        OutputsNotReady: it has not ended yet, or has ended without outputs.
    """
    return self.outputs(timeout=timeout).named_outputs


def inputs(self: Run | Action, *, timeout: float | None = None) -> dict[str, Any]:
    """Show what it was given, by name.

    Args:
        self: The run or action.
        timeout: Deadline of the call in seconds.
    """
    return dict(self.inputs(timeout=timeout))
