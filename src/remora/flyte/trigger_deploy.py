"""Deploying a trigger: its task is read, its inputs are checked and put where runs find them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from remora.errors import Internal, Unimplemented
from remora.flyte.deadline import Deadline
from remora.flyte.lazy import LazyEntity
from remora.flyte.routing import routed
from remora.flyte.run_options import RunOptions
from remora.flyte.schedules import TriggerSpec
from remora.flyte.scope import scope_of
from remora.flyte.trigger_view import summary
from remora.flyte.values import task_inputs
from remora_api.flyteidl2 import cluster, common, dataproxy
from remora_api.flyteidl2 import task as tasks
from remora_api.flyteidl2 import trigger as triggers

if TYPE_CHECKING:
    from remora.client import Client
    from remora_api.entities import Trigger

TriggerT = TypeVar("TriggerT", bound="Trigger")


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
    name = common.TriggerName(**scope._asdict(), name=trigger.name, task_name=task_name)
    message = _spec(trigger, task.task_id.version)
    inputs = task_inputs(spec, task_name, trigger.plain_inputs)
    offloaded = await _upload(found, name, task.task_id, inputs, deadline)
    if offloaded is None:
        message.inputs = inputs
    else:
        message.offloaded_input_data = offloaded
    request = triggers.DeployTriggerRequest(name=name, spec=message, automation_spec=trigger.automation_spec())
    response = await triggers.TriggerServiceStub(found).deploy_trigger(request, timeout=deadline.left())
    if response.trigger is None:
        raise Internal("the answer to DeployTrigger holds no trigger")
    return cls(summary(response.trigger), client=found)


def _spec(spec: TriggerSpec, version: str) -> triggers.TriggerSpec:
    """The trigger as the control plane takes it, still without inputs."""
    options = RunOptions(
        labels=spec.labels,
        annotations=spec.annotations,
        env_vars=spec.env_vars,
        queue=spec.queue,
        interruptible=spec.interruptible,
        overwrite_cache=spec.overwrite_cache,
    )
    return triggers.TriggerSpec(
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
