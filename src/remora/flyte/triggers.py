"""Triggers: schedules that start runs of a task."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from remora.bindings import RetrySafe
from remora.errors import Internal, InvalidArgument, RemoraError, Unimplemented
from remora.flyte.deadline import Deadline
from remora.flyte.filters import list_request
from remora.flyte.lazy import LazyEntity
from remora.flyte.parameters import optional_name, required_name
from remora.flyte.routing import routed
from remora.flyte.run_options import RunOptions
from remora.flyte.schedules import TriggerSpec
from remora.flyte.scope import scope_of
from remora.flyte.urls import console
from remora.flyte.values import task_inputs
from remora_api.flyteidl2 import cluster, common, dataproxy, trigger
from remora_api.flyteidl2 import task as tasks

if TYPE_CHECKING:
    from remora.client import Client
    from remora.flyte.parameters import SortBy
    from remora_api.entities import Trigger, TriggerDetails

TriggerT = TypeVar("TriggerT", bound="Trigger")
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


async def create_trigger(
    cls: type[TriggerT],
    trigger: TriggerSpec,
    task_name: str,
    task_version: str | None = None,
    *,
    project: str | None = None,
    domain: str | None = None,
    timeout: float | None = None,
    client: Client | None = None,
) -> TriggerT:
    """Deploy a trigger of a task. One of the same name is replaced by a new revision.

    Inputs are checked against the task's interface before anything is sent.

    Args:
        cls: Class of the result.
        trigger: What to deploy.
        task_name: Name of the task whose runs it starts.
        task_version: Version of the task; None takes the one deployed last.
        project: Project of the task, if not the client's.
        domain: Domain of the task, if not the client's.
        timeout: Deadline of the whole call in seconds.
        client: The client to use, if not the current one.

    Raises:
        NotFound: there is no such task.
        ValuesError: inputs are missing, unknown or of the wrong type; all of them are in the message.

    Example:
        >>> Trigger.create(TriggerSpec("nightly", Cron("0 2 * * *")), "stats.count")
    """
    from remora.client import resolve_client

    if not isinstance(trigger, TriggerSpec):
        raise TypeError(f"trigger: expected a TriggerSpec, got {type(trigger).__name__}")
    deadline = Deadline(timeout)
    found = resolve_client(client)
    scope = scope_of(found, project, domain)
    lazy = LazyEntity(
        task_name,
        project=scope.project,
        domain=scope.domain,
        version=task_version,
        auto_version="latest",
        client=found,
    )
    task = (await lazy._fetch(timeout=deadline.left())).pb2
    if task.spec is None or task.task_id is None:
        raise Internal(f"the answer about task {task_name} holds no specification")
    # The time of firing is filled in by the backend, so that input is not missing.
    spec = _without(task.spec, trigger)
    name = common.TriggerName(
        org=scope.org, project=scope.project, domain=scope.domain, name=trigger.name, task_name=task_name
    )
    message = _spec(trigger, task.task_id.version)
    inputs = task_inputs(spec, task_name, trigger.plain_inputs)
    offloaded = await _upload(found, name, task.task_id, inputs, deadline)
    if offloaded is None:
        message.inputs = inputs
    else:
        message.offloaded_input_data = offloaded
    request = _request(name, message, trigger)
    response = await _stub(found).deploy_trigger(request, timeout=deadline.left())
    if response.trigger is None:
        raise Internal("the answer to DeployTrigger holds no trigger")
    return cls(summary(response.trigger), client=found)


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
        request.task_name = tasks.TaskName(org=scope.org, project=scope.project, domain=scope.domain, name=task_name)
    else:
        request.task_id = tasks.TaskIdentifier(
            org=scope.org,
            project=scope.project,
            domain=scope.domain,
            name=task_name,
            version=required_name(task_version, "task_version"),
        )
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
    await _stub(found).delete_triggers(request, timeout=timeout)


def trigger_message(self: TriggerDetails) -> trigger.Trigger:
    """The trigger as lists show it, made from the details."""
    return summary(self.pb2)


def trigger_url(self: Trigger | TriggerDetails) -> str:
    """Address of the trigger in the web console. No call is made."""
    from remora.client import resolve_client

    found = name_of(self)
    links = console(resolve_client(self._client))
    return links.trigger_url(found.project, found.domain, found.task_name, found.name)


def name_of(entity: Trigger | TriggerDetails) -> common.TriggerName:
    """Which trigger an entity is about.

    Raises:
        RemoraError: the entity's message does not say so.
    """
    found = None if entity.pb2.id is None else entity.pb2.id.name
    if found is None or not found.name:
        raise RemoraError(f"this {type(entity).__name__} has no identifier; was it made by hand?")
    return found


def summary(details: trigger.TriggerDetails) -> trigger.Trigger:
    """What lists show of a trigger."""
    return trigger.Trigger(
        id=details.id,
        metadata=details.metadata,
        status=details.status,
        active=details.spec is not None and details.spec.active,
        automation_spec=details.automation_spec,
    )


def _stub(client: Client) -> trigger.TriggerServiceStub:
    """The stub of the service."""
    return trigger.TriggerServiceStub(client)


def _request(name: common.TriggerName, message: trigger.TriggerSpec, spec: TriggerSpec) -> trigger.DeployTriggerRequest:
    """The request that deploys a trigger."""
    return trigger.DeployTriggerRequest(name=name, spec=message, automation_spec=spec.automation_spec())


def _spec(spec: TriggerSpec, version: str) -> trigger.TriggerSpec:
    options = RunOptions(
        labels=spec.labels,
        annotations=spec.annotations,
        env_vars=spec.env_vars,
        queue=spec.queue,
        interruptible=spec.interruptible,
        overwrite_cache=spec.overwrite_cache,
    )
    return trigger.TriggerSpec(
        run_spec=options.run_spec(), active=spec.auto_activate, task_version=version, description=spec.description
    )


def _without(task: tasks.TaskSpec, spec: TriggerSpec) -> tasks.TaskSpec:
    """The task's specification without the input that gets the time of firing."""
    timed = [name for name in spec.inputs if name not in spec.plain_inputs]
    if not timed:
        return task
    copy = task.parse(bytes(task))
    template = copy.task_template
    if template is not None and template.interface is not None and template.interface.inputs is not None:
        variables = template.interface.inputs.variables
        template.interface.inputs.variables = [item for item in variables if item.key not in timed]
    return copy


