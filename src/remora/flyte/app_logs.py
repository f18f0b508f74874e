"""Logs of apps."""

from __future__ import annotations

import asyncio
import contextlib
import math
from typing import TYPE_CHECKING

from remora.errors import InvalidArgument, NotFound, RpcError
from remora.flyte.apps import app_id_of
from remora.flyte.deadline import Deadline
from remora.flyte.log_line import LogLine, log_line
from remora.flyte.parameters import required_name
from remora.flyte.reader import Reader, until
from remora.flyte.replay import NO_STAMP, Replay
from remora.flyte.routing import routed
from remora.flyte.states import TRANSIENT, Policy
from remora.printable import printable
from remora_api.flyteidl2 import app as apps
from remora_api.flyteidl2 import cluster

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from remora.client import Client
    from remora.errors import RemoraError
    from remora.flyte.parameters import Seconds
    from remora_api.entities import App, AppLogs

_IDLE = 5.0
_POLICY = Policy()


async def app_log_lines(
    self: App,
    *,
    replica_name: str | None = None,
    follow: bool = True,
    filter_system: bool = False,
    timeout: Seconds | None = None,
) -> AsyncGenerator[LogLine, None]:
    """Log lines of the app as they are written; each once, also after a lost connection.

    Args:
        self: The app.
        replica_name: Only lines of this replica; None for all.
        follow: Go on when there are no more lines for now. Otherwise the stream ends after some seconds of silence.
        filter_system: Leave out lines of the platform, unless they report an error.
        timeout: How long to follow at most, in seconds or as a `timedelta`; the stream then ends.

    Yields:
        One line at a time; `pod` is the replica's name.

    Raises:
        NotFound: there is no such app or replica.

    Example:
        >>> for line in app.logs(follow=False):
        ...     print(line.pod, line.message)
    """
    from remora.client import resolve_client

    source = _limited(resolve_client(self._client), app_id_of(self.pb2), replica_name, follow, timeout)
    async with contextlib.aclosing(source):
        async for line in source:
            if not (filter_system and line.is_system):
                yield line


async def show_app_logs(
    self: App,
    max_lines: int = 30,
    show_ts: bool = False,
    raw: bool = False,
    filter_system: bool = False,
    replica_name: str | None = None,
    *,
    follow: bool = True,
    timeout: Seconds | None = None,
) -> None:
    """Print the app's log to stdout, until it is interrupted or `timeout` is over.

    Args:
        self: The app.
        max_lines: Without `follow`, print this many of the last lines.
        show_ts: Put the time in front of each line.
        raw: Print the messages exactly as they are. Otherwise control characters are shown as escapes, and lines
            begin with the replica's name.
        filter_system: Leave out lines of the platform, unless they report an error.
        replica_name: Only lines of this replica; None for all.
        follow: Go on when there are no more lines for now.
        timeout: How long to follow at most, in seconds or as a `timedelta`.

    Raises:
        NotFound: there is no such app or replica.
        InvalidArgument: `max_lines` is less than 1.
    """
    source = app_log_lines(self, replica_name=replica_name, follow=follow, filter_system=filter_system, timeout=timeout)
    async with contextlib.aclosing(source):
        await print_app_lines(source, max_lines=max_lines, show_ts=show_ts, raw=raw, follow=follow)


async def tail_app(
    cls: type[AppLogs],
    app_id: apps.Identifier,
    replica_name: str | None = None,
    retry: int = 5,
    follow: bool = True,
    idle_reconnects: int = 3,
    *,
    timeout: Seconds | None = None,
    client: Client | None = None,
) -> AsyncGenerator[LogLine, None]:
    """Log lines of an app by its identifier; `App.logs` does the same for an app at hand.

    Args:
        cls: The class.
        app_id: Which app.
        replica_name: Only lines of this replica; None for all.
        retry: How often in a row a log may be missing or the stream lost.
        follow: Go on when there are no more lines for now.
        idle_reconnects: Without `follow`: how many silent looks end the stream.
        timeout: How long to follow at most, in seconds or as a `timedelta`; the stream then ends.
        client: The client to use, if not the current one.

    Yields:
        One line at a time; `pod` is the replica's name.

    Raises:
        NotFound: there is no such app or replica.
        InvalidArgument: `retry` or `idle_reconnects` is negative.
    """
    from remora.client import resolve_client

    if retry < 0 or idle_reconnects < 0:
        raise InvalidArgument("retry and idle_reconnects must not be negative")
    source = _limited(resolve_client(client), app_id, replica_name, follow, timeout, retry, idle_reconnects)
    async with contextlib.aclosing(source):
        async for line in source:
            yield line


