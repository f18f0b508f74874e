"""Watching, waiting, following logs and starting runs while streams break and answers get lost."""

from __future__ import annotations

import asyncio
import itertools
import threading
from pathlib import Path
from typing import Any

import pytest

from remora import ActionPhase, Run, upload_file
from remora.errors import NotFound, Unavailable, UploadError
from remora.testing import ControlPlane

pytestmark = pytest.mark.usefixtures("client")

ENDINGS = ["unavailable", "reset", "end"]


@pytest.fixture(scope="module")
def gated(shell: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A task that prints a line, waits until the test opens its gate, and prints another."""
    folder = tmp_path_factory.mktemp("gates")
    task = shell(
        "faults.gated",
        'echo before; until [ -e "$GATE" ]; do sleep 0.02; done; echo after; echo 7 > /var/outputs/n',
        outputs={"n": int},
    )
    number = 0

    def start() -> tuple[Run, Path]:
        nonlocal number
        number += 1
        gate = folder / str(number)
        return task.with_options(env_vars={"GATE": str(gate)}).run(), gate

    return start


@pytest.mark.parametrize("how", ENDINGS)
def test_a_watch_survives_streams_that_break_after_every_message(plane: ControlPlane, gated: Any, how: str) -> None:
    plane.faults.drop("RunService/WatchActionDetails", after=1, how=how)
    run, gate = gated()
    seen = []
    for details in run.watch(timeout=60):
        seen.append(details.pb2)
        if details.phase is ActionPhase.RUNNING:
            gate.touch()
    phases = [item.status.phase.name for item in seen]
    assert phases[-1] == "SUCCEEDED"
    assert "RUNNING" in phases
    assert all(first != second for first, second in itertools.pairwise(seen))
    assert run.outputs().n == 7


@pytest.mark.parametrize("how", ENDINGS)
def test_a_log_survives_streams_that_break(plane: ControlPlane, gated: Any, how: str) -> None:
    plane.faults.drop("DataProxyService/TailLogs", after=1, how=how, times=3)
    run, gate = gated()
    lines = []
    for line in run.get_logs(timeout=60):
        lines.append(line)
        gate.touch()
    assert lines == ["before\n", "after\n"]


def test_a_wait_goes_on_by_plain_reads_when_no_stream_gets_through(plane: ControlPlane, gated: Any) -> None:
    plane.faults.unavailable("RunService/WatchActionDetails")
    run, gate = gated()
    gate.touch()
    assert run.wait(timeout=60).phase is ActionPhase.SUCCEEDED


def test_reads_that_fail_now_and_then_do_not_end_a_wait(plane: ControlPlane, gated: Any) -> None:
    plane.faults.unavailable("RunService/Get*", every=2)
    plane.faults.drop("RunService/WatchActionDetails", after=1, how="reset")
    run, gate = gated()
    gate.touch()
    assert run.wait(timeout=60, poll_interval=0.05).phase is ActionPhase.SUCCEEDED


async def test_an_unknown_run_is_an_error_at_once(plane: ControlPlane, gated: Any, client: Any) -> None:
    run, gate = await asyncio.to_thread(gated)
    gate.touch()
    pb2 = run.pb2.copy() if hasattr(run.pb2, "copy") else run.pb2
    assert pb2.action is not None
    assert pb2.action.id is not None
    assert pb2.action.id.run is not None
    pb2.action.id.run.name = "nothing"
    with pytest.raises(NotFound):
        await Run(pb2, client=client).wait.aio(timeout=30)


def test_a_lost_answer_does_not_start_a_run_twice(plane: ControlPlane, gated: Any, shell: Any) -> None:
    task = shell("faults.once", "true")
    plane.faults.unavailable("RunService/CreateRun", times=1)
    with pytest.raises(Unavailable, match="give it a name"):
        task.run()
    plane.faults.clear()
    before = len(list(Run.listall(task_name="faults.once")))
    assert before == 0
    task.with_options(name="once-1").run().wait(timeout=30)
    assert [run.name for run in Run.listall(task_name="faults.once")] == ["once-1"]


def test_an_upload_is_repeated_when_the_store_is_busy(plane: ControlPlane, tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(b"x" * 1_000_000)
    plane.faults.http(503, "PUT", times=2)
    digest, uri = upload_file(path)
    assert len(digest) == 32
    plane.faults.clear()
    plane.faults.http(403, "PUT")
    with pytest.raises(UploadError, match="HTTP 403"):
        upload_file(path, fname="other")
    assert uri


def test_many_watchers_at_the_same_time(plane: ControlPlane, gated: Any) -> None:
    plane.faults.drop("RunService/WatchActionDetails", after=2, how="reset", times=8)
    run, gate = gated()
    ends: list[ActionPhase] = []

    def watch() -> None:
        ends.append([details.phase for details in Run.get(run.name, client=plane.client()).watch(timeout=60)][-1])

    threads = [threading.Thread(target=watch) for _ in range(8)]
    for thread in threads:
        thread.start()
    gate.touch()
    for thread in threads:
        thread.join(timeout=60)
    assert ends == [ActionPhase.SUCCEEDED] * 8
