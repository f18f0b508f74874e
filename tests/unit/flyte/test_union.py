"""The surface of union.remote: its names over the same messages."""

from __future__ import annotations

from typing import Any

import pytest

from remora.errors import InvalidArgument, OutputsNotReady, RunFailed
from remora.flyte.interface import literal_type
from remora.flyte.to_literal import to_literal
from remora.union import LazyEntity, Run, Task
from remora.union.addresses import Address, address
from remora_api.flyteidl2 import common, dataproxy, workflow
from remora_api.flyteidl2 import task as tasks

RUN = common.RunIdentifier(project="proj", domain="dev", name="r1")
ACTION = common.ActionIdentifier(run=RUN, name="a0")


def details(phase: str, **fields: Any) -> workflow.ActionDetails:
    status = workflow.ActionStatus(phase=common.ActionPhase[phase], attempts=1)
    return workflow.ActionDetails(id=ACTION, status=status, **fields)


def tell(client: Any, found: workflow.ActionDetails) -> None:
    """Make the client's server know a run that ends like this."""
    run = workflow.RunDetails(action=found)
    value = tasks.NamedLiteral(name="o0", value=to_literal(42, literal_type(int)))
    root = workflow.Action(id=ACTION, status=found.status)
    tree = workflow.WatchActionsResponse(enriched_actions=[workflow.EnrichedAction(action=root)])
    client.answers.update(
        {
            "GetRunDetails": lambda request: workflow.GetRunDetailsResponse(details=run),
            "GetActionDetails": lambda request: workflow.GetActionDetailsResponse(details=found),
            "WatchActionDetails": lambda request: [workflow.WatchActionDetailsResponse(details=found)],
            "WatchActions": lambda request: [tree],
            "GetActionData": lambda request: dataproxy.GetActionDataResponse(outputs=tasks.Outputs(literals=[value])),
            "ListRuns": lambda request: workflow.ListRunsResponse(runs=[workflow.Run(action=root)]),
            "AbortRun": lambda request: workflow.AbortRunResponse(),
        }
    )


async def test_from_a_name_to_the_outputs(client: Any) -> None:
    tell(client, details("RUNNING"))
    run = await Run.get.aio(name="r1", client=client)
    assert run.is_running
    assert not run.done()
    assert (run.outputs, run.error, run.nodes, run.run_id) == (None, None, (), "r1")
    with pytest.raises(OutputsNotReady):
        await run.result.aio()
    assert await run.exception.aio() is None
    tell(client, details("SUCCEEDED"))
    assert await run.wait.aio(timeout=10, poll_interval=1, quiet=True) is run
    assert run.done()
    assert not run.is_running
    assert run.outputs == (42,)
    assert [node.name for node in run.nodes] == ["a0"]
    assert await run.result.aio() == (42,)
    assert await run.get_typed_outputs.aio({"o0": float}) == {"o0": 42.0}


def test_a_run_that_fails(client: Any) -> None:
    tell(client, details("FAILED", error_info=workflow.ErrorInfo(message="boom")))
    run = Run.get("other/prod/r1", client=client).wait(sync_nodes=False, quiet=True)
    assert client.requests("GetRunDetails")[0].run_id == common.RunIdentifier(project="other", domain="prod", name="r1")
    assert run.error == "boom"
    assert run.outputs is None
    assert run.nodes == ()
    error = run.exception()
    assert isinstance(error, RunFailed)
    with pytest.raises(RunFailed, match="boom"):
        run.result()


def test_looking_for_runs_and_ending_one(client: Any) -> None:
    tell(client, details("RUNNING"))
    (run,) = Run.search(limit=5, client=client)
    assert isinstance(run, Run)
    request = client.requests("ListRuns")[0].request
    assert (request.limit, request.sort_by_fields[0].direction.name) == (5, "DESCENDING")
    run.cancel()
    assert client.requests("AbortRun")[0].run_id == RUN
    tell(client, details("ABORTED", abort_info=workflow.AbortInfo(reason="enough")))
    assert run.sync() is run
    assert run.error == "enough"


def test_tasks(client: Any) -> None:
    task = Task.get("other/prod/stats.count@v7", client=client)
    assert isinstance(task, LazyEntity)
    assert task._arguments == ("other", "prod", "v7", "latest")
    message = tasks.Task(task_id=tasks.TaskIdentifier(name="stats.count", version="v7"))
    client.answers["ListTasks"] = lambda request: tasks.ListTasksResponse(tasks=[message])
    (found,) = Task.search(limit=3, client=client)
    assert (found.name, found.version) == ("stats.count", "v7")


@pytest.mark.parametrize(
    ("uri", "found"),
    [
        ("r1", Address("r1", "p", "d")),
        ("a/b/r1", Address("r1", "a", "b")),
        ("https://c.example.com/v2/domain/b%20c/project/a/runs/r1", Address("r1", "a", "b c")),
        ("https://c.example.com/v2/runs/project/a/domain/b/r1", Address("r1", "a", "b")),
    ],
)
def test_addresses(uri: str, found: Address) -> None:
    assert address("runs", uri, None, "p", "d") == found


@pytest.mark.parametrize(
    ("uri", "name"), [(None, None), ("a", "b"), ("a/b", None), ("", None), ("//r", None), ("https://x/y", None)]
)
def test_bad_addresses(client: Any, uri: str | None, name: str | None) -> None:
    with pytest.raises(InvalidArgument, match="uri"):
        Run.get(uri, name, client=client)
    with pytest.raises(InvalidArgument, match="uri"):
        Task.get(uri, name, client=client)
    assert client.calls == []
