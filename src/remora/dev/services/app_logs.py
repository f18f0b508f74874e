"""AppLogsService."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

from remora.channel.service import ServerContext
from remora.dev.clock import timestamp
from remora.dev.plane import Plane
from remora.dev.store import apps
from remora.dev.store.apps import AppKey, AppRow
from remora.dev.store.database import Transaction
from remora.dev.store.logs import LogRow
from remora.errors import InvalidArgument, NotFound
from remora_api.flyteidl2.app import (
    AppLogsServiceBase,
    Identifier,
    LogLines,
    LogLinesBatch,
    ReplicaIdentifier,
    ReplicaIdentifierList,
    StatusDeploymentStatus,
    TailLogsRequest,
    TailLogsResponse,
)
from remora_api.flyteidl2.logs.dataplane import LogLine, LogLineOriginator, LogLineSource, LogsSource

REPLICA = "local-0"
# Lines in one message.
_BATCH = 500
_OVER = (StatusDeploymentStatus.STOPPED, StatusDeploymentStatus.FAILED)


class AppLogsService(AppLogsServiceBase):
    """What apps write."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane

    async def tail_logs(self, request: TailLogsRequest, context: ServerContext) -> AsyncIterator[TailLogsResponse]:
        """The replicas of an app, then its lines from the first that is kept, until it is stopped, failed or deleted.

        A log that is asked for as it was kept ends with its last line; one that is asked for live begins with the next.

        Raises:
            NotFound: There is no such app or replica.
        """
        key = _key(request)
        replica = ReplicaIdentifier(app_id=key.message, name=REPLICA)
        row = await self._plane.database.run(lambda tx: _require(tx, key))
        yield TailLogsResponse(replicas=ReplicaIdentifierList(replicas=[replica]))
        number, position = row.id, 0
        if request.source == LogsSource.LIVE_ONLY:
            position = await self._plane.database.run(lambda tx: apps.next_line(tx, number))
        source = LogLineSource.PERSISTED
        with self._plane.hub.watch(row.log_topic) as changes:
            while True:
                running, lines = await self._plane.database.run(partial(_lines, number=number, start=position))
                if lines:
                    position = lines[-1].number + 1
                    found = LogLines(
                        replica_id=replica, structured_lines=[_line(line) for line in lines], source=source
                    )
                    yield TailLogsResponse(batches=LogLinesBatch(logs=[found]))
                if len(lines) < _BATCH:
                    if not running or request.source == LogsSource.PERSISTED_ONLY:
                        return
                    source = LogLineSource.LIVE
                    await changes.wait()


def _key(request: TailLogsRequest) -> AppKey:
    identifier: Identifier | None = request.app_id
    if request.replica_id is not None:
        identifier = request.replica_id.app_id
        if request.replica_id.name != REPLICA:
            raise NotFound(f"replica {request.replica_id.name} not found; there is {REPLICA}")
    if identifier is None:
        raise InvalidArgument("target is required: app_id or replica_id")
    return AppKey(identifier.project, identifier.domain, identifier.name)


def _require(tx: Transaction, key: AppKey) -> AppRow:
    row = apps.get(tx, key)
    if row is None:
        raise NotFound(f"{key} not found")
    return row


def _lines(tx: Transaction, number: int, start: int) -> tuple[bool, list[LogRow]]:
    row = apps.by_id(tx, number)
    if row is None:
        return False, []
    # An app whose status is about an earlier revision is about to be started.
    current = row.condition.revision == row.revision
    over = current and row.condition.deployment_status in _OVER
    return not over, apps.log_after(tx, number, start, _BATCH)


def _line(row: LogRow) -> LogLine:
    return LogLine(
        timestamp=timestamp(row.time),
        message=row.message,
        originator=LogLineOriginator(row.originator),
        short_pod_name=REPLICA,
    )
