"""Every entity against a real control plane, in both forms."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import remora
from remora import (
    TRIGGER_TIME,
    Action,
    App,
    Artifact,
    Cron,
    File,
    FixedRate,
    LazyEntity,
    Resources,
    Run,
    Secret,
    Settings,
    Task,
    TaskDetails,
    Trigger,
    TriggerSpec,
)
from remora.errors import Aborted, AlreadyExists, NotFound, RunFailed, RunNotDone
from remora.testing import ControlPlane
from remora_api.flyteidl2 import app, core

pytestmark = pytest.mark.usefixtures("client")

COUNT = 'wc -w < /var/inputs/text > /var/outputs/words; printf \'{"x": 1, "y": 2.5}\' > /var/outputs/point; echo done'
SERVER = """
import http.server, sys
print("listening", flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler).serve_forever()
"""


@pytest.fixture(scope="module", params=[{}, {"oss_quirks": True}, {"strict": True}], ids=["plain", "oss", "strict"])
def plane_options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The same with the surprises of the open-source backend, and with every rule enforced."""
    return dict(request.param)


@pytest.fixture(scope="module")
def count(shell: Any) -> TaskDetails:
    """A task that counts words."""
    details = shell(
        "surface.count",
        COUNT,
        inputs={"text": str},
        outputs={"words": int, "point": dict},
    )
    assert isinstance(details, TaskDetails)
    return details


@pytest.fixture(scope="module")
def failing(shell: Any) -> TaskDetails:
    details = shell("surface.fails", "echo because >&2; exit 3")
    assert isinstance(details, TaskDetails)
    return details


@dataclass
class Point:
    x: int
    y: float


def test_from_a_run_to_typed_outputs_and_the_same_again(count: TaskDetails) -> None:
    run = count.run(text="to be or not to be")
    run.wait(timeout=60, quiet=True)
    run.raise_for_status()
    assert run.first_failure() is None
    outputs = run.outputs(types={"point": Point})
    assert outputs.point == Point(1, 2.5)
    assert run.typed_outputs({"words": float}) == {"words": 6.0}
    assert run.typed_inputs({"text": str}) == {"text": "to be or not to be"}
    tree = run.tree(timeout=30)
    assert [(node.name, node.phase) for node in tree] == [("a0", "succeeded")]
    again = run.rerun(inputs={"text": "to be"})
    assert again.name != run.name
    assert again.wait(timeout=60, quiet=True).phase == "succeeded"
    assert again.outputs().words == 2
    relation = Action.get(run_name=again.name, name="a0").relation
    assert relation is None or relation.related_to is None or relation.related_to.name == run.name
    assert "succeeded" in run._repr_html_()


async def test_a_failure_in_the_async_form(failing: TaskDetails) -> None:
    run = await failing.run.aio()
    details = await run.wait.aio(timeout=60, quiet=True)
    assert details.phase == "failed"
    with pytest.raises(RunFailed) as caught:
        await run.raise_for_status.aio()
    assert caught.value.run == run.name
    failure = await run.first_failure.aio()
    assert failure is not None
    assert failure.name == "a0"


def test_what_goes_on_has_no_status(shell: Any) -> None:
    run = shell("surface.sleeps", "sleep 60").run()
    with pytest.raises(RunNotDone):
        run.raise_for_status()
    run.abort(reason="enough")
    assert run.wait(timeout=60, quiet=True).phase == "aborted"
    with pytest.raises(RunFailed):
        run.raise_for_status()


async def test_an_awaited_task_gives_its_result(count: TaskDetails) -> None:
    lazy = Task.get("surface.count", auto_version="latest")
    assert isinstance(lazy, LazyEntity)
    words, point = await lazy(text="one two")
    assert (words, point) == (2, {"x": 1.0, "y": 2.5})


def test_other_settings_for_one_run(shell: Any) -> None:
    task = shell("surface.env", 'printf %s "$WORD" > /var/outputs/word', outputs={"word": str})
    changed = task.override(env_vars={"WORD": "hello"}, resources=Resources({"cpu": "1"}), retries=0)
    run = changed.run()
    run.wait(timeout=60, quiet=True)
    assert run.outputs().word == "hello"
    assert not task.overridden


