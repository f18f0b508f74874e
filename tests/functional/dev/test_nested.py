"""Actions that a running task starts: children with containers, conditions that wait for a signal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from remora.dev.literals import make
from remora.errors import FailedPrecondition, InvalidArgument, NotFound
from remora.testing import ControlPlane
from remora_api.flyteidl2 import common, core, dataproxy, task, workflow
from remora_api.flyteidl2.common import ActionPhase
from remora_api.google.protobuf import Duration

# What a task does to start another one and to use its result; the documentation shows the same.
NESTED = """
import asyncio, os
from remora import Client
from remora_api.flyteidl2 import common, dataproxy, task, workflow

async def main():
    run = common.RunIdentifier(
        project=os.environ["FLYTE_INTERNAL_EXECUTION_PROJECT"],
        domain=os.environ["FLYTE_INTERNAL_EXECUTION_DOMAIN"],
        name=os.environ["RUN_NAME"],
    )
    child = common.ActionIdentifier(run=run, name="child")
    async with Client(os.environ["FLYTE_ADMIN_ENDPOINT"], insecure=True, trust_env=False) as client:
        spec = task.TaskSpec.parse(open("/var/inputs/spec", "rb").read())
        uploaded = await dataproxy.DataProxyServiceStub(client).upload_inputs(
            dataproxy.UploadInputsRequest(run_id=run, task_spec=spec, inputs=task.Inputs.parse(
                open("/var/inputs/given", "rb").read()))
        )
        await workflow.InternalRunServiceStub(client).record_action(workflow.RecordActionRequest(
            action_id=child, parent=os.environ["ACTION_NAME"], group="step",
            input_uri=uploaded.offloaded_input_data.uri, task=workflow.TaskAction(spec=spec),
        ))
        watch = workflow.WatchActionDetailsRequest(action_id=child)
        async for message in workflow.RunServiceStub(client).watch_action_details(watch, timeout=60):
            details = message.details
        assert details.status.phase == common.ActionPhase.SUCCEEDED, details
        data = await dataproxy.DataProxyServiceStub(client).get_action_data(
            dataproxy.GetActionDataRequest(action_id=child))
        with open("/var/outputs/result", "w") as file:
            file.write(str(data.outputs.literals[0].value.scalar.primitive.integer))

