from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from remora.errors import InvalidArgument, NotFound
from remora_api.flyteidl2 import core, task
from remora_api.flyteidl2.common import Filter, FilterFunction, ListRequest, ProjectIdentifier, Sort, SortDirection
from remora_api.flyteidl2.core import TaskTemplate
from remora_api.flyteidl2.task import (
    DeployTaskRequest,
    DocumentationEntity,
    Environment,
    GetTaskDetailsRequest,
    ListTasksRequest,
    ListVersionsRequest,
    TaskIdentifier,
    TaskName,
    TaskSpec,
    TaskTrigger,
    TaskTriggerSpec,
    TriggerAutomationSpec,
    TriggerAutomationSpecType,
)


def spec(**fields: Any) -> TaskSpec:
    return TaskSpec(task_template=TaskTemplate(type="container"), **fields)


async def details(api: Any, name: str, version: str = "1") -> Any:
    identifier = TaskIdentifier(org="any", project="testing", domain="development", name=name, version=version)
    return (await api.tasks.get_task_details(GetTaskDetailsRequest(task_id=identifier))).details


async def listing(api: Any, *filters: Filter, **fields: Any) -> Any:
    request = ListRequest(filters=list(filters), **fields)
    return await api.tasks.list_tasks(ListTasksRequest(request=request, project_id=api.project_id))


def names(response: Any) -> list[tuple[str, str]]:
    return [(task.task_id.name, task.task_id.version) for task in response.tasks]


async def test_details(api: Any) -> None:
    await api.deploy(
        "env.fn",
        spec(
            short_name="fn",
            environment=Environment(name="env", description="e" * 300),
            documentation=DocumentationEntity(short_description="s" * 300, long_description="l" * 3000),
        ),
    )
    found = await details(api, "env.fn")
    assert found.task_id == TaskIdentifier(project="testing", domain="development", name="env.fn", version="1")
    assert (found.metadata.short_name, found.metadata.environment_name) == ("fn", "env")
    assert found.metadata.short_description == "s" * 255
    assert len(found.spec.documentation.long_description) == 2048
    assert found.metadata.deployed_at is not None
    assert found.metadata.triggers_summary is None


async def test_deploying_a_version_again_replaces_it(api: Any) -> None:
    await api.deploy("t", spec(short_name="old"))
    first = await details(api, "t")
    await api.deploy("t", spec(short_name="new"))
    second = await details(api, "t")
    assert second.spec.short_name == "new"
    assert second.metadata.deployed_at == first.metadata.deployed_at


async def test_refusals(api: Any) -> None:
    identifier = TaskIdentifier(project="nowhere", domain="development", name="t", version="1")
    with pytest.raises(NotFound, match='project "nowhere" not found'):
        await api.tasks.deploy_task(DeployTaskRequest(task_id=identifier, spec=spec()))
    with pytest.raises(InvalidArgument, match="task_id is required"):
        await api.tasks.deploy_task(DeployTaskRequest(spec=spec()))
    with pytest.raises(InvalidArgument, match=r"spec\.task_template is required"):
        await api.tasks.deploy_task(DeployTaskRequest(task_id=identifier, spec=TaskSpec()))
    with pytest.raises(NotFound, match='task "t" version "1" not found'):
        await details(api, "t")
    with pytest.raises(InvalidArgument, match="task_name is required"):
        await api.tasks.list_versions(ListVersionsRequest())


async def test_a_list_has_the_newest_version_that_passes_the_filters(api: Any) -> None:
    for name, version in (("a", "1"), ("a", "2"), ("b", "1")):
        await api.deploy(name, spec(), version)
    response = await listing(api)
    assert names(response) == [("b", "1"), ("a", "2")]
    assert (response.metadata.total, response.metadata.filtered_total) == (2, 2)
    first = Filter(field="version", values=["1"])
    assert names(await listing(api, first)) == [("b", "1"), ("a", "1")]
    response = await listing(api, Filter(field="name", values=["a"]))
    assert names(response) == [("a", "2")]
    assert (response.metadata.total, response.metadata.filtered_total) == (2, 1)
    by_name = Sort(key="name", direction=SortDirection.ASCENDING)
    assert names(await listing(api, sort_by=by_name)) == [("a", "2"), ("b", "1")]
    assert names(await listing(api, Filter(field="name", values=["missing"]))) == []