def test_runs_are_watched_while_they_change(count: TaskDetails) -> None:
    watched: list[str] = []
    phases: dict[str, str] = {}
    started = threading.Event()
    with Run.listall(task_name="surface.count").watch() as changes:

        def read(wanted: str) -> None:
            for changed in changes:
                started.set()
                watched.append(changed.name)
                phases[changed.name] = changed.phase
                if changed.name == wanted and changed.done():
                    return

        run = count.run(
            text="x",
        )
        reader = threading.Thread(target=read, args=(run.name,))
        reader.start()
        reader.join(60)
        assert not reader.is_alive()
    assert phases[run.name] == "succeeded"


@pytest.mark.parametrize("form", ["blocking", "async"])
async def test_secrets(form: str) -> None:
    name = f"token-{form}"
    if form == "async":
        await Secret.create.aio(name, "s3cret")
        found = await Secret.get.aio(name)
        listed = [item.name async for item in Secret.listall.aio()]
        with pytest.raises(AlreadyExists):
            await Secret.create.aio(name, "again")
        await Secret.delete.aio(name)
        with pytest.raises(NotFound):
            await Secret.get.aio(name)
    else:
        found, listed = await in_thread(lambda: blocking_secrets(name))
    assert (found.name, found.type, found.project) == (name, "regular", "testing")
    assert name in listed
    assert "s3cret" not in found.to_json()


def blocking_secrets(name: str) -> tuple[Secret, list[str]]:
    Secret.create(name, b"s3cret")
    found, listed = Secret.get(name), [item.name for item in Secret.listall()]
    Secret.delete(name)
    with pytest.raises(NotFound):
        Secret.delete(name)
    return found, listed


async def in_thread(function: Any) -> Any:
    import asyncio

    return await asyncio.to_thread(function)


def test_triggers(count: TaskDetails) -> None:
    spec = TriggerSpec("nightly", Cron("0 2 * * *"), inputs={"text": "to be"}, auto_activate=False)
    made = Trigger.create(spec, "surface.count")
    assert (made.name, made.is_active) == ("nightly", False)
    details = Trigger.get(name="nightly", task_name="surface.count")
    assert details.task_version == count.version
    assert details.automation_spec.schedule is not None
    assert [item.name for item in Trigger.listall("surface.count")] == ["nightly"]
    Trigger.update("nightly", "surface.count", active=True)
    assert made.get_details().is_active
    again = Trigger.create(TriggerSpec("nightly", FixedRate(60), inputs={"text": "x"}), "surface.count")
    assert again.revision > made.revision
    Trigger.delete("nightly", "surface.count")
    with pytest.raises(NotFound):
        Trigger.get(name="nightly", task_name="surface.count")


async def test_triggers_in_the_async_form(shell: Any) -> None:
    await in_thread(lambda: shell("surface.timed", "true", inputs={"at": datetime}))
    await Trigger.create.aio(TriggerSpec("t", Cron("@daily"), inputs={"at": TRIGGER_TIME}), "surface.timed")
    found = [item async for item in Trigger.listall.aio("surface.timed")]
    assert [item.name for item in found] == ["t"]
    details = await found[0].get_details.aio()
    assert details.trigger.id == found[0].id
    await Trigger.delete.aio("t", "surface.timed")


@pytest.fixture
def spec(tmp_path: Path) -> app.Spec:
    (tmp_path / "server.py").write_text(SERVER)
    port = core.ContainerPort(container_port=8080)
    command = [sys.executable, str(tmp_path / "server.py"), "8080"]
    return app.Spec(
        container=core.Container(image="web:1", command=command, ports=[port]),
        desired_state=app.SpecDesiredState.STARTED,
        autoscaling=app.AutoscalingConfig(replicas=app.Replicas(min=1, max=1)),
    )


@pytest.fixture
def made(spec: app.Spec) -> Iterator[App]:
    identifier = app.Identifier(name="web")
    yield App.create(app.App(metadata=app.Meta(id=identifier), spec=spec))
    App.delete("web")


def test_apps(made: App) -> None:
    made.watch(timeout=60)
    assert made.is_active()
    assert made.endpoint.startswith("http://")
    assert "web" in [item.name for item in App.listall()]
    assert App.get("web").revision == made.sync().revision
    made.deactivate(wait=True, timeout=60)
    assert made.is_deactivated()
    assert made.activate(wait=True, timeout=60).is_active()
    with made.logs(timeout=30) as lines:
        assert "listening" in next(lines).message


