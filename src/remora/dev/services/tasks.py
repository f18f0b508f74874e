"""TaskService."""

from __future__ import annotations

from remora.channel.service import ServerContext
from remora.dev.plane import Plane
from remora.dev.schedules import read_schedule
from remora.dev.services.identifiers import task_id
from remora.dev.services.identity import identity, subject_of
from remora.dev.store import projects, tasks, triggers
from remora.dev.store.database import Transaction
from remora.dev.store.paging import page_request
from remora.dev.store.query import Where, equals, order_by, sorts, where
from remora.errors import InvalidArgument, NotFound
from remora_api.flyteidl2.common import ListRequest
from remora_api.flyteidl2.task import (
    DeployTaskRequest,
    DeployTaskResponse,
    GetTaskDetailsRequest,
    GetTaskDetailsResponse,
    ListTasksRequest,
    ListTasksResponse,
    ListTasksResponseListTasksMetadata,
    ListVersionsRequest,
    ListVersionsResponse,
    TaskServiceBase,
    TaskSpec,
)

_MAX_SHORT_DESCRIPTION = 255
_MAX_LONG_DESCRIPTION = 2048
_TIEBREAK = "project, domain, name"


class TaskService(TaskServiceBase):
    """Deployed tasks."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane

    async def deploy_task(self, request: DeployTaskRequest, context: ServerContext) -> DeployTaskResponse:
        """Add a version of a task, or replace it."""
        identifier = task_id(request.task_id)
        if request.spec is None or request.spec.task_template is None:
            raise InvalidArgument("spec.task_template is required")
        if not identifier.name or not identifier.version:
            raise InvalidArgument("task_id.name and task_id.version are required")
        for trigger in request.triggers:
            read_schedule(trigger.automation_spec)
        spec = _truncated(request.spec)
        change = triggers.Change(self._plane.options.clock.now(), identity(context.metadata))

        def work(tx: Transaction) -> None:
            projects.require(tx, identifier.project)
            tasks.deploy(tx, identifier, spec, subject_of(change.by))
            triggers.replace(tx, identifier, request.triggers, change)

        await self._plane.database.run(work)
        return DeployTaskResponse()

    async def get_task_details(self, request: GetTaskDetailsRequest, context: ServerContext) -> GetTaskDetailsResponse:
        """Answer with one version of a task."""
        identifier = task_id(request.task_id)
        details = await self._plane.database.run(lambda tx: tasks.details(tx, identifier))
        if details is None:
            raise NotFound(f'task "{identifier.name}" version "{identifier.version}" not found')
        return GetTaskDetailsResponse(details=details)

    async def list_tasks(self, request: ListTasksRequest, context: ServerContext) -> ListTasksResponse:
        """Answer with a page of tasks, the newest version of each. A full page has a token even if nothing follows."""
        listing = request.request or ListRequest()
        page = page_request(listing.limit, listing.token)
        scope = Where()
        if request.project_id is not None:
            scope &= equals("project", request.project_id.name)
            if request.project_id.domain:
                scope &= equals("domain", request.project_id.domain)
        filters = where(listing.filters, tasks.COLUMNS, quirks=self._plane.options.oss_quirks)
        for known in request.known_filters:
            if known.deployed_by is not None:
                filters &= equals("deployed_by", known.deployed_by)
            if known.is_entrypoint is not None and not self._plane.options.oss_quirks:
                filters &= equals("is_entrypoint", int(known.is_entrypoint))
        order = order_by(sorts(listing), tasks.COLUMNS, f"created_at DESC, {_TIEBREAK}", _TIEBREAK)
        found = await self._plane.database.run(lambda tx: tasks.page(tx, scope, filters, order, page))
        return ListTasksResponse(
            tasks=found.tasks,
            token=page.next_token if len(found.tasks) == page.limit else "",
            metadata=ListTasksResponseListTasksMetadata(total=found.total, filtered_total=found.filtered_total),
        )

    async def list_versions(self, request: ListVersionsRequest, context: ServerContext) -> ListVersionsResponse:
        """Answer with a page of the versions of a task. A full page has a token even if nothing follows."""
        name = request.task_name
        if name is None:
            raise InvalidArgument("task_name is required")
        listing = request.request or ListRequest()
        page = page_request(listing.limit, listing.token)
        condition = equals("project", name.project) & equals("domain", name.domain) & equals("name", name.name)
        condition &= where(listing.filters, tasks.VERSION_COLUMNS, quirks=self._plane.options.oss_quirks)
        order = order_by(sorts(listing), tasks.VERSION_COLUMNS, "created_at DESC, version", "version")
        found = await self._plane.database.run(lambda tx: tasks.versions(tx, condition, order, page))
        return ListVersionsResponse(versions=found, token=page.next_token if len(found) == page.limit else "")


def _truncated(spec: TaskSpec) -> TaskSpec:
    documentation = spec.documentation
    if documentation is not None:
        documentation.short_description = documentation.short_description[:_MAX_SHORT_DESCRIPTION]
        documentation.long_description = documentation.long_description[:_MAX_LONG_DESCRIPTION]
    if spec.environment is not None:
        spec.environment.description = spec.environment.description[:_MAX_SHORT_DESCRIPTION]
    return spec
