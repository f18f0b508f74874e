from __future__ import annotations

from typing import Any

import pytest

from remora.errors import AlreadyExists, InvalidArgument, NotFound
from remora_api.flyteidl2.common import Sort, SortDirection
from remora_api.flyteidl2.project import (
    CreateProjectRequest,
    GetProjectRequest,
    ListProjectsRequest,
    Project,
    ProjectState,
    UpdateProjectRequest,
)
from remora_api.flyteidl2.task import Labels


async def create(api: Any, *names: str) -> None:
    for name in names:
        await api.projects.create_project(CreateProjectRequest(project=Project(id=name, name=name.upper())))


async def test_a_project_is_kept(api: Any) -> None:
    given = Project(id="p", name="P", description="about", labels=Labels(values={"team": "x"}))
    await api.projects.create_project(CreateProjectRequest(project=given))
    found = (await api.projects.get_project(GetProjectRequest(id="p"))).project
    assert (found.id, found.name, found.description, found.labels) == ("p", "P", "about", given.labels)
    assert [domain.id for domain in found.domains] == ["development", "staging", "production"]


async def test_update_overwrites_everything(api: Any) -> None:
    await create(api, "p")
    project = Project(id="p", state=ProjectState.ARCHIVED)
    await api.projects.update_project(UpdateProjectRequest(project=project))
    found = (await api.projects.get_project(GetProjectRequest(id="p"))).project
    assert (found.name, found.state) == ("", ProjectState.ARCHIVED)


async def test_refusals(api: Any) -> None:
    await create(api, "p")
    with pytest.raises(AlreadyExists, match='project "p" already exists'):
        await create(api, "p")
    with pytest.raises(InvalidArgument, match=r"project\.id is required"):
        await api.projects.create_project(CreateProjectRequest())
    with pytest.raises(InvalidArgument, match=r"project\.id is required"):
        await api.projects.update_project(UpdateProjectRequest(project=Project()))
    with pytest.raises(InvalidArgument, match="id is required"):
        await api.projects.get_project(GetProjectRequest())
    with pytest.raises(NotFound, match='project "q" not found'):
        await api.projects.get_project(GetProjectRequest(id="q"))
    with pytest.raises(NotFound, match='project "q" not found'):
        await api.projects.update_project(UpdateProjectRequest(project=Project(id="q")))


async def listing(api: Any, **request: Any) -> tuple[list[str], str]:
    response = await api.projects.list_projects(ListProjectsRequest(**request))
    return [project.id for project in response.projects.projects], response.projects.token


async def test_lists(api: Any) -> None:
    await create(api, "a", "b", "c")
    archived = Project(id="b", name="B", state=ProjectState.ARCHIVED)
    await api.projects.update_project(UpdateProjectRequest(project=archived))
    assert await listing(api) == (["a", "c", "testing"], "")
    assert await listing(api, limit=2) == (["a", "c"], "2")
    # A full page has a token even when nothing follows, so the last page is empty.
    assert await listing(api, limit=1, token="2") == (["testing"], "3")
    assert await listing(api, limit=1, token="3") == ([], "")
    assert await listing(api, token="2abc") == (["testing"], "")
    by_name = Sort(key="name", direction=SortDirection.DESCENDING)
    assert (await listing(api, filters="value_in(identifier,a;b;c)", sort_by=by_name))[0] == ["c", "b", "a"]
    for bad in ({"token": "x"}, {"filters": "nonsense"}, {"sort_by": Sort(key="owner")}):
        with pytest.raises(InvalidArgument):
            await listing(api, **bad)
