"""ListRuns and ListActions."""

from __future__ import annotations

from remora.channel.service import ServerContext
from remora.dev.plane import Plane
from remora.dev.services.identifiers import run_key
from remora.dev.services.runs.base import RunMethods
from remora.dev.store import actions, views
from remora.dev.store.actions import COLUMNS, DEFAULT_ORDER, ROOTS, TIEBREAK, ActionRow
from remora.dev.store.paging import page_request
from remora.dev.store.query import Where, equals, order_by, sorts, where
from remora_api.flyteidl2.common import ActionPhase, ListRequest, ProjectIdentifier
from remora_api.flyteidl2.workflow import (
    ListActionsRequest,
    ListActionsResponse,
    ListRunsRequest,
    ListRunsResponse,
)

_HAS_PAUSED_ACTION = (
    "EXISTS (SELECT 1 FROM actions AS other WHERE other.project = actions.project AND other.domain = actions.domain"
    f" AND other.run_name = actions.run_name AND other.phase = {int(ActionPhase.PAUSED)})"
)


class ListMethods(RunMethods):
    """Lists."""

    async def list_runs(self, request: ListRunsRequest, context: ServerContext) -> ListRunsResponse:
        """A page of runs."""
        condition = ROOTS & _scope(request)
        if request.paused_actions_only:
            condition &= Where((_HAS_PAUSED_ACTION,))
        rows, token = await _page(self._plane, condition, request.request)
        return ListRunsResponse(runs=[views.run(row) for row in rows], token=token)

    async def list_actions(self, request: ListActionsRequest, context: ServerContext) -> ListActionsResponse:
        """A page of the actions of a run."""
        key = run_key(request.run_id)
        condition = equals("project", key.project) & equals("domain", key.domain) & equals("run_name", key.run)
        rows, token = await _page(self._plane, condition, request.request)
        bare = self._plane.options.oss_quirks
        return ListActionsResponse(actions=[views.action(row, bare=bare) for row in rows], token=token)


def project_scope(project: ProjectIdentifier) -> Where:
    """Actions of a project, and of one domain if that is given."""
    condition = equals("project", project.name)
    return condition & equals("domain", project.domain) if project.domain else condition


def _scope(request: ListRunsRequest) -> Where:
    if request.project_id is not None:
        return project_scope(request.project_id)
    if request.trigger_name is not None:
        trigger = request.trigger_name
        condition = equals("project", trigger.project) & equals("domain", trigger.domain)
        return condition & equals("trigger_task_name", trigger.task_name) & equals("trigger_name", trigger.name)
    name = request.task_name or request.task_id
    if name is None:  # an organisation, which means everything
        return Where()
    condition = equals("task_project", name.project) & equals("task_domain", name.domain)
    condition &= equals("task_name", name.name)
    return condition & equals("task_version", request.task_id.version) if request.task_id is not None else condition


async def _page(plane: Plane, condition: Where, request: ListRequest | None) -> tuple[list[ActionRow], str]:
    listing = request or ListRequest()
    page = page_request(listing.limit, listing.token)
    condition &= where(listing.filters, COLUMNS, quirks=plane.options.oss_quirks)
    order = order_by(sorts(listing), COLUMNS, DEFAULT_ORDER, TIEBREAK)
    return await plane.database.run(lambda tx: actions.page(tx, condition, order, page))
