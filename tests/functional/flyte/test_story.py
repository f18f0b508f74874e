"""From a task to its outputs against a real control plane, in both forms."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import remora
from remora import Action, ActionDetails, ActionPhase, File, Project, Run, RunDetails, Task, TaskDetails, TimeFilter
from remora.errors import (
    AlreadyExists,
    InvalidArgument,
    NotFound,
    OutputsNotReady,
    RunFailed,
    ValuesError,
    WaitTimeout,
)
from remora.testing import ControlPlane

pytestmark = pytest.mark.usefixtures("client")

COUNT = "wc -w < /var/inputs/text > /var/outputs/words; printf '[1, 2]' > /var/outputs/list; echo counted; echo done"


@pytest.fixture(scope="module", params=[{}, {"oss_quirks": True}, {"strict": True}], ids=["plain", "oss", "strict"])
def plane_options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The story is the same with the surprises of the open-source backend, and with every rule enforced."""
    return dict(request.param)


@pytest.fixture(scope="module")
def count(shell: Any) -> TaskDetails:
    """A task that counts words."""
    details = shell(
        "story.count",
        COUNT,
        inputs={"text": str, "top": int},
        outputs={"words": int, "list": list[int]},
        defaults={"top": 3},
        short_description="counts words",
    )
    assert isinstance(details, TaskDetails)
    return details


def test_the_whole_story_blocking(count: TaskDetails) -> None:
    run = Task.get("story.count", auto_version="latest").run(text="to be or not to be")
    assert run.task_name == "story.count"
    phases = [details.phase for details in run.watch(timeout=30)]
    assert phases[-1] is ActionPhase.SUCCEEDED
    assert len(phases) == len(set(phases))
    assert run.done()
    details = run.wait(timeout=30, raise_on_failure=True)
    assert isinstance(details, RunDetails)
    assert list(run.get_logs(timeout=30)) == ["counted\n", "done\n"]
    lines = list(run.logs())
    assert [line.message for line in lines] == ["counted", "done"]
    assert all(line.timestamp is not None and line.originator == "user" and line.attempt == 1 for line in lines)
    outputs = run.outputs()
    assert outputs == (6, [1, 2])
    assert outputs.words == 6
    assert run.inputs() == {"text": "to be or not to be", "top": 3}
    assert set(run.output_literals()) == {"words", "list"}
    assert run.url.endswith(f"/v2/domain/development/project/testing/runs/{run.name}")
    info = details.get_phase_transitions()
    assert info[-1].phase is ActionPhase.SUCCEEDED
    assert all(item.duration >= timedelta(0) for item in info)
    assert Run.get(run.name) == run.sync()


async def test_the_whole_story_async(count: TaskDetails) -> None:
    run = await (await Task.get("story.count", auto_version="latest").fetch.aio()).run.aio(text="a b")
    phases = [str(details.phase) async for details in run.watch.aio(timeout=30)]
    assert phases[-1] == "succeeded"
    assert [line async for line in run.get_logs.aio()] == ["counted\n", "done\n"]
    assert (await run.outputs.aio()).named_outputs == {"words": 2, "list": [1, 2]}
    assert (await run.wait.aio()).phase == "succeeded"
    action = await Action.get.aio(run_name=run.name, name="a0")
    assert await action.outputs.aio() == (2, [1, 2])
    assert (await ActionDetails.get.aio(f"{run.name}/a0")).phase == "succeeded"
    assert [item.name async for item in run.actions.aio()] == ["a0"]


def test_a_failing_run_is_explained(shell: Any) -> None:
    run = shell("story.fail", "echo starting; echo no such file >&2; exit 3").run()
    details = run.wait(timeout=30)
    assert details.phase is ActionPhase.FAILED
    assert "exit code 3" in details.error_message
    with pytest.raises(RunFailed, match="exit code 3") as caught:
        run.wait(raise_on_failure=True)
    assert caught.value.phase == "failed"
    assert list(run.get_logs()) == ["starting\n", "no such file\n"]
    with pytest.raises(RunFailed):
        run.outputs()
    assert run.inputs() == {}