async def test_an_app_for_a_while(spec: app.Spec) -> None:
    message = app.App(metadata=app.Meta(id=app.Identifier(name="brief")), spec=spec)
    made = await App.create.aio(message)
    await made.deactivate.aio(wait=True, timeout=60)
    async with made.ephemeral_ctx():
        assert made.is_active()
    assert made.is_deactivated()
    await App.delete.aio("brief")
    await App.delete.aio("brief")
    with pytest.raises(NotFound):
        await App.get.aio("brief")


def test_settings(plane: ControlPlane) -> None:
    domain = f"d{plane.endpoint.rpartition(':')[2]}"
    found = Settings.get_settings_for_edit(domain=domain, org="acme")
    assert found.local_settings == []
    found.update_settings({"run.default_queue": "gpu", "labels": {"team": "data"}})
    assert found.local_overrides() == {"run.default_queue": "gpu", "labels": {"team": "data"}}
    stale = Settings.get_settings_for_edit(domain=domain, org="acme")
    found.update_settings({"run.default_queue": "cpu"})
    with pytest.raises((Aborted, remora.errors.FailedPrecondition)):
        stale.update_settings({"run.default_queue": "late"})
    narrow = Settings.get_settings_for_edit(project="testing", domain=domain, org="acme")
    (queue,) = [item for item in narrow.effective_settings if item.key == "run.default_queue"]
    assert (queue.value, str(queue.origin)) == ("cpu", f"DOMAIN({domain})")


async def test_settings_in_the_async_form() -> None:
    found = await Settings.get_settings_for_edit.aio(org="acme")
    await found.update_settings.aio({**found.local_overrides(), "run.max_action_concurrency": 3})
    assert found.effective_values()["run.max_action_concurrency"] == 3


def test_artifacts() -> None:
    before = datetime.now(timezone.utc) - timedelta(minutes=1)
    made = Artifact.create(
        File("s3://bucket/ranker.pt"), name="ranker", kind="model", partitions={"region": "eu"}, attrs={"auc": "0.9"}
    )
    second = Artifact.create(File("s3://bucket/other.pt"), name="ranker", partitions={"region": "us"})
    assert Artifact.get("ranker").version == second.version
    assert Artifact.get("ranker", region="eu") == made
    assert Artifact.get("ranker", made.version).to_python() == File("s3://bucket/ranker.pt")
    assert [item.version for item in Artifact.listall("ranker", before)] == [second.version, made.version]
    assert [item.version for item in Artifact.listall(kind="model")] == [made.version]
    groups = {group.name: group.versions for group in Artifact.list_names()}
    assert groups["ranker"] == 2
    assert Artifact.partition_values("ranker", "region") == ["eu", "us"]
    assert Artifact.get_schema("ranker").keys == ("region",)
    with pytest.raises(AlreadyExists):
        Artifact.create(1, name="ranker", version=made.version, partitions={"region": "eu"})
    made.delete()
    with pytest.raises(NotFound):
        Artifact.get("ranker", made.version)


async def test_artifacts_in_the_async_form() -> None:
    schema = await Artifact.declare.aio("sales", {"day": "day", "region": str})
    assert schema.all_keys == ("day", "region")
    day = datetime(2025, 1, 31, tzinfo=timezone.utc).date()
    made = await Artifact.create.aio({"n": 1}, name="sales", python_type=dict, partitions={"day": day, "region": "eu"})
    assert made.partitions == {"day": day, "region": "eu"}
    assert await Artifact.partition_values.aio("sales", "day") == [day]
    assert await (await Artifact.get.aio("sales", day=day)).to_python.aio() == {"n": 1.0}
    assert [item.name async for item in Artifact.listall.aio("sales", region="eu")] == ["sales"]


def test_the_union_surface(count: TaskDetails) -> None:
    from remora import union

    run = union.Task.get("surface.count").run(text="a b c")
    found = union.Run.get(name=run.name).wait(timeout=60, quiet=True)
    assert found.outputs is not None
    assert found.outputs.words == 3
    assert found.error is None
    assert [node.name for node in found.nodes] == ["a0"]
    assert found.finished_at is not None
    assert run.name in [item.run_id for item in union.Run.search(limit=50)]
