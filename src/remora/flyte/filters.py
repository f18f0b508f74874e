"""Requests of the list methods: keyword parameters become filters that the backend accepts.

Rules of the backend that these builders keep, because breaking them is answered with INTERNAL or with the wrong
items: values are strings, also numbers; a filter for one value is EQUAL and one for several is VALUE_IN; order goes
into `sort_by_fields`; field names come from an allow-list per kind of item.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from remora.errors import InvalidArgument
from remora.flyte.hints import did_you_mean
from remora.flyte.parameters import required_name
from remora.flyte.phases import as_phases
from remora.flyte.time_filter import wire_time
from remora_api.flyteidl2 import common, workflow
from remora_api.flyteidl2 import project as projects
from remora_api.flyteidl2 import task as tasks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from remora.client import Client
    from remora.flyte.parameters import SortBy
    from remora.flyte.phases import ActionPhase
    from remora.flyte.time_filter import TimeFilter

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
) -> workflow.ListRunsRequest:
    """Runs of a project and domain, oldest first unless `sort_by` says otherwise.

    Args:
        client: Supplies project, domain and organization where they are not given.
        in_phase: Only runs in this phase, or in any of these: `"running"`, `ActionPhase.FAILED`, ...
        task_name: Only runs of the task with exactly this name.
        task_version: Only runs of this version of their task.
        created_by_subject: Only runs that the identity with this subject started.
        sort_by: Field and direction, `("created_at", "desc")`, or short `"-created_at"`. The default is
            `("created_at", "asc")`, as in flyte.remote: with a limit it gives the oldest runs.
        project: Project, if not the client's.
        domain: Domain, if not the client's.
        created_at: Only runs created in this range of time.
        updated_at: Only runs that changed in this range of time.
        with_labels: Only runs that carry all these labels. Union only: an open-source backend refuses the filter.
        with_label_keys: Only runs that carry labels with these keys. Union only, like `with_labels`.
        paused_actions_only: Only runs that have a paused action.

    Raises:
        InvalidArgument: a phase or field is unknown, or a filter is empty.
        ConfigError: neither a parameter nor a setting names project or domain.

    Example:
        >>> for run in Run.listall(in_phase="failed", sort_by="-created_at", limit=10):
        ...     print(run.name)
    """
    filters = _phase(in_phase)
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
        request=_list_request(filters, sort_by, RUN_FIELDS),
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
) -> workflow.ListActionsRequest:
    """Actions of one run, oldest first unless `sort_by` says otherwise.

    Args:
        client: Supplies project, domain and organization where they are not given.
        for_run_name: Name of the run.
        in_phase: Only actions in this phase, or in any of these.
        parent_name: Only direct children of this action. Union only: an open-source backend refuses the filter.
        sort_by: Field and direction, `("created_at", "desc")`, or short `"-created_at"`; default
            `("created_at", "asc")`.
        created_at: Only actions created in this range of time.
        updated_at: Only actions that changed in this range of time.
        project: Project of the run, if not the client's.
        domain: Domain of the run, if not the client's.

    Raises:
        InvalidArgument: a phase or field is unknown, or a name is empty.
        ConfigError: neither a parameter nor a setting names project or domain.
    """
    filters = _phase(in_phase)
    filters += _equal("parent_name", parent_name, "parent_name")
    filters += _times(created_at=created_at, updated_at=updated_at)
    return workflow.ListActionsRequest(
        request=_list_request(filters, sort_by, RUN_FIELDS),
        run_id=common.RunIdentifier(
            org=client.value("org", None, required=False),
            project=client.value("project", project),
            domain=client.value("domain", domain),
            name=required_name(for_run_name, "for_run_name"),
        ),
    )


def tasks_request(
    client: Client,
    *,
    by_task_name: str | None = None,
    by_task_env: str | None = None,
    project: str | None = None,
    domain: str | None = None,
    sort_by: SortBy | None = None,
    entrypoint: bool | None = None,
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

    Raises:
        InvalidArgument: a field is unknown, or a name is empty.
        ConfigError: neither a parameter nor a setting names project or domain.
    """
    filters = _equal("name", by_task_name, "by_task_name")
    filters += _equal("environment", by_task_env, "by_task_env")
    known = [] if entrypoint is None else [tasks.ListTasksRequestKnownFilter(is_entrypoint=entrypoint)]
    return tasks.ListTasksRequest(
        request=_list_request(filters, sort_by, TASK_FIELDS),
        project_id=project_identifier(client, project, domain),
        known_filters=known,
    )


def projects_request(
    client: Client, *, filters: str | None = None, sort_by: SortBy | None = None, archived: bool = False
) -> projects.ListProjectsRequest:
    """Projects, oldest first unless `sort_by` says otherwise.

    Args:
        client: Supplies the organization.
        filters: Terms of the service's own filter language joined by `+`, for example
            `"contains(name,team)+value_in(identifier,a;b)"`. Fields: identifier, name, description, labels, state,
            created_at, updated_at.
        sort_by: Field and direction, `("name", "desc")`, or short `"-name"`; default `("created_at", "asc")`.
        archived: List archived projects instead of active ones.

    Raises:
        InvalidArgument: the sort field is unknown.
    """
    state = projects.ProjectState.ARCHIVED if archived else projects.ProjectState.ACTIVE
    terms = f"eq(state,{int(state)})"
    return projects.ListProjectsRequest(
        filters=f"{filters}+{terms}" if filters else terms,
        sort_by=_sort(sort_by, PROJECT_FIELDS),
        org=client.value("org", None, required=False),
    )


def project_identifier(client: Client, project: str | None, domain: str | None) -> common.ProjectIdentifier:
    """Project, domain and organization of a request: what is given, else the client's settings."""
    return common.ProjectIdentifier(
        organization=client.value("org", None, required=False),
        domain=client.value("domain", domain),
        name=client.value("project", project),
    )


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


def _sort(sort_by: SortBy | None, fields: frozenset[str]) -> common.Sort:
    field, descending = sort_direction(("created_at", "asc") if sort_by is None else sort_by)
    if field not in fields:
        raise InvalidArgument(f"sort_by: field {field!r} is unknown", hint=did_you_mean(field, sorted(fields)))
    direction = common.SortDirection.DESCENDING if descending else common.SortDirection.ASCENDING
    return common.Sort(key=field, direction=direction)


def _list_request(filters: list[common.Filter], sort_by: SortBy | None, fields: frozenset[str]) -> common.ListRequest:
    return common.ListRequest(filters=filters, sort_by_fields=[_sort(sort_by, fields)])


def _filter(function: common.FilterFunction, field: str, *values: str) -> common.Filter:
    return common.Filter(function=function, field=field, values=list(values))


def _equal(field: str, value: str | None, parameter: str) -> list[common.Filter]:
    if value is None:
        return []
    return [_filter(common.FilterFunction.EQUAL, field, required_name(value, parameter))]


def _phase(in_phase: ActionPhase | str | Iterable[ActionPhase | str] | None) -> list[common.Filter]:
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
