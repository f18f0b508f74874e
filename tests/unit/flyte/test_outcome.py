"""How a run ended: as an exception, as its first failure, and the same again."""

from __future__ import annotations

from typing import Any

import pytest

from remora.errors import InvalidArgument, RunFailed, RunNotDone, ValuesError
from remora.flyte.interface import literal_type, variable_map
from remora.flyte.to_literal import to_literal
from remora_api.entities import Run
from remora_api.flyteidl2 import common, core, dataproxy, workflow
from remora_api.flyteidl2 import task as tasks

RUN = common.RunIdentifier(project="proj", domain="dev", name="r1")
TASK = tasks.TaskIdentifier(project="proj", domain="dev", name="stats.count", version="v1")


def details(name: str = "a0", phase: str = "FAILED", **fields: Any) -> workflow.ActionDetails:
    status = workflow.ActionStatus(phase=common.ActionPhase[phase], attempts=1)
    return workflow.ActionDetails(id=common.ActionIdentifier(run=RUN, name=name), status=status, **fields)


@pytest.fixture
def job(client: Any) -> Run:
    action = workflow.Action(id=common.ActionIdentifier(run=RUN, name="a0"))
    return Run(workflow.Run(action=action), client=client)


@pytest.mark.parametrize("phase", ["FAILED", "ABORTED", "TIMED_OUT"])
async def test_a_failure_is_raised(client: Any, job: Run, phase: str) -> None:
    failed = details(phase=phase, error_info=workflow.ErrorInfo(message="boom", code="OOM"))
    client.answers["GetActionDetails"] = lambda request: workflow.GetActionDetailsResponse(details=failed)
    with pytest.raises(RunFailed, match="OOM: boom") as caught:
        await job.raise_for_status.aio()
    assert caught.value.phase == phase.lower()
    assert caught.value.run == "r1"


@pytest.mark.parametrize("phase", ["SUCCEEDED", "RECOVERED"])
def test_success_is_not(client: Any, job: Run, phase: str) -> None:
    client.answers["GetActionDetails"] = lambda request: workflow.GetActionDetailsResponse(details=details(phase=phase))
    assert job.raise_for_status() is None


@pytest.mark.parametrize("phase", ["RUNNING", "PAUSED", "QUEUED"])
def test_what_goes_on_has_no_status_yet(client: Any, job: Run, phase: str) -> None:
    client.answers["GetActionDetails"] = lambda request: workflow.GetActionDetailsResponse(details=details(phase=phase))
    with pytest.raises(RunNotDone, match="has not ended"):
        job.raise_for_status()


async def test_the_first_failure_is_below_the_root(client: Any, job: Run) -> None:
    def listed(*names: str) -> None:
        actions = [workflow.Action(id=common.ActionIdentifier(run=RUN, name=name)) for name in names]
        client.answers["ListActions"] = lambda request: workflow.ListActionsResponse(actions=actions)

    client.answers["GetActionDetails"] = lambda request: workflow.GetActionDetailsResponse(
        details=details(request.action_id.name)
    )
    listed("a0", "a7")
    found = await job.first_failure.aio()
    assert found is not None
    assert found.name == "a7"
    request = client.requests("ListActions")[0].request
    assert request.limit == 2
    assert request.filters[0].values == ["6", "8"]
    listed("a0")
    found = await job.first_failure.aio()
    assert found is not None
    assert found.name == "a0"
    listed()
    assert await job.first_failure.aio() is None


@pytest.fixture
def finished(client: Any) -> Any:
    """A run of a deployed task with two inputs."""
    kinds = variable_map({"text": str, "top": int}, "inputs")
    template = core.TaskTemplate(interface=core.TypedInterface(inputs=kinds))
    metadata = workflow.ActionMetadata(task=workflow.TaskActionMetadata(id=TASK))
    action = details(phase="SUCCEEDED", task=tasks.TaskSpec(task_template=template), metadata=metadata)
    spec = tasks.RunSpec(queue="q", annotations=tasks.Annotations(values={"remora/launch-id": "x", "mine": "y"}))
    found = workflow.RunDetails(action=action, run_spec=spec)
    values = {"text": to_literal("to be", literal_type(str)), "top": to_literal(3, literal_type(int))}
    old = tasks.Inputs(literals=[tasks.NamedLiteral(name=name, value=value) for name, value in values.items()])
    new = workflow.Run(action=workflow.Action(id=common.ActionIdentifier(run=RUN, name="a0")))
    client.answers["GetRunDetails"] = lambda request: workflow.GetRunDetailsResponse(details=found)
    client.answers["GetActionData"] = lambda request: dataproxy.GetActionDataResponse(inputs=old)
    client.answers["CreateRun"] = lambda request: workflow.CreateRunResponse(run=new)
    return client


async def test_the_same_run_again(finished: Any, job: Run) -> None:
    await job.rerun.aio()
    (request,) = finished.requests("CreateRun")
    assert request.task_id == TASK
    assert request.project_id.name == "proj"
    assert request.run_spec.queue == "q"
    assert request.run_spec.annotations.values == {"mine": "y"}
    assert request.run_spec.relation.related_to == RUN
    assert request.run_spec.relation.relation_type == common.RelationType.RERUN
    assert {item.name: item.value.scalar.primitive for item in request.inputs.literals} == {
        "text": core.Primitive(string_value="to be"),
        "top": core.Primitive(integer=3),
    }


async def test_with_other_inputs_and_a_name(finished: Any, job: Run) -> None:
    await job.rerun.aio(inputs={"top": 5}, name="again")
    (request,) = finished.requests("CreateRun")
    assert request.run_id.name == "again"
    assert request.inputs.literals[1].value.scalar.primitive.integer == 5
    with pytest.raises(ValuesError, match="no input 'tpo'"):
        await job.rerun.aio(inputs={"tpo": 5})
    with pytest.raises(InvalidArgument, match="recover"):
        await job.rerun.aio(inputs={"top": 5}, recover=True)
    await job.rerun.aio(recover=True)
    assert finished.requests("CreateRun")[-1].run_spec.recover is not None
