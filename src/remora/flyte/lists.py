"""Lists of runs and actions: what the backend filters, what is filtered on this side, and lists that are watched."""

from __future__ import annotations

import copy
import warnings
from typing import TYPE_CHECKING, Any, TypeVar

from remora.bindings import merged
from remora.errors import FilterWarning, InvalidArgument
from remora.flyte.calls import client_of, run_id_of
from remora.flyte.filters import actions_request, runs_request, time_range
from remora.flyte.watch_lists import watched_actions, watched_runs
from remora_api.flyteidl2 import common, workflow

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
    from datetime import datetime

    from remora.client import Client
    from remora.dual import Page, PageSource
    from remora.flyte.parameters import SortBy
    from remora.flyte.phases import ActionPhase
    from remora.flyte.time_filter import TimeFilter
    from remora_api.entities import Action, Run

RunT = TypeVar("RunT", bound="Run")
ActionT = TypeVar("ActionT", bound="Action")

_REFUSED = "refused_filters"


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
        in_phase=_one(in_phase, phase, "in_phase", "phase"),
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
        asked = _paged(message, filters, token, size)
        response = await workflow.RunServiceStub(found).list_runs(asked, timeout=timeout)
        return response.runs, response.token

    def watch() -> AsyncGenerator[RunT, None]:
        return watched_runs(cls, found, message)

    return _source(
        found,
        _filters(message),
        ("labels.",),
        matches,
        fetch,
        lambda item: cls(item, client=found),
        limit,
        page_size,
        watch,
    )


def list_actions(
    cls: type[ActionT],
    for_run_name: str,
    in_phase: ActionPhase | str | Iterable[ActionPhase | str] | None = None,
    parent_name: str | None = None,
    sort_by: SortBy | None = None,
    created_at: TimeFilter | None = None,
    updated_at: TimeFilter | None = None,
    *,
    phase: ActionPhase | str | Iterable[ActionPhase | str] | None = None,
    created_after: datetime | None = None,
    created_before: datetime | None = None,
    updated_after: datetime | None = None,
    updated_before: datetime | None = None,
    order_by: SortBy | None = None,
    project: str | None = None,
    domain: str | None = None,
    limit: int | None = None,
    page_size: int = 200,
    request: workflow.ListActionsRequest | None = None,
    timeout: float | None = None,
    client: Client | None = None,
) -> PageSource[ActionT]:
    """Actions of one run, oldest first unless `order_by` says otherwise.

    A filter on the parent is refused by open-source backends. Then all actions are fetched and filtered on this side,
    and a `FilterWarning` says so.

    Args:
        cls: Class of the items.
        for_run_name: Name of the run.
        in_phase: Only actions in this phase, or in any of these.
        parent_name: Only direct children of this action.
        sort_by: Field and direction, `("created_at", "desc")`, or short `"-created_at"`; default
            `("created_at", "asc")`.
        created_at: Only actions created in this range of time.
        updated_at: Only actions that changed in this range of time.
        phase: The same as `in_phase`.
        created_after: Only actions created at this moment or later.
        created_before: Only actions created before this moment.
        updated_after: Only actions that changed at this moment or later.
        updated_before: Only actions that have not changed since this moment.
        order_by: The same as `sort_by`.
        project: Project of the run, if not the client's.
        domain: Domain of the run, if not the client's.
        limit: At most so many items in all; None for all of them.
        page_size: How many items to ask for at a time.
        request: Further fields of the request; what the other parameters say wins.
        timeout: Deadline in seconds of the call for one page; the client's own when None.
        client: The client to use, if not the current one.

    Raises:
        InvalidArgument: a phase or field is unknown, a name is empty, or a filter is given twice.
        ConfigError: neither a parameter nor a setting names project or domain.

    Example:
        >>> for action in Action.listall("nightly-2025-01-31", phase="failed"):
        ...     print(action.name)
    """
    from remora.client import resolve_client

    found = resolve_client(client)
    message = actions_request(
        found,
        for_run_name,
        in_phase=_one(in_phase, phase, "in_phase", "phase"),
        parent_name=parent_name,
        sort_by=sort_by,
        created_at=time_range(created_at, created_after, created_before, "created"),
        updated_at=time_range(updated_at, updated_after, updated_before, "updated"),
        project=project,
        domain=domain,
        order_by=order_by,
    )
    return action_source(
        found, merged(request, message), parent_name, lambda item: cls(item, client=found), limit, page_size, timeout
    )


