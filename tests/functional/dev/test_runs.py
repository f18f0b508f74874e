from __future__ import annotations

import asyncio
from typing import Any

import pytest

from remora.dev.literals import make
from remora.errors import Internal, InvalidArgument, NotFound, Unimplemented, Unknown
from remora.testing import ControlPlane
from remora_api.flyteidl2 import dataproxy
from remora_api.flyteidl2.common import (
    ActionIdentifier,
    ActionPhase,
    Filter,
    FilterFunction,
    ListRequest,
    RunIdentifier,
    Sort,
    SortDirection,
    TriggerName,
)
from remora_api.flyteidl2.core import Parameter, TaskTemplate
from remora_api.flyteidl2.task import (
    DeployTaskRequest,
    Labels,
    ListTasksRequest,
    NamedLiteral,
    NamedParameter,
    RunSpec,
    TaskIdentifier,
    TaskName,
    TaskSpec,
    TaskTrigger,
    TaskTriggerSpec,
)
from remora_api.flyteidl2.workflow import (
    AbortActionRequest,
    AbortRunRequest,
    CreateRunRequest,
    GetActionDataRequest,
    GetActionDetailsRequest,
    GetActionLogContextRequest,
    GetRunDetailsRequest,
    ListActionsRequest,
    ListRunsRequest,
    RunSource,
    WatchActionDetailsRequest,
)

# A task without a target: nothing runs, and the run stays as it is.
IDLE = TaskSpec(task_template=TaskTemplate(type="idle"))


def run_id(name: str) -> RunIdentifier:
    return RunIdentifier(project="testing", domain="development", name=name)


async def create(api: Any, name: str, spec: TaskSpec = IDLE, **fields: Any) -> Any:
    request = CreateRunRequest(run_id=run_id(name), task_spec=spec, **fields)
    return (await api.runs.create_run(request)).run


async def collect(stream: Any) -> list[Any]:
    return [message async for message in stream]


async def names(api: Any, *filters: Filter, **fields: Any) -> list[str]:
    request = ListRequest(filters=list(filters), **fields)
    response = await api.runs.list_runs(ListRunsRequest(request=request, project_id=api.project_id))
    return [run.action.id.run.name for run in response.runs]


async def test_a_run_of_a_deployed_task(api: Any) -> None:
    spec = TaskSpec(task_template=TaskTemplate(type="idle"), short_name="fn")
    identifier = await api.deploy("env.fn", spec)
    request = CreateRunRequest(
        project_id=api.project_id,
        task_id=identifier,
        run_spec=RunSpec(labels=Labels(values={"a": "b"})),
        source=RunSource.CLI,
    )
    run = (await api.runs.create_run(request)).run
    assert run.action.id.name == "a0"
    assert run.action.id.run.org == ""
    assert len(run.action.id.run.name) == 20
    assert run.labels == {"a": "b"}
    assert run.action.status.phase == ActionPhase.QUEUED
    assert run.action.status.attempts == 1
    assert run.action.metadata.task.id == identifier
    assert run.action.metadata.source == RunSource.CLI
    details = (await api.runs.get_run_details(GetRunDetailsRequest(run_id=run.action.id.run))).details
    assert details.run_spec.labels == request.run_spec.labels
    assert details.action.task == spec
    assert details.action.attempts == []
    tasks = await api.tasks.list_tasks(ListTasksRequest(project_id=api.project_id))
    assert tasks.tasks[0].task_summary.latest_run.run_id == run.action.id.run


async def test_creating_a_run_twice_returns_the_first(api: Any) -> None:
    first = await create(api, "mine", inputs=api.inputs(x=make.integer(1)))
    again = await create(api, "mine", inputs=api.inputs(x=make.integer(2)))
    assert again == first
    data = await api.data.get_action_data(dataproxy.GetActionDataRequest(action_id=first.action.id))
    assert data.inputs.literals == [NamedLiteral(name="x", value=make.integer(1))]
    together = await asyncio.gather(*(create(api, "many", inputs=api.inputs(x=make.integer(i))) for i in range(10)))
    assert all(run == together[0] for run in together)
    assert sorted(await names(api)) == ["many", "mine"]


async def test_defaults_of_inputs(api: Any) -> None:
    defaults = [NamedParameter(name="x", parameter=Parameter(default=make.integer(5)))]
    run = await create(api, "r", TaskSpec(task_template=TaskTemplate(), default_inputs=defaults))
    data = await api.data.get_action_data(dataproxy.GetActionDataRequest(action_id=run.action.id))
    assert data.inputs.literals == [NamedLiteral(name="x", value=make.integer(5))]
    assert data.inputs_uri == "remora://runs/testing/development/r/inputs/inputs.pb"
    assert data.outputs_uri == ""


