from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from remora.dev.literals import make
from remora.errors import InvalidArgument, NotFound
from remora.testing import ControlPlane
from remora_api.flyteidl2 import common, core, dataproxy, task, workflow
from remora_api.flyteidl2.common import ActionPhase
from remora_api.google.protobuf import Duration

FILE = core.LiteralType(blob=core.BlobType())


def phases(attempt: workflow.ActionAttempt) -> list[str]:
    return [step.phase.name for step in attempt.phase_transitions]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z" if Path("/proc").exists() else True


async def gone(pid: int) -> None:
    deadline = time.monotonic() + 10
    while alive(pid):
        assert time.monotonic() < deadline, f"process {pid} is still there"
        await asyncio.sleep(0.005)


async def test_inputs_outputs_and_log(api: Any) -> None:
    spec = api.shell(
        "echo out {{.inputs.n}}; echo error >&2; expr $(cat /var/inputs/n) \\* 2 > /var/outputs/double;"
        " cat /var/inputs/text > $FLYTE_OUTPUTS_DIR/copy",
        inputs={"n": api.integer, "text": api.string},
        outputs={"double": api.integer, "copy": api.string},
    )
    action = await api.start(spec, n=make.integer(21), text=make.string("two\nlines"))
    states = await api.watch(action)
    details = states[-1]
    assert details.status.phase == ActionPhase.SUCCEEDED
    assert [state.status.phase for state in states] == sorted(state.status.phase for state in states)
    (attempt,) = details.attempts
    assert phases(attempt) == ["QUEUED", "INITIALIZING", "RUNNING", "SUCCEEDED"]
    times = [step.start_time.to_datetime() for step in attempt.phase_transitions]
    assert times == sorted(times)
    assert attempt.logs_available
    assert details.status.duration_ms is not None
    assert await api.outputs(action) == {"double": make.integer(42), "copy": make.string("two\nlines")}
    assert sorted(await api.log(action)) == ["error\n", "out 21\n"]
    uris = await api.runs.get_action_data_uris(workflow.GetActionDataURIsRequest(action_id=action))
    assert uris.outputs_uri == attempt.outputs.output_uri
    context = await api.runs.get_action_log_context(workflow.GetActionLogContextRequest(action_id=action, attempt=1))
    assert context.log_context.primary_pod_name == f"{action.run.name}-a0-0"


async def test_files_go_in_and_out(api: Any) -> None:
    upload = await api.data.create_upload_location(
        dataproxy.CreateUploadLocationRequest(
            project="testing", domain="development", filename="in.txt", filename_root="root"
        )
    )
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.put(upload.signed_url, content=b"b\na\n")).status_code == 200
    spec = api.shell("sort /var/inputs/doc > /var/outputs/sorted", inputs={"doc": FILE}, outputs={"sorted": FILE})
    action = await api.start(spec, doc=make.stored(upload.native_url, FILE))
    assert (await api.finish(action)).status.phase == ActionPhase.SUCCEEDED
    uri = (await api.outputs(action))["sorted"].scalar.blob.uri
    again = api.shell("cat /var/inputs/doc", inputs={"doc": FILE})
    second = await api.start(again, doc=make.stored(uri, FILE))
    await api.finish(second)
    assert await api.log(second) == ["a\n", "b\n"]


async def test_a_python_task_and_its_environment(api: Any) -> None:
    code = "import json, os; json.dump(dict(os.environ, cwd=os.getcwd()), open('/var/outputs/env', 'w'))"
    spec = api.shell("", outputs={"env": core.LiteralType(simple=core.SimpleType.STRUCT)})
    container = spec.task_template.container
    container.command, container.args = ["python", "-c"], [code]
    container.env = [core.KeyValuePair(key="COLOUR", value="container"), core.KeyValuePair(key="SHAPE", value="round")]
    overrides = task.RunSpec(envs=task.Envs(values=[core.KeyValuePair(key="COLOUR", value="run")]))
    request = workflow.CreateRunRequest(project_id=api.project_id, task_spec=spec, run_spec=overrides)
    action = (await api.runs.create_run(request)).run.action.id
    await api.finish(action)
    environment = (await api.outputs(action))["env"].scalar.generic.to_python()
    assert (environment["COLOUR"], environment["SHAPE"]) == ("run", "round")
    assert environment["RUN_NAME"] == action.run.name
    assert environment["HOME"] == environment["cwd"]
    assert "PYTEST_CURRENT_TEST" not in environment


