"""Triggers: what is deployed, and what is refused before a call."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from remora import TRIGGER_TIME, Cron, FixedRate, TriggerSpec
from remora.errors import InvalidArgument, NotFound, Unimplemented, ValuesError
from remora.flyte.interface import variable_map
from remora_api.entities import Trigger, TriggerDetails
from remora_api.flyteidl2 import common, core, dataproxy, trigger
from remora_api.flyteidl2 import task as tasks

NAME = common.TriggerName(project="proj", domain="dev", name="nightly", task_name="stats.count")
DETAILS = trigger.TriggerDetails(
    id=common.TriggerIdentifier(name=NAME, revision=3),
    spec=trigger.TriggerSpec(active=True, task_version="v7", description="every night"),
    automation_spec=tasks.TriggerAutomationSpec(type=tasks.TriggerAutomationSpecType.TYPE_SCHEDULE),
)
SUMMARY = trigger.Trigger(id=DETAILS.id, active=True)


@pytest.fixture
def service(client: Any) -> Any:
    """A client whose server has one task and one trigger."""
    template = core.TaskTemplate(
        interface=core.TypedInterface(inputs=variable_map({"text": str, "day": datetime}, "inputs"))
    )
    task_id = tasks.TaskIdentifier(project="proj", domain="dev", name="stats.count", version="v7")
    task = tasks.TaskDetails(task_id=task_id, spec=tasks.TaskSpec(task_template=template))
    client.answers.update(
        {
            "ListTasks": lambda request: tasks.ListTasksResponse(tasks=[tasks.Task(task_id=task_id)]),
            "GetTaskDetails": lambda request: tasks.GetTaskDetailsResponse(details=task),
            "DeployTrigger": lambda request: trigger.DeployTriggerResponse(trigger=DETAILS),
            "GetTriggerDetails": lambda request: trigger.GetTriggerDetailsResponse(trigger=DETAILS),
            "ListTriggers": lambda request: trigger.ListTriggersResponse(triggers=[SUMMARY]),
            "UpdateTriggers": lambda request: trigger.UpdateTriggersResponse(),
            "DeleteTriggers": lambda request: trigger.DeleteTriggersResponse(),
        }
    )
    return client


async def test_a_trigger_is_deployed_with_checked_inputs(service: Any) -> None:
    spec = TriggerSpec(
        "nightly",
        Cron("0 2 * * *", timezone="Europe/Berlin"),
        inputs={"text": "to be", "day": TRIGGER_TIME},
        labels={"team": "data"},
        description="every night",
    )
    made = await Trigger.create.aio(spec, "stats.count", client=service)
    assert (made.name, made.task_name, made.is_active, made.revision) == ("nightly", "stats.count", True, 3)
    (request,) = service.requests("DeployTrigger")
    assert request.name == NAME
    schedule = request.automation_spec.schedule
    assert schedule.cron == tasks.Cron(expression="0 2 * * *", timezone="Europe/Berlin")
    assert schedule.kickoff_time_input_arg == "day"
    assert request.spec.task_version == "v7"
    assert request.spec.active
    assert request.spec.run_spec.labels.values == {"team": "data"}
    assert [item.name for item in request.spec.inputs.literals] == ["text"]
    with pytest.raises(ValuesError, match="'text'"):
        await Trigger.create.aio(TriggerSpec("n", FixedRate(5), inputs={"day": TRIGGER_TIME}), "t", client=service)


async def test_inputs_are_uploaded_where_the_backend_takes_them(service: Any) -> None:
    data = common.OffloadedInputData(uri="s3://b/i", inputs_hash="h")
    service.answers["UploadInputs"] = lambda request: dataproxy.UploadInputsResponse(offloaded_input_data=data)
    spec = TriggerSpec("n", FixedRate(5), inputs={"text": "x", "day": datetime(2025, 1, 1, tzinfo=timezone.utc)})
    await Trigger.create.aio(spec, "stats.count", "v7", client=service)
    (request,) = service.requests("DeployTrigger")
    assert request.spec.offloaded_input_data == data
    assert request.spec.inputs is None
    rate = request.automation_spec.schedule.rate
    assert (rate.value, rate.unit) == (5, tasks.FixedRateUnit.MINUTE)
    assert "ListTasks" not in service.names()  # the version was given


async def test_reading_in_both_forms(service: Any) -> None:
    found = await Trigger.get.aio(name="nightly", task_name="stats.count", client=service)
    assert isinstance(found, TriggerDetails)
    assert (found.task_version, found.description, found.is_active) == ("v7", "every night", True)
    assert found.trigger == trigger.Trigger(id=DETAILS.id, active=True, automation_spec=DETAILS.automation_spec)
    (listed,) = [item async for item in Trigger.listall.aio("stats.count", client=service)]
    details = await listed.get_details.aio()
    assert details.pb2 == DETAILS
    assert service.requests("GetTriggerDetails")[-1].name == NAME
    assert listed.url == ("https://console.example.com/v2/domain/dev/project/proj/triggers/stats.count/nightly")


def test_the_scope_of_a_list(service: Any) -> None:
    list(Trigger.listall(client=service))
    list(Trigger.listall("t", client=service))
    list(Trigger.listall("t", "v1", order_by="-name", client=service))
    everything, of_task, of_version = service.requests("ListTriggers")
    assert everything.project_id.name == "proj"
    assert of_task.task_name.name == "t"
    assert of_version.task_id.version == "v1"
    assert of_version.request.sort_by_fields[0].key == "name"
    with pytest.raises(InvalidArgument, match="task_version: which task"):
        Trigger.listall(task_version="v1", client=service)


async def test_pausing_and_deleting(service: Any) -> None:
    await Trigger.update.aio("nightly", "stats.count", active=False, client=service)
    (request,) = service.requests("UpdateTriggers")
    assert (request.names, request.active) == ([NAME], False)
    await Trigger.delete.aio("nightly", "stats.count", "other", client=service)
    assert service.requests("DeleteTriggers")[0].names[0].project == "other"
    service.answers["DeleteTriggers"] = lambda request: NotFound("gone")
    with pytest.raises(NotFound):
        await Trigger.delete.aio("nightly", "stats.count", client=service)


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: TriggerSpec(""), "TriggerSpec.name"),
        (lambda: TriggerSpec("x" * 10_000_000), "TriggerSpec.name"),
        (lambda: Cron("* * *"), "Cron.expression"),
        (lambda: Cron("* * * * *", timezone=""), "Cron.timezone"),
        (lambda: FixedRate(0), "FixedRate.interval_minutes"),
        (lambda: FixedRate(-5), "FixedRate.interval_minutes"),
        (lambda: FixedRate(timedelta(seconds=90)), "FixedRate.interval_minutes"),
        (lambda: FixedRate(5, start_time=datetime(2025, 1, 1)), "FixedRate.start_time"),  # noqa: DTZ001
        (lambda: TriggerSpec("n", inputs={"a": TRIGGER_TIME}), "TriggerSpec.inputs"),
        (lambda: TriggerSpec("n", Cron("@daily"), inputs={"a": TRIGGER_TIME, "b": TRIGGER_TIME}), "TriggerSpec.inputs"),
        (lambda: TriggerSpec("n", labels={"": "x"}), "TriggerSpec.labels"),
    ],
)
def test_bad_descriptions(make: Any, named: str) -> None:
    with pytest.raises(InvalidArgument, match=f"{named}"):
        make()


async def test_wrong_types(service: Any) -> None:
    with pytest.raises(TypeError, match="trigger: expected a TriggerSpec"):
        await Trigger.create.aio("nightly", "t", client=service)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="automation"):
        TriggerSpec("n", "0 2 * * *")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="active: expected a bool"):
        await Trigger.update.aio("n", "t", active=1, client=service)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument, match="name"):
        await Trigger.get.aio(name="", task_name="t", client=service)
    assert service.calls == []


def test_a_service_without_the_method_says_so(client: Any) -> None:
    with pytest.raises(Unimplemented):
        list(Trigger.listall(client=client))
