"""Triggers: deployed, listed, changed, and fired on their schedule by a clock that the test sets."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from remora.dev.literals import make
from remora.errors import FailedPrecondition, Internal, InvalidArgument, NotFound
from remora.testing import ControlPlane, ManualClock
from remora_api.flyteidl2 import artifact, common, core, dataproxy, task, trigger, workflow
from remora_api.flyteidl2.trigger import TriggerRevisionAction

START = datetime(2024, 1, 1, 0, 30, tzinfo=timezone.utc)
IDLE = task.TaskSpec(task_template=core.TaskTemplate(type="idle"))
HOURLY = task.TriggerAutomationSpec(schedule=task.Schedule(cron=task.Cron(expression="@hourly")))
MANUAL = task.TriggerAutomationSpec()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def control_plane_options(clock: ManualClock) -> dict[str, Any]:
    return {"clock": clock, "catch_up": 100}


def name(trigger_name: str = "t", task_name: str = "job") -> common.TriggerName:
    return common.TriggerName(project="testing", domain="development", name=trigger_name, task_name=task_name)


def spec(**fields: Any) -> trigger.TriggerSpec:
    return trigger.TriggerSpec(**{"active": True, "task_version": "1", **fields})


async def deploy(
    api: Any, trigger_name: str = "t", automation: task.TriggerAutomationSpec = HOURLY, **fields: Any
) -> trigger.TriggerDetails:
    task_name, revision = fields.pop("task_name", "job"), fields.pop("revision", 0)
    request = trigger.DeployTriggerRequest(
        name=name(trigger_name, task_name), spec=spec(**fields), automation_spec=automation, revision=revision
    )
    details: trigger.TriggerDetails = (await api.triggers.deploy_trigger(request)).trigger
    return details


async def details(api: Any, trigger_name: str = "t") -> trigger.TriggerDetails:
    request = trigger.GetTriggerDetailsRequest(name=name(trigger_name))
    found: trigger.TriggerDetails = (await api.triggers.get_trigger_details(request)).trigger
    return found


async def set_active(api: Any, active: bool, *names: str) -> None:
    request = trigger.UpdateTriggersRequest(names=[name(one) for one in names], active=active)
    await api.triggers.update_triggers(request)


async def delete(api: Any, *names: str) -> None:
    await api.triggers.delete_triggers(trigger.DeleteTriggersRequest(names=[name(one) for one in names]))


async def listed(api: Any, *, limit: int = 0, token: str = "", **fields: Any) -> Any:
    filters = fields.pop("filters", [])
    request = common.ListRequest(limit=limit, token=token, filters=filters)
    scope = fields or {"project_id": common.ProjectIdentifier(name="testing", domain="development")}
    return await api.triggers.list_triggers(trigger.ListTriggersRequest(request=request, **scope))


async def test_the_life_of_a_trigger(api: Any, clock: ManualClock) -> None:
    claims = base64.urlsafe_b64encode(json.dumps({"sub": "me"}).encode()).rstrip(b"=").decode()
    request = trigger.DeployTriggerRequest(
        name=name(), spec=spec(description="why", inputs=api.inputs(n=make.integer(1))), automation_spec=HOURLY
    )
    metadata = {"authorization": f"Bearer e30.{claims}.c2ln"}
    first = (await api.triggers.deploy_trigger(request, metadata=metadata)).trigger
    assert (first.id.revision, first.spec.active, first.description) == (1, True, "why")
    assert first.automation_spec.type == task.TriggerAutomationSpecType.TYPE_SCHEDULE
    assert first.metadata.deployed_by.user.id.subject == "me"
    assert first.status.deployed_at.to_datetime() == START
    assert await details(api) == first
    clock.advance(minutes=1)
    await set_active(api, False, "t", "unknown")
    second = await details(api)
    assert (second.id.revision, second.spec.active, second.metadata.updated_by) == (2, False, None)
    assert second.status.deployed_at == first.status.deployed_at != second.status.updated_at
    await set_active(api, False, "t")  # is so already
    await set_active(api, True, "t")
    await delete(api, "t", "unknown")
    with pytest.raises(NotFound, match='trigger "t" of task "job" not found'):
        await details(api)
    assert (await listed(api)).triggers == []
    await deploy(api, automation=MANUAL)
    history = trigger.GetTriggerRevisionHistoryRequest(name=name())
    revisions = (await api.triggers.get_trigger_revision_history(history)).triggers
    assert [(each.id.revision, each.action.name) for each in revisions] == [
        (5, "DEPLOY"),
        (4, "DELETE"),
        (3, "ACTIVATE"),
        (2, "DEACTIVATE"),
        (1, "DEPLOY"),
    ]
    identifier = common.TriggerIdentifier(name=name(), revision=1)
    old = await api.triggers.get_trigger_revision_details(trigger.GetTriggerRevisionDetailsRequest(id=identifier))
    assert old.trigger == first
    identifier.revision = 9
    with pytest.raises(NotFound, match="revision 9 of trigger"):
        await api.triggers.get_trigger_revision_details(trigger.GetTriggerRevisionDetailsRequest(id=identifier))
    newest = common.ListRequest(
        limit=1,
        filters=[common.Filter(field="action", function=common.FilterFunction.EQUAL, values=["1"])],
        sort_by_fields=[common.Sort(key="revision", direction=common.SortDirection.ASCENDING)],
    )
    page = await api.triggers.get_trigger_revision_history(
        trigger.GetTriggerRevisionHistoryRequest(name=name(), request=newest)
    )
    assert [(each.id.revision, each.action) for each in page.triggers] == [(1, TriggerRevisionAction.DEPLOY)]
    assert page.token == "1"


async def test_the_given_revision_must_be_the_newest(api: Any, control_plane: ControlPlane) -> None:
    await deploy(api)
    assert (await deploy(api, revision=1)).id.revision == 2
    with pytest.raises(FailedPrecondition, match="optimistic lock failure: revision 1 is given and 2 is the newest"):
        await deploy(api, revision=1)


class TestQuirks:
    @pytest.fixture
    def control_plane_options(self) -> dict[str, Any]:
        return {"oss_quirks": True}

    async def test_as_the_backend_has_it(self, api: Any) -> None:
        artifact = task.TriggerAutomationSpec(artifact=task.ArtifactTrigger(artifact_name="a"))
        found = await deploy(api, automation=artifact)
        assert found.automation_spec == task.TriggerAutomationSpec(type=task.TriggerAutomationSpecType.TYPE_NONE)
        with pytest.raises(Internal, match="optimistic lock failure"):
            await deploy(api, revision=7)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (trigger.DeployTriggerRequest(), "name is required"),
        (trigger.DeployTriggerRequest(name=common.TriggerName(name="x")), "name.name and name.task_name are required"),
        (trigger.DeployTriggerRequest(name=name()), "spec.task_version is required"),
        (
            trigger.DeployTriggerRequest(
                name=name(),
                spec=spec(),
                automation_spec=task.TriggerAutomationSpec(
                    schedule=task.Schedule(cron=task.Cron(expression="0 0 * * ? *"))
                ),
            ),
            "expected exactly 5 fields, found 6",
        ),
    ],
)
async def test_bad_deployments(api: Any, request_: trigger.DeployTriggerRequest, message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        await api.triggers.deploy_trigger(request_)


async def test_lists(api: Any) -> None:
    for number in range(4):
        await deploy(api, f"t{number}", MANUAL, active=number != 1)
    await deploy(api, "other", HOURLY, task_name="second", task_version="2")
    assert {each.id.name.name for each in (await listed(api)).triggers} == {"t0", "t1", "t2", "t3", "other"}
    assert [each.id.name.name for each in (await listed(api)).triggers][-1] == "t1"  # the only one that is not active
    named = task.TaskName(project="testing", domain="development", name="second")
    assert [each.id.name.name for each in (await listed(api, task_name=named)).triggers] == ["other"]
    version = task.TaskIdentifier(project="testing", domain="development", name="second", version="1")
    assert (await listed(api, task_id=version)).triggers == []
    for field, value, expected in (
        ("active", "false", {"t1"}),
        ("automation_type", "TYPE_SCHEDULE", {"other"}),
        ("task_version", "2", {"other"}),
    ):
        chosen = common.Filter(field=field, function=common.FilterFunction.EQUAL, values=[value])
        found = await listed(api, filters=[chosen])
        assert {each.id.name.name for each in found.triggers} == expected
    chosen = common.Filter(field="active", function=common.FilterFunction.EQUAL, values=["maybe"])
    with pytest.raises(InvalidArgument, match="'maybe' is not true or false"):
        await listed(api, filters=[chosen])
    seen, token = [], ""
    while True:
        page = await listed(api, limit=2, token=token)
        seen += [each.id.name.name for each in page.triggers]
        token = page.token
        if not token:
            break
    assert sorted(seen) == ["other", "t0", "t1", "t2", "t3"]


async def runs(api: Any, count: int) -> list[workflow.Run]:
    """Wait until as many runs exist."""
    found: dict[str, workflow.Run] = {}
    async with api.runs.watch_runs(workflow.WatchRunsRequest(org="any"), timeout=60) as messages:
        async for message in messages:
            found |= {run.action.id.run.name: run for run in message.runs}
            if len(found) >= count:
                break
    return list(found.values())


async def count_runs(api: Any) -> int:
    return len((await api.runs.list_runs(workflow.ListRunsRequest(org="any"))).runs)


async def started_at(api: Any, run: workflow.Run) -> datetime:
    request = workflow.GetRunDetailsRequest(run_id=run.action.id.run)
    moment: datetime = (await api.runs.get_run_details(request)).details.run_spec.run_start_time.to_datetime()
    return moment


async def test_a_schedule_fires(api: Any, clock: ManualClock) -> None:
    await api.deploy("job", IDLE)
    await deploy(api, inputs=api.inputs(n=make.integer(7)))
    clock.advance(minutes=29)
    clock.advance(minutes=1)
    (run,) = await runs(api, 1)
    metadata = run.action.metadata
    assert metadata.source == workflow.RunSource.SCHEDULE_TRIGGER
    assert (metadata.trigger_id.name, metadata.trigger_id.revision) == (name(), 1)
    assert metadata.trigger_type.schedule == HOURLY.schedule
    assert await started_at(api, run) == datetime(2024, 1, 1, 1, tzinfo=timezone.utc)
    data = await api.data.get_action_data(dataproxy.GetActionDataRequest(action_id=run.action.id))
    assert data.inputs == api.inputs(n=make.integer(7))
    clock.advance(hours=1)
    both = await runs(api, 2)
    assert {await started_at(api, run) for run in both} == {
        datetime(2024, 1, 1, hour, tzinfo=timezone.utc) for hour in (1, 2)
    }
    of_trigger = workflow.ListRunsRequest(trigger_name=name())
    assert len((await api.runs.list_runs(of_trigger)).runs) == 2


async def test_a_task_is_really_run(api: Any, clock: ManualClock) -> None:
    kickoff = core.LiteralType(simple=core.SimpleType.DATETIME)
    script = "cp /var/inputs/when /var/outputs/seen"
    await api.deploy("job", api.shell(script, inputs={"when": kickoff}, outputs={"seen": api.string}))
    automation = task.TriggerAutomationSpec(
        schedule=task.Schedule(
            rate=task.FixedRate(value=10, unit=task.FixedRateUnit.MINUTE), kickoff_time_input_arg="when"
        )
    )
    await deploy(api, automation=automation)
    clock.advance(minutes=10)
    (run,) = await runs(api, 1)
    assert (await api.finish(run.action.id)).status.phase == common.ActionPhase.SUCCEEDED
    assert (await api.outputs(run.action.id))["seen"].scalar.primitive.string_value == "2024-01-01T00:40:00Z"
    found = await details(api)
    assert found.status.triggered_at.to_datetime() == datetime(2024, 1, 1, 0, 40, tzinfo=timezone.utc)


async def test_only_active_triggers_fire(api: Any, clock: ManualClock) -> None:
    await api.deploy("job", IDLE)
    for each in ("a-deleted", "b-inactive", "c-missing", "d-fires"):
        await deploy(api, each, task_version="2" if each == "c-missing" else "1")
    await delete(api, "a-deleted")
    await set_active(api, False, "b-inactive")
    clock.advance(hours=1)
    (run,) = await runs(api, 1)
    assert run.action.metadata.trigger_name == "d-fires"
    # What is activated is due from then on, not for what it missed.
    clock.advance(hours=5)
    await runs(api, 6)
    await delete(api, "d-fires")
    await set_active(api, True, "b-inactive")
    clock.advance(hours=1)
    found = await runs(api, 7)
    assert [run.action.metadata.trigger_name for run in found].count("b-inactive") == 1


async def test_a_redeployment_does_not_put_off_the_next_run(api: Any, clock: ManualClock) -> None:
    await api.deploy("job", IDLE)
    rate = task.FixedRate(value=1, unit=task.FixedRateUnit.HOUR)
    automation = task.TriggerAutomationSpec(schedule=task.Schedule(rate=rate))
    await deploy(api, automation=automation)
    clock.advance(minutes=50)
    await deploy(api, automation=automation, description="new")
    clock.advance(minutes=10)
    (run,) = await runs(api, 1)
    assert await started_at(api, run) == datetime(2024, 1, 1, 1, 30, tzinfo=timezone.utc)
    assert run.action.metadata.trigger_id.revision == 2


@pytest.fixture
async def plane_of(tmp_path: Path, connect: Callable[[str], Any]) -> AsyncIterator[Callable[..., Any]]:
    planes: list[ControlPlane] = []
    apis: list[Any] = []

    def start(**options: Any) -> Any:
        planes.append(ControlPlane(data_dir=tmp_path, **options).start())
        apis.append(connect(planes[-1].endpoint))
        return planes[-1], apis[-1]

    yield start
    for api in apis:
        await api.client.aclose()
    for plane in planes:
        plane.stop()


@pytest.mark.parametrize(("catch_up", "hours"), [(0, []), (1, [5]), (3, [3, 4, 5]), (100, [1, 2, 3, 4, 5])])
async def test_what_was_missed_is_made_up_for(
    plane_of: Callable[..., Any], clock: ManualClock, catch_up: int, hours: list[int]
) -> None:
    plane, api = plane_of(clock=clock)
    await api.deploy("job", IDLE)
    await deploy(api)
    plane.stop()
    clock.advance(hours=5)  # 05:30
    plane, api = plane_of(clock=clock, catch_up=catch_up)
    found = await runs(api, len(hours)) if hours else []
    assert sorted([(await started_at(api, run)).hour for run in found]) == hours
    # From then on it goes on as if nothing had been.
    clock.advance(hours=1)
    found = await runs(api, len(hours) + 1)
    assert sorted([(await started_at(api, run)).hour for run in found]) == [*hours, 6]


async def test_a_run_that_was_started_before_a_kill_is_not_started_again(
    plane_of: Callable[..., Any], clock: ManualClock
) -> None:
    plane, api = plane_of(clock=clock)
    await api.deploy("job", IDLE)
    await deploy(api)
    clock.advance(hours=1)
    before = await runs(api, 1)
    plane.stop()
    # As if the server had died between the run and the note of it.
    with sqlite3.connect(Path(plane._options.data_dir) / "remora.db") as connection:
        connection.execute("UPDATE triggers SET due_after = due_after - 3600 * 1000000000")
    connection.close()
    plane, api = plane_of(clock=clock, catch_up=100)
    clock.advance(hours=1)
    after = await runs(api, 2)
    assert before[0].action.id.run.name in {run.action.id.run.name for run in after}
    assert await count_runs(api) == 2


async def test_the_clock_of_the_machine(plane_of: Callable[..., Any]) -> None:
    _, api = plane_of()
    await api.deploy("job", IDLE)
    every = task.TriggerAutomationSpec(schedule=task.Schedule(cron=task.Cron(expression="@every 1s")))
    await deploy(api, automation=every)
    await runs(api, 1)


async def publish(api: Any, version: str, text: str = "model", **partitions: str) -> None:
    identifier = artifact.ArtifactIdentifier(
        name=artifact.ArtifactName(project="testing", domain="development", name=text), version=version
    )
    values = {key: core.LabelValue(static_value=value) for key, value in partitions.items()}
    published = artifact.ArtifactSpec(
        value=make.integer(int(version)), type=api.integer, partitions=core.Partitions(value=values) if values else None
    )
    await api.artifacts.create_artifact(artifact.CreateArtifactRequest(artifact_id=identifier, spec=published))


def on_artifact(**fields: Any) -> task.TriggerAutomationSpec:
    return task.TriggerAutomationSpec(artifact=task.ArtifactTrigger(artifact_name="model", **fields))


async def inputs_of(api: Any, run: workflow.Run) -> dict[str, core.Literal]:
    data = await api.data.get_action_data(dataproxy.GetActionDataRequest(action_id=run.action.id))
    return {item.name: item.value for item in data.inputs.literals}


async def test_an_artifact_fires(api: Any) -> None:
    await api.deploy("job", IDLE)
    fields = {"input_arg": "value", "partition_input_args": {"region": "place", "colour": "none"}}
    await deploy(api, "any", on_artifact(**fields), inputs=api.inputs(n=make.integer(7), value=make.integer(0)))
    await deploy(api, "europe", on_artifact(partitions={"region": "eu"}))
    await deploy(api, "second", on_artifact(version="2"))
    await deploy(api, "inactive", on_artifact(), active=False)
    await publish(api, "9", "other")
    await publish(api, "1", region="us")
    await publish(api, "2", region="eu")
    found = await runs(api, 4)
    names = sorted(run.action.metadata.trigger_name for run in found)
    assert names == ["any", "any", "europe", "second"]
    assert {run.action.metadata.source for run in found} == {workflow.RunSource.ARTIFACT_TRIGGER}
    inputs = [await inputs_of(api, run) for run in found if run.action.metadata.trigger_name == "any"]
    inputs.sort(key=lambda each: each["value"].scalar.primitive.integer)
    assert inputs == [
        {"n": make.integer(7), "value": make.integer(1), "place": make.string("us")},
        {"n": make.integer(7), "value": make.integer(2), "place": make.string("eu")},
    ]


async def test_what_is_owed_for_an_artifact_is_started_by_the_next_server(plane_of: Callable[..., Any]) -> None:
    plane, api = plane_of()
    await api.deploy("job", IDLE)
    await deploy(api, automation=on_artifact())
    await publish(api, "1")
    (before,) = await runs(api, 1)
    plane.stop()
    # As if the server had died after the version, and before the note of the run or the run itself.
    with sqlite3.connect(Path(plane._options.data_dir) / "remora.db") as connection:
        for version in (1, 2):
            if version == 2:
                connection.execute(
                    "INSERT INTO artifacts SELECT NULL, project, domain, name, '2', created_at, partition, NULL,"
                    " '', '', '', artifact FROM artifacts"
                )
            connection.execute(
                "INSERT INTO artifact_firings VALUES ('testing', 'development', 'job', 't', ?)", (version,)
            )
    connection.close()
    plane, api = plane_of()
    after = {run.action.id.run.name for run in await runs(api, 2)}
    assert before.action.id.run.name in after
    assert await count_runs(api) == 2