async def test_a_task_of_the_sdk_writes_its_own_outputs_and_report(api: Any) -> None:
    outputs = task.Outputs(literals=[task.NamedLiteral(name="o0", value=make.integer(7))])
    code = f"open('{{{{.outputPrefix}}}}/outputs.pb', 'wb').write({bytes(outputs)!r})"
    spec = api.shell("", outputs={"o0": api.integer}, data=False)
    container = spec.task_template.container
    container.command = ["python", "-c", code + "; open('{{.outputPrefix}}/report.html', 'w').write('<p>hi')"]
    action = await api.start(spec)
    assert (await api.finish(action)).status.phase == ActionPhase.SUCCEEDED
    assert await api.outputs(action) == {"o0": make.integer(7)}
    link = dataproxy.CreateDownloadLinkRequest(
        artifact_type=dataproxy.ArtifactType.REPORT,
        action_attempt_id=common.ActionAttemptIdentifier(action_id=action, attempt=1),
    )
    (url,) = (await api.data.create_download_link(link)).pre_signed_urls.signed_url
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.get(url)).text == "<p>hi"
    link.action_attempt_id.attempt = 2
    with pytest.raises(NotFound, match="attempt 2 of action a0 not found"):
        await api.data.create_download_link(link)
    link.artifact_type = dataproxy.ArtifactType.CODE_BUNDLE
    with pytest.raises(NotFound, match="the task of action a0 has no code bundle"):
        await api.data.create_download_link(link)
    link.artifact_type = dataproxy.ArtifactType.UNSPECIFIED
    with pytest.raises(InvalidArgument, match="artifact_type is required"):
        await api.data.create_download_link(link)


async def test_a_failure_says_what_happened(api: Any) -> None:
    action = await api.start(api.shell("for i in $(seq 30); do echo line $i >&2; done; exit 3"))
    details = await api.finish(action)
    assert details.status.phase == ActionPhase.FAILED
    assert details.error_info.kind == workflow.ErrorInfoKind.USER
    assert details.error_info.message.startswith("task ended with exit code 3: line 21\n")
    assert details.error_info.message.endswith("line 30")
    assert len(await api.log(action)) == 30
    data = await api.data.get_action_data(dataproxy.GetActionDataRequest(action_id=action))
    assert data.outputs == task.Outputs()


@pytest.mark.parametrize(
    ("script", "outputs", "message"),
    [
        ("kill -9 $$", {}, r"killed by signal 9 \(SIGKILL\)"),
        ("true", {"y": "integer"}, "output 'y': the task did not write y into its output directory"),
        ("echo five > /var/outputs/y", {"y": "integer"}, r"output 'y': 'five\\n' is not an integer"),
        ("echo {{.inputs.x}}", {}, "the command refers to input 'x'; the run has: none"),
    ],
)
async def test_other_failures(api: Any, script: str, outputs: dict[str, str], message: str) -> None:
    kinds = {name: getattr(api, kind) for name, kind in outputs.items()}
    details = await api.finish(await api.start(api.shell(script, outputs=kinds)))
    assert details.status.phase == ActionPhase.FAILED
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(details.error_info.message)


async def test_what_cannot_be_run_here_fails_and_says_so(api: Any) -> None:
    pod = task.TaskSpec(task_template=core.TaskTemplate(type="pod", k8s_pod=core.K8sPod()))
    details = await api.finish(await api.start(pod))
    assert details.status.phase == ActionPhase.FAILED
    assert "only container tasks" in details.error_info.message
    missing = api.shell("")
    missing.task_template.container.command = ["no-such-program"]
    details = await api.finish(await api.start(missing))
    assert "command 'no-such-program' not found" in details.error_info.message


