"""ProjectService."""

from __future__ import annotations

import re

from remora.channel.service import ServerContext
from remora.dev.plane import Plane
from remora.dev.store import projects
from remora.dev.store.project_filters import COLUMNS, project_filter
from remora.dev.store.query import order_by
from remora.errors import InvalidArgument
from remora_api.flyteidl2.project import (
    CreateProjectRequest,
    CreateProjectResponse,
    GetProjectRequest,
    GetProjectResponse,
    ListProjectsRequest,
    ListProjectsResponse,
    Project,
    Projects,
    ProjectServiceBase,
    UpdateProjectRequest,
    UpdateProjectResponse,
)

_LEADING_NUMBER = re.compile(r"\d{1,18}")


class ProjectService(ProjectServiceBase):
    """Projects."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane

    async def create_project(self, request: CreateProjectRequest, context: ServerContext) -> CreateProjectResponse:
        """Add a project."""
        project = _given(request.project)
        await self._plane.database.run(lambda tx: projects.create(tx, project))
        return CreateProjectResponse()

    async def update_project(self, request: UpdateProjectRequest, context: ServerContext) -> UpdateProjectResponse:
        """Overwrite a project."""
        project = _given(request.project)
        await self._plane.database.run(lambda tx: projects.update(tx, project))
        return UpdateProjectResponse()

    async def get_project(self, request: GetProjectRequest, context: ServerContext) -> GetProjectResponse:
        """Answer with one project."""
        if not request.id:
            raise InvalidArgument("id is required")
        domains = self._plane.options.domains
        project = await self._plane.database.run(lambda tx: projects.get(tx, request.id, domains))
        return GetProjectResponse(project=project)

    async def list_projects(self, request: ListProjectsRequest, context: ServerContext) -> ListProjectsResponse:
        """Answer with a page of projects; a limit of 0 means all of them.

        A full page has a token even if nothing follows.
        """
        where = project_filter(request.filters)
        sort = [request.sort_by] if request.sort_by is not None and request.sort_by.key else []
        order = order_by(sort, COLUMNS, "id", "id")
        offset = _offset(request.token)
        limit = request.limit or None
        domains = self._plane.options.domains
        found = await self._plane.database.run(lambda tx: projects.page(tx, where, order, limit, offset, domains))
        token = str(offset + len(found)) if limit is not None and len(found) == limit else ""
        return ListProjectsResponse(projects=Projects(projects=found, token=token))


def _given(project: Project | None) -> Project:
    if project is None or not project.id:
        raise InvalidArgument("project.id is required")
    return project


def _offset(token: str) -> int:
    if not token:
        return 0
    # Whatever follows the number is ignored here, unlike in every other list.
    number = _LEADING_NUMBER.match(token)
    if number is None:
        raise InvalidArgument(f'invalid token: "{token}"')
    return int(number[0])
