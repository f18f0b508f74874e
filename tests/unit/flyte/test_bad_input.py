"""Names and numbers that cannot be right are refused before any call, by every entity, and the parameter is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from remora import Cron, TimeFilter, TriggerSpec
from remora.errors import InvalidArgument, ValidationError
from remora_api.entities import (
    Action,
    ActionDetails,
    App,
    Artifact,
    Condition,
    Project,
    Run,
    RunDetails,
    Secret,
    Settings,
    Task,
    TaskDetails,
    Trigger,
    TriggerDetails,
)

HUGE = "x" * 10_000_000
LISTS: list[Any] = [
    Run.listall,
    lambda **given: Action.listall("r", **given),
    Task.listall,
    Project.listall,
    App.listall,
    Secret.listall,
    Trigger.listall,
    Artifact.listall,
    Artifact.list_names,
    lambda **given: Condition.listall("r", **given),
]

# Each takes one name; the second is what the error calls it.
NAMED: list[tuple[Callable[..., Any], str]] = [
    (lambda name, **given: Run.get(name, **given), "name"),
    (lambda name, **given: RunDetails.get(name, **given), "name"),
    (lambda name, **given: Action.get(run_name=name, name="a0", **given), "name"),
    (lambda name, **given: Action.get(run_name="r", name=name, **given), "name"),
    (lambda name, **given: ActionDetails.get(run_name="r", name=name, **given), "name"),
    (lambda name, **given: list(Action.listall(name, **given)), "for_run_name"),
    (lambda name, **given: list(Run.listall(task_name=name, **given)), "task_name"),
    (lambda name, **given: list(Run.listall(created_by_subject=name, **given)), "created_by_subject"),
    (lambda name, **given: list(Run.listall(project=name, **given)), "project"),
    (lambda name, **given: list(Run.listall(domain=name, **given)), "domain"),
    (lambda name, **given: Run.get("r", project=name, **given), "project"),
    (lambda name, **given: Task.get(name, version="v", **given).fetch(), "name"),
    (lambda name, **given: Task.get("t", version=name, **given).fetch(), "version"),
    (lambda name, **given: TaskDetails.fetch(name, version="v", **given), "name"),
    (lambda name, **given: list(Task.listall(by_task_name=name, **given)), "by_task_name"),
    (lambda name, **given: list(Task.listall(by_task_env=name, **given)), "by_task_env"),
    (lambda name, **given: Project.get(name, **given), "name"),
    (lambda name, **given: Project.get("p", org=name, **given), "org"),
    (lambda name, **given: Project.create(name, "n", **given), "id"),
    (lambda name, **given: Project.update(name, name="n", **given), "id"),
    (lambda name, **given: App.get(name, **given), "name"),
    (lambda name, **given: App.delete(name, **given), "name"),
    (lambda name, **given: Secret.get(name, **given), "name"),
    (lambda name, **given: Secret.delete(name, **given), "name"),
    (lambda name, **given: Trigger.get(name=name, task_name="t", **given), "name"),
    (lambda name, **given: TriggerDetails.get(name="n", task_name=name, **given), "task_name"),
    (lambda name, **given: Trigger.delete(name, "t", **given), "name"),
    (lambda name, **given: Trigger.update("n", name, active=True, **given), "task_name"),
    (lambda name, **given: Trigger.create(TriggerSpec("n", Cron("@daily")), name, **given), "name"),
    (lambda name, **given: list(Trigger.listall(name, **given)), "task_name"),
    (lambda name, **given: Artifact.get(name, **given), "name"),
    (lambda name, **given: Artifact.get("n", name, **given), "version"),
    (lambda name, **given: Artifact.get_schema(name, **given), "name"),
    (lambda name, **given: list(Artifact.listall(name, **given)), "name"),
    (lambda name, **given: list(Artifact.list_names(name, **given)), "search"),
    (lambda name, **given: Condition.get(name, run_name="r", **given), "name"),
    (lambda name, **given: list(Condition.listall(name, **given)), "run_name"),
    (lambda name, **given: list(Condition.listall("r", name, **given)), "action_name"),
    (lambda name, **given: Settings.get_settings_for_edit(domain=name, org="o", **given), "domain"),
]


@pytest.mark.parametrize("name", ["", HUGE, "\ud800", "a\x00b"], ids=["empty", "huge", "surrogate", "control"])
@pytest.mark.parametrize(("call", "parameter"), NAMED, ids=[f"{number}-{item[1]}" for number, item in enumerate(NAMED)])
def test_a_name_that_is_none(client: Any, call: Callable[..., Any], parameter: str, name: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        call(name, client=client)
    assert parameter in str(caught.value)
    assert len(str(caught.value)) < 500
    assert client.calls == []


@pytest.mark.parametrize(("call", "parameter"), NAMED, ids=[f"{number}-{item[1]}" for number, item in enumerate(NAMED)])
def test_a_name_of_another_type(client: Any, call: Callable[..., Any], parameter: str) -> None:
    with pytest.raises(TypeError, match=parameter):
        call(7, client=client)
    assert client.calls == []


@pytest.mark.parametrize("listall", LISTS, ids=range(len(LISTS)))
def test_numbers_of_lists(client: Any, listall: Any) -> None:
    for given, name in (({"limit": -5}, "limit"), ({"page_size": 0}, "page_size")):
        with pytest.raises(ValidationError, match=name):
            listall(client=client, **given)
    with pytest.raises(TypeError, match="limit"):
        listall(client=client, limit="7")
    assert client.calls == []


def test_times_without_a_zone(client: Any) -> None:
    naive = datetime(2025, 1, 1)  # noqa: DTZ001
    with pytest.raises(InvalidArgument, match="after"):
        TimeFilter(after=naive)
    with pytest.raises(InvalidArgument, match="created_after"):
        Run.listall(created_after=naive, client=client)
    with pytest.raises(InvalidArgument, match="created_after"):
        Artifact.listall(created_after=naive, client=client)
    assert client.calls == []


def test_unicode_names_reach_the_server_as_they_are(client: Any) -> None:
    from remora.errors import Unimplemented

    with pytest.raises(Unimplemented):
        Run.get("nächtlich-夜", client=client)
    assert client.calls[0].request.run_id.name == "nächtlich-夜"
