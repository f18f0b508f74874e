"""Waiting, refreshing, aborting: what entities do with the states of their action."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from remora.errors import InvalidArgument, NotFound, RunFailed, Unavailable, WaitTimeout
from remora_api.entities import Action, ActionDetails, Run, RunDetails
from remora_api.flyteidl2 import common, workflow
from remora_api.flyteidl2 import task as tasks

RUN = common.RunIdentifier(project="proj", domain="dev", name="r1")
ACTION = common.ActionIdentifier(run=RUN, name="a0")


def details(phase: str, **fields: Any) -> workflow.ActionDetails:
    status = workflow.ActionStatus(phase=common.ActionPhase[phase], attempts=1)
    return workflow.ActionDetails(id=ACTION, status=status, **fields)


def make_run(client: Any, phase: str = "QUEUED") -> Run:
    status = workflow.ActionStatus(phase=common.ActionPhase[phase])
    message = workflow.Run(action=workflow.Action(id=ACTION, status=status), labels={"team": "data"})
    return Run(message, client=client)


def make_action(client: Any, phase: str = "QUEUED") -> Action:
    status = workflow.ActionStatus(phase=common.ActionPhase[phase])
    return Action(workflow.Action(id=ACTION, status=status), client=client)


@pytest.fixture
def story(client: Any) -> Any:
    """Makes the client tell a story: the states of the action, one after the other."""

    def tell(*states: workflow.ActionDetails | Exception | asyncio.Event) -> Any:
        last = [item for item in states if isinstance(item, workflow.ActionDetails)][-1]
        updates = [
            workflow.WatchActionDetailsResponse(details=item) if isinstance(item, workflow.ActionDetails) else item
            for item in states
        ]
        plain = workflow.ActionDetails(id=last.id, status=last.status)
        run = workflow.RunDetails(run_spec=tasks.RunSpec(queue="q"), action=plain)
        client.answers["WatchActionDetails"] = lambda request: updates
        client.answers["GetActionDetails"] = lambda request: workflow.GetActionDetailsResponse(details=last)
        client.answers["GetRunDetails"] = lambda request: workflow.GetRunDetailsResponse(details=run)
        return client

    return tell


async def test_wait_returns_the_details_and_refreshes_the_run(story: Any) -> None:
    client = story(details("QUEUED"), details("RUNNING"), details("SUCCEEDED"))
    run = make_run(client)
    found = await run.wait.aio(timeout=5)
    assert isinstance(found, RunDetails)
    assert found.phase == run.phase == "succeeded"
    assert run.done()
    assert run.labels == {"team": "data"}
    assert found.pb2.run_spec is not None
    assert found.pb2.run_spec.queue == "q"


async def test_wait_of_an_action_returns_its_details(story: Any) -> None:
    client = story(details("RUNNING"), details("FAILED", error_info=workflow.ErrorInfo(message="boom")))
    action = make_action(client)
    found = await action.wait.aio(timeout=timedelta(seconds=5))
    assert isinstance(found, ActionDetails)
    assert (found.phase, action.phase, found.error_message) == ("failed", "failed", "boom")


async def test_a_failed_run_is_told_and_not_raised_unless_wanted(story: Any) -> None:
    failed = details("FAILED", error_info=workflow.ErrorInfo(message="boom", code="OOM"))
    client = story(details("RUNNING"), failed)
    # GetRunDetails of this server leaves the error out; what the watch brought is used.
    assert (await make_run(client).wait.aio()).error_message == "OOM: boom"
    run = make_run(client)
    with pytest.raises(RunFailed, match="run r1 failed: OOM: boom") as caught:
        await run.wait.aio(raise_on_failure=True)
    assert (caught.value.phase, caught.value.error_message, caught.value.run) == ("failed", "OOM: boom", "r1")
    assert isinstance(caught.value.details, RunDetails)
    assert run.phase == "failed"


@pytest.mark.parametrize(
    ("final", "message"),
    [
        (details("ABORTED", abort_info=workflow.AbortInfo(reason="too slow")), "run r1 was aborted: too slow"),
        (details("TIMED_OUT"), "run r1 timed out$"),
        (details("FAILED"), "run r1 failed$"),
    ],
)
async def test_every_end_without_success_is_raised(story: Any, final: workflow.ActionDetails, message: str) -> None:
    with pytest.raises(RunFailed, match=message):
        await make_run(story(final)).wait.aio(raise_on_failure=True)


async def test_recovered_counts_as_success(story: Any) -> None:
    assert (await make_run(story(details("RECOVERED"))).wait.aio(raise_on_failure=True)).phase == "recovered"


async def test_a_run_that_had_ended_is_not_watched(story: Any) -> None:
    client = story(details("SUCCEEDED"))
    await make_run(client, "SUCCEEDED").wait.aio()
    assert client.names() == ["GetRunDetails"]
    await make_action(client, "SUCCEEDED").wait.aio()
    assert client.names() == ["GetRunDetails", "GetActionDetails"]


async def test_the_reason_of_a_failure_is_looked_for_where_it_is(story: Any) -> None:
    client = story(details("FAILED", error_info=workflow.ErrorInfo(message="boom")))
    found = await make_run(client, "FAILED").wait.aio()
    assert found.error_message == "boom"
    assert client.names() == ["GetRunDetails", "GetActionDetails"]


async def test_wait_for_running_and_for_logs(story: Any) -> None:
    with_logs = details("RUNNING", attempts=[workflow.ActionAttempt(attempt=1, logs_available=True)])
    client = story(details("QUEUED"), details("RUNNING"), with_logs, asyncio.Event())
    action = make_action(client)
    assert (await action.wait.aio(wait_for="running")).pb2 == details("RUNNING")
    assert (await action.wait.aio(wait_for="logs-ready")).logs_available()
    # An action that never runs ends the wait all the same.
    assert (await make_action(story(details("ABORTED"))).wait.aio(wait_for="running")).phase == "aborted"


async def test_timeout_carries_the_last_phase_and_leaves_the_run_alone(story: Any) -> None:
    client = story(details("QUEUED"), details("RUNNING"), asyncio.Event())
    run = make_run(client)
    with pytest.raises(WaitTimeout) as caught:
        await run.wait.aio(timeout=0.05)
    assert (caught.value.phase, run.phase) == ("running", "running")
    assert isinstance(caught.value.details, ActionDetails)
    assert "AbortRun" not in client.names()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"timeout": -1}, InvalidArgument, "timeout must not be negative"),
        ({"timeout": float("nan")}, InvalidArgument, "timeout must not be negative"),
        ({"timeout": "5"}, TypeError, "timeout: expected seconds or a timedelta, got str"),
        ({"timeout": True}, TypeError, "timeout: expected seconds"),
        ({"poll_interval": 0}, InvalidArgument, "poll_interval must be more than 0"),
        ({"poll_interval": timedelta(seconds=-1)}, InvalidArgument, "poll_interval must not be negative"),
        ({"wait_for": "done"}, InvalidArgument, "wait_for: 'done' is unknown"),
    ],
)
async def test_mistakes_are_refused_before_any_call(
    client: Any, arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        await make_run(client).wait.aio(**arguments)
    assert client.calls == []


async def test_an_unknown_run_is_an_error_at_once(client: Any) -> None:
    client.answers["WatchActionDetails"] = lambda request: [NotFound("run not found")]
    with pytest.raises(NotFound):
        await make_run(client).wait.aio()
    assert client.names() == ["WatchActionDetails"]


async def test_cancellation_is_not_swallowed(story: Any) -> None:
    client = story(details("RUNNING"), asyncio.Event())
    task = asyncio.create_task(make_run(client).wait.aio())
    await client.opened.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert client.streams[0].closed


async def test_poll_interval_finds_the_end_behind_a_silent_stream(story: Any) -> None:
    client = story(details("RUNNING"), asyncio.Event(), details("SUCCEEDED"))
    assert (await make_run(client).wait.aio(poll_interval=0.01, timeout=5)).phase == "succeeded"


async def test_progress_goes_to_stderr_only_when_wanted(story: Any, capsys: pytest.CaptureFixture[str]) -> None:
    failed = details("FAILED", error_info=workflow.ErrorInfo(message="boom\nsecond line"))
    client = story(
        details("QUEUED"), details("RUNNING"), details("RUNNING", attempts=[workflow.ActionAttempt()]), failed
    )
    await make_run(client).wait.aio(quiet=True)
    assert capsys.readouterr() == ("", "")
    await make_run(client).wait.aio(quiet=False)
    out, err = capsys.readouterr()
    assert out == ""
    lines = [line.partition(" after ")[0] for line in err.splitlines()]
    assert lines == ["r1: queued", "r1: running", "r1: failed"]
    assert err.splitlines()[-1].endswith("boom")


async def test_a_terminal_gets_a_spinner(
    story: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("rich")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    client = story(details("QUEUED"), details("SUCCEEDED"))
    await make_run(client).wait.aio()
    assert "r1: succeeded" in capsys.readouterr().err


async def test_watch_of_a_run_keeps_it_up_to_date(story: Any) -> None:
    client = story(details("QUEUED"), details("RUNNING"), details("SUCCEEDED"))
    run = make_run(client, "UNSPECIFIED")
    seen = []
    async for found in run.watch.aio():
        assert isinstance(found, ActionDetails)
        assert found.phase == run.phase
        seen.append(str(run.phase))
    assert seen == ["queued", "running", "succeeded"]
    assert client.names() == ["WatchActionDetails"]


async def test_watch_of_an_action_ends_when_it_runs(story: Any) -> None:
    client = story(details("QUEUED"), details("RUNNING"), asyncio.Event())
    action = make_action(client)
    assert [str(item.phase) async for item in action.watch.aio(wait_for="running")] == ["queued", "running"]
    assert client.streams[0].closed


async def test_watch_by_identifier_and_of_details(story: Any) -> None:
    client = story(details("RUNNING"), details("SUCCEEDED"))
    by_id = ActionDetails.watch.aio(ACTION, client=client)
    assert [str(item.phase) async for item in by_id] == ["running", "succeeded"]
    own = ActionDetails(details("QUEUED"), client=client)
    assert [str(item.phase) async for item in own.watch_updates.aio()] == ["running", "succeeded"]
    assert own.phase == "succeeded"


async def test_sync_really_refreshes(story: Any) -> None:
    client = story(details("RUNNING"))
    run, action = make_run(client), make_action(client)
    assert await run.sync.aio() is run
    assert await action.sync.aio() is action
    assert run.phase == action.phase == "running"
    assert run.labels == {"team": "data"}
    own = ActionDetails(details("QUEUED"), client=client)
    assert (await own.sync.aio()).phase == "running"
    found = RunDetails(workflow.RunDetails(action=details("QUEUED")), client=client)
    assert (await found.sync.aio()).phase == "running"


async def test_abort_asks_first_and_keeps_what_has_succeeded(story: Any) -> None:
    client = story(details("SUCCEEDED"))
    await make_run(client).abort.aio(reason="enough")
    await make_action(client).abort.aio()
    assert client.names() == ["GetActionDetails"] * 2
    await make_run(client, "FAILED").abort.aio()
    assert client.names() == ["GetActionDetails"] * 2


async def test_abort_sends_the_reason(story: Any) -> None:
    client = story(details("RUNNING"))
    client.answers["AbortRun"] = lambda request: workflow.AbortRunResponse()
    client.answers["AbortAction"] = lambda request: workflow.AbortActionResponse()
    await make_run(client).abort.aio(reason="enough")
    await make_action(client).abort.aio(reason="enough")
    assert client.requests("AbortRun") == [workflow.AbortRunRequest(run_id=RUN, reason="enough")]
    assert client.requests("AbortAction") == [workflow.AbortActionRequest(action_id=ACTION, reason="enough")]


async def test_abort_of_what_is_gone_does_nothing(story: Any, client: Any) -> None:
    story(details("RUNNING"))
    client.answers["AbortRun"] = client.answers["AbortAction"] = lambda request: NotFound("gone")
    await make_run(client).abort.aio()
    await make_action(client).abort.aio()
    client.answers["GetActionDetails"] = lambda request: NotFound("gone")
    await make_run(client).abort.aio()
    client.answers["GetActionDetails"] = lambda request: Unavailable("down")
    with pytest.raises(Unavailable):
        await make_run(client).abort.aio()
