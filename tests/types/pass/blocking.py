"""A program that blocks."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

from typing_extensions import assert_type

import remora
from remora import (
    Action,
    ActionDetails,
    ActionInputs,
    ActionOutputs,
    ActionPhase,
    File,
    LazyEntity,
    LogLine,
    Project,
    Run,
    RunDetails,
    Task,
    TaskDetails,
    TimeFilter,
)
from remora.errors import NotFound, RunFailed, WaitTimeout
from remora_api.flyteidl2 import core, workflow

remora.init("https://flyte.example.com", project="flytesnacks", domain="development")


def start(count: int) -> Run:
    task = Task.get("stats.count", auto_version="latest")
    assert_type(task, LazyEntity)
    assert_type(task.fetch(), TaskDetails)
    run = task.run(text="to be", top=count)
    assert_type(run, Run)
    named = task.with_options(name="nightly", labels={"team": "data"}, interruptible=True).run(text="to be")
    assert_type(named, Run)
    made = Run.create("stats.count", inputs={"text": "to be"}, name="nightly", on_existing="return")
    assert_type(made, Run)
    return task.fetch().run(text="or not")


def follow(run: Run) -> str:
    for details in run.watch(timeout=timedelta(minutes=5)):
        assert_type(details, ActionDetails)
        assert_type(details.phase, ActionPhase)
        if details.phase == "running":
            break
    with run.watch() as updates:
        for details in updates:
            print(details.phase.is_terminal)
    for line in run.get_logs(show_ts=True):
        assert_type(line, str)
    for entry in run.logs(filter_system=True):
        assert_type(entry, LogLine)
        assert_type(entry.timestamp, datetime | None)
    try:
        found = run.wait(timeout=60.5, poll_interval=timedelta(seconds=2), raise_on_failure=True)
    except (RunFailed, WaitTimeout) as error:
        return f"{error.run} {error.phase}"
    assert_type(found, RunDetails)
    assert_type(found.error_message, str)
    run.wait(wait_for="logs-ready", quiet=True)
    assert_type(run.sync(), Run)
    assert_type(run.done(), bool)
    run.abort(reason="enough")
    return run.url


def read(run: Run) -> dict[str, Any]:
    outputs = run.outputs()
    assert_type(outputs, ActionOutputs)
    first, *rest = outputs
    print(first, rest, outputs.o0)
    inputs = run.inputs()
    assert_type(inputs, ActionInputs)
    assert_type(run.output_literals(), dict[str, core.Literal])
    assert_type(run.details(), RunDetails)
    assert_type(run.pb2, workflow.Run)
    return outputs.named_outputs


def lists() -> Iterator[str]:
    since = TimeFilter(after=datetime(2025, 1, 1, tzinfo=timezone.utc))
    for run in Run.listall(in_phase=("failed", ActionPhase.ABORTED), created_at=since, sort_by="-created_at", limit=10):
        assert_type(run, Run)
        yield run.name
    for page in Run.listall(in_phase="running", sort_by=("created_at", "desc")).pages():
        for run in page.items:
            assert_type(run, Run)
    assert_type(Task.listall(by_task_env="stats").first(), Task | None)
    for action in Action.listall("nightly"):
        assert_type(action, Action)
        assert_type(action.details(), ActionDetails)
    for project in Project.listall(archived=True):
        assert_type(project, Project)


def deploy() -> Run:
    digest, uri = remora.upload_file("documents.zip", content_type="application/zip")
    assert_type(digest, str)
    assert_type(remora.upload_dir(pathlib.Path("corpus"), ignore=["*.tmp"], progress=told), str)
    report = remora.upload("corpus", prefix="nightly", concurrency=4, timeout=timedelta(minutes=5))
    assert_type(report, remora.UploadReport)
    assert_type(report.files, tuple[remora.UploadedFile, ...])
    assert_type(report.digests, dict[str, str])
    task = Task.deploy(
        "stats.count",
        image="python:3.12-slim",
        command=["python", "-m", "count"],
        inputs={"documents": File, "top": int, "names": list[str]},
        outputs={"words": int, "by_name": dict[str, int]},
        defaults={"top": 3},
        max_runtime=timedelta(minutes=5),
    )
    assert_type(task, TaskDetails)
    return task.run(documents=File(uri))


def told(progress: remora.TransferProgress) -> None:
    assert_type(progress.bytes_done, int)


def downloads(run: Run) -> list[str]:
    assert_type(remora.download_file(run, "report.html", attempt=1), pathlib.Path)
    assert_type(remora.download_dir(run, "code"), pathlib.Path)
    try:
        remora.upload_dir("corpus")
    except remora.UploadIncomplete as error:
        assert_type(error.prefix, str)
        return list(error.failures)
    return []


def two_control_planes() -> list[str]:
    with remora.Client("http://localhost:8090", project="p", domain="d") as client:
        try:
            return [Run.get("nightly").name, Run.get("nightly", client=client, timeout=5).name]
        except NotFound as error:
            return [error.message, error.code.name]