async def test_a_run_of_a_trigger(api: Any) -> None:
    identifier = TaskIdentifier(project="testing", domain="development", name="t", version="1")
    trigger = TaskTrigger(name="nightly", spec=TaskTriggerSpec(active=True, inputs=api.inputs(x=make.integer(3))))
    await api.tasks.deploy_task(DeployTaskRequest(task_id=identifier, spec=IDLE, triggers=[trigger]))
    name = TriggerName(project="testing", domain="development", name="nightly", task_name="t")
    request = CreateRunRequest(project_id=api.project_id, trigger_name=name)
    run = (await api.runs.create_run(request)).run
    assert run.action.metadata.trigger_id.name == name
    assert run.action.metadata.trigger_id.revision == 1
    data = await api.data.get_action_data(dataproxy.GetActionDataRequest(action_id=run.action.id))
    assert data.inputs.literals == [NamedLiteral(name="x", value=make.integer(3))]
    listed = await api.runs.list_runs(ListRunsRequest(trigger_name=name))
    assert [item.action.id for item in listed.runs] == [run.action.id]
    name.name = "other"
    with pytest.raises(NotFound, match='trigger "other" of task "t" not found'):
        await api.runs.create_run(request)


@pytest.mark.parametrize(
    ("request_", "kind", "message"),
    [
        (CreateRunRequest(task_spec=IDLE), InvalidArgument, "id is required"),
        (CreateRunRequest(run_id=run_id("Bad"), task_spec=IDLE), InvalidArgument, 'invalid run name "Bad"'),
        (CreateRunRequest(run_id=run_id("x" * 31), task_spec=IDLE), InvalidArgument, "no more than 30 characters"),
        (CreateRunRequest(run_id=run_id("ok")), InvalidArgument, "task is required"),
        (
            CreateRunRequest(run_id=RunIdentifier(project="nowhere", name="ok"), task_spec=IDLE),
            NotFound,
            'project "nowhere" not found',
        ),
        (
            CreateRunRequest(run_id=run_id("ok"), task_id=TaskIdentifier(name="t", version="9")),
            NotFound,
            'task "t" version "9" not found',
        ),
        (
            CreateRunRequest(run_id=run_id("ok"), task_spec=IDLE, run_spec=RunSpec(run_base_dir="s3://bucket")),
            InvalidArgument,
            "s3://bucket is not in this object store",
        ),
    ],
)
async def test_runs_that_cannot_be(api: Any, request_: CreateRunRequest, kind: Any, message: str) -> None:
    with pytest.raises(kind, match=message):
        await api.runs.create_run(request_)
    assert await names(api) == []


async def test_missing_identifiers_and_runs(api: Any) -> None:
    missing = run_id("missing")
    action = ActionIdentifier(run=missing, name="a0")
    runs = api.runs
    for call, request in (
        (runs.get_run_details, GetRunDetailsRequest(run_id=missing)),
        (runs.abort_run, AbortRunRequest(run_id=missing)),
        (runs.get_action_details, GetActionDetailsRequest(action_id=action)),
        (runs.abort_action, AbortActionRequest(action_id=action)),
        (runs.get_action_log_context, GetActionLogContextRequest(action_id=action)),
    ):
        with pytest.raises(NotFound, match='run "missing" not found in project "testing"'):
            await call(request)
    for call, request in (
        (runs.get_run_details, GetRunDetailsRequest()),
        (runs.abort_run, AbortRunRequest()),
        (runs.list_actions, ListActionsRequest()),
    ):
        with pytest.raises(InvalidArgument, match="run_id is required"):
            await call(request)
    with pytest.raises(InvalidArgument, match=r"action_id\.run is required"):
        await runs.get_action_details(GetActionDetailsRequest(action_id=ActionIdentifier(name="a0")))
    for watch, kind in (
        (WatchActionDetailsRequest(), InvalidArgument),
        (WatchActionDetailsRequest(action_id=action), NotFound),
    ):
        with pytest.raises(kind):
            await collect(runs.watch_action_details(watch))
    with pytest.raises(Unimplemented):
        await runs.get_action_data(GetActionDataRequest(action_id=action))


async def test_pages_of_runs(api: Any) -> None:
    for number in range(5):
        await create(api, f"r{number}")
    assert await names(api) == ["r4", "r3", "r2", "r1", "r0"]
    request = ListRequest(limit=2)
    seen, tokens = [], []
    while True:
        page = await api.runs.list_runs(ListRunsRequest(request=request, project_id=api.project_id))
        seen += [run.action.id.run.name for run in page.runs]
        tokens.append(page.token)
        if not page.token:
            break
        request.token = page.token
    assert seen == ["r4", "r3", "r2", "r1", "r0"]
    assert tokens == ["2", "4", ""]
    page = await api.runs.list_runs(ListRunsRequest(request=ListRequest(limit=5), project_id=api.project_id))
    assert (len(page.runs), page.token) == (5, "")


