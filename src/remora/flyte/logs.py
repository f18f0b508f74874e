"""Logs of runs and actions: lines as data, as text, or printed."""

from __future__ import annotations

import collections
import contextlib
import sys
from typing import TYPE_CHECKING

from remora.errors import InvalidArgument, WaitTimeout
from remora.flyte.calls import action_details, action_id_of, client_of, label
from remora.flyte.deadline import Deadline
from remora.flyte.details import phase
from remora.flyte.failure import phase_of_details
from remora.flyte.parameters import Seconds
from remora.flyte.reader import until
from remora.flyte.tail import CaughtUp, moments
from remora.printable import printable

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from remora.flyte.log_line import LogLine
    from remora_api.entities import Action, Run


async def logs(
    self: Action | Run,
    attempt: int | None = None,
    filter_system: bool = False,
    *,
    follow: bool = True,
    tail: int | None = None,
    timeout: Seconds | None = None,
) -> AsyncGenerator[LogLine, None]:
    """Log lines as they are written, from the first one on.

    Waits until there is a log, follows it through lost connections without giving a line twice, and ends when the
    action has ended and every line has come. For a run these are the lines of its root action.

    Args:
        self: The run or action.
        attempt: Only the lines of this attempt, counted from 1; None starts with the latest one and goes on with
            those that follow.
        filter_system: Leave out lines of the platform, unless they report an error.
        follow: Wait for further lines; otherwise the stream ends with the lines that there are now.
        tail: Begin with this many of the last lines that there are now; None begins with the first.
        timeout: How long to follow at most, in seconds or as a `timedelta`.

    Yields:
        One line at a time, with its time and origin.

    Raises:
        NotFound: there is no such run or attempt, or the backend has lost the log.
        WaitTimeout: the log goes on after `timeout`.
        InvalidArgument: `attempt` is less than 1, or `tail` is negative.

    Example:
        >>> for line in run.logs():
        ...     print(line.timestamp, line.message)
    """
    if attempt is not None and attempt < 1:
        raise InvalidArgument(f"attempt must be at least 1, got {attempt}")
    if tail is not None and tail < 0:
        raise InvalidArgument(f"tail must not be negative, got {tail}")
    action_id = action_id_of(self)

    def too_late() -> WaitTimeout:
        name = label(action_id)
        return WaitTimeout(f"the log of {name} goes on", run=name, phase=phase(self))

    source = until(moments(client_of(self), action_id, attempt, follow=follow), Deadline(timeout), too_late)
    async with contextlib.aclosing(_tailed(source, tail)) as lines:
        async for line in lines:
            if not (filter_system and line.is_system):
                yield line


async def _tailed(source: AsyncGenerator[LogLine | CaughtUp, None], tail: int | None) -> AsyncGenerator[LogLine, None]:
    """The lines of a log, without those before the last few that there were when everything had been read."""
    kept: collections.deque[LogLine] | None = None if tail is None else collections.deque(maxlen=tail)
    async with contextlib.aclosing(source):
        async for item in source:
            if isinstance(item, CaughtUp):
                for line in kept or ():
                    yield line
                kept = None
            elif kept is None:
                yield item
            else:
                kept.append(item)
    for line in kept or ():
        yield line