async def test_retries(api: Any) -> None:
    metadata = core.TaskMetadata(retries=core.RetryStrategy(retries=2))
    spec = api.shell(
        "echo attempt $FLYTE_ATTEMPT_NUMBER; [ $FLYTE_ATTEMPT_NUMBER = 2 ] || exit 1; echo ok > /var/outputs/y",
        outputs={"y": api.string},
        metadata=metadata,
    )
    action = await api.start(spec)
    states = await api.watch(action)
    assert ActionPhase.FAILED not in [state.status.phase for state in states]
    details = states[-1]
    assert details.status.phase == ActionPhase.SUCCEEDED
    assert details.status.attempts == 3
    assert [attempt.phase.name for attempt in details.attempts] == ["FAILED", "FAILED", "SUCCEEDED"]
    assert details.attempts[0].error_info.message == "task ended with exit code 1"
    assert details.error_info is None
    assert [await api.log(action, attempt) for attempt in (1, 2, 3)] == [
        ["attempt 0\n"],
        ["attempt 1\n"],
        ["attempt 2\n"],
    ]


async def test_retries_end(api: Any) -> None:
    metadata = core.TaskMetadata(retries=core.RetryStrategy(retries=1))
    details = await api.finish(await api.start(api.shell("exit 1", metadata=metadata)))
    assert (details.status.phase, details.status.attempts) == (ActionPhase.FAILED, 2)
    assert details.error_info == details.attempts[1].error_info


async def test_max_runtime(api: Any) -> None:
    metadata = core.TaskMetadata(timeout=Duration(nanos=100_000_000))
    action = await api.start(api.shell("echo $$; sleep 60", metadata=metadata))
    details = await api.finish(action)
    assert details.status.phase == ActionPhase.TIMED_OUT
    assert details.error_info.code == "MAX_RUNTIME_EXCEEDED"
    assert details.error_info.message == "the attempt did not end within 0.1 s"
    (line,) = await api.log(action)
    await gone(int(line))


async def test_deadline_of_all_attempts(api: Any) -> None:
    metadata = core.TaskMetadata(
        retries=core.RetryStrategy(retries=50),
        timeouts=core.TimeoutStrategy(deadline=Duration(nanos=200_000_000)),
    )
    details = await api.finish(await api.start(api.shell("sleep 0.05; exit 1", metadata=metadata)))
    assert details.status.phase == ActionPhase.TIMED_OUT
    assert details.error_info.code == "DEADLINE_EXCEEDED"


async def test_abort_ends_the_whole_process_group(api: Any) -> None:
    action = await api.start(api.shell("trap 'echo bye; exit' TERM; sleep 60 & echo $!; echo $$; wait"))
    request = dataproxy.TailLogsRequest(action_id=action, attempt=1)
    await api.reach(action, ActionPhase.RUNNING)
    lines: list[str] = []
    async for message in api.data.tail_logs(request):
        lines += [line.message for logs in message.logs for line in logs.lines]
        if len(lines) == 2:
            await api.runs.abort_run(workflow.AbortRunRequest(run_id=action.run, reason="enough"))
    assert lines[2:] == ["bye\n"]
    for line in lines[:2]:
        await gone(int(line))
    details = await api.finish(action)
    assert details.status.phase == ActionPhase.ABORTED
    assert details.abort_info.reason == "enough"
    assert [attempt.phase.name for attempt in details.attempts] == ["ABORTED"]


async def test_children_do_not_outlive_the_task(api: Any) -> None:
    action = await api.start(api.shell("sleep 60 & echo $!"))
    assert (await api.finish(action)).status.phase == ActionPhase.SUCCEEDED
    (line,) = await api.log(action)
    await gone(int(line))


async def test_twenty_runs_at_once(api: Any) -> None:
    spec = api.shell("echo {{.inputs.n}} > /var/outputs/n", inputs={"n": api.integer}, outputs={"n": api.integer})
    actions = await asyncio.gather(*(api.start(spec, n=make.integer(number)) for number in range(20)))
    details = await asyncio.gather(*(api.finish(action) for action in actions))
    assert {detail.status.phase for detail in details} == {ActionPhase.SUCCEEDED}
    outputs = await asyncio.gather(*(api.outputs(action) for action in actions))
    assert outputs == [{"n": make.integer(number)} for number in range(20)]


