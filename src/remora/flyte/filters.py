"""Requests of the list methods: keyword parameters become filters that the backend accepts.

Rules of the backend that these builders keep, because breaking them is answered with INTERNAL or with the wrong
items: values are strings, also numbers; a filter for one value is EQUAL and one for several is VALUE_IN; order goes
into `sort_by_fields`; field names come from an allow-list per kind of item.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from remora.errors import InvalidArgument
from remora.flyte.hints import did_you_mean
from remora.flyte.parameters import aware, one_of_both, required_name, text
from remora.flyte.phases import as_phases
from remora.flyte.scope import scope_of
from remora.flyte.time_filter import TimeFilter, wire_time
from remora_api.flyteidl2 import common, workflow
from remora_api.flyteidl2 import project as projects
from remora_api.flyteidl2 import task as tasks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from remora.client import Client
    from remora.flyte.parameters import SortBy
    from remora.flyte.phases import ActionPhase

RUN_FIELDS = frozenset(
    [
        "project",
        "domain",
        "run_name",
        "phase",
        "action_type",
        "run_source",
        "created_by_subject",
        "trigger_task_name",
        "trigger_name",
        "trigger_revision",
        "trigger_type",
        "task_project",
        "task_domain",
        "task_name",
        "task_version",
        "function_name",
        "created_at",
        "updated_at",
        "ended_at",
        "duration_ms",
    ]
)
TASK_FIELDS = frozenset(
    [
        "project",
        "domain",
        "name",
        "version",
        "environment",
        "function_name",
        "deployed_by",
        "created_at",
        "updated_at",
        "trigger_name",
        "total_triggers",
        "active_triggers",
        "env_description",
        "short_description",
    ]
)
_LONGEST_FILTER = 10_000
PROJECT_FIELDS = frozenset(["identifier", "name", "description", "labels", "state", "created_at", "updated_at"])


def runs_request(
    client: Client,
    *,
    in_phase: ActionPhase | str | Iterable[ActionPhase | str] | None = None,
    task_name: str | None = None,
    task_version: str | None = None,
    created_by_subject: str | None = None,
    sort_by: SortBy | None = None,
    project: str | None = None,
    domain: str | None = None,
    created_at: TimeFilter | None = None,
    updated_at: TimeFilter | None = None,
    with_labels: Mapping[str, str] | None = None,
    with_label_keys: Iterable[str] | None = None,
    paused_actions_only: bool = False,
    order_by: SortBy | None = None,
) -> workflow.ListRunsRequest:
    """The request of `Run.listall`, whose parameters these are."""
    filters = phase_filters(in_phase)
    filters += _equal("task_name", task_name, "task_name")
    filters += _equal("task_version", task_version, "task_version")
    filters += _equal("created_by_subject", created_by_subject, "created_by_subject")
    filters += _times(created_at=created_at, updated_at=updated_at)
    for key, value in (with_labels or {}).items():
        filters.append(_filter(common.FilterFunction.EQUAL, f"labels.{required_name(key, 'with_labels')}", value))
    if isinstance(with_label_keys, str):
        raise TypeError("with_label_keys: expected a list of keys, got one string")
    for key in with_label_keys or ():
        filters.append(_filter(common.FilterFunction.EXISTS, f"labels.{required_name(key, 'with_label_keys')}"))
    return workflow.ListRunsRequest(
        request=list_request(filters, sort_by, order_by, RUN_FIELDS),
        project_id=project_identifier(client, project, domain),
        paused_actions_only=paused_actions_only,
    )


def actions_request(
    client: Client,
    for_run_name: str,
    *,
    in_phase: ActionPhase | str | Iterable[ActionPhase | str] | None = None,
    parent_name: str | None = None,
    sort_by: SortBy | None = None,
    created_at: TimeFilter | None = None,
    updated_at: TimeFilter | None = None,
    project: str | None = None,
    domain: str | None = None,
    order_by: SortBy | None = None,
) -> workflow.ListActionsRequest:
    """The request of `Action.listall`, whose parameters these are."""
    filters = phase_filters(in_phase)
    filters += _equal("parent_name", parent_name, "parent_name")
    run_name = required_name(for_run_name, "for_run_name")
    filters += _times(created_at=created_at, updated_at=updated_at)
    return workflow.ListActionsRequest(
        request=list_request(filters, sort_by, order_by, RUN_FIELDS),
        run_id=common.RunIdentifier(**scope_of(client, project, domain)._asdict(), name=run_name),
    )


def tasks_request(
    client: Client,
    by_task_name: str | None = None,
    by_task_env: str | None = None,
    project: str | None = None,
    domain: str | None = None,
    sort_by: SortBy | None = None,
    *,
    entrypoint: bool | None = None,
    order_by: SortBy | None = None,
) -> tasks.ListTasksRequest:
    """Tasks of a project and domain, each in its newest version, oldest first unless `sort_by` says otherwise.

    Args:
        client: Supplies project, domain and organization where they are not given.
        by_task_name: Only the task with exactly this name.
        by_task_env: Only tasks of the environment with exactly this name, the part of a task's name before the dot.
        project: Project, if not the client's.
        domain: Domain, if not the client's.
        sort_by: Field and direction, `("name", "desc")`, or short `"-name"`; default `("created_at", "asc")`.
        entrypoint: Only tasks that are (True) or are not (False) marked as entry points. Union only: an open-source
            backend ignores it.
        order_by: The same as `sort_by`.

    Raises:
        InvalidArgument: a field is unknown, or a name is empty.
        ConfigError: neither a parameter nor a setting names project or domain.
    """
    filters = _equal("name", by_task_name, "by_task_name")
    filters += _equal("environment", by_task_env, "by_task_env")
    known = [] if entrypoint is None else [tasks.ListTasksRequestKnownFilter(is_entrypoint=entrypoint)]
    return tasks.ListTasksRequest(
        request=list_request(filters, sort_by, order_by, TASK_FIELDS),
        project_id=project_identifier(client, project, domain),
        known_filters=known,
    )


def projects_request(
    client: Client,
    filters: str | None = None,
    sort_by: SortBy | None = None,
    archived: bool = False,
    *,
    order_by: SortBy | None = None,
) -> projects.ListProjectsRequest:
    """Projects, oldest first unless `sort_by` says otherwise.

    Args:
        client: Supplies the organization.
        filters: Terms of the service's own filter language joined by `+`, for example
            `"contains(name,team)+value_in(identifier,a;b)"`. Fields: identifier, name, description, labels, state,
            created_at, updated_at.
        sort_by: Field and direction, `("name", "desc")`, or short `"-name"`; default `("created_at", "asc")`.
        archived: List archived projects instead of active ones.
        order_by: The same as `sort_by`.

    Raises:
        InvalidArgument: the sort field is unknown.
    """
    if filters is not None:
        text(filters, "filters", longest=_LONGEST_FILTER)
    state = projects.ProjectState.ARCHIVED if archived else projects.ProjectState.ACTIVE
    terms = f"eq(state,{int(state)})"
    return projects.ListProjectsRequest(
        filters=f"{filters}+{terms}" if filters else terms,
        sort_by=_sort(sort_by, order_by, PROJECT_FIELDS),
        org=client.value("org", None, required=False),
    )


def project_identifier(client: Client, project: str | None, domain: str | None) -> common.ProjectIdentifier:
    """Project, domain and organization of a request: what is given, else the client's settings."""
    return scope_of(client, project, domain).project_id