async def get_logs(
    self: Action | Run,
    attempt: int | None = None,
    filter_system: bool = False,
    show_ts: bool = False,
    *,
    follow: bool = True,
    tail: int | None = None,
    timeout: Seconds | None = None,
) -> AsyncGenerator[str, None]:
    """Log lines as text, each with a line break at its end; `logs()` gives them as data.

    Args:
        self: The run or action.
        attempt: Only the lines of this attempt, counted from 1; None starts with the latest one and goes on with
            those that follow.
        filter_system: Leave out lines of the platform, unless they report an error.
        show_ts: Put the time in front of each line.
        follow: Wait for further lines; otherwise the stream ends with the lines that there are now.
        tail: Begin with this many of the last lines that there are now; None begins with the first.
        timeout: How long to follow at most, in seconds or as a `timedelta`.

    Yields:
        One line at a time.

    Raises:
        NotFound: there is no such run or attempt, or the backend has lost the log.
        WaitTimeout: the log goes on after `timeout`.
        InvalidArgument: `attempt` is less than 1, or `tail` is negative.

    Example:
        >>> for line in run.get_logs():
        ...     print(line, end="")
    """
    source = logs(self, attempt=attempt, filter_system=filter_system, follow=follow, tail=tail, timeout=timeout)
    async with contextlib.aclosing(source):
        async for line in source:
            yield line.text(show_ts=show_ts) + "\n"


async def show_run_logs(
    self: Run,
    attempt: int | None = None,
    max_lines: int = 100,
    show_ts: bool = False,
    raw: bool = False,
    filter_system: bool = False,
    *,
    timeout: Seconds | None = None,
) -> None:
    """Print the log to stdout: the end of it for a run that has ended, else every line until it has.

    Args:
        self: The run.
        attempt: Only the lines of this attempt, counted from 1; None for the latest and those that follow.
        max_lines: Of a run that has ended already, print this many of the last lines.
        show_ts: Put the time in front of each line.
        raw: Print the messages exactly as they are. Otherwise control characters, which could change the terminal,
            are shown as escapes.
        filter_system: Leave out lines of the platform, unless they report an error.
        timeout: How long to follow at most, in seconds or as a `timedelta`.

    Raises:
        NotFound: there is no such run or attempt, or the backend has lost the log.
        WaitTimeout: the log goes on after `timeout`.
        InvalidArgument: `attempt` or `max_lines` is less than 1.
    """
    await _show(self, attempt, max_lines, show_ts, raw, filter_system, timeout)


async def show_action_logs(
    self: Action,
    attempt: int | None = None,
    max_lines: int = 30,
    show_ts: bool = False,
    raw: bool = False,
    filter_system: bool = False,
    *,
    timeout: Seconds | None = None,
) -> None:
    """Print the log to stdout: the end of it for an action that has ended, else every line until it has.

    Args:
        self: The action.
        attempt: Only the lines of this attempt, counted from 1; None for the latest and those that follow.
        max_lines: Of an action that has ended already, print this many of the last lines.
        show_ts: Put the time in front of each line.
        raw: Print the messages exactly as they are. Otherwise control characters, which could change the terminal,
            are shown as escapes.
        filter_system: Leave out lines of the platform, unless they report an error.
        timeout: How long to follow at most, in seconds or as a `timedelta`.

    Raises:
        NotFound: there is no such action or attempt, or the backend has lost the log.
        WaitTimeout: the log goes on after `timeout`.
        InvalidArgument: `attempt` or `max_lines` is less than 1.
    """
    await _show(self, attempt, max_lines, show_ts, raw, filter_system, timeout)


async def _show(
    entity: Action | Run,
    attempt: int | None,
    max_lines: int,
    show_ts: bool,
    raw: bool,
    filter_system: bool,
    timeout: Seconds | None,
) -> None:
    if max_lines < 1:
        raise InvalidArgument(f"max_lines must be at least 1, got {max_lines}")
    deadline = Deadline(timeout)
    details = await action_details(client_of(entity), action_id_of(entity), timeout=deadline.left())
    ended = phase_of_details(details).is_terminal
    kept: collections.deque[str] = collections.deque(maxlen=max_lines)
    source = logs(entity, attempt=attempt, filter_system=filter_system, timeout=deadline.left())
    async with contextlib.aclosing(source):
        async for line in source:
            text = line.text(show_ts=show_ts)
            text = text if raw else printable(text)
            if ended:
                kept.append(text)
            else:
                print(text, flush=True)
    for text in kept:
        print(text)
    sys.stdout.flush()