async def test_many_lines_are_complete_and_in_order(api: Any) -> None:
    action = await api.start(api.shell("seq 20000"))
    assert await api.log(await started(api, action)) == [f"{number}\n" for number in range(1, 20001)]


async def started(api: Any, action: common.ActionIdentifier) -> common.ActionIdentifier:
    with_log = workflow.WatchActionDetailsRequest(action_id=action)
    async with api.runs.watch_action_details(with_log) as messages:
        async for message in messages:
            if any(attempt.logs_available for attempt in message.details.attempts):
                return action
    raise AssertionError("never started")


async def test_logs_of_what_has_not_started(api: Any) -> None:
    action = await api.start(task.TaskSpec(task_template=core.TaskTemplate()))
    with pytest.raises(NotFound, match="attempt 1 of action a0 has not started"):
        await api.log(action)
    with pytest.raises(InvalidArgument, match="attempt must be greater than 0"):
        await api.log(action, 0)
    with pytest.raises(NotFound, match="log context"):
        await api.runs.get_action_log_context(workflow.GetActionLogContextRequest(action_id=action))


class TestOneSlot:
    @pytest.fixture
    def control_plane_options(self) -> dict[str, Any]:
        return {"parallel": 1, "abort_grace": 0.1}

    async def test_the_second_waits(self, api: Any, tmp_path: Path) -> None:
        first = await api.start(api.shell(f"until [ -e {tmp_path}/go ]; do sleep 0.01; done"))
        await api.reach(first, ActionPhase.RUNNING)
        second = await api.start(api.shell("true"))
        await api.reach(second, ActionPhase.WAITING_FOR_RESOURCES)
        third = await api.start(api.shell("true"))
        await api.reach(third, ActionPhase.WAITING_FOR_RESOURCES)
        await api.runs.abort_run(workflow.AbortRunRequest(run_id=second.run))
        (tmp_path / "go").touch()
        details = await api.finish(third)
        assert phases(details.attempts[0]) == [
            "QUEUED",
            "WAITING_FOR_RESOURCES",
            "INITIALIZING",
            "RUNNING",
            "SUCCEEDED",
        ]
        details = await api.finish(second)
        assert phases(details.attempts[0]) == ["QUEUED", "WAITING_FOR_RESOURCES", "ABORTED"]

    async def test_waiting_has_a_limit(self, api: Any, tmp_path: Path) -> None:
        first = await api.start(api.shell("sleep 60"))
        await api.reach(first, ActionPhase.RUNNING)
        limit = core.TimeoutStrategy(queued_timeout=Duration(nanos=50_000_000))
        second = await api.start(api.shell("true", metadata=core.TaskMetadata(timeouts=limit)))
        details = await api.finish(second)
        assert (details.status.phase, details.error_info.code) == (ActionPhase.TIMED_OUT, "QUEUED_TIMEOUT_EXCEEDED")

    async def test_a_process_that_ignores_sigterm_is_killed(self, api: Any) -> None:
        action = await api.start(api.shell("trap '' TERM; echo $$; while :; do sleep 0.01; done"))
        await started(api, action)
        request = dataproxy.TailLogsRequest(action_id=action, attempt=1)
        pid = 0
        async for message in api.data.tail_logs(request):
            pid = int(message.logs[0].lines[0].message)
            await api.runs.abort_action(workflow.AbortActionRequest(action_id=action))
        await gone(pid)


class TestKeepWork:
    @pytest.fixture
    def control_plane_options(self) -> dict[str, Any]:
        return {"keep_work": True}

    async def test_working_directories_are_kept(self, api: Any, control_plane: ControlPlane) -> None:
        await api.finish(await api.start(api.shell("echo kept > file", inputs={"x": api.integer}), x=make.integer(1)))
        (work,) = (Path(control_plane.data_dir) / "work").iterdir()
        assert (work / "file").read_text() == "kept\n"
        assert json.loads((work / "inputs" / "inputs.json").read_text()) == {"x": 1}


async def test_working_directories_are_removed(api: Any, control_plane: ControlPlane) -> None:
    await api.finish(await api.start(api.shell("echo x > file")))
    assert not list((Path(control_plane.data_dir) / "work").iterdir())


