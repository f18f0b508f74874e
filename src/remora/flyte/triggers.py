"""Triggers: schedules that start runs of a task. Reading, pausing and deleting them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from remora.bindings import RetrySafe
from remora.errors import Internal, InvalidArgument
from remora.flyte.filters import list_request
from remora.flyte.parameters import optional_name, required_name
from remora.flyte.scope import scope_of
from remora.flyte.trigger_view import name_of
from remora_api.flyteidl2 import common, trigger
from remora_api.flyteidl2 import task as tasks

if TYPE_CHECKING:
    from remora.client import Client
    from remora.flyte.parameters import SortBy
    from remora_api.entities import Trigger, TriggerDetails

TriggerDetailsT = TypeVar("TriggerDetailsT", bound="TriggerDetails")

TRIGGER_FIELDS = frozenset(
    [
        "project",
        "domain",
        "task_name",
        "name",
        "active",
        "deployed_at",
        "updated_at",
        "created_at",
        "task_version",
        "automation_type",
    ]
)


async def get_trigger(
    cls: type[Trigger],
    *,
    name: str,
    task_name: str,
    project: str | None = None,
    domain: str | None = None,
    timeout: float | None = None,
    client: Client | None = None,
) -> TriggerDetails:
    """Read a trigger of a task.

    Args:
        cls: The class.
        name: Name of the trigger.
        task_name: Name of the task whose runs it starts.
        project: Project of the task, if not the client's.
        domain: Domain of the task, if not the client's.
        timeout: Deadline of the call in seconds.
        client: The client to use, if not the current one.

    Raises:
        NotFound: there is no such trigger.
        InvalidArgument: a name is empty.

    Example:
        >>> Trigger.get(name="nightly", task_name="stats.count").is_active
        True
    """
    from remora_api.entities import TriggerDetails

    return await _read(TriggerDetails, name, task_name, project, domain, timeout, client)


async def get_trigger_details(
    cls: type[TriggerDetailsT],
    *,
    name: str,
    task_name: str,
    project: str | None = None,
    domain: str | None = None,
    timeout: float | None = None,
    client: Client | None = None,
) -> TriggerDetailsT:
    """Read a trigger of a task.

    Args:
        cls: Class of the result.
        name: Name of the trigger.
        task_name: Name of the task whose runs it starts.
        project: Project of the task, if not the client's.
        domain: Domain of the task, if not the client's.
        timeout: Deadline of the call in seconds.
        client: The client to use, if not the current one.

    Raises:
        NotFound: there is no such trigger.
        InvalidArgument: a name is empty.
    """
    return await _read(cls, name, task_name, project, domain, timeout, client)


async def details_of_trigger(self: Trigger, *, timeout: float | None = None) -> TriggerDetails:
    """The details of this trigger as they are now, with the inputs and options of its runs.

    Args:
        self: The trigger.
        timeout: Deadline of the call in seconds.

    Raises:
        NotFound: the trigger does not exist any more.
    """
    from remora.client import resolve_client
    from remora_api.entities import TriggerDetails

    found = resolve_client(self._client)
    return TriggerDetails(await _fetch(found, name_of(self), timeout), client=found)


def triggers_request(
    client: Client,
    task_name: str | None = None,
    task_version: str | None = None,
    *,
    sort_by: SortBy | None = None,
    order_by: SortBy | None = None,
    project: str | None = None,
    domain: str | None = None,
) -> trigger.ListTriggersRequest:
    """Triggers of a task, or of all tasks of a project and domain.

    Args:
        client: Supplies project, domain and organization where they are not given.
        task_name: Only triggers of this task.
        task_version: Only triggers of this version of that task.
        sort_by: Field and direction, `("name", "desc")`, or short `"-name"`; default `("deployed_at", "asc")`.
        order_by: The same as `sort_by`.
        project: Project, if not the client's.
        domain: Domain, if not the client's.

    Raises:
        InvalidArgument: a name is empty, a version is given without a task, or a field is unknown.
        ConfigError: neither a parameter nor a setting names project or domain.

    Example:
        >>> for trigger in Trigger.listall("stats.count"):
        ...     print(trigger.name, trigger.is_active)
    """
    scope = scope_of(client, project, domain)
    optional_name(task_name, "task_name")
    if task_version is not None and task_name is None:
        raise InvalidArgument("task_version: which task? Give task_name as well")
    request = trigger.ListTriggersRequest(
        request=list_request([], sort_by, order_by, TRIGGER_FIELDS, default="deployed_at")
    )
    if task_name is None:
        request.project_id = scope.project_id
    elif task_version is None:
        request.task_name = tasks.TaskName(**scope._asdict(), name=task_name)
    else:
        version = required_name(task_version, "task_version")
        request.task_id = tasks.TaskIdentifier(**scope._asdict(), name=task_name, version=version)
    return request


async def update_trigger(
    cls: type[Trigger],
    name: str,
    task_name: str,
    active: bool,
    *,
    project: str | None = None,
    domain: str | None = None,
    timeout: float | None = None,
    client: Client | None = None,
) -> None:
    """Pause a trigger, or let it go on.

    Args:
        cls: The class.
        name: Name of the trigger.
        task_name: Name of the task whose runs it starts.
        active: True to let it fire, False to pause it.
        project: Project of the task, if not the client's.
        domain: Domain of the task, if not the client's.
        timeout: Deadline of the call in seconds.
        client: The client to use, if not the current one.

    Raises:
        NotFound: there is no such trigger.
        InvalidArgument: a name is empty.

    Example:
        >>> Trigger.update("nightly", "stats.count", active=False)
    """
    if not isinstance(active, bool):
        raise TypeError(f"active: expected a bool, got {type(active).__name__}")
    found, trigger_name = _named(name, task_name, project, domain, client)
    request = trigger.UpdateTriggersRequest(names=[trigger_name], active=active)
    await trigger.TriggerServiceStub(RetrySafe(found)).update_triggers(request, timeout=timeout)


async def delete_trigger(
    cls: type[Trigger],
    name: str,
    task_name: str,
    project: str | None = None,
    domain: str | None = None,
    *,
    timeout: float | None = None,
    client: Client | None = None,
) -> None:
    """Delete a trigger; the runs that it has started stay.

    Args:
        cls: The class.
        name: Name of the trigger.
        task_name: Name of the task whose runs it starts.
        project: Project of the task, if not the client's.
        domain: Domain of the task, if not the client's.
        timeout: Deadline of the call in seconds.
        client: The client to use, if not the current one.

    Raises:
        NotFound: there is no such trigger.
        InvalidArgument: a name is empty.

    Example:
        >>> Trigger.delete("nightly", "stats.count")
    """
    found, trigger_name = _named(name, task_name, project, domain, client)
    request = trigger.DeleteTriggersRequest(names=[trigger_name])
    await trigger.TriggerServiceStub(found).delete_triggers(request, timeout=timeout)


def _named(
    name: str, task_name: str, project: str | None, domain: str | None, client: Client | None
) -> tuple[Client, common.TriggerName]:
    from remora.client import resolve_client

    found = resolve_client(client)
    required_name(name, "name")
    required_name(task_name, "task_name")
    scope = scope_of(found, project, domain)
    return found, common.TriggerName(**scope._asdict(), name=name, task_name=task_name)


async def _read(
    cls: type[TriggerDetailsT],
    name: str,
    task_name: str,
    project: str | None,
    domain: str | None,
    timeout: float | None,
    client: Client | None,
) -> TriggerDetailsT:
    found, trigger_name = _named(name, task_name, project, domain, client)
    return cls(await _fetch(found, trigger_name, timeout), client=found)


async def _fetch(client: Client, name: common.TriggerName, timeout: float | None) -> trigger.TriggerDetails:
    request = trigger.GetTriggerDetailsRequest(name=name)
    response = await trigger.TriggerServiceStub(client).get_trigger_details(request, timeout=timeout)
    if response.trigger is None:
        raise Internal(f"the answer about trigger {name.name} holds no trigger")
    return response.trigger