async def test_a_full_page_has_a_token(api: Any) -> None:
    for name in ("a", "b", "c"):
        await api.deploy(name, spec())
    page = await listing(api, limit=2)
    assert (len(page.tasks), page.token) == (2, "2")
    page = await listing(api, limit=2, token=page.token)
    assert (len(page.tasks), page.token) == (1, "")
    page = await listing(api, limit=3)
    assert (len(page.tasks), page.token) == (3, "3")
    page = await listing(api, limit=3, token="3")
    assert (page.tasks, page.token) == ([], "")
    assert (page.metadata.total, page.metadata.filtered_total) == (0, 0)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"limit": 201}, "exceeds maximum of 200"),
        ({"token": "x"}, 'invalid token: "x"'),
        ({"filters": [Filter(field="labels", values=["x"])]}, "invalid filter field: labels"),
        (
            {"filters": [Filter(function=FilterFunction.EXISTS, field="version", values=["x"])]},
            "unsupported filter function",
        ),
        ({"sort_by_fields": [Sort(key="owner")]}, "invalid sort field: owner"),
    ],
)
async def test_bad_lists(api: Any, fields: dict[str, Any], message: str) -> None:
    request = ListRequest(**fields)
    with pytest.raises(InvalidArgument, match=message):
        await api.tasks.list_tasks(ListTasksRequest(request=request))
    with pytest.raises(InvalidArgument, match=message):
        await api.tasks.list_versions(ListVersionsRequest(request=request, task_name=TaskName(name="t")))


async def test_scope(api: Any) -> None:
    await api.deploy("a", spec())
    everything = await api.tasks.list_tasks(ListTasksRequest(org="any"))
    assert names(everything) == [("a", "1")]
    elsewhere = ProjectIdentifier(name="testing", domain="production")
    assert names(await api.tasks.list_tasks(ListTasksRequest(project_id=elsewhere))) == []


async def test_versions(api: Any) -> None:
    for version in ("1", "2", "3"):
        await api.deploy("t", spec(), version)
    name = TaskName(project="testing", domain="development", name="t")
    response = await api.tasks.list_versions(ListVersionsRequest(task_name=name))
    assert [version.version for version in response.versions] == ["3", "2", "1"]
    oldest = Sort(key="version", direction=SortDirection.ASCENDING)
    request = ListRequest(limit=2, sort_by_fields=[oldest])
    response = await api.tasks.list_versions(ListVersionsRequest(task_name=name, request=request))
    assert [version.version for version in response.versions] == ["1", "2"]
    assert response.token == "2"


async def test_triggers(api: Any) -> None:
    def trigger(name: str, active: bool = True) -> TaskTrigger:
        automation = TriggerAutomationSpec(type=TriggerAutomationSpecType.TYPE_NONE)
        return TaskTrigger(name=name, spec=TaskTriggerSpec(active=active), automation_spec=automation)

    identifier = TaskIdentifier(project="testing", domain="development", name="t", version="1")

    async def deploy(*triggers: TaskTrigger) -> Any:
        await api.tasks.deploy_task(DeployTaskRequest(task_id=identifier, spec=spec(), triggers=list(triggers)))
        return (await details(api, "t")).metadata.triggers_summary

    assert (await deploy(trigger("a"))).details.name == "a"
    summary = await deploy(trigger("a"), trigger("b", active=False))
    assert (summary.stats.total, summary.stats.active) == (2, 1)
    # None at all leaves those that are there.
    assert (await deploy()).stats.total == 2
    assert (await deploy(trigger("b"))).details.name == "b"
    with_one = Filter(field="total_triggers", values=["1"])
    assert names(await listing(api, with_one)) == [("t", "1")]
    assert names(await listing(api, Filter(field="trigger_name", values=["b"]))) == [("t", "1")]
    assert names(await listing(api, Filter(field="active_triggers", values=["0"]))) == []


async def test_who_deployed_what_people_start(api: Any) -> None:
    claims = base64.urlsafe_b64encode(json.dumps({"sub": "me"}).encode()).rstrip(b"=").decode()
    metadata = {"authorization": f"Bearer e30.{claims}.c2ln"}
    for name, entrypoint in (("inner", False), ("outer", True)):
        template = core.TaskTemplate(type="idle", metadata=core.TaskMetadata(is_entrypoint=entrypoint))
        identifier = task.TaskIdentifier(project="testing", domain="development", name=name, version="1")
        request = task.DeployTaskRequest(task_id=identifier, spec=task.TaskSpec(task_template=template))
        await api.tasks.deploy_task(request, metadata=metadata if entrypoint else {})

    async def names(**known: Any) -> list[str]:
        filters = [task.ListTasksRequestKnownFilter(**known)]
        found = await api.tasks.list_tasks(task.ListTasksRequest(org="x", known_filters=filters))
        return [each.task_id.name for each in found.tasks]

    assert await names(is_entrypoint=True) == ["outer"]
    assert await names(is_entrypoint=False) == ["inner"]
    assert await names(deployed_by="me") == ["outer"]
    assert await names(deployed_by="somebody") == []
    outer = task.TaskIdentifier(project="testing", domain="development", name="outer", version="1")
    details = (await api.tasks.get_task_details(task.GetTaskDetailsRequest(task_id=outer))).details
    assert details.metadata.deployed_by.user.id.subject == "me"