def test_retries_are_attempts_with_logs_of_their_own(shell: Any) -> None:
    task = shell("story.retry", 'echo "attempt $FLYTE_ATTEMPT_NUMBER"; test "$FLYTE_ATTEMPT_NUMBER" = 1', retries=2)
    run = task.run()
    seen = [(line.attempt, line.message) for line in run.logs(timeout=30)]
    assert run.wait(timeout=30).phase is ActionPhase.SUCCEEDED
    assert seen in ([(1, "attempt 0"), (2, "attempt 1")], [(2, "attempt 1")])
    assert list(run.get_logs(attempt=1)) == ["attempt 0\n"]
    assert list(run.get_logs(attempt=2)) == ["attempt 1\n"]
    assert run.details().action_details.attempts == 2
    with pytest.raises(NotFound, match="has no attempt 3"):
        list(run.get_logs(attempt=3))


def test_abort_ends_a_run_and_leaves_finished_ones_alone(shell: Any, count: TaskDetails) -> None:
    run = shell("story.slow", "sleep 60").run()
    run.wait(wait_for="running", timeout=30)
    with pytest.raises(OutputsNotReady):
        run.outputs()
    with pytest.raises(WaitTimeout) as caught:
        run.wait(timeout=0.2)
    assert caught.value.phase == "running"
    run.abort(reason="enough")
    details = run.wait(timeout=30)
    assert (details.phase, details.error_message) == (ActionPhase.ABORTED, "enough")
    run.abort()
    finished = count.run(text="x")
    finished.wait(timeout=30)
    Run.get(finished.name).abort()
    assert finished.sync().phase is ActionPhase.SUCCEEDED


def test_names_are_unique_and_options_are_kept(count: TaskDetails) -> None:
    options: dict[str, Any] = {"name": "nightly-1", "labels": {"team": "data"}, "env_vars": {"X": "1"}}
    run = count.with_options(**options).run(text="a")
    assert run.name == "nightly-1"
    with pytest.raises(AlreadyExists, match="there is a run 'nightly-1'"):
        count.with_options(**options).run(text="b")
    again = Run.create("story.count", inputs={"text": "b"}, name="nightly-1", on_existing="return")
    assert again.inputs() == {"text": "a", "top": 3}
    assert Run.get("nightly-1").labels == {"team": "data"}
    spec = run.details().run_spec
    assert spec is not None
    assert spec.envs is not None
    assert [(pair.key, pair.value) for pair in spec.envs.values] == [("X", "1")]


def test_mistakes_are_named(count: TaskDetails) -> None:
    with pytest.raises(ValuesError, match=r"task 'story.count' has no input 'txt' .*did you mean 'text'"):
        count.run(txt="a")
    with pytest.raises(NotFound, match=r"there is no task 'story.nothing' in project 'testing', domain 'development'"):
        Run.create("story.nothing")
    with pytest.raises(NotFound):
        Run.get("nothing")
    with pytest.raises(NotFound):
        list(Run.get("nothing-" + str(time.time_ns())[-5:]).watch())
    with pytest.raises(InvalidArgument, match="name is empty"):
        Run.get("")
    with pytest.raises(InvalidArgument, match="name is missing"):
        Action.get(run_name="r1")
    with pytest.raises(InvalidArgument, match="not both"):
        Action.get("r1/a0", name="a0")