asyncio.run(main())
"""
BINARY = core.LiteralType(simple=core.SimpleType.BINARY)
BOOLEAN = core.LiteralType(simple=core.SimpleType.BOOLEAN)


def child_of(action: common.ActionIdentifier, name: str) -> common.ActionIdentifier:
    return common.ActionIdentifier(run=action.run, name=name)


async def record(api: Any, action: common.ActionIdentifier, parent: str = "a0", **spec: Any) -> None:
    request = workflow.RecordActionRequest(action_id=action, parent=parent, **spec)
    response = await api.internal.record_action(request)
    assert response.status.code == 0, response.status


async def sleeping(api: Any) -> common.ActionIdentifier:
    """A run that does nothing until it is ended."""
    action: common.ActionIdentifier = await api.start(api.shell("sleep 60"), "r")
    await api.reach(action, ActionPhase.RUNNING)
    return action


async def details(api: Any, action: common.ActionIdentifier) -> workflow.ActionDetails:
    request = workflow.GetActionDetailsRequest(action_id=action)
    found: workflow.ActionDetails = (await api.runs.get_action_details(request)).details
    return found


class TestOnePlace:
    @pytest.fixture
    def control_plane_options(self) -> dict[str, Any]:
        return {"parallel": 1}

    async def test_a_task_starts_another_and_uses_its_result(self, api: Any) -> None:
        """With a single place: the parent that waits does not keep the child from running."""
        inner = api.shell(
            "expr $(cat /var/inputs/n) + 1 > /var/outputs/m; echo $COLOUR",
            inputs={"n": api.integer},
            outputs={"m": api.integer},
        )
        spec = api.shell("", inputs={"spec": BINARY, "given": BINARY}, outputs={"result": api.integer})
        spec.task_template.container.command = ["python", "-c", NESTED]
        inputs = {"spec": make.binary(bytes(inner)), "given": make.binary(bytes(api.inputs(n=make.integer(41))))}
        run_spec = task.RunSpec(envs=task.Envs(values=[core.KeyValuePair(key="COLOUR", value="red")]))
        request = workflow.CreateRunRequest(
            project_id=api.project_id, task_spec=spec, inputs=api.inputs(**inputs), run_spec=run_spec
        )
        action = (await api.runs.create_run(request)).run.action.id
        final = await api.finish(action)
        assert final.status.phase == ActionPhase.SUCCEEDED, (final, await api.log(action))
        assert await api.outputs(action) == {"result": make.integer(42)}
        child = await details(api, child_of(action, "child"))
        assert (child.metadata.parent, child.metadata.group) == ("a0", "step")
        assert child.status.phase == ActionPhase.SUCCEEDED
        assert await api.log(child_of(action, "child")) == ["red\n"]
        listed = await api.runs.list_actions(workflow.ListActionsRequest(run_id=action.run))
        assert {each.id.name: each.metadata.parent for each in listed.actions} == {"a0": "", "child": "a0"}
        request = workflow.WatchActionsRequest(run_id=action.run)
        async with api.runs.watch_actions(request, timeout=60) as messages:
            enriched = {each.action.id.name: each for each in (await messages.__anext__()).enriched_actions}
        assert enriched["a0"].children_phase_counts == {ActionPhase.SUCCEEDED: 1}


async def test_children_end_with_the_one_that_started_them(api: Any) -> None:
    action = await sleeping(api)
    children = [child_of(action, name) for name in ("b", "c", "d")]
    sleeper = workflow.TaskAction(spec=api.shell("sleep 60"))
    await record(api, children[0], task=sleeper)
    await record(api, children[1], parent="b", task=sleeper)
    await record(api, children[2], parent="b", condition=workflow.ConditionAction(name="ok", type=BOOLEAN))
    for child in children[:2]:
        await api.reach(child, ActionPhase.RUNNING)
    await api.reach(children[2], ActionPhase.PAUSED)
    await api.runs.abort_action(workflow.AbortActionRequest(action_id=children[1]))
    assert (await api.finish(children[1])).abort_info.reason == "User requested abort"
    await api.internal.update_action_status(
        workflow.UpdateActionStatusRequest(
            action_id=action, status=workflow.ActionStatus(phase=ActionPhase.FAILED, attempts=1)
        )
    )
    for child in (children[0], children[2]):
        ended = await api.finish(child)
        assert (ended.status.phase, ended.abort_info.reason) == (ActionPhase.ABORTED, "action a0 ended")
    # The log of one whose process is ended ends.
    assert await api.log(children[0]) == []


async def test_what_is_below_something_that_ended_is_only_recorded(api: Any) -> None:
    action = await api.start(api.shell("true"), "r")
    await api.finish(action)
    late = child_of(action, "late")
    await record(api, late, task=workflow.TaskAction(spec=api.shell("true")))
    await record(api, child_of(action, "c"), condition=workflow.ConditionAction(name="c", type=BOOLEAN))
    assert (await details(api, late)).status.phase == ActionPhase.QUEUED
    assert (await details(api, late)).attempts == []
    assert (await details(api, child_of(action, "c"))).status.phase == ActionPhase.QUEUED


async def test_a_child_that_is_recorded_again_goes_on(api: Any) -> None:
    action = await sleeping(api)
    child = child_of(action, "b")
    await record(
        api, child, task=workflow.TaskAction(spec=api.shell("echo 7 > /var/outputs/n", outputs={"n": api.integer}))
    )
    assert (await api.finish(child)).status.phase == ActionPhase.SUCCEEDED
    await record(api, child, task=workflow.TaskAction(spec=api.shell("exit 1")))
    assert (await details(api, child)).status.phase == ActionPhase.SUCCEEDED
    assert await api.outputs(child) == {"n": make.integer(7)}


def condition(name: str = "approve", kind: core.LiteralType = BOOLEAN, **fields: Any) -> workflow.ConditionAction:
    return workflow.ConditionAction(name=name, type=kind, **fields)


async def signal(api: Any, action: common.ActionIdentifier, parent: str = "", **payload: Any) -> None:
    value = workflow.EventPayload(**payload) if payload else None
    request = workflow.SignalEventRequest(action_id=action, parent_action_name=parent, payload=value)
    await api.runs.signal_event(request)


async def test_a_condition_pauses_until_it_is_signalled(api: Any) -> None:
    script = """
