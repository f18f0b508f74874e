"""A run that waits for a value, its tree, and calls that go to another cluster."""

from __future__ import annotations

from typing import Any

import pytest

from remora import Action, Condition, Run, Secret
from remora.errors import FilterWarning, InvalidArgument, NotFound
from remora.flyte.interface import literal_type
from remora.testing import ControlPlane
from remora_api.flyteidl2 import common, workflow


async def waiting(client: Any, run: Run, name: str, kind: object) -> None:
    """Record a condition below the root action, as the code of a task does."""
    run_id = run.run_id
    condition = workflow.ConditionAction(name=name, type=literal_type(kind))
    request = workflow.RecordActionRequest(
        action_id=common.ActionIdentifier(run=run_id, name=f"c-{name}"),
        parent="a0",
        input_uri="s3://in",
        condition=condition,
    )
    response = await workflow.InternalRunServiceStub(client).record_action(request)
    assert response.status is None or response.status.code == 0, response


@pytest.fixture
def run(shell: Any, client: Any) -> Any:
    found = shell("conditions.sleeps", "sleep 60").run()
    found.wait(wait_for="running", timeout=60, quiet=True)
    yield found
    found.abort()


async def test_a_condition_is_found_and_signalled(client: Any, run: Run) -> None:
    await waiting(client, run, "approval", bool)
    await waiting(client, run, "amount", int)
    assert [item.name async for item in Condition.listall.aio(run.name)] == ["approval", "amount"]
    condition = await Condition.get.aio("approval", run_name=run.name)
    assert condition is not None
    assert condition.phase == "paused"
    assert condition.expected_type is bool
    with pytest.raises(TypeError):
        await condition.signal.aio(1)
    await condition.signal.aio(True)
    action = await Action.get.aio(run_name=run.name, name=condition.action_name)
    details = await action.wait.aio(timeout=60, quiet=True)
    assert details.phase == "succeeded"
    assert (await action.outputs.aio()) == (True,)
    tree = await run.tree.aio(timeout=60)
    assert sorted((node.name, str(node.phase)) for node in tree) == [
        ("a0", "running"),
        ("c-amount", "paused"),
        ("c-approval", "succeeded"),
    ]
    assert [child.name for child in tree.children] == ["c-approval", "c-amount"]


def test_the_blocking_form(client: Any, run: Run) -> None:
    import asyncio

    asyncio.run(waiting(client, run, "word", str))
    with pytest.warns(FilterWarning, match="parent_name"):
        condition = Condition.get("word", run_name=run.name, action_name="a0")
    assert condition is not None
    condition.signal("go")
    assert Action.get(run_name=run.name, name="c-word").wait(timeout=60, quiet=True).phase == "succeeded"
    assert Condition.get("other", run_name=run.name) is None
    assert list(Condition.listall("no-such-run")) == []
    with pytest.raises(InvalidArgument):
        Condition.listall("")


def test_secrets_go_to_the_cluster_that_keeps_them() -> None:
    with (
        ControlPlane() as cluster,
        ControlPlane(cluster_endpoint=cluster.endpoint) as plane,
        plane.client() as client,
    ):
        Secret.create("token", "s3cret", client=client)
        assert [item.name for item in Secret.listall(client=client)] == ["token"]
        with cluster.client() as there:
            assert [item.name for item in Secret.listall(client=there)] == ["token"]
        Secret.delete("token", client=client)
        with pytest.raises(NotFound):
            Secret.get("token", client=client)
