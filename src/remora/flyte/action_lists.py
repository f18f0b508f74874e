"""Lists of actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from remora.bindings import merged
from remora.flyte.calls import client_of, run_id_of
from remora.flyte.filtered_pages import filtered_pages, filters_of, paged
from remora.flyte.filters import actions_request, time_range
from remora.flyte.parameters import one_of_both
from remora.flyte.watch_lists import watched_actions
from remora_api.flyteidl2 import common, workflow

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable
    from datetime import datetime

    from remora.client import Client
    from remora.dual import PageSource
    from remora.flyte.parameters import SortBy
    from remora.flyte.phases import ActionPhase
    from remora.flyte.time_filter import TimeFilter
    from remora_api.entities import Action, Run

T = TypeVar("T")
ActionT = TypeVar("ActionT", bound="Action")


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
        in_phase=one_of_both(in_phase, phase, "in_phase", "phase"),
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
        in_phase=one_of_both(in_phase, phase, "in_phase", "phase"),
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
        asked = paged(message, filters, token, size)
        response = await workflow.RunServiceStub(client).list_actions(asked, timeout=timeout)
        return response.actions, response.token

    def watch() -> AsyncGenerator[T, None]:
        return watched_actions(client, message, matches, make)

    return filtered_pages(client, filters_of(message), refusable, matches, fetch, make, limit, page_size, watch)
