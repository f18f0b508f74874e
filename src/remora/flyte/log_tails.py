"""The class `Logs`: log lines by the identifier of an action, for programs that have no entity at hand."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from remora.errors import InvalidArgument
from remora.flyte.log_panel import show_lines
from remora.flyte.parameters import Seconds, seconds
from remora.flyte.tail import TAIL_POLICY, tail

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from remora.client import Client
    from remora.flyte.log_line import LogLine
    from remora.flyte.tail import TailPolicy
    from remora_api.entities import Logs
    from remora_api.flyteidl2 import common


async def tail_logs(
    cls: type[Logs],
    action_id: common.ActionIdentifier,
    attempt: int = 1,
    retry: int = 5,
    idle_timeout: Seconds | None = None,
    is_terminal: Callable[[], Awaitable[bool]] | None = None,
    *,
    client: Client | None = None,
) -> AsyncGenerator[LogLine, None]:
    """Log lines of one attempt of an action as they are written.

    `Run.logs` and `Action.logs` do the same for a run or action at hand.

    Args:
        cls: The class.
        action_id: Which action.
        attempt: Number of the attempt, counted from 1.
        retry: How often in a row the backend may not find the log of an attempt that runs or has ended.
        idle_timeout: Silence, in seconds or as a `timedelta`, after which is checked whether the attempt has ended.
        is_terminal: Tells whether the attempt has ended; None asks the control plane.
        client: The client to use, if not the current one.

    Yields:
        One line at a time, with its time and origin.

    Raises:
        NotFound: there is no such action or attempt, or the backend has lost the log.
        InvalidArgument: `attempt` is less than 1, or `retry` is negative.

    Example:
        >>> for line in Logs.tail(run.action.action_id):
        ...     print(line.message)
    """
    from remora.client import resolve_client

    source = tail(
        resolve_client(client),
        action_id,
        _attempt(attempt),
        policy=_policy(retry, idle_timeout),
        is_terminal=is_terminal,
    )
    async with contextlib.aclosing(source):
        async for line in source:
            yield line


async def create_viewer(
    cls: type[Logs],
    action_id: common.ActionIdentifier,
    attempt: int = 1,
    max_lines: int = 30,
    show_ts: bool = False,
    raw: bool = False,
    filter_system: bool = False,
    panel: bool = False,
    idle_timeout: Seconds | None = None,
    is_terminal: Callable[[], Awaitable[bool]] | None = None,
    *,
    client: Client | None = None,
) -> None:
    """Print the log of one attempt of an action to stdout until it ends.

    Args:
        cls: The class.
        action_id: Which action.
        attempt: Number of the attempt, counted from 1.
        max_lines: Lines that a panel has.
        show_ts: Put the time in front of each line.
        raw: Print the messages exactly as they are. Otherwise control characters are shown as escapes.
        filter_system: Leave out lines of the platform, unless they report an error.
        panel: Show the last `max_lines` lines in a panel that stays in its place; needs the extra `progress`.
        idle_timeout: Silence, in seconds or as a `timedelta`, after which is checked whether the attempt has ended.
        is_terminal: Tells whether the attempt has ended; None asks the control plane.
        client: The client to use, if not the current one.

    Raises:
        NotFound: there is no such action or attempt, or the backend has lost the log.
        InvalidArgument: `attempt` or `max_lines` is less than 1.
        ConfigError: `panel` is set and the extra `progress` is not installed.
    """
    from remora.client import resolve_client
    from remora.flyte.calls import label

    policy = _policy(TAIL_POLICY.missing, idle_timeout)
    source = tail(resolve_client(client), action_id, _attempt(attempt), policy=policy, is_terminal=is_terminal)
    async with contextlib.aclosing(source):
        await show_lines(
            source,
            label(action_id),
            max_lines=max_lines,
            show_ts=show_ts,
            raw=raw,
            filter_system=filter_system,
            panel=panel,
        )


def _attempt(attempt: int) -> int:
    if isinstance(attempt, bool) or not isinstance(attempt, int):
        raise TypeError(f"attempt: expected an int, got {type(attempt).__name__}")
    if attempt < 1:
        raise InvalidArgument(f"attempt must be at least 1, got {attempt}")
    return attempt


def _policy(retry: int, idle_timeout: Seconds | None) -> TailPolicy:
    if retry < 0:
        raise InvalidArgument(f"retry must not be negative, got {retry}")
    idle = seconds(idle_timeout, "idle_timeout")
    if idle == 0:
        raise InvalidArgument("idle_timeout must be more than 0")
    return replace(TAIL_POLICY, missing=retry, idle=TAIL_POLICY.idle if idle is None else idle)