def sort_direction(sort_by: SortBy) -> tuple[str, bool]:
    """Field and whether it is descending, from any accepted spelling."""
    if isinstance(sort_by, str):
        return sort_by.removeprefix("-"), sort_by.startswith("-")
    try:
        field, direction = sort_by
    except (TypeError, ValueError):
        raise InvalidArgument(
            f"sort_by: expected a field and a direction, got {sort_by!r}", hint='for example ("created_at", "desc")'
        ) from None
    if direction not in ("asc", "desc"):
        raise InvalidArgument(f"sort_by: direction {direction!r} is unknown", hint="use 'asc' or 'desc'")
    return field, direction == "desc"


def _sort(
    sort_by: SortBy | None, order_by: SortBy | None, fields: frozenset[str], default: str = "created_at"
) -> common.Sort:
    chosen: SortBy | None = one_of_both(sort_by, order_by, "sort_by", "order_by")
    field, descending = sort_direction((default, "asc") if chosen is None else chosen)
    if field not in fields:
        raise InvalidArgument(f"sort_by: field {field!r} is unknown", hint=did_you_mean(field, sorted(fields)))
    direction = common.SortDirection.DESCENDING if descending else common.SortDirection.ASCENDING
    return common.Sort(key=field, direction=direction)


def list_request(
    filters: list[common.Filter],
    sort_by: SortBy | None,
    order_by: SortBy | None,
    fields: frozenset[str],
    default: str = "created_at",
) -> common.ListRequest:
    """Filters and order of a list.

    Args:
        filters: The filters; all of them have to be met.
        sort_by: Field and direction, in one of its spellings.
        order_by: The same under its other name.
        fields: Fields that the backend sorts by.
        default: Field to sort by, upwards, when neither is given.

    Raises:
        InvalidArgument: the field or direction is unknown, or both names are given.
    """
    return common.ListRequest(filters=filters, sort_by_fields=[_sort(sort_by, order_by, fields, default)])


