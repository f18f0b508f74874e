from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from remora.errors import ConfigError, InvalidArgument
from remora.flyte.filters import actions_request, projects_request, runs_request, tasks_request
from remora.flyte.phases import ActionPhase
from remora.flyte.time_filter import TimeFilter
from remora_api.flyteidl2 import common

if TYPE_CHECKING:
    from remora_api.flyteidl2 import workflow

F = common.FilterFunction


def filters_of(request: Any) -> list[tuple[int, str, list[str]]]:
    return [(item.function, item.field, item.values) for item in request.request.filters]


def order_of(request: Any) -> list[tuple[str, bool]]:
    fields = request.request.sort_by_fields
    return [(item.key, item.direction == common.SortDirection.ASCENDING) for item in fields]


def test_runs_of_the_clients_project_oldest_first(client: Any) -> None:
    client.org = "acme"
    request = runs_request(client)
    assert request.which_oneof("scope_by") == "project_id"
    assert request.project_id == common.ProjectIdentifier(organization="acme", name="proj", domain="dev")
    assert filters_of(request) == []
    assert order_of(request) == [("created_at", True)]
    assert request.request is not None
    assert request.request.sort_by is None
    assert client.calls == []


def test_given_project_and_domain_win(client: Any) -> None:
    request = runs_request(client, project="other", domain="prod")
    assert request.project_id == common.ProjectIdentifier(name="other", domain="prod")


def test_without_project_anywhere_the_error_says_so(client: Any) -> None:
    client.project = ""
    with pytest.raises(ConfigError, match="no project"):
        runs_request(client)


@pytest.mark.parametrize(
    ("in_phase", "expected"),
    [
        ("recovered", (F.EQUAL, "phase", ["10"])),
        (("recovered",), (F.EQUAL, "phase", ["10"])),
        (ActionPhase.RUNNING, (F.EQUAL, "phase", ["4"])),
        (["running", "running"], (F.EQUAL, "phase", ["4"])),
        (("queued", ActionPhase.FAILED), (F.VALUE_IN, "phase", ["1", "6"])),
        ({"ACTION_PHASE_ABORTED"}, (F.EQUAL, "phase", ["7"])),
    ],
)
def test_one_phase_is_equal_to_a_whole_number_and_several_are_a_list(
    client: Any, in_phase: Any, expected: tuple[int, str, list[str]]
) -> None:
    assert filters_of(runs_request(client, in_phase=in_phase)) == [expected]


def test_every_filter_of_runs(client: Any) -> None:
    noon = datetime(2025, 1, 31, 12, tzinfo=timezone(timedelta(hours=2)))
    request: workflow.ListRunsRequest = runs_request(
        client,
        task_name="env.task",
        task_version="v1",
        created_by_subject="me",
        created_at=TimeFilter(after=noon),
        updated_at=TimeFilter(after=noon, before=noon + timedelta(microseconds=5)),
        with_labels={"team": "data"},
        with_label_keys=["nightly"],
        paused_actions_only=True,
    )
    assert filters_of(request) == [
        (F.EQUAL, "task_name", ["env.task"]),
        (F.EQUAL, "task_version", ["v1"]),
        (F.EQUAL, "created_by_subject", ["me"]),
        (F.GREATER_THAN_OR_EQUAL, "created_at", ["2025-01-31T10:00:00Z"]),
        (F.GREATER_THAN_OR_EQUAL, "updated_at", ["2025-01-31T10:00:00Z"]),
        (F.LESS_THAN, "updated_at", ["2025-01-31T10:00:00.000005Z"]),
        (F.EQUAL, "labels.team", ["data"]),
        (F.EXISTS, "labels.nightly", []),
    ]
    assert request.paused_actions_only


@pytest.mark.parametrize(
    ("sort_by", "expected"),
    [
        (("ended_at", "desc"), ("ended_at", False)),
        (("ended_at", "asc"), ("ended_at", True)),
        (["ended_at", "asc"], ("ended_at", True)),
        ("-duration_ms", ("duration_ms", False)),
        ("run_name", ("run_name", True)),
    ],
)
def test_order(client: Any, sort_by: Any, expected: tuple[str, bool]) -> None:
    assert order_of(runs_request(client, sort_by=sort_by)) == [expected]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sort_by": "creatd_at"}, r"sort_by: field 'creatd_at' is unknown .*did you mean 'created_at'"),
        ({"sort_by": ("created_at", "up")}, "sort_by: direction 'up' is unknown"),
        ({"sort_by": ("created_at",)}, "sort_by: expected a field and a direction"),
        ({"sort_by": 5}, "sort_by: expected a field and a direction"),
        ({"in_phase": "done"}, "in_phase: 'done' is not a phase"),
        ({"in_phase": []}, "in_phase is empty"),
        ({"task_name": ""}, "task_name is empty"),
        ({"with_labels": {"": "x"}}, "with_labels is empty"),
    ],
)
def test_mistakes_are_refused_before_any_call(client: Any, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        runs_request(client, **arguments)
    assert client.calls == []


def test_one_label_key_is_not_taken_for_its_characters(client: Any) -> None:
    with pytest.raises(TypeError, match="with_label_keys: expected a list of keys"):
        runs_request(client, with_label_keys="nightly")


def test_actions(client: Any) -> None:
    request = actions_request(client, "r1", in_phase="failed", parent_name="a0", sort_by="-created_at")
    assert request.run_id == common.RunIdentifier(project="proj", domain="dev", name="r1")
    assert filters_of(request) == [(F.EQUAL, "phase", ["6"]), (F.EQUAL, "parent_name", ["a0"])]
    assert order_of(request) == [("created_at", False)]
    with pytest.raises(InvalidArgument, match="for_run_name is empty"):
        actions_request(client, "")


def test_tasks(client: Any) -> None:
    request = tasks_request(client, by_task_name="env.f", by_task_env="env", entrypoint=False, sort_by="-version")
    assert filters_of(request) == [(F.EQUAL, "name", ["env.f"]), (F.EQUAL, "environment", ["env"])]
    assert [item.is_entrypoint for item in request.known_filters] == [False]
    assert order_of(request) == [("version", False)]
    assert tasks_request(client).known_filters == []


def test_projects(client: Any) -> None:
    client.org = "acme"
    request = projects_request(client)
    assert (request.filters, request.org) == ("eq(state,0)", "acme")
    assert request.sort_by == common.Sort(key="created_at", direction=common.SortDirection.ASCENDING)
    request = projects_request(client, filters="contains(name,x)", sort_by="-name", archived=True)
    assert request.filters == "contains(name,x)+eq(state,1)"
    assert request.sort_by == common.Sort(key="name", direction=common.SortDirection.DESCENDING)
    with pytest.raises(InvalidArgument, match="field 'title' is unknown"):
        projects_request(client, sort_by="title")


def test_time_filters_are_checked() -> None:
    noon = datetime(2025, 1, 31, 12, tzinfo=timezone.utc)
    with pytest.raises(InvalidArgument, match=r"TimeFilter.after: 2025-01-31T12:00:00 has no time zone"):
        TimeFilter(after=noon.replace(tzinfo=None))
    with pytest.raises(InvalidArgument, match="after must be earlier"):
        TimeFilter(after=noon, before=noon)
    with pytest.raises(InvalidArgument, match="needs `after`, `before` or both"):
        TimeFilter()
    with pytest.raises(TypeError, match=r"TimeFilter.before: expected a datetime, got str"):
        TimeFilter(before="2025")  # type: ignore[arg-type]