async def app_viewer(
    cls: type[AppLogs],
    app_id: apps.Identifier,
    max_lines: int = 30,
    show_ts: bool = False,
    raw: bool = False,
    filter_system: bool = False,
    panel: bool = False,
    replica_name: str | None = None,
    *,
    timeout: Seconds | None = None,
    client: Client | None = None,
) -> None:
    """Print the log of an app to stdout, until it is interrupted or `timeout` is over.

    Args:
        cls: The class.
        app_id: Which app.
        max_lines: Lines that a panel has.
        show_ts: Put the time in front of each line.
        raw: Print the messages exactly as they are.
        filter_system: Leave out lines of the platform, unless they report an error.
        panel: Show the last `max_lines` lines in a panel that stays in its place; needs the extra `progress`.
        replica_name: Only lines of this replica; None for all.
        timeout: How long to follow at most, in seconds or as a `timedelta`.
        client: The client to use, if not the current one.

    Raises:
        NotFound: there is no such app or replica.
        ConfigError: `panel` is set and the extra `progress` is not installed.
    """
    from remora.client import resolve_client
    from remora.flyte.log_panel import show_lines

    source = _limited(resolve_client(client), app_id, replica_name, True, timeout)
    async with contextlib.aclosing(source):
        await show_lines(
            source,
            app_id.name,
            max_lines=max_lines,
            show_ts=show_ts,
            raw=raw,
            filter_system=filter_system,
            panel=panel,
        )


async def print_app_lines(
    source: AsyncGenerator[LogLine, None], *, max_lines: int, show_ts: bool, raw: bool, follow: bool
) -> None:
    """Print lines as they come, or the last ones at the end of a stream that ends."""
    import collections
    import sys

    if max_lines < 1:
        raise InvalidArgument(f"max_lines must be at least 1, got {max_lines}")
    kept: collections.deque[str] = collections.deque(maxlen=max_lines)
    async for line in source:
        text = line.text(show_ts=show_ts)
        if not raw:
            text = printable(f"[{line.pod}] {text}" if line.pod else text)
        if follow:
            print(text, flush=True)
        else:
            kept.append(text)
    for text in kept:
        print(text)
    sys.stdout.flush()


class _Over(Exception):
    pass


async def _limited(
    client: Client,
    app_id: apps.Identifier,
    replica_name: str | None,
    follow: bool,
    timeout: Seconds | None,
    retry: int = 5,
    idle_reconnects: int = 3,
) -> AsyncGenerator[LogLine, None]:
    source = until(_lines(client, app_id, replica_name, follow, retry, idle_reconnects), Deadline(timeout), _Over)
    async with contextlib.aclosing(source):
        try:
            async for line in source:
                yield line
        except _Over:
            return


async def _lines(
    client: Client, app_id: apps.Identifier, replica_name: str | None, follow: bool, retry: int, idle_reconnects: int
) -> AsyncGenerator[LogLine, None]:
    operation = cluster.SelectClusterRequestOperation.TAIL_LOGS
    caller = await routed(client, operation, app_id)
    request = apps.TailLogsRequest()
    if replica_name is None:
        request.app_id = app_id
    else:
        required_name(replica_name, "replica_name")
        request.replica_id = apps.ReplicaIdentifier(app_id=app_id, name=replica_name)
    replay = Replay()
    lost = silent = 0
    began = False
    while True:
        replay.restart()
        error: RemoraError | None = None
        stream = apps.AppLogsServiceStub(caller).tail_logs(request, timeout=math.inf)
        try:
            async with stream, Reader(stream) as reader:
                while True:
                    if not await reader.ready(_IDLE):
                        silent += 1
                        if not follow and silent > idle_reconnects:
                            return
                        continue
                    response = await reader.take()
                    if response is None:
                        break
                    for line in _new(response, replay):
                        lost = silent = 0
                        began = True
                        yield line
        except RpcError as caught:
            if isinstance(caught, NotFound):
                if began:
                    return
            elif caught.code not in TRANSIENT:
                raise
            error = caught
        lost += 1
        if error is None:
            silent += 1
            if not follow and silent > idle_reconnects:
                return
        elif lost > retry:
            raise error
        await asyncio.sleep(_POLICY.delay(lost))


def _new(response: apps.TailLogsResponse, replay: Replay) -> Iterator[LogLine]:
    batches = [] if response.batches is None else response.batches.logs
    for batch in batches:
        replica = "" if batch.replica_id is None else batch.replica_id.name
        for line in batch.structured_lines:
            stamp = NO_STAMP if line.timestamp is None else (line.timestamp.seconds, line.timestamp.nanos)
            if replay.is_new((replica,), stamp, line.message):
                found = log_line(line, 1)
                yield LogLine(found.message, found.timestamp, found.originator, 1, replica or found.pod)
        if not batch.structured_lines:
            for message in batch.lines:
                if replay.is_new((replica,), NO_STAMP, message):
                    yield LogLine(message.removesuffix("\n"), pod=replica)
    if response.log_lines is not None:
        for message in [] if response.log_lines.structured_lines else response.log_lines.lines:
            if replay.is_new(("",), NO_STAMP, message):
                yield LogLine(message.removesuffix("\n"))
        for line in response.log_lines.structured_lines:
            stamp = NO_STAMP if line.timestamp is None else (line.timestamp.seconds, line.timestamp.nanos)
            if replay.is_new((line.short_pod_name,), stamp, line.message):
                yield log_line(line, 1)