async def _upload(
    client: Client, name: common.TriggerName, task_id: tasks.TaskIdentifier, inputs: tasks.Inputs, deadline: Deadline
) -> common.OffloadedInputData | None:
    """Put the inputs where runs find them; None if they have to travel inside the request."""
    project = common.ProjectIdentifier(organization=name.org, domain=name.domain, name=name.project)
    operation = cluster.SelectClusterRequestOperation.UPLOAD_TRIGGER
    caller = await routed(client, operation, project, timeout=deadline.left())
    request = dataproxy.UploadInputsRequest(project_id=project, task_id=task_id, inputs=inputs)
    try:
        stub = dataproxy.DataProxyServiceStub(caller)
        return (await stub.upload_inputs(request, timeout=deadline.left())).offloaded_input_data
    except Unimplemented:
        return None


def _named(
    name: str, task_name: str, project: str | None, domain: str | None, client: Client | None
) -> tuple[Client, common.TriggerName]:
    from remora.client import resolve_client

    found = resolve_client(client)
    required_name(name, "name")
    required_name(task_name, "task_name")
    scope = scope_of(found, project, domain)
    return found, common.TriggerName(
        org=scope.org, project=scope.project, domain=scope.domain, name=name, task_name=task_name
    )


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
    response = await _stub(client).get_trigger_details(request, timeout=timeout)
    if response.trigger is None:
        raise Internal(f"the answer about trigger {name.name} holds no trigger")
    return response.trigger
