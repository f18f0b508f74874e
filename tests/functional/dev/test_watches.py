from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from remora.errors import Internal, InvalidArgument, NotFound
from remora_api.flyteidl2.common import ActionIdentifier, ActionPhase, Filter, FilterFunction, RunIdentifier
from remora_api.flyteidl2.core import TaskTemplate
from remora_api.flyteidl2.task import TaskIdentifier, TaskSpec
from remora_api.flyteidl2.workflow import (
    AbortRunRequest,
    ActionEvent,
    ActionStatus,
    CreateRunRequest,
    RecordActionEventsRequest,
    RecordActionRequest,
    RunDetails,
    TaskAction,
    UpdateActionStatusRequest,
    WatchActionDetailsRequest,
    WatchActionsRequest,
    WatchRunDetailsRequest,
    WatchRunsRequest,
)

IDLE = TaskSpec(task_template=TaskTemplate(type="idle"))
RUN = RunIdentifier(project="testing", domain="development", name="r")


def action(name: str = "a0") -> ActionIdentifier:
    return ActionIdentifier(run=RUN, name=name)


async def create(api: Any, name: str = "r") -> None:
    run = RunIdentifier(project="testing", domain="development", name=name)
    await api.runs.create_run(CreateRunRequest(run_id=run, task_spec=IDLE))


async def move(api: Any, phase: ActionPhase, name: str = "a0") -> None:
    status = ActionStatus(phase=phase, attempts=1)
    response = await api.internal.update_action_status(UpdateActionStatusRequest(action_id=action(name), status=status))
    assert response.status.code == 0


async def record(api: Any, name: str, parent: str = "a0", task: str = "child") -> None:
    spec = TaskAction(id=TaskIdentifier(name=task), spec=IDLE)
    request = RecordActionRequest(action_id=action(name), parent=parent, task=spec)
    assert (await api.internal.record_action(request)).status.code == 0


async def next_of(stream: AsyncIterator[Any]) -> Any:
    return await asyncio.wait_for(stream.__anext__(), 10)


async def test_an_action_from_its_present_state_to_its_end(api: Any) -> None:
    await create(api)
    stream = api.runs.watch_action_details(WatchActionDetailsRequest(action_id=action()))
    assert (await next_of(stream)).details.status.phase == ActionPhase.QUEUED
    for phase in (ActionPhase.INITIALIZING, ActionPhase.RUNNING, ActionPhase.SUCCEEDED):
        await move(api, phase)
        assert (await next_of(stream)).details.status.phase == phase
    with pytest.raises(StopAsyncIteration):
        await next_of(stream)


async def test_a_finished_action_is_told_once(api: Any) -> None:
    await create(api)
    await move(api, ActionPhase.FAILED)
    stream = api.runs.watch_action_details(WatchActionDetailsRequest(action_id=action()))
    assert [message.details.status.phase async for message in stream] == [ActionPhase.FAILED]


async def test_what_changes_nothing_is_not_told(api: Any) -> None:
    await create(api)
    async with api.runs.watch_action_details(WatchActionDetailsRequest(action_id=action())) as stream:
        await next_of(stream)
        await create(api, "other")
        await record(api, "child")
        await move(api, ActionPhase.RUNNING)
        assert (await next_of(stream)).details.status.phase == ActionPhase.RUNNING


async def test_run_details(api: Any) -> None:
    await create(api)
    async with api.runs.watch_run_details(WatchRunDetailsRequest(run_id=RUN)) as stream:
        assert (await next_of(stream)).details.action.status.phase == ActionPhase.QUEUED
        await api.runs.abort_run(AbortRunRequest(run_id=RUN))
        assert (await next_of(stream)).details.action.status.phase == ActionPhase.ABORTED
        with pytest.raises(StopAsyncIteration):
            await next_of(stream)


async def test_runs(api: Any) -> None:
    await create(api, "one")
    await create(api, "two")
    async with api.runs.watch_runs(WatchRunsRequest(project_id=api.project_id)) as stream:
        names = [run.action.id.run.name for run in (await next_of(stream)).runs]
        assert names == ["two", "one"]
        await create(api)
        (run,) = (await next_of(stream)).runs
        assert run.action.id.run.name == "r"
        await record(api, "child")  # not a run
        await move(api, ActionPhase.RUNNING)
        (run,) = (await next_of(stream)).runs
        assert run.action.status.phase == ActionPhase.RUNNING


async def test_runs_of_a_task(api: Any) -> None:
    identifier = await api.deploy("t", IDLE)
    async with api.runs.watch_runs(WatchRunsRequest(task_id=identifier)) as stream:
        assert (await next_of(stream)).runs == []
        await create(api, "other")
        await api.runs.create_run(CreateRunRequest(run_id=RUN, task_id=identifier))
        (run,) = (await next_of(stream)).runs
        assert run.action.id.run.name == "r"


