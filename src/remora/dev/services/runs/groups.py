"""WatchGroups: the runs of a project, grouped by task."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable

from remora.channel.service import ServerContext
from remora.dev.clock import nanoseconds, optional_timestamp, timestamp
from remora.dev.hub import ALL_RUNS
from remora.dev.phases import SUCCESSFUL, is_terminal
from remora.dev.services.runs.base import RunMethods
from remora.dev.services.runs.lists import project_scope
from remora.dev.store import actions, events
from remora.dev.store.actions import COLUMNS, ROOTS, ActionRow
from remora.dev.store.attempts import attempts
from remora.dev.store.database import Transaction
from remora.dev.store.paging import page_request
from remora.dev.store.query import Where, where
from remora.errors import InvalidArgument
from remora_api.flyteidl2.common import ActionPhase, EnrichedIdentity, ListRequest, SortDirection
from remora_api.flyteidl2.workflow import (
    ActionMetadata,
    ErrorInfoKind,
    TaskGroup,
    TaskGroupErrorCounts,
    TaskGroupPhaseCounts,
    TaskGroupRecentStatus,
    WatchGroupsRequest,
    WatchGroupsResponse,
)
from remora_api.google.protobuf import Duration

_RECENT = 10
_SECOND = 1_000_000_000


class GroupMethods(RunMethods):
    """Streams groups of runs."""

    async def watch_groups(
        self, request: WatchGroupsRequest, context: ServerContext
    ) -> AsyncIterator[WatchGroupsResponse]:
        """All groups of the runs of a time, and again when a run changes; without end unless the time has one.

        The group that was active last comes first, unless a sort says otherwise.
        """
        if request.project_id is None:
            raise InvalidArgument("project_id is required")
        if request.start_date is None:
            raise InvalidArgument("start_date is required")
        condition = ROOTS & project_scope(request.project_id)
        condition &= Where(("created_at >= ?",), (nanoseconds(request.start_date),))
        if request.end_date is not None:
            condition &= Where(("created_at <= ?",), (nanoseconds(request.end_date),))
        listing = request.request or ListRequest()
        condition &= where(listing.filters, COLUMNS, quirks=self._plane.options.oss_quirks)
        page = page_request(listing.limit, listing.token)
        ascending = any(field.created_at == SortDirection.ASCENDING for field in request.known_sort_fields)
        sent = b""
        with self._plane.hub.watch(ALL_RUNS) as changes:
            while True:
                groups = await self._plane.database.run(lambda tx: _groups(tx, condition))
                groups.sort(key=_latest, reverse=not ascending)
                response = WatchGroupsResponse(
                    task_groups=groups[page.offset : page.offset + page.limit], sentinel=True
                )
                if bytes(response) != sent:
                    sent = bytes(response)
                    yield response
                if request.end_date is not None:
                    return
                await changes.wait()


def _latest(group: TaskGroup) -> int:
    return 0 if group.latest_run_time is None else nanoseconds(group.latest_run_time)


def _groups(tx: Transaction, condition: Where) -> list[TaskGroup]:
    found: dict[tuple[str, str], list[ActionRow]] = {}
    names: dict[tuple[str, str], ActionMetadata] = {}
    for row in actions.select(tx, condition, "created_at DESC, id DESC"):
        metadata = ActionMetadata.parse(row.metadata)
        identifier = metadata.task.id if metadata.task is not None else None
        key = (metadata.environment_name, identifier.name if identifier is not None else "")
        found.setdefault(key, []).append(row)
        names.setdefault(key, metadata)
    return [_group(tx, key[1], names[key], rows) for key, rows in found.items()]


def _group(tx: Transaction, name: str, metadata: ActionMetadata, rows: list[ActionRow]) -> TaskGroup:
    ended = [row for row in rows if is_terminal(row.phase)]
    failed = [row for row in ended if row.phase not in SUCCESSFUL]
    waits = [wait for row in rows if (wait := _time_to_running(tx, row)) is not None]
    phases = Counter(row.phase for row in rows)
    return TaskGroup(
        task_name=name,
        environment_name=metadata.environment_name,
        short_name=metadata.task.short_name if metadata.task is not None else "",
        total_runs=len(rows),
        latest_run_time=timestamp(rows[0].created_at),
        recent_statuses=[
            TaskGroupRecentStatus(run_name=row.run_name, phase=ActionPhase(row.phase)) for row in rows[:_RECENT]
        ],
        average_failure_rate=len(failed) / len(ended) if ended else 0.0,
        average_duration=_average((row.duration_ms or 0) * 1_000_000 for row in ended),
        latest_finished_time=optional_timestamp(max((row.ended_at or 0 for row in ended), default=None)),
        created_by=_creators(rows),
        error_counts=_errors(tx, failed),
        phase_counts=[
            TaskGroupPhaseCounts(phase=ActionPhase(phase), count=count) for phase, count in sorted(phases.items())
        ],
        average_time_to_running=_average(waits),
    )


def _time_to_running(tx: Transaction, row: ActionRow) -> int | None:
    for event in events.of_action(tx, row.id):
        moment = event.updated_time or event.reported_time
        if event.phase == ActionPhase.RUNNING and moment is not None:
            return max(0, nanoseconds(moment) - row.created_at)
    return None


def _average(spans: Iterable[int]) -> Duration | None:
    values = list(spans)
    if not values:
        return None
    seconds, nanos = divmod(sum(values) // len(values), _SECOND)
    return Duration(seconds=seconds, nanos=nanos)


def _creators(rows: Iterable[ActionRow]) -> list[EnrichedIdentity]:
    found: dict[bytes, EnrichedIdentity] = {}
    for row in rows:
        identity = ActionMetadata.parse(row.metadata).executed_by
        if identity is not None:
            found.setdefault(bytes(identity), identity)
    return list(found.values())


def _errors(tx: Transaction, failed: Iterable[ActionRow]) -> TaskGroupErrorCounts:
    kinds: Counter[ErrorInfoKind] = Counter()
    for row in failed:
        found = attempts(events.of_action(tx, row.id))
        error = found[-1].error_info if found else None
        kinds[error.kind if error is not None else ErrorInfoKind.UNSPECIFIED] += 1
    return TaskGroupErrorCounts(
        user_error=kinds[ErrorInfoKind.USER],
        system_error=kinds[ErrorInfoKind.SYSTEM],
        unspecified_error=kinds[ErrorInfoKind.UNSPECIFIED],
    )
