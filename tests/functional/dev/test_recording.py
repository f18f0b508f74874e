from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from remora.dev.literals import make
from remora.errors import Internal
from remora_api.flyteidl2 import common, core, task, workflow
from remora_api.flyteidl2.common import ActionPhase
from remora_api.flyteidl2.workflow import (
    ActionEvent,
    ActionStatus,
    ActionType,
    ConditionAction,
    ErrorInfo,
    GetActionDetailsRequest,
    ListActionsRequest,
    RecordActionEventRequest,
    RecordActionEventsRequest,
    RecordActionEventStreamRequest,
    RecordActionRequest,
    RecordActionStreamRequest,
    RecordRequest,
    TaskAction,
    TraceAction,
    UpdateActionStatusRequest,
    UpdateActionStatusStreamRequest,
)
from remora_api.google.protobuf import Timestamp

IDLE = task.TaskSpec(task_template=core.TaskTemplate(type="idle"), environment=task.Environment(name="env"))
RUN = common.RunIdentifier(project="testing", domain="development", name="r")


def action(name: str = "a0") -> common.ActionIdentifier:
    return common.ActionIdentifier(run=RUN, name=name)


def at(second: int) -> Timestamp:
    return Timestamp.from_datetime(datetime(2024, 1, 1, 0, 0, second, tzinfo=timezone.utc))


@pytest.fixture
async def run(api: Any) -> common.RunIdentifier:
    await api.runs.create_run(workflow.CreateRunRequest(run_id=RUN, task_spec=IDLE))
    return RUN


async def details(api: Any, name: str = "a0") -> Any:
    return (await api.runs.get_action_details(GetActionDetailsRequest(action_id=action(name)))).details


async def update(api: Any, phase: ActionPhase, name: str = "a0", **fields: Any) -> None:
    status = ActionStatus(phase=phase, **{"attempts": 1, **fields})
    request = UpdateActionStatusRequest(action_id=action(name), status=status)
    response = await api.internal.update_action_status(request)
    assert (response.action_id, response.status.code) == (action(name), 0)


async def test_the_life_of_an_action_that_runs_elsewhere(api: Any, run: Any) -> None:
    spec = TaskAction(id=task.TaskIdentifier(name="env.child", version="1"), spec=IDLE)
    request = RecordActionRequest(action_id=action("b"), parent="a0", group="g", input_uri="remora://in", task=spec)
    await api.internal.record_action(request)
    found = await details(api, "b")
    assert found.status.phase == ActionPhase.QUEUED
    assert (found.metadata.parent, found.metadata.group, found.metadata.funtion_name) == ("a0", "g", "child")
    assert found.task == IDLE
    await update(api, ActionPhase.RUNNING, "b")
    outputs = task.OutputReferences(output_uri="remora://out")
    events = [
        ActionEvent(id=action("b"), attempt=1, phase=ActionPhase.RUNNING, updated_time=at(1)),
        ActionEvent(id=action("b"), attempt=1, phase=ActionPhase.SUCCEEDED, updated_time=at(5), outputs=outputs),
    ]
    response = await api.internal.record_action_events(RecordActionEventsRequest(events=events))
    assert response.status.code == 0
    # Events say nothing about the phase of the action.
    assert (await details(api, "b")).status.phase == ActionPhase.RUNNING
    await update(api, ActionPhase.SUCCEEDED, "b")
    found = await details(api, "b")
    assert found.status.phase == ActionPhase.SUCCEEDED
    assert found.attempts[0].outputs == outputs
    uris = await api.runs.get_action_data_uris(workflow.GetActionDataURIsRequest(action_id=action("b")))
    assert (uris.inputs_uri, uris.outputs_uri) == ("remora://in", "remora://out")
    listed = await api.runs.list_actions(ListActionsRequest(run_id=run))
    assert {item.id.name: item.metadata.parent for item in listed.actions} == {"a0": "", "b": "a0"}


async def test_which_updates_are_applied(api: Any, run: Any) -> None:
    await update(api, ActionPhase.RUNNING)
    await update(api, ActionPhase.QUEUED)
    assert (await details(api)).status.phase == ActionPhase.RUNNING
    await update(api, ActionPhase.FAILED, attempts=1, end_time=at(10))
    await update(api, ActionPhase.RUNNING, attempts=2)
    found = await details(api)
    assert (found.status.phase, found.status.attempts) == (ActionPhase.RUNNING, 2)
    await update(api, ActionPhase.PAUSED)
    await update(api, ActionPhase.SUCCEEDED, end_time=at(20))
    found = await details(api)
    assert found.status.phase == ActionPhase.SUCCEEDED
    assert found.status.end_time == at(10)  # the first one stays
    await update(api, ActionPhase.ABORTED)
    await update(api, ActionPhase.FAILED)
    assert (await details(api)).status.phase == ActionPhase.ABORTED


async def test_a_start_moves_back_only(api: Any, run: Any) -> None:
    await update(api, ActionPhase.RUNNING, start_time=at(30))
    assert (await details(api)).status.start_time == at(30)
    await update(api, ActionPhase.RUNNING, start_time=at(40))
    await update(api, ActionPhase.SUCCEEDED, end_time=at(32))
    status = (await details(api)).status
    assert (status.start_time, status.duration_ms) == (at(30), 2000)