def actions_of_run(
    self: Run,
    in_phase: ActionPhase | str | Iterable[ActionPhase | str] | None = None,
    parent_name: str | None = None,
    sort_by: SortBy | None = None,
    created_at: TimeFilter | None = None,
    updated_at: TimeFilter | None = None,
    *,
    phase: ActionPhase | str | Iterable[ActionPhase | str] | None = None,
    created_after: datetime | None = None,
    created_before: datetime | None = None,
    updated_after: datetime | None = None,
    updated_before: datetime | None = None,
    order_by: SortBy | None = None,
    limit: int | None = None,
    page_size: int = 200,
    timeout: float | None = None,
) -> PageSource[Action]:
    """Actions of this run, oldest first unless `order_by` says otherwise.

    Args:
        self: The run.
        in_phase: Only actions in this phase, or in any of these.
        parent_name: Only direct children of this action; filtered on this side where the backend refuses to.
        sort_by: Field and direction, `("created_at", "desc")`, or short `"-created_at"`.
        created_at: Only actions created in this range of time.
        updated_at: Only actions that changed in this range of time.
        phase: The same as `in_phase`.
        created_after: Only actions created at this moment or later.
        created_before: Only actions created before this moment.
        updated_after: Only actions that changed at this moment or later.
        updated_before: Only actions that have not changed since this moment.
        order_by: The same as `sort_by`.
        limit: At most so many items in all; None for all of them.
        page_size: How many items to ask for at a time.
        timeout: Deadline in seconds of the call for one page; the client's own when None.

    Raises:
        InvalidArgument: a phase or field is unknown, or a filter is given twice.

    Example:
        >>> for action in run.actions(phase="failed"):
        ...     print(action.name)
    """
    from remora_api.entities import Action

    found = client_of(self)
    run_id = run_id_of(self)
    message = actions_request(
        found,
        run_id.name,
        in_phase=_one(in_phase, phase, "in_phase", "phase"),
        parent_name=parent_name,
        sort_by=sort_by,
        created_at=time_range(created_at, created_after, created_before, "created"),
        updated_at=time_range(updated_at, updated_after, updated_before, "updated"),
        project=run_id.project,
        domain=run_id.domain,
        order_by=order_by,
    )
    message.run_id = run_id
    return action_source(
        found, message, parent_name, lambda item: Action(item, client=found), limit, page_size, timeout
    )


T = TypeVar("T")
M = TypeVar("M", workflow.Run, workflow.Action)
R = TypeVar("R", workflow.ListRunsRequest, workflow.ListActionsRequest)


def action_source(
    client: Client,
    message: workflow.ListActionsRequest,
    parent_name: str | None,
    make: Callable[[workflow.Action], T],
    limit: int | None,
    page_size: int,
    timeout: float | None,
    further: Callable[[workflow.Action], bool] = lambda action: True,
    refusable: tuple[str, ...] = ("parent_name",),
) -> PageSource[T]:
    """Pages of a list of actions.

    Args:
        client: Makes the calls.
        message: The request, without page.
        parent_name: Parent that its filters name.
        make: Makes an item.
        limit: At most so many items.
        page_size: Items of one page.
        timeout: Deadline of one page.
        further: What the filters say beside the parent.
        refusable: Fields whose filters are applied on this side when the backend refuses them.
    """

    def matches(action: workflow.Action) -> bool:
        parent = "" if action.metadata is None else action.metadata.parent
        return (parent_name is None or parent == parent_name) and further(action)

    async def fetch(filters: list[common.Filter], token: str, size: int) -> tuple[list[workflow.Action], str]:
        asked = _paged(message, filters, token, size)
        response = await workflow.RunServiceStub(client).list_actions(asked, timeout=timeout)
        return response.actions, response.token

    def watch() -> AsyncGenerator[T, None]:
        return watched_actions(client, message, matches, make)

    return _source(client, _filters(message), refusable, matches, fetch, make, limit, page_size, watch)


def _source(
    client: Client,
    filters: list[common.Filter],
    refusable: tuple[str, ...],
    matches: Callable[[M], bool],
    fetch: Callable[[list[common.Filter], str, int], Any],
    make: Callable[[M], T],
    limit: int | None,
    page_size: int,
    watch: Callable[[], AsyncGenerator[T, None]],
) -> PageSource[T]:
    """Pages whose filters are tried on the backend, and applied here when it refuses them."""
    from remora.dual import Page, PageSource

    doubtful = [item.field for item in filters if item.field.startswith(refusable)]
    accepted = [item for item in filters if item.field not in doubtful]

    async def plain(token: str, size: int) -> Page[T]:
        items, following = await fetch(filters, token, size)
        return Page([make(item) for item in items], following)

    async def filtered(token: str, size: int) -> Page[T]:
        refused = client.kept.setdefault(_REFUSED, set())
        if not refused.isdisjoint(doubtful):
            items, following = await fetch(accepted, token, size)
            return Page([make(item) for item in items if matches(item)], following)
        try:
            return await plain(token, size)
        except InvalidArgument as error:
            if token or "filter" not in error.message.lower():
                raise
            refused.update(doubtful)
            names = ", ".join(doubtful)
            warnings.warn(
                f"the backend refuses to filter by {names}, so everything is fetched and filtered on this side",
                FilterWarning,
                stacklevel=2,
            )
            return await filtered(token, size)

    return PageSource(filtered if doubtful else plain, limit=limit, page_size=page_size, watch=watch)


def _filters(message: workflow.ListRunsRequest | workflow.ListActionsRequest) -> list[common.Filter]:
    return [] if message.request is None else message.request.filters


def _paged(message: R, filters: list[common.Filter], token: str, size: int) -> R:
    """The request for one page. A new message: pages of one list may be read at the same time."""
    given = message.request if message.request is not None else common.ListRequest()
    asked = copy.copy(message)
    asked.request = common.ListRequest(
        limit=size,
        token=token,
        sort_by=given.sort_by,
        filters=filters,
        raw_filters=given.raw_filters,
        sort_by_fields=given.sort_by_fields,
    )
    return asked


def _keys(keys: Iterable[str] | None) -> list[str]:
    if isinstance(keys, str):
        raise TypeError("with_label_keys: expected a list of keys, got one string")
    return list(keys or ())


def _one(first: Any, second: Any, first_name: str, second_name: str) -> Any:
    if first is not None and second is not None:
        raise InvalidArgument(f"give {first_name} or {second_name}, not both: they are two names of one thing")
    return second if first is None else first