def seen(message: Any) -> dict[str, tuple[bool, dict[int, int]]]:
    return {
        item.action.id.name: (item.meets_filter, dict(item.children_phase_counts)) for item in message.enriched_actions
    }


async def test_actions(api: Any) -> None:
    await create(api)
    await record(api, "b")
    await record(api, "c", "b")
    async with api.runs.watch_actions(WatchActionsRequest(run_id=RUN)) as stream:
        queued = int(ActionPhase.QUEUED)
        assert seen(await next_of(stream)) == {"a0": (True, {queued: 2}), "b": (True, {queued: 1}), "c": (True, {})}
        await move(api, ActionPhase.RUNNING, "c")
        running = int(ActionPhase.RUNNING)
        assert seen(await next_of(stream)) == {
            "a0": (True, {queued: 1, running: 1}),
            "b": (True, {running: 1}),
            "c": (True, {}),
        }


async def test_filtered_actions(api: Any) -> None:
    await create(api)
    await record(api, "b")
    await record(api, "c", "b", "deep")
    running = Filter(function=FilterFunction.VALUE_IN, field="PHASE", values=[str(int(ActionPhase.RUNNING))])
    async with api.runs.watch_actions(WatchActionsRequest(run_id=RUN, filter=[running])) as stream:
        await move(api, ActionPhase.RUNNING, "c")
        message = await next_of(stream)
        assert {name: meets for name, (meets, _) in seen(message).items()} == {"a0": True, "b": True, "c": True}
        await move(api, ActionPhase.SUCCEEDED, "c")
        message = await next_of(stream)
        assert {name: meets for name, (meets, _) in seen(message).items()} == {"a0": False, "b": False, "c": False}
    named = Filter(function=FilterFunction.CONTAINS_CASE_INSENSITIVE, field="NAME", values=["DEEP"])
    async with api.runs.watch_actions(WatchActionsRequest(run_id=RUN, filter=[named])) as stream:
        assert set(seen(await next_of(stream))) == {"a0", "b", "c"}


async def test_actions_that_cannot_be_watched(api: Any) -> None:
    await create(api)
    bad = [
        Filter(field="phase", values=["4"]),
        Filter(function=FilterFunction.VALUE_IN, field="phase", values=["RUNNING"]),
        Filter(function=FilterFunction.VALUE_IN, field="name", values=["x"]),
    ]
    for item in bad:
        with pytest.raises(InvalidArgument):
            await next_of(api.runs.watch_actions(WatchActionsRequest(run_id=RUN, filter=[item])))
    other = RunIdentifier(project="testing", domain="development", name="missing")
    with pytest.raises(NotFound):
        await next_of(api.runs.watch_actions(WatchActionsRequest(run_id=other)))


async def test_many_watchers_see_the_end(api: Any) -> None:
    await create(api)
    request = WatchActionDetailsRequest(action_id=action())
    streams = [api.runs.watch_action_details(request) for _ in range(50)]
    await asyncio.gather(*(next_of(stream) for stream in streams))
    await move(api, ActionPhase.SUCCEEDED)
    last = await asyncio.gather(*(next_of(stream) for stream in streams))
    assert {message.details.status.phase for message in last} == {ActionPhase.SUCCEEDED}


class TestQuirks:
    @pytest.fixture
    def control_plane_options(self) -> dict[str, Any]:
        return {"oss_quirks": True}

    async def test_run_details_are_empty_and_do_not_end(self, api: Any) -> None:
        await create(api)
        await api.runs.abort_run(AbortRunRequest(run_id=RUN))
        async with api.runs.watch_run_details(WatchRunDetailsRequest(run_id=RUN)) as stream:
            assert (await next_of(stream)).details == RunDetails()
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(stream.__anext__(), 0.05)

    async def test_only_events_end_the_watch_of_an_action(self, api: Any) -> None:
        await create(api)
        async with api.runs.watch_action_details(WatchActionDetailsRequest(action_id=action())) as stream:
            await next_of(stream)
            await move(api, ActionPhase.SUCCEEDED)
            assert (await next_of(stream)).details.status.phase == ActionPhase.SUCCEEDED
            event = ActionEvent(id=action(), attempt=1, phase=ActionPhase.SUCCEEDED)
            await api.internal.record_action_events(RecordActionEventsRequest(events=[event]))
            assert (await next_of(stream)).details.attempts[0].phase == ActionPhase.SUCCEEDED
            with pytest.raises(StopAsyncIteration):
                await next_of(stream)

    async def test_a_child_without_its_parent_ends_the_watch(self, api: Any) -> None:
        await create(api)
        await record(api, "c", "missing")
        with pytest.raises(Internal, match=r"parent node \[missing\] not found"):
            await next_of(api.runs.watch_actions(WatchActionsRequest(run_id=RUN)))