async def test_filters_and_sorts_of_runs(api: Any) -> None:
    for name, task in (("a", "one"), ("b", "two"), ("c", "one")):
        identifier = await api.deploy(task, IDLE)
        await api.runs.create_run(CreateRunRequest(run_id=run_id(name), task_id=identifier))
    await api.runs.abort_run(AbortRunRequest(run_id=run_id("a")))
    assert await names(api, Filter(field="task_name", values=["one"])) == ["c", "a"]
    phases = Filter(function=FilterFunction.VALUE_IN, field="phase", values=[str(int(ActionPhase.ABORTED))])
    assert await names(api, phases) == ["a"]
    assert await names(api, Filter(function=FilterFunction.GREATER_THAN, field="run_name", values=["a"])) == ["c", "b"]
    oldest = Sort(key="created_at", direction=SortDirection.ASCENDING)
    assert await names(api, sort_by=oldest) == ["a", "b", "c"]
    assert await names(api, sort_by_fields=[Sort(key="task_name"), Sort(key="run_name")]) == ["b", "c", "a"]

    async def scoped(**scope: Any) -> list[str]:
        response = await api.runs.list_runs(ListRunsRequest(**scope))
        return [run.action.id.run.name for run in response.runs]

    where = {"project": "testing", "domain": "development", "name": "one"}
    assert await scoped(task_name=TaskName(**where)) == ["c", "a"]
    assert await scoped(task_id=TaskIdentifier(**where, version="1")) == ["c", "a"]
    assert await scoped(task_id=TaskIdentifier(**where, version="2")) == []
    assert await scoped(org="whatever") == ["c", "b", "a"]
    assert await scoped(org="", paused_actions_only=True) == []


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"limit": 201}, r"invalid limit: 201 \(exceeds maximum of 200\)"),
        ({"token": "-1"}, 'invalid token: "-1"'),
        ({"filters": [Filter(field="created_by", values=["x"])]}, "invalid filter field: created_by"),
        ({"filters": [Filter(field="phase", values=["RUNNING"])]}, "'RUNNING' is not an integer"),
        ({"sort_by": Sort(key="labels.x")}, r"invalid sort field: labels\.x"),
    ],
)
async def test_bad_lists(api: Any, fields: dict[str, Any], message: str) -> None:
    request = ListRequest(**fields)
    with pytest.raises(InvalidArgument, match=message):
        await api.runs.list_runs(ListRunsRequest(request=request, project_id=api.project_id))
    with pytest.raises(InvalidArgument, match=message):
        await api.runs.list_actions(ListActionsRequest(request=request, run_id=run_id("r")))


async def test_actions_of_a_run(api: Any) -> None:
    await create(api, "r")
    await create(api, "other")
    response = await api.runs.list_actions(ListActionsRequest(run_id=run_id("r")))
    assert [action.id.name for action in response.actions] == ["a0"]
    assert response.actions[0].metadata.task is not None


async def test_aborting(api: Any) -> None:
    run = await create(api, "r")
    await api.runs.abort_run(AbortRunRequest(run_id=run_id("r")))
    details = (await api.runs.get_run_details(GetRunDetailsRequest(run_id=run_id("r")))).details.action
    assert details.status.phase == ActionPhase.ABORTED
    assert details.status.end_time is not None
    assert details.abort_info.reason == "User requested abort"
    # What has ended stays as it is.
    await api.runs.abort_action(AbortActionRequest(action_id=run.action.id, reason="again"))
    again = (await api.runs.get_run_details(GetRunDetailsRequest(run_id=run_id("r")))).details.action
    assert again == details


class TestQuirks:
    @pytest.fixture
    def control_plane_options(self) -> dict[str, Any]:
        return {"oss_quirks": True}

    async def test_a_missing_task_is_unknown(self, api: Any) -> None:
        missing = TaskIdentifier(name="t", version="1")
        with pytest.raises(Unknown, match='task "t" version "1" not found'):
            await api.runs.create_run(CreateRunRequest(run_id=run_id("r"), task_id=missing))

    async def test_values_that_do_not_fit_are_internal(self, api: Any) -> None:
        with pytest.raises(Internal):
            await names(api, Filter(field="phase", values=["RUNNING"]))

    async def test_abort_overwrites_what_has_ended(self, api: Any) -> None:
        await create(api, "r")
        await api.runs.abort_run(AbortRunRequest(run_id=run_id("r"), reason="one"))
        await api.runs.abort_run(AbortRunRequest(run_id=run_id("r"), reason="two"))
        details = (await api.runs.get_run_details(GetRunDetailsRequest(run_id=run_id("r")))).details
        assert details.action.abort_info.reason == "two"

    async def test_actions_are_listed_bare(self, api: Any) -> None:
        await create(api, "r")
        response = await api.runs.list_actions(ListActionsRequest(run_id=run_id("r")))
        assert response.actions[0].metadata.task is None


class TestStrict:
    @pytest.fixture
    def control_plane_options(self) -> dict[str, Any]:
        return {"strict": True}

    async def test_field_rules_are_enforced(self, api: Any, control_plane: ControlPlane) -> None:
        with pytest.raises(InvalidArgument, match=r"ListRunsRequest\.scope_by: one of org, .* must be set"):
            await api.runs.list_runs(ListRunsRequest())
        action = ActionIdentifier(run=RunIdentifier(project="p", name="r"), name="a0")
        with pytest.raises(InvalidArgument, match=r"action_id\.run\.domain: must have at least 1 character"):
            await collect(api.runs.watch_action_details(WatchActionDetailsRequest(action_id=action)))
        await create(api, "r")
