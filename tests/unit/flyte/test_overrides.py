"""A task with other settings than it was deployed with."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from remora import Cache, LazyEntity, Resources
from remora.errors import InvalidArgument
from remora_api.entities import TaskDetails
from remora_api.flyteidl2 import common, core, workflow
from remora_api.flyteidl2 import task as tasks

TASK = tasks.TaskIdentifier(project="proj", domain="dev", name="stats.count", version="v1")


def make(client: Any, *, container: bool = True) -> TaskDetails:
    template = core.TaskTemplate(metadata=core.TaskMetadata(discoverable=True))
    if container:
        template.container = core.Container(image="i", env=[core.KeyValuePair(key="OLD", value="1")])
    return TaskDetails(tasks.TaskDetails(task_id=TASK, spec=tasks.TaskSpec(task_template=template)), client=client)


def test_what_is_given_replaces_and_the_rest_stays(client: Any) -> None:
    task = make(client)
    made = task.override(
        short_name="count",
        resources=Resources({"cpu": "2", "memory": "1Gi"}, {"cpu": "4"}),
        retries=0,
        timeout=timedelta(minutes=1),
        env_vars={"NEW": "2"},
        secrets=["token", "aws/key"],
        service_account="sa",
        cache=Cache("override", "v7", serialize=True, ignored_inputs=("seed",)),
        queue="gpu",
    )
    assert (made.short_name, made.retries, made.timeout) == ("count", 0, timedelta(minutes=1))
    assert made.resources == ({"cpu": "2", "memory": "1Gi"}, {"cpu": "4"})
    assert made.cache == Cache("override", "v7", True, ("seed",))
    assert made.secrets == ("token", "aws/key")
    assert (made.queue, made.overridden) == ("gpu", True)
    template = made.pb2.spec.task_template  # type: ignore[union-attr]
    assert template is not None
    assert template.container is not None
    assert template.container.env == [core.KeyValuePair(key="NEW", value="2")]
    assert template.container.image == "i"
    # The task itself is as it was, and a second override keeps the first one's queue.
    assert task == make(client)
    assert (task.queue, task.overridden, task.cache) == (None, False, Cache("auto"))
    assert made.override(retries=3).queue == "gpu"
    assert made.override(cache=Cache("disable")).cache == Cache("disable")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"retries": -1}, "retries must be from 0"),
        ({"timeout": -1}, "timeout must not be negative"),
        ({"short_name": "x" * 64}, "short_name has 64"),
        ({"env_vars": {"": "x"}}, "env_vars has an empty key"),
        ({"secrets": [""]}, "secrets is empty"),
        ({"queue": ""}, "queue is empty"),
    ],
)
def test_bad_settings(client: Any, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        make(client).override(**arguments)


def test_more_bad_settings(client: Any) -> None:
    with pytest.raises(InvalidArgument, match="the task has no container"):
        make(client, container=False).override(env_vars={"A": "1"})
    with pytest.raises(InvalidArgument, match="'cpuu' is unknown"):
        Resources({"cpuu": "1"})
    with pytest.raises(InvalidArgument, match=r"Cache\.version_override is empty"):
        Cache("override")
    with pytest.raises(TypeError, match="retries: expected an int"):
        make(client).override(retries=True)


async def test_a_changed_task_travels_with_its_run(client: Any) -> None:
    run = workflow.Run(action=workflow.Action(id=common.ActionIdentifier(run=common.RunIdentifier(name="r"))))
    client.answers["CreateRun"] = lambda request: workflow.CreateRunResponse(run=run)
    details = make(client)
    client.answers["GetTaskDetails"] = lambda request: tasks.GetTaskDetailsResponse(details=details.pb2)
    await details.run.aio()
    await details.override(retries=2, queue="gpu").run.aio()
    lazy = await LazyEntity("stats.count", version="v1", client=client).override.aio(retries=5)
    await lazy.run.aio()
    plain, changed, from_lazy = client.requests("CreateRun")
    assert plain.task_id == TASK
    assert changed.task_id is None
    assert changed.task_spec.task_template.metadata.retries.retries == 2
    assert changed.run_spec.queue == "gpu"
    assert from_lazy.task_spec.task_template.metadata.retries.retries == 5
    with pytest.raises(TypeError):
        await lazy.override.aio(retrys=5)  # type: ignore[call-arg]