def test_lists_filter_and_sort(count: TaskDetails, shell: Any) -> None:
    began = datetime.now(timezone.utc)
    runs = [count.run(text=str(number)) for number in range(3)]
    for run in runs:
        run.wait(timeout=30)
    newest = [run.name for run in Run.listall(sort_by="-created_at", task_name="story.count", limit=3)]
    assert newest == [run.name for run in reversed(runs)]
    since = TimeFilter(after=began, before=datetime.now(timezone.utc) + timedelta(minutes=1))
    oldest = [run.name for run in Run.listall(created_at=since, task_name="story.count")]
    assert oldest == [run.name for run in runs]
    names = {run.name for run in Run.listall(in_phase="succeeded", task_name="story.count", task_version=count.version)}
    assert {run.name for run in runs} <= names
    assert list(Run.listall(in_phase=("recovered",))) == []
    assert list(Run.listall(in_phase=("recovered", "paused"))) == []
    assert list(Run.listall(task_name="story.nothing")) == []
    shell("other.task", "true")
    assert [task.name for task in Task.listall(by_task_env="other")] == ["other.task"]
    assert [task.version for task in Task.listall(by_task_name="story.count")] == [count.version]
    found = Task.listall(by_task_name="story.count").first()
    assert found is not None
    assert found.details().required_args == ("text",)
    # No page is larger than the backend allows.
    assert len(list(Task.listall(limit=1500, page_size=1000))) >= 2
    assert len(list(Run.listall(limit=1500, page_size=1000))) >= 3


def test_files_go_in(shell: Any, tmp_path: Path) -> None:
    path = tmp_path / "größe.txt"
    path.write_text("uploaded\n")
    digest, uri = remora.upload_file(path)
    assert len(digest) == 32
    task = shell(
        "story.file",
        "cp /var/inputs/doc /var/outputs/copy; cat /var/inputs/doc",
        inputs={"doc": File},
        outputs={"copy": File},
    )
    run = task.run(doc=File(uri))
    run.wait(timeout=30, raise_on_failure=True)
    assert list(run.get_logs()) == ["uploaded\n"]
    copy = run.outputs().copy
    assert isinstance(copy, File)
    assert copy.uri != uri


def test_projects_are_created_changed_and_hidden() -> None:
    project = Project.create("p-one", "One", description="first", labels={"a": "b"})
    assert (project.id, project.name, project.labels) == ("p-one", "One", {"a": "b"})
    assert "development" in project.domains
    with pytest.raises(AlreadyExists):
        Project.create("p-one", "Again")
    changed = Project.update("p-one", description="changed")
    assert (changed.name, changed.description, changed.labels) == ("One", "changed", {"a": "b"})
    assert project.archive() is project
    assert project.archived
    assert "p-one" not in [item.id for item in Project.listall()]
    assert [item.id for item in Project.listall(archived=True)] == ["p-one"]
    assert project.unarchive().state == "active"
    assert "p-one" in [item.id for item in Project.listall(filters="contains(name,One)")]
    with pytest.raises(NotFound):
        Project.get("p-none")


def test_another_project_and_domain(shell: Any, plane: ControlPlane) -> None:
    Project.create("p-two", "Two")
    shell("two.echo", "true", project="p-two", domain="staging")
    run = Task.get("two.echo", project="p-two", domain="staging", auto_version="latest").run()
    run.wait(timeout=30)
    assert Run.get(run.name, project="p-two", domain="staging").done()
    with pytest.raises(NotFound):
        Run.get(run.name)
    assert [item.name for item in run.actions()] == ["a0"]


WAITING = """
import sys, remora
with remora.Client(sys.argv[1], project="testing", domain="development", config_file=False, trust_env=False):
    run = remora.Run.get(sys.argv[2])
    try:
        run.wait(timeout=60, quiet=False)
    except KeyboardInterrupt:
        print("interrupted")
"""


def test_ctrl_c_ends_the_wait_and_leaves_the_run_alone(shell: Any, plane: ControlPlane) -> None:
    run = shell("story.patient", "sleep 60").run()
    run.wait(wait_for="running", timeout=30)
    command = [sys.executable, "-c", WAITING, plane.endpoint, run.name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        # Progress tells that the wait has begun.
        assert process.stdout.readline().startswith(f"{run.name}: running after")
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == "interrupted\n"
    assert process.returncode == 0
    assert run.sync().phase is ActionPhase.RUNNING
    run.abort()
