"""Lists of runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from remora.bindings import merged
from remora.flyte.filtered_pages import filtered_pages, filters_of, paged
from remora.flyte.filters import runs_request, time_range
from remora.flyte.parameters import one_of_both
from remora.flyte.watch_lists import watched_runs
from remora_api.flyteidl2 import common, workflow

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable, Mapping
    from datetime import datetime

    from remora.client import Client
    from remora.dual import PageSource
    from remora.flyte.parameters import SortBy
    from remora.flyte.phases import ActionPhase
    from remora.flyte.time_filter import TimeFilter
    from remora_api.entities import Run

RunT = TypeVar("RunT", bound="Run")


def list_runs(
    cls: type[RunT],
    in_phase: ActionPhase | str | Iterable[ActionPhase | str] | None = None,
    task_name: str | None = None,
    task_version: str | None = None,
    created_by_subject: str | None = None,
    sort_by: SortBy | None = None,
    limit: int | None = 100,
    project: str | None = None,
    domain: str | None = None,
    *,
    created_at: TimeFilter | None = None,
    updated_at: TimeFilter | None = None,
    with_labels: Mapping[str, str] | None = None,
    with_label_keys: Iterable[str] | None = None,
    paused_actions_only: bool = False,
    phase: ActionPhase | str | Iterable[ActionPhase | str] | None = None,
    created_after: datetime | None = None,
    created_before: datetime | None = None,
    updated_after: datetime | None = None,
    updated_before: datetime | None = None,
    order_by: SortBy | None = None,
    page_size: int = 200,
    request: workflow.ListRunsRequest | None = None,
    timeout: float | None = None,
    client: Client | None = None,
) -> PageSource[RunT]:
    """Runs of a project and domain, oldest first unless `order_by` says otherwise.

    Filters on labels are refused by open-source backends. Then all runs are fetched and filtered on this side, and a
    `FilterWarning` says so.

    Args:
        cls: Class of the items.
        in_phase: Only runs in this phase, or in any of these: `"running"`, `ActionPhase.FAILED`, ...
        task_name: Only runs of the task with exactly this name.
        task_version: Only runs of this version of their task.
        created_by_subject: Only runs that the identity with this subject started.
        sort_by: Field and direction, `("created_at", "desc")`, or short `"-created_at"`. The default is
            `("created_at", "asc")`, as in flyte.remote: with a limit it gives the oldest runs.
        limit: At most so many items in all; None for all of them.
        project: Project, if not the client's.
        domain: Domain, if not the client's.
        created_at: Only runs created in this range of time.
        updated_at: Only runs that changed in this range of time.
        with_labels: Only runs that carry all these labels.
        with_label_keys: Only runs that carry labels with these keys.
        paused_actions_only: Only runs that have a paused action.
        phase: The same as `in_phase`.
        created_after: Only runs created at this moment or later.
        created_before: Only runs created before this moment.
        updated_after: Only runs that changed at this moment or later.
        updated_before: Only runs that have not changed since this moment.
        order_by: The same as `sort_by`.
        page_size: How many items to ask for at a time.
        request: Further fields of the request; what the other parameters say wins.
        timeout: Deadline in seconds of the call for one page; the client's own when None.
        client: The client to use, if not the current one.

    Raises:
        InvalidArgument: a phase or field is unknown, a filter is empty or given twice, or a time has no time zone.
        ConfigError: neither a parameter nor a setting names project or domain.

    Example:
        >>> for run in Run.listall(phase="failed", order_by="-created_at", limit=10):
        ...     print(run.name)
    """
    from remora.client import resolve_client

    found = resolve_client(client)
    labels, keys = dict(with_labels or {}), _keys(with_label_keys)
    message = runs_request(
        found,
        in_phase=one_of_both(in_phase, phase, "in_phase", "phase"),
        task_name=task_name,
        task_version=task_version,
        created_by_subject=created_by_subject,
        sort_by=sort_by,
        project=project,
        domain=domain,
        created_at=time_range(created_at, created_after, created_before, "created"),
        updated_at=time_range(updated_at, updated_after, updated_before, "updated"),
        with_labels=labels,
        with_label_keys=keys,
        paused_actions_only=paused_actions_only,
        order_by=order_by,
    )
    message = merged(request, message)

    def matches(run: workflow.Run) -> bool:
        return labels.items() <= run.labels.items() and all(key in run.labels for key in keys)

    async def fetch(filters: list[common.Filter], token: str, size: int) -> tuple[list[workflow.Run], str]:
        asked = paged(message, filters, token, size)
        response = await workflow.RunServiceStub(found).list_runs(asked, timeout=timeout)
        return response.runs, response.token

    def watch() -> AsyncGenerator[RunT, None]:
        return watched_runs(cls, found, message)

    return filtered_pages(
        found,
        filters_of(message),
        ("labels.",),
        matches,
        fetch,
        lambda item: cls(item, client=found),
        limit,
        page_size,
        watch,
    )


def _keys(keys: Iterable[str] | None) -> list[str]:
    if isinstance(keys, str):
        raise TypeError("with_label_keys: expected a list of keys, got one string")
    return list(keys or ())