def _filter(function: common.FilterFunction, field: str, *values: str) -> common.Filter:
    return common.Filter(function=function, field=field, values=list(values))


def _equal(field: str, value: str | None, parameter: str) -> list[common.Filter]:
    if value is None:
        return []
    return [_filter(common.FilterFunction.EQUAL, field, required_name(value, parameter))]


def phase_filters(in_phase: ActionPhase | str | Iterable[ActionPhase | str] | None) -> list[common.Filter]:
    """The filter for one phase or several; none for None."""
    if in_phase is None:
        return []
    numbers = [str(phase.to_protobuf_value()) for phase in as_phases(in_phase, "in_phase")]
    function = common.FilterFunction.EQUAL if len(numbers) == 1 else common.FilterFunction.VALUE_IN
    return [_filter(function, "phase", *numbers)]


def _times(**ranges: TimeFilter | None) -> list[common.Filter]:
    filters = []
    for field, limits in ranges.items():
        if limits is not None and limits.after is not None:
            filters.append(_filter(common.FilterFunction.GREATER_THAN_OR_EQUAL, field, wire_time(limits.after)))
        if limits is not None and limits.before is not None:
            filters.append(_filter(common.FilterFunction.LESS_THAN, field, wire_time(limits.before)))
    return filters


def time_range(
    given: TimeFilter | None, after: datetime | None, before: datetime | None, parameter: str
) -> TimeFilter | None:
    """A range of time from either spelling: a `TimeFilter`, or its two ends as parameters of their own.

    Args:
        given: The range as a whole.
        after: Its beginning.
        before: Its end.
        parameter: Beginning of the parameters' names: "created" for `created_at`, `created_after`, `created_before`.

    Raises:
        InvalidArgument: both spellings are given, or an end has no time zone.
    """
    if after is None and before is None:
        if given is not None and not isinstance(given, TimeFilter):
            raise TypeError(f"{parameter}_at: expected a TimeFilter, got {type(given).__name__}")
        return given
    if given is not None:
        raise InvalidArgument(f"give {parameter}_at, or {parameter}_after and {parameter}_before, not both")
    if after is not None:
        aware(after, f"{parameter}_after")
    if before is not None:
        aware(before, f"{parameter}_before")
    if after is not None and before is not None and after >= before:
        raise InvalidArgument(f"{parameter}_after must be earlier than {parameter}_before")
    return TimeFilter(after=after, before=before)