class TestNoExecute:
    @pytest.fixture
    def control_plane_options(self) -> dict[str, Any]:
        return {"execute": False}

    async def test_runs_stay_queued(self, api: Any) -> None:
        action = await api.start(api.shell("true"))
        details = (await api.runs.get_action_details(workflow.GetActionDetailsRequest(action_id=action))).details
        assert details.status.phase == ActionPhase.QUEUED
        assert details.attempts == []


async def test_aborting_an_action_aborts_its_children(api: Any) -> None:
    root = await api.start(task.TaskSpec(task_template=core.TaskTemplate()))
    for name, parent in (("b", "a0"), ("c", "b"), ("d", "a0")):
        action = common.ActionIdentifier(run=root.run, name=name)
        spec = workflow.TaskAction(id=task.TaskIdentifier(name="t"), spec=task.TaskSpec())
        await api.internal.record_action(workflow.RecordActionRequest(action_id=action, parent=parent, task=spec))
    branch = common.ActionIdentifier(run=root.run, name="b")
    await api.runs.abort_action(workflow.AbortActionRequest(action_id=branch))
    listed = (await api.runs.list_actions(workflow.ListActionsRequest(run_id=root.run))).actions
    aborted = {action.id.name for action in listed if action.status.phase == ActionPhase.ABORTED}
    assert aborted == {"b", "c"}
    await api.runs.abort_run(workflow.AbortRunRequest(run_id=root.run))
    listed = (await api.runs.list_actions(workflow.ListActionsRequest(run_id=root.run))).actions
    assert {action.status.phase for action in listed} == {ActionPhase.ABORTED}


async def test_a_program_that_the_system_refuses(api: Any, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_bytes(b"\x7fELF nonsense")
    program.chmod(0o700)
    spec = api.shell("")
    spec.task_template.container.command = [str(program)]
    details = await api.finish(await api.start(spec))
    assert details.error_info.message == f"cannot run {str(program)!r}: Exec format error"
    assert len(details.attempts) == 1


async def test_an_error_of_the_executor_is_a_system_error(api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> None:
        raise LookupError("disk on fire")

    monkeypatch.setattr("remora.dev.executor.attempt.build_command", broken)
    details = await api.finish(await api.start(api.shell("true")))
    assert details.status.phase == ActionPhase.FAILED
    assert details.error_info.kind == workflow.ErrorInfoKind.SYSTEM
    assert details.error_info.message == "the local executor failed: LookupError: disk on fire"


async def test_a_process_that_leaves_its_group_does_not_hold_up_the_run(
    api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("remora.dev.executor.process._DRAIN_TIMEOUT", 0.1)
    code = (
        "import subprocess, sys;p = subprocess.Popen(['sleep', '60'], start_new_session=True); print(p.pid, flush=True)"
    )
    spec = api.shell("")
    spec.task_template.container.command = ["python", "-c", code]
    action = await api.start(spec)
    assert (await api.finish(action)).status.phase == ActionPhase.SUCCEEDED
    (line,) = await api.log(action)
    os.kill(int(line), 9)


async def test_a_deadline_that_passes_in_the_queue(api: Any, control_plane: ControlPlane) -> None:
    soon = core.TimeoutStrategy(deadline=Duration(nanos=1))
    details = await api.finish(await api.start(api.shell("true", metadata=core.TaskMetadata(timeouts=soon))))
    assert (details.status.phase, details.error_info.code) == (ActionPhase.TIMED_OUT, "DEADLINE_EXCEEDED")
    assert details.attempts[0].log_context is None


async def test_aborting_twice(api: Any) -> None:
    action = await api.start(
        api.shell("trap 'sleep 0.1; echo end; exit' TERM; echo start; while :; do sleep 0.01; done")
    )
    await started(api, action)
    lines: list[str] = []
    async for message in api.data.tail_logs(dataproxy.TailLogsRequest(action_id=action, attempt=1)):
        lines += [line.message for logs in message.logs for line in logs.lines]
        for _ in range(2):
            await api.runs.abort_run(workflow.AbortRunRequest(run_id=action.run))
    # In between the shell may say that its `sleep` was terminated, too.
    assert (lines[0], lines[-1]) == ("start\n", "end\n")
