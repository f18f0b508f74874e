"""Tasks that are fetched when they are needed, once for everybody."""

from __future__ import annotations

import asyncio
import pickle
import threading
from typing import Any

import pytest

from remora.errors import ConfigError, InvalidArgument, NotFound, Unavailable
from remora.flyte.lazy import LazyEntity
from remora.flyte.once import Once
from remora_api.entities import Task, TaskDetails
from remora_api.flyteidl2 import task as tasks


def serve(client: Any, *versions: str) -> None:
    """Versions of one task, the newest first."""

    def newest(request: tasks.ListTasksRequest) -> tasks.ListTasksResponse:
        found = [tasks.Task(task_id=tasks.TaskIdentifier(name="env.f", version=each)) for each in versions[:1]]
        return tasks.ListTasksResponse(tasks=found)

    def get(request: tasks.GetTaskDetailsRequest) -> tasks.GetTaskDetailsResponse | NotFound:
        assert request.task_id is not None
        if request.task_id.version not in versions:
            return NotFound("task not found", method="TaskService/GetTaskDetails")
        return tasks.GetTaskDetailsResponse(details=tasks.TaskDetails(task_id=request.task_id))

    client.answers |= {"ListTasks": newest, "GetTaskDetails": get}


def test_get_makes_no_call(client: Any) -> None:
    task = Task.get("env.f", auto_version="latest", client=client)
    assert isinstance(task, LazyEntity)
    assert task.name == "env.f"
    assert repr(task) == "<task 'env.f', not fetched yet>"
    assert client.calls == []


async def test_latest_is_decided_once(client: Any) -> None:
    serve(client, "v2", "v1")
    task = Task.get("env.f", auto_version="latest", client=client)
    details = await task.fetch.aio()
    assert isinstance(details, TaskDetails)
    assert details.version == "v2"
    serve(client, "v3")
    assert (await task.fetch.aio()) is details
    assert client.names() == ["ListTasks", "GetTaskDetails"]
    assert (await Task.get("env.f", auto_version="latest", client=client).fetch.aio()).version == "v3"


async def test_an_explicit_version_wins_and_scope_can_be_given(client: Any) -> None:
    serve(client, "v2", "v1")
    client.org = "acme"
    await TaskDetails.fetch.aio("env.f", "p", "d", version="v1", auto_version="latest", client=client)
    (request,) = client.requests("GetTaskDetails")
    assert request.task_id == tasks.TaskIdentifier(org="acme", project="p", domain="d", name="env.f", version="v1")
    assert client.names() == ["GetTaskDetails"]


async def test_a_missing_task_is_named_with_its_scope(client: Any) -> None:
    serve(client)
    with pytest.raises(NotFound, match=r"there is no task 'env.f' in project 'proj', domain 'dev'"):
        await Task.get("env.f", auto_version="latest", client=client).fetch.aio()
    with pytest.raises(NotFound, match=r"there is no task 'env.f' in version 'v9' in project 'proj'") as caught:
        await Task.get("env.f", version="v9", client=client).fetch.aio()
    assert caught.value.method == "TaskService/GetTaskDetails"


async def test_failures_are_not_kept(client: Any) -> None:
    serve(client, "v1")
    working = client.answers["GetTaskDetails"]
    client.answers["GetTaskDetails"] = lambda request: Unavailable("down")
    task = Task.get("env.f", version="v1", client=client)
    with pytest.raises(Unavailable):
        await task.fetch.aio()
    client.answers["GetTaskDetails"] = working
    assert (await task.fetch.aio()).version == "v1"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "env.f"}, r"which version of task 'env.f'\? .*auto_version='latest'"),
        ({"name": "env.f", "auto_version": "newest"}, "auto_version: 'newest' is unknown"),
        ({"name": "env.f", "version": ""}, "version is empty"),
        ({"name": "", "version": "v1"}, "name is empty"),
    ],
)
def test_mistakes_are_refused_at_once(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        Task.get(**arguments)


async def test_the_current_version_exists_only_inside_a_task(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(client, "v7")
    monkeypatch.delenv("FLYTE_INTERNAL_TASK_VERSION", raising=False)
    with pytest.raises(ConfigError, match="auto_version='current' means the version of the running task"):
        await Task.get("env.f", auto_version="current", client=client).fetch.aio()
    assert client.calls == []
    monkeypatch.setenv("FLYTE_INTERNAL_TASK_VERSION", "v7")
    assert (await Task.get("env.f", auto_version="current", client=client).fetch.aio()).version == "v7"


async def test_concurrent_callers_share_one_fetch(client: Any) -> None:
    serve(client, "v1")
    task = Task.get("env.f", auto_version="latest", client=client)
    found = await asyncio.gather(*(task.fetch.aio() for _ in range(20)))
    assert all(each is found[0] for each in found)
    assert client.names() == ["ListTasks", "GetTaskDetails"]


def test_callers_in_other_threads_share_it_too(client: Any) -> None:
    serve(client, "v1")
    task = Task.get("env.f", auto_version="latest", client=client)
    barrier = threading.Barrier(8)
    found: list[TaskDetails] = []

    def fetch(own_loop: bool) -> None:
        barrier.wait()
        found.append(asyncio.run(task.fetch.aio()) if own_loop else task.fetch())

    threads = [threading.Thread(target=fetch, args=(number % 2 == 0,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert len(found) == 8
    assert all(each is found[0] for each in found)
    assert client.names() == ["ListTasks", "GetTaskDetails"]


async def test_waiting_callers_share_a_failure_and_survive_a_cancelled_leader() -> None:
    gate = asyncio.Event()
    started: asyncio.Queue[int] = asyncio.Queue()
    calls = 0

    async def fetch() -> str:
        nonlocal calls
        calls += 1
        started.put_nowait(calls)
        await gate.wait()
        if calls == 2:
            raise Unavailable("down")
        return "value"

    once: Once[str] = Once()
    leader = asyncio.create_task(once.get(fetch))
    followers = [asyncio.create_task(once.get(fetch)) for _ in range(3)]
    assert await started.get() == 1
    leader.cancel()
    # One follower takes over; its failure is everybody's.
    assert await started.get() == 2
    followers[2].cancel()
    gate.set()
    results = await asyncio.gather(leader, *followers, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    assert sum(isinstance(result, Unavailable) for result in results) == 2
    assert calls == 2
    assert await once.get(fetch) == "value"
    assert once.value == "value"


def test_an_unfetched_task_can_be_pickled() -> None:
    task = pickle.loads(pickle.dumps(LazyEntity("env.f", project="p", version="v1")))
    assert task.name == "env.f"
    assert task._arguments == ("p", None, "v1", None)


async def test_run_and_options_of_a_lazy_task(client: Any) -> None:
    serve(client, "v1")
    task = Task.get("env.f", version="v1", client=client)
    launcher = task.with_options(name="one", labels={"a": "b"})
    assert launcher.task is task
    assert launcher.options.name == "one"
    assert "one" in repr(launcher)