async def test_an_error_belongs_to_the_last_attempt(api: Any, run: Any) -> None:
    error = ErrorInfo(message="no")
    events = [ActionEvent(id=action(), attempt=1, phase=ActionPhase.FAILED, updated_time=at(1), error_info=error)]
    await api.events.record(RecordRequest(events=events))
    await update(api, ActionPhase.FAILED, attempts=1)
    assert (await details(api)).error_info == error
    await update(api, ActionPhase.FAILED, attempts=2)
    assert (await details(api)).error_info is None


async def test_an_event_that_is_there_stays(api: Any, run: Any) -> None:
    for message in ("first", "second"):
        event = ActionEvent(id=action(), attempt=1, phase=ActionPhase.FAILED, error_info=ErrorInfo(message=message))
        await api.events.record(RecordRequest(events=[event]))
    (attempt,) = (await details(api)).attempts
    assert attempt.error_info.message == "first"
    await api.events.record(RecordRequest())


async def test_unknown_actions(api: Any, run: Any) -> None:
    event = ActionEvent(id=action("missing"), attempt=1, phase=ActionPhase.RUNNING)
    good = ActionEvent(id=action(), attempt=1, phase=ActionPhase.RUNNING)
    response = await api.internal.record_action_events(RecordActionEventsRequest(events=[good, event]))
    assert response.status.code == 5
    assert "missing not found" in response.status.message
    assert (await details(api)).attempts == []
    with pytest.raises(Internal, match="missing not found"):
        await api.events.record(RecordRequest(events=[event]))
    await update(api, ActionPhase.RUNNING, "missing")
    response = await api.internal.record_action(RecordActionRequest(action_id=action("x")))
    assert (response.status.code, response.status.message) == (3, "spec is required: task, trace or condition")


async def test_a_trace_is_over_at_once(api: Any, run: Any) -> None:
    outputs = task.OutputReferences(output_uri="remora://traced")
    trace = TraceAction(name="step", start_time=at(1), end_time=at(3), outputs=outputs, spec=task.TraceSpec())
    await api.internal.record_action(RecordActionRequest(action_id=action("t"), parent="a0", trace=trace))
    found = await details(api, "t")
    assert found.metadata.action_type == ActionType.TRACE
    assert found.metadata.trace.name == "step"
    assert (found.status.phase, found.status.start_time) == (ActionPhase.SUCCEEDED, at(1))
    assert (found.status.end_time, found.status.duration_ms) == (at(3), 2000)
    assert found.trace == task.TraceSpec()
    assert found.attempts[0].outputs == outputs


async def test_a_condition_is_signalled(api: Any, run: Any) -> None:
    condition = ConditionAction(name="ok?", type=core.LiteralType(simple=core.SimpleType.BOOLEAN), prompt="go on?")
    await api.internal.record_action(RecordActionRequest(action_id=action("c"), condition=condition))
    await update(api, ActionPhase.PAUSED, "c")
    paused = await api.runs.list_runs(workflow.ListRunsRequest(project_id=api.project_id, paused_actions_only=True))
    assert [item.action.id.run.name for item in paused.runs] == ["r"]
    user = common.EnrichedIdentity(user=common.User(id=common.UserIdentifier(subject="me")))
    request = UpdateActionStatusRequest(
        action_id=action("c"),
        status=ActionStatus(phase=ActionPhase.SUCCEEDED, attempts=1),
        output=make.boolean(True),
        principal=user,
    )
    await api.internal.update_action_status(request)
    found = await details(api, "c")
    assert found.condition == condition
    assert found.signal_info == workflow.SignalInfo(signalled_by=user, output=make.boolean(True))


async def test_an_abort_from_elsewhere_has_its_reason(api: Any, run: Any) -> None:
    request = UpdateActionStatusRequest(
        action_id=action(), status=ActionStatus(phase=ActionPhase.ABORTED, attempts=1), abort_reason="too slow"
    )
    await api.internal.update_action_status(request)
    assert (await details(api)).abort_info.reason == "too slow"


async def test_streams_give_the_nonce_back(api: Any, run: Any) -> None:
    record = RecordActionRequest(action_id=action("b"), trace=TraceAction(name="t"))
    stream = api.internal.record_action_stream([RecordActionStreamRequest(request=record)] * 2)
    assert [message.response.status.code async for message in stream] == [0, 0]
    status = ActionStatus(phase=ActionPhase.RUNNING, attempts=1)
    updates = [
        UpdateActionStatusStreamRequest(
            request=UpdateActionStatusRequest(action_id=action(), status=status), nonce=number
        )
        for number in (7, 8)
    ]
    stream = api.internal.update_action_status_stream(updates)
    assert [message.nonce async for message in stream] == [7, 8]
    events = [
        RecordActionEventStreamRequest(
            request=RecordActionEventRequest(event=ActionEvent(id=identifier, attempt=1, phase=ActionPhase.RUNNING)),
            nonce=number,
        )
        for number, identifier in ((1, action()), (2, action("missing")))
    ]
    stream = api.internal.record_action_event_stream(events)
    answers = [(message.nonce, message.response.status.code) async for message in stream]
    assert answers == [(1, 0), (2, 5)]
    assert (await details(api)).attempts[0].phase == ActionPhase.RUNNING


async def test_an_end_from_elsewhere_stops_a_local_process(api: Any) -> None:
    started = await api.start(api.shell("sleep 60"), "r")
    await api.reach(started, ActionPhase.RUNNING)
    await update(api, ActionPhase.SUCCEEDED)
    assert (await details(api)).status.phase == ActionPhase.SUCCEEDED
    # The log ends with the process.
    assert await api.log(started) == []
