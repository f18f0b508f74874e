"""All actions of a run in one stream."""

from __future__ import annotations

from typing import Any

import pytest

from remora.errors import Internal, NotFound, Unimplemented
from remora.flyte import tree as trees
from remora_api.entities import Run
from remora_api.flyteidl2 import common, workflow

RUN = common.RunIdentifier(project="proj", domain="dev", name="r1")


def make(name: str, parent: str = "", phase: str = "SUCCEEDED") -> workflow.Action:
    return workflow.Action(
        id=common.ActionIdentifier(run=RUN, name=name),
        metadata=workflow.ActionMetadata(parent=parent),
        status=workflow.ActionStatus(phase=common.ActionPhase[phase]),
    )


ACTIONS = [make("a0", phase="FAILED"), make("a1", "a0"), make("a2", "a0", "FAILED"), make("b1", "a1")]


def enriched(*actions: workflow.Action, below: int = 0) -> workflow.WatchActionsResponse:
    items = [workflow.EnrichedAction(action=item) for item in actions]
    if below:
        items[0].children_phase_counts = {5: below - 1, 6: 1}
    return workflow.WatchActionsResponse(enriched_actions=items)


@pytest.fixture
def job(client: Any) -> Run:
    return Run(workflow.Run(action=make("a0")), client=client)


async def test_the_stream_is_left_when_every_action_has_come(client: Any, job: Run) -> None:
    import asyncio

    never = asyncio.Event()
    messages = [enriched(ACTIONS[0], ACTIONS[1], below=3), enriched(*ACTIONS[2:]), never]
    client.answers["WatchActions"] = lambda request: messages
    found = await job.tree.aio(timeout=10)
    assert client.names() == ["WatchActions"]
    assert client.streams[0].closed
    assert [node.name for node in found] == ["a0", "a1", "b1", "a2"]
    assert [child.name for child in found.children] == ["a1", "a2"]
    assert str(found) == "a0 failed\n├─ a1 succeeded\n│  └─ b1 succeeded\n└─ a2 failed"
    assert len(found) == 4
    assert found.phase_counts() == {"failed": 2, "succeeded": 2}
    node = found.find("b1")
    assert node is not None
    assert node.action.parent_name == "a1"
    assert found.find("zz") is None
    assert found._repr_html_() == f"<pre>{found}</pre>"
    assert repr(found) == "<tree of 4 actions of run 'r1'>"


async def test_a_backend_that_counts_nothing_is_left_after_a_silence(
    client: Any, job: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncio

    monkeypatch.setattr(trees, "IDLE", 0.01)
    client.answers["WatchActions"] = lambda request: [enriched(*ACTIONS[1:]), asyncio.Event()]
    found = await job.tree.aio()
    # The root is not known: what is there hangs together below the first.
    assert sorted(node.name for node in found) == ["a1", "a2", "b1"]


@pytest.mark.parametrize("error", [Unimplemented("no"), Internal("parent node [a9] not found")])
def test_a_backend_without_the_stream_is_asked_by_page(client: Any, job: Run, error: Exception) -> None:
    client.answers["WatchActions"] = lambda request: [error]
    client.answers["ListActions"] = lambda request: workflow.ListActionsResponse(actions=ACTIONS)
    assert [node.name for node in job.tree()] == ["a0", "a1", "b1", "a2"]


def test_orphans_are_shown_below_the_root(client: Any, job: Run) -> None:
    client.answers["WatchActions"] = lambda request: [enriched(ACTIONS[0], make("x", "gone"), below=1)]
    assert [node.name for node in job.tree()] == ["a0", "x"]


def test_a_run_that_is_gone(client: Any, job: Run) -> None:
    client.answers["WatchActions"] = lambda request: [NotFound("no such run")]
    with pytest.raises(NotFound):
        job.tree()
