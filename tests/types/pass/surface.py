"""The entities beside runs and tasks: exact types in both forms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from typing_extensions import assert_type

from remora import (
    ActionDetails,
    ActionTree,
    App,
    Artifact,
    ArtifactGroup,
    Condition,
    Cron,
    PartitionSchema,
    Run,
    Secret,
    Settings,
    Task,
    TaskDetails,
    Trigger,
    TriggerDetails,
    TriggerSpec,
    User,
    union,
)


@dataclass
class Point:
    x: int


def blocking(run: Run, details: TaskDetails) -> None:
    for item in Run.listall(phase="running", created_after=datetime.now(timezone.utc), order_by="-created_at"):
        assert_type(item, Run)
    with Run.listall(task_name="t").watch() as changes:
        assert_type(next(changes), Run)
    assert_type(run.tree(), ActionTree)
    assert_type(run.first_failure(), ActionDetails | None)
    assert_type(run.raise_for_status(), None)
    assert_type(run.rerun(inputs={"x": 1}), Run)
    assert_type(run.typed_outputs({"o0": Point}), dict[str, Any])
    assert_type(run.get_report(), str)
    assert_type(details.override(retries=2), TaskDetails)
    assert_type(App.get("a").activate(wait=True), App)
    assert_type(Secret.create("n", b"v"), None)
    assert_type(Secret.get("n").type, str)
    assert_type(Trigger.create(TriggerSpec("n", Cron("@daily")), "t"), Trigger)
    assert_type(Trigger.get(name="n", task_name="t"), TriggerDetails)
    assert_type(User.get().name(), str)
    assert_type(Settings.get_settings_for_edit(domain="d").effective_values(), dict[str, Any])
    assert_type(Artifact.get("n", region="eu"), Artifact)
    assert_type(Artifact.declare("n", {"day": "day"}), PartitionSchema)
    for group in Artifact.list_names():
        assert_type(group, ArtifactGroup)
    condition = Condition.get("c", run_name="r")
    assert_type(condition, Condition | None)
    assert_type(union.Run.get(name="r").wait(timeout=1), union.Run)
    union.Task.get(name="t").run(x=1)


async def asynchronous(run: Run) -> None:
    async for item in Run.listall.aio(phase="failed").watch():
        assert_type(item, Run)
    assert_type(await run.tree.aio(), ActionTree)
    assert_type(await Secret.get.aio("n"), Secret)
    assert_type(await (await App.get.aio("a")).watch.aio(timeout=1), App)
    async with (await App.get.aio("a")).ephemeral_ctx():
        pass
    task = Task.get("t", auto_version="latest")
    await (await task.override.aio(retries=1)).run.aio(x=1)
    assert_type(await union.Run.get.aio(name="r"), union.Run)