import asyncio, os
from remora import Client
from remora_api.flyteidl2 import common, core, workflow
run = common.RunIdentifier(project="testing", domain="development", name=os.environ["RUN_NAME"])
gate = common.ActionIdentifier(run=run, name="gate")
async def main():
    async with Client(os.environ["FLYTE_ADMIN_ENDPOINT"], insecure=True, trust_env=False) as client:
        spec = workflow.ConditionAction(name="approve", type=core.LiteralType(simple=core.SimpleType.BOOLEAN))
        request = workflow.RecordActionRequest(action_id=gate, parent="a0", condition=spec)
        await workflow.InternalRunServiceStub(client).record_action(request)
        watch = workflow.WatchActionDetailsRequest(action_id=gate)
        async for message in workflow.RunServiceStub(client).watch_action_details(watch, timeout=60):
            details = message.details
        print(details.signal_info.output.scalar.primitive.boolean)
asyncio.run(main())
"""
    spec = api.shell("")
    spec.task_template.container.command = ["python", "-c", script]
    action = await api.start(spec, "r")
    gate = child_of(action, "gate")

    async def paused() -> list[str]:
        request = workflow.ListRunsRequest(org="x", paused_actions_only=True)
        return [run.action.id.run.name for run in (await api.runs.list_runs(request)).runs]

    async with api.runs.watch_actions(workflow.WatchActionsRequest(run_id=action.run), timeout=60) as messages:
        async for message in messages:
            if any(each.action.status.phase == ActionPhase.PAUSED for each in message.enriched_actions):
                break
    assert await paused() == ["r"]
    assert (await details(api, action)).status.phase == ActionPhase.RUNNING
    await signal(api, gate, "a0", bool_value=True)
    assert (await api.finish(action)).status.phase == ActionPhase.SUCCEEDED
    assert await api.log(action) == ["True\n"]
    found = await details(api, gate)
    assert found.signal_info.output == make.boolean(True)
    assert [step.phase.name for step in found.attempts[0].phase_transitions] == ["PAUSED", "SUCCEEDED"]
    assert await paused() == []


async def test_signals_that_are_refused(api: Any) -> None:
    action = await sleeping(api)
    gate = child_of(action, "gate")
    await record(api, gate, condition=condition())
    for target, arguments, error, message in (
        (child_of(action, "none"), {"bool_value": True}, NotFound, 'action "none" of run "r" not found'),
        (action, {"bool_value": True}, InvalidArgument, 'action "a0" of run "r" is not a condition'),
        (gate, {"parent": "b", "bool_value": True}, NotFound, 'action "b" has no condition "gate"'),
        (gate, {}, InvalidArgument, "payload is required"),
        (gate, {"int_value": 1}, InvalidArgument, "payload: 1 is not a boolean"),
    ):
        with pytest.raises(error, match=message):
            await signal(api, target, **arguments)
    await signal(api, gate, bool_value=False)
    with pytest.raises(FailedPrecondition, match='condition "gate" of run "r" has ended: SUCCEEDED'):
        await signal(api, gate, bool_value=True)
    assert (await details(api, gate)).signal_info.output == make.boolean(False)


@pytest.mark.parametrize(
    ("kind", "payload", "literal"),
    [
        (core.SimpleType.INTEGER, {"int_value": 5}, make.integer(5)),
        (core.SimpleType.FLOAT, {"int_value": 5}, make.floating(5.0)),
        (core.SimpleType.STRING, {"string_value": "x"}, make.string("x")),
        (core.SimpleType.DATETIME, {"string_value": "1970-01-01T00:00:01Z"}, make.datetime(10**9)),
        (None, {"string_value": "any"}, make.string("any")),
    ],
)
async def test_values_of_signals(
    api: Any, kind: core.SimpleType | None, payload: dict[str, Any], literal: core.Literal
) -> None:
    action = await sleeping(api)
    gate = child_of(action, "gate")
    declared = None if kind is None else core.LiteralType(simple=kind)
    await record(api, gate, condition=workflow.ConditionAction(name="c", type=declared))
    await signal(api, gate, **payload)
    assert (await api.finish(gate)).signal_info.output == literal


async def test_a_condition_that_nobody_signals_in_time(api: Any) -> None:
    action = await sleeping(api)
    gate = child_of(action, "gate")
    await record(api, gate, condition=condition(timeout=Duration(nanos=200_000_000)))
    ended = await api.finish(gate)
    assert (ended.status.phase, ended.error_info.code) == (ActionPhase.TIMED_OUT, "CONDITION_TIMED_OUT")
    assert ended.error_info.message == "condition 'approve' was not signalled within 0.2 s"


class TestElsewhere:
    @pytest.fixture
    def control_plane_options(self) -> dict[str, Any]:
        return {"execute": False}

    async def test_conditions_of_runs_that_run_elsewhere(self, api: Any) -> None:
        action = await api.start(api.shell("true"), "r")
        gate = child_of(action, "gate")
        await record(api, gate, condition=condition())
        assert (await details(api, gate)).status.phase == ActionPhase.QUEUED
        await signal(api, gate, bool_value=True)
        assert (await details(api, gate)).status.phase == ActionPhase.SUCCEEDED


async def test_conditions_and_children_survive_a_restart(connect: Callable[[str], Any], tmp_path: Path) -> None:
    retries = core.TaskMetadata(retries=core.RetryStrategy(retries=1))
    with ControlPlane(data_dir=tmp_path) as plane:
        api = connect(plane.endpoint)
        action = await api.start(api.shell("sleep 60", metadata=retries), "r")
        await api.reach(action, ActionPhase.RUNNING)
        lost = await api.start(api.shell("sleep 60"), "lost")
        await api.reach(lost, ActionPhase.RUNNING)
        gate, late, orphan = child_of(action, "gate"), child_of(action, "late"), child_of(lost, "gate")
        await record(api, gate, condition=condition())
        await record(api, late, condition=condition(timeout=Duration(nanos=1)))
        await record(api, orphan, condition=condition())
        await api.client.aclose()
    with ControlPlane(data_dir=tmp_path) as plane:
        api = connect(plane.endpoint)
        # The run has another attempt and its condition still waits; the other run is over, and so is its condition.
        assert (await api.finish(late)).status.phase == ActionPhase.TIMED_OUT
        await signal(api, gate, bool_value=True)
        assert (await api.finish(gate)).status.phase == ActionPhase.SUCCEEDED
        assert (await api.finish(lost)).status.phase == ActionPhase.FAILED
        assert (await api.finish(orphan)).status.phase == ActionPhase.ABORTED
        await api.runs.abort_run(workflow.AbortRunRequest(run_id=action.run))
        await api.client.aclose()


async def test_many_children(api: Any) -> None:
    action = await sleeping(api)
    spec = workflow.TaskAction(spec=api.shell("true"))
    names = [f"n{number}" for number in range(8)]
    await asyncio.gather(*(record(api, child_of(action, name), group="g", task=spec) for name in names))
    ended = await asyncio.gather(*(api.finish(child_of(action, name)) for name in names))
    assert {each.status.phase for each in ended} == {ActionPhase.SUCCEEDED}
    data = await api.data.get_action_data(dataproxy.GetActionDataRequest(action_id=child_of(action, "n0")))
    assert data.outputs == task.Outputs()
