"""Runs in groups, and what a cluster says of their attempts."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from remora.errors import InvalidArgument, NotFound
from remora_api.flyteidl2 import common, core, task, workflow
from remora_api.flyteidl2.common import ActionPhase
from remora_api.google.protobuf import Timestamp

EPOCH = Timestamp.from_datetime(datetime(2024, 1, 1, tzinfo=timezone.utc))
IDLE = task.TaskSpec(task_template=core.TaskTemplate(type="idle"))


def request(**fields: Any) -> workflow.WatchGroupsRequest:
    project = common.ProjectIdentifier(name="testing", domain="development")
    return workflow.WatchGroupsRequest(**{"project_id": project, "start_date": EPOCH, **fields})


async def run(api: Any, identifier: task.TaskIdentifier) -> common.ActionIdentifier:
    created = await api.runs.create_run(workflow.CreateRunRequest(project_id=api.project_id, task_id=identifier))
    action: common.ActionIdentifier = created.run.action.id
    return action


async def test_groups_of_runs(api: Any) -> None:
    good = await api.deploy("good", api.shell("true"))
    bad = await api.deploy("bad", api.shell("exit 1"))
    for identifier in (good, bad, bad):
        await api.finish(await run(api, identifier))
    until = Timestamp.from_datetime(datetime(2100, 1, 1, tzinfo=timezone.utc))
    (message,) = [each async for each in api.runs.watch_groups(request(end_date=until))]
    assert message.sentinel
    first, second = message.task_groups
    assert (first.task_name, first.total_runs, first.average_failure_rate) == ("bad", 2, 1.0)
    assert [status.phase for status in first.recent_statuses] == [ActionPhase.FAILED, ActionPhase.FAILED]
    assert first.error_counts == workflow.TaskGroupErrorCounts(user_error=2)
    assert first.phase_counts == [workflow.TaskGroupPhaseCounts(phase=ActionPhase.FAILED, count=2)]
    assert (second.task_name, second.total_runs, second.average_failure_rate) == ("good", 1, 0.0)
    assert second.average_duration is not None
    assert second.average_time_to_running is not None
    assert second.latest_finished_time is not None
    field = workflow.WatchGroupsRequestKnownSortField(created_at=common.SortDirection.ASCENDING)
    (message,) = [each async for each in api.runs.watch_groups(request(end_date=until, known_sort_fields=[field]))]
    assert [group.task_name for group in message.task_groups] == ["good", "bad"]
    (message,) = [each async for each in api.runs.watch_groups(request(start_date=until, end_date=until))]
    assert message.task_groups == []
    limited = request(end_date=until, request=common.ListRequest(limit=1))
    (message,) = [each async for each in api.runs.watch_groups(limited)]
    assert [group.task_name for group in message.task_groups] == ["bad"]


async def test_groups_are_told_again_when_a_run_changes(api: Any) -> None:
    async with api.runs.watch_groups(request(), timeout=60) as messages:
        assert (await messages.__anext__()).task_groups == []
        action = await api.start(IDLE)
        assert (await messages.__anext__()).task_groups[0].total_runs == 1
        await api.runs.abort_run(workflow.AbortRunRequest(run_id=action.run))
        (group,) = (await messages.__anext__()).task_groups
        assert [status.phase for status in group.recent_statuses] == [ActionPhase.ABORTED]


async def test_bad_groups(api: Any) -> None:
    for bad, message in (
        (workflow.WatchGroupsRequest(start_date=EPOCH), "project_id is required"),
        (request(start_date=None), "start_date is required"),
    ):
        with pytest.raises(InvalidArgument, match=message):
            await api.runs.watch_groups(bad).__anext__()


async def test_events_of_a_cluster(api: Any) -> None:
    action = await api.start(IDLE, "r")
    watch = workflow.WatchClusterEventsRequest(id=action, attempt=1)

    async def report(phase: ActionPhase, *messages: str) -> None:
        found = [workflow.ClusterEvent(message=message) for message in messages]
        event = workflow.ActionEvent(
            id=action, attempt=1, phase=phase, updated_time=EPOCH, reported_time=EPOCH, cluster_events=found
        )
        response = await api.internal.record_action_events(workflow.RecordActionEventsRequest(events=[event]))
        assert response.status.code == 0

    await report(ActionPhase.INITIALIZING, "pulling", "pulled")
    async with api.runs.watch_cluster_events(watch, timeout=60) as messages:
        assert [each.message for each in (await messages.__anext__()).cluster_events] == ["pulling", "pulled"]
        await report(ActionPhase.RUNNING, "started")
        assert [each.message for each in (await messages.__anext__()).cluster_events] == ["started"]
        await report(ActionPhase.SUCCEEDED)
        with pytest.raises(StopAsyncIteration):
            await messages.__anext__()
    local = await api.start(api.shell("true"))
    await api.finish(local)
    watch = workflow.WatchClusterEventsRequest(id=local, attempt=1)
    assert [each async for each in api.runs.watch_cluster_events(watch, timeout=60)] == []
    watch.attempt = 0
    with pytest.raises(InvalidArgument, match="attempt must be greater than 0"):
        await api.runs.watch_cluster_events(watch).__anext__()
    missing = common.ActionIdentifier(run=action.run, name="none")
    with pytest.raises(NotFound):
        await api.runs.watch_cluster_events(workflow.WatchClusterEventsRequest(id=missing, attempt=1)).__anext__()
