"""Lists of runs and actions: pages, limits, filters on either side, and lists that are watched."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from remora.errors import FilterWarning, InvalidArgument, PagingError, Unavailable, ValidationError
from remora.flyte.time_filter import TimeFilter
from remora_api.entities import Action, App, Run, Task
from remora_api.flyteidl2 import common, workflow

DAY = datetime(2025, 1, 1, tzinfo=timezone.utc)


def run(number: int, phase: str = "RUNNING", **labels: str) -> workflow.Run:
    run_id = common.RunIdentifier(project="proj", domain="dev", name=f"r{number}")
    status = workflow.ActionStatus(phase=common.ActionPhase[phase])
    action = workflow.Action(id=common.ActionIdentifier(run=run_id, name="a0"), status=status)
    return workflow.Run(action=action, labels=labels)


class Server:
    """Pages of so many runs, by decimal offset; a full page has a token even when nothing follows it."""

    def __init__(self, count: int, *, full_page_token: bool = False) -> None:
        self.runs = [run(number) for number in range(count)]
        self.full_page_token = full_page_token

    def __call__(self, request: Any) -> Any:
        begin, size = int(request.request.token or 0), request.request.limit
        found = self.runs[begin : begin + size]
        more = len(found) == size if self.full_page_token else begin + size < len(self.runs)
        return workflow.ListRunsResponse(runs=found, token=str(begin + size) if more else "")


@pytest.mark.parametrize("full_page_token", [False, True])
@pytest.mark.parametrize("count", [0, 1, 100, 101, 2500])
async def test_every_item_comes_once_in_both_forms(client: Any, count: int, full_page_token: bool) -> None:
    client.answers["ListRuns"] = Server(count, full_page_token=full_page_token)
    names = [item.name async for item in Run.listall.aio(limit=None, client=client)]
    assert names == [f"r{number}" for number in range(count)]
    pages = [page async for page in Run.listall.aio(limit=None, client=client).pages()]
    assert sum(len(page) for page in pages) == count
    assert pages[-1].token == ""


def test_the_blocking_form_and_an_early_break(client: Any) -> None:
    client.answers["ListRuns"] = Server(2500)
    assert len(list(Run.listall(limit=None, client=client))) == 2500
    client.calls.clear()
    taken = list(itertools.islice(Run.listall(limit=None, client=client), 150))
    assert len(taken) == 150
    assert len(client.calls) == 1  # no page is fetched before it is wanted
    client.calls.clear()
    first = Run.listall(client=client).first()
    assert first is not None
    assert [call.request.request.limit for call in client.calls] == [1]


@pytest.mark.parametrize(("limit", "sizes"), [(0, []), (1, [1]), (100, [100]), (250, [200, 50])])
def test_a_limit_in_the_middle_of_a_page(client: Any, limit: int, sizes: list[int]) -> None:
    client.answers["ListRuns"] = Server(2500)
    assert len(list(Run.listall(limit=limit, client=client))) == limit
    assert [call.request.request.limit for call in client.calls] == sizes


def test_the_actions_of_a_run_at_hand(client: Any) -> None:
    client.answers["ListActions"] = lambda request: workflow.ListActionsResponse(actions=[run(1).action])  # type: ignore[list-item]
    job = Run(run(7), client=client)
    (found,) = job.actions(phase="failed", created_after=DAY, order_by="-created_at")
    assert isinstance(found, Action)
    (request,) = client.requests("ListActions")
    assert request.run_id.name == "r7"
    assert [item.field for item in request.request.filters] == ["phase", "created_at"]
    with pytest.raises(InvalidArgument, match="not both"):
        job.actions(created_after=DAY, created_at=TimeFilter(DAY))


def test_the_default_limit_is_theirs(client: Any) -> None:
    client.answers["ListRuns"] = Server(2500)
    assert len(list(Run.listall(client=client))) == 100


def test_a_token_that_comes_twice(client: Any) -> None:
    client.answers["ListRuns"] = lambda request: workflow.ListRunsResponse(runs=[run(1)], token="t")
    with pytest.raises(PagingError, match="twice"):
        list(Run.listall(limit=None, client=client))


def test_two_readers_of_one_list(client: Any) -> None:
    client.answers["ListRuns"] = Server(300)
    pager = Run.listall(limit=None, client=client)
    pairs = list(zip(pager, pager, strict=True))
    assert all(first == second for first, second in pairs)
    assert len(pairs) == 300


def test_typed_filters_are_the_old_ones_under_better_names(client: Any) -> None:
    client.answers["ListRuns"] = lambda request: workflow.ListRunsResponse()
    client.answers["ListActions"] = lambda request: workflow.ListActionsResponse()
    later = DAY + timedelta(days=1)
    list(Run.listall(phase="running", created_after=DAY, created_before=later, order_by="-created_at", client=client))
    list(
        Run.listall(
            "ACTION_PHASE_RUNNING",
            created_at=TimeFilter(DAY, later),
            sort_by=("created_at", "desc"),
            client=client,
        )
    )
    new, old = client.requests("ListRuns")
    assert new == old
    list(Action.listall("r1", phase="failed", updated_after=DAY, client=client))
    fields = [item.field for item in client.requests("ListActions")[0].request.filters]
    assert fields == ["phase", "updated_at"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"phase": "running", "in_phase": "failed"}, "in_phase or phase"),
        ({"sort_by": "created_at", "order_by": "created_at"}, "sort_by or order_by"),
        ({"order_by": "labels"}, "'labels' is unknown"),
        ({"phase": "runing"}, "did you mean 'running'"),
        ({"phase": ()}, "in_phase is empty"),
        ({"created_after": datetime(2025, 1, 1)}, "created_after: .* no time zone"),  # noqa: DTZ001
        ({"created_after": DAY, "created_before": DAY}, "must be earlier"),
        ({"created_after": DAY, "created_at": TimeFilter(DAY)}, "not both"),
        ({"task_name": ""}, "task_name is empty"),
        ({"task_name": "x" * 10_000_000}, "task_name has 10000000 characters"),
        ({"task_name": "a\nb"}, "control characters"),
        ({"project": ""}, "project is empty"),
        ({"domain": "d" * 65}, "domain has 65 characters"),
        ({"with_labels": {"": "x"}}, "with_labels is empty"),
    ],
)
def test_bad_filters_are_refused_before_a_call(client: Any, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        Run.listall(client=client, **arguments)
    assert client.calls == []


@pytest.mark.parametrize("arguments", [{"limit": -1}, {"page_size": 0}], ids=["limit", "page_size"])
def test_numbers_out_of_range(client: Any, arguments: dict[str, Any]) -> None:
    for listall in (Run.listall, Task.listall, App.listall):
        with pytest.raises(ValidationError, match=next(iter(arguments))):
            listall(client=client, **arguments)
    with pytest.raises(TypeError, match="limit: expected an int"):
        Run.listall(limit="5", client=client)  # type: ignore[arg-type]


def test_labels_that_the_backend_refuses_are_filtered_here(client: Any) -> None:
    runs = [run(1, team="data"), run(2, team="web"), run(3), run(4, team="data", env="x")]

    def answer(request: Any) -> Any:
        if any(item.field.startswith("labels.") for item in request.request.filters):
            return InvalidArgument("invalid filter field: labels.team")
        return workflow.ListRunsResponse(runs=runs)

    client.answers["ListRuns"] = answer
    with pytest.warns(FilterWarning, match=r"labels\.team"):
        found = list(Run.listall(with_labels={"team": "data"}, phase="running", client=client))
    assert [item.name for item in found] == ["r1", "r4"]
    assert [item.field for item in client.requests("ListRuns")[-1].request.filters] == ["phase"]
    # What was refused once is not tried again, and no second warning comes.
    assert [item.name for item in Run.listall(with_labels={"team": "web"}, client=client)] == ["r2"]
    with pytest.warns(FilterWarning, match=r"labels\.env"):
        assert [item.name for item in Run.listall(with_label_keys=["env"], client=client)] == ["r4"]


def test_another_refusal_is_an_error(client: Any) -> None:
    client.answers["ListRuns"] = lambda request: InvalidArgument("project is archived")
    with pytest.raises(InvalidArgument, match="archived"):
        list(Run.listall(with_labels={"team": "data"}, client=client))


def test_labels_are_filtered_by_a_backend_that_can(client: Any) -> None:
    client.answers["ListRuns"] = lambda request: workflow.ListRunsResponse(runs=[run(1, team="data")])
    assert len(list(Run.listall(with_labels={"team": "data"}, client=client))) == 1
    (sent,) = client.requests("ListRuns")[0].request.filters
    assert (sent.field, sent.values) == ("labels.team", ["data"])


async def test_a_list_is_watched_through_lost_streams(client: Any, answers: Any) -> None:
    first = [
        workflow.WatchRunsResponse(runs=[run(1), run(2, "FAILED")]),
        workflow.WatchRunsResponse(runs=[run(3)]),
        Unavailable("gone"),
    ]
    second = [workflow.WatchRunsResponse(runs=[run(1), run(3, "FAILED"), run(4)])]
    client.answers["WatchRuns"] = answers(lambda request: first, lambda request: second)
    seen = []
    async with Run.listall.aio(phase="running", client=client).watch() as changes:
        async for item in changes:
            seen.append(item.name)
            if item.name == "r4":
                break
    # r1 comes once although the second stream begins with it; failed runs are not asked for.
    assert seen == ["r1", "r3", "r4"]
    assert client.requests("WatchRuns")[0].project_id.name == "proj"


def test_actions_are_watched_in_the_blocking_form(client: Any) -> None:
    def enriched(name: str, parent: str) -> workflow.EnrichedAction:
        action = workflow.Action(
            id=common.ActionIdentifier(run=common.RunIdentifier(name="r1"), name=name),
            metadata=workflow.ActionMetadata(parent=parent),
        )
        return workflow.EnrichedAction(action=action)

    items = [enriched("a0", ""), enriched("a1", "a0"), enriched("a2", "a1"), enriched("a3", "a0")]
    client.answers["WatchActions"] = lambda request: [workflow.WatchActionsResponse(enriched_actions=items)]
    with Action.listall("r1", parent_name="a0", client=client).watch() as changes:
        assert [next(changes).name for _ in range(2)] == ["a1", "a3"]


def test_what_cannot_be_watched(client: Any) -> None:
    with pytest.raises(ValidationError, match="does not stream"):
        Task.listall(client=client).watch()
    with pytest.raises(InvalidArgument, match="cannot filter by updated_at"):
        next(Run.listall(updated_after=DAY, client=client).watch())
