"""Deploying container tasks."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from remora.errors import InvalidArgument, ValuesError
from remora.flyte.deadline import Deadline
from remora.flyte.hints import did_you_mean
from remora.flyte.interface import variable_map, variables
from remora.flyte.lazy import fetch_task
from remora.flyte.parameters import Seconds, required_name, seconds
from remora.flyte.to_literal import to_literal
from remora_api.flyteidl2 import core
from remora_api.flyteidl2 import task as tasks
from remora_api.google import protobuf

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from remora.client import Client
    from remora_api.entities import Task, TaskDetails

INPUT_PATH, OUTPUT_PATH = "/var/inputs", "/var/outputs"
"""Where a container finds its inputs and leaves its outputs, one file each, unless told otherwise."""

# What becomes the name of a file in those directories.
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


async def deploy_task(
    cls: type[Task],
    name: str,
    *,
    image: str,
    command: Sequence[str] = (),
    args: Sequence[str] = (),
    inputs: Mapping[str, Any] | None = None,
    outputs: Mapping[str, Any] | None = None,
    defaults: Mapping[str, Any] | None = None,
    version: str | None = None,
    env_vars: Mapping[str, str] | None = None,
    cpu: str = "",
    memory: str = "",
    gpu: str = "",
    ephemeral_storage: str = "",
    retries: int = 0,
    max_runtime: Seconds | None = None,
    max_queued_time: Seconds | None = None,
    interruptible: bool | None = None,
    cache_version: str = "",
    short_name: str = "",
    environment: str | None = None,
    short_description: str = "",
    long_description: str = "",
    input_path: str = INPUT_PATH,
    output_path: str = OUTPUT_PATH,
    project: str | None = None,
    domain: str | None = None,
    timeout: float | None = None,
    client: Client | None = None,
) -> TaskDetails:
    """Deploy a task that runs a container.

    The container finds each input as a file `<input_path>/<name>` and leaves each output as a file
    `<output_path>/<name>`: numbers and text as plain text, lists, maps and structures as JSON, files as they are. In
    `command` and `args` the template `{{.inputs.<name>}}` stands for the value of an input.

    Deploying the same again changes nothing, because the version is made from what is deployed.

    Args:
        cls: Class of the result.
        name: Name of the task, usually `<environment>.<function>`.
        image: Container image.
        command: Entry point of the container.
        args: Arguments of the entry point.
        inputs: Types of the inputs by name, in order: `{"text": str, "top": int, "documents": remora.File}`.
        outputs: Types of the outputs by name, in order.
        defaults: Values of inputs that a run may leave out.
        version: Version; None takes a digest of everything that is deployed.
        env_vars: Environment variables of the container.
        cpu: Processors to reserve, as Kubernetes writes them: `"2"`, `"500m"`.
        memory: Memory to reserve: `"1Gi"`.
        gpu: Graphics processors to reserve.
        ephemeral_storage: Local disk to reserve.
        retries: How often a failed attempt is repeated.
        max_runtime: Longest time that one attempt may run, in seconds or as a `timedelta`.
        max_queued_time: Longest time that it may wait for resources, in seconds or as a `timedelta`.
        interruptible: Whether it may run on machines that can be taken away; None leaves it to the platform.
        cache_version: Keep outputs and take them again for equal inputs and an equal value of this; empty: never.
        short_name: Name that the console shows; the part after the last dot by default.
        environment: Environment of the task; the part of `name` before the first dot by default.
        short_description: One sentence about the task.
        long_description: More about the task.
        input_path: Directory in the container where inputs are found.
        output_path: Directory in the container where outputs are left.
        project: Project, if not the client's.
        domain: Domain, if not the client's.
        timeout: Deadline of the whole call in seconds.
        client: The client to use, if not the current one.

    Returns:
        The task as it is deployed; `.run(...)` starts a run of it.

    Raises:
        ValuesError: a type has no literal type, or a default does not fit its type.
        InvalidArgument: a name or a number is not allowed.
        NotFound: the project does not exist.
        ConfigError: nothing says in which project and domain to deploy.

    Example:
        >>> task = Task.deploy(
        ...     "text.count",
        ...     image="alpine:3.20",
        ...     command=["sh", "-c", "wc -w < /var/inputs/text > /var/outputs/words"],
        ...     inputs={"text": str},
        ...     outputs={"words": int},
        ... )
        >>> task.run(text="to be or not to be")
    """
    from remora.client import resolve_client
    from remora_api.entities import TaskDetails

    deadline = Deadline(timeout)
    found = resolve_client(client)
    required_name(name, "name")
    required_name(image, "image")
    spec = tasks.TaskSpec(
        task_template=core.TaskTemplate(
            type="container",
            metadata=_metadata(retries, max_runtime, max_queued_time, interruptible, cache_version),
            interface=_interface(inputs, outputs),
            container=core.Container(
                image=image,
                command=_words(command, "command"),
                args=_words(args, "args"),
                env=[core.KeyValuePair(key=key, value=value) for key, value in (env_vars or {}).items()],
                resources=_resources(cpu=cpu, memory=memory, gpu=gpu, ephemeral_storage=ephemeral_storage),
                data_config=core.DataLoadingConfig(enabled=True, input_path=input_path, output_path=output_path),
            ),
        ),
        short_name=short_name or name.rpartition(".")[2],
        environment=tasks.Environment(name=name.partition(".")[0] if environment is None else environment),
        documentation=tasks.DocumentationEntity(short_description=short_description, long_description=long_description),
    )
    spec.default_inputs = _default_inputs(spec, defaults or {})
    task_id = tasks.TaskIdentifier(
        org=found.value("org", None, required=False),
        project=found.value("project", project),
        domain=found.value("domain", domain),
        name=name,
        version=version if version is not None else content_version(spec),
    )
    required_name(task_id.version, "version")
    assert spec.task_template is not None  # set above
    spec.task_template.id = core.Identifier(
        resource_type=core.ResourceType.TASK,
        org=task_id.org,
        project=task_id.project,
        domain=task_id.domain,
        name=name,
        version=task_id.version,
    )
    request = tasks.DeployTaskRequest(task_id=task_id, spec=spec)
    await tasks.TaskServiceStub(found).deploy_task(request, timeout=deadline.left())
    return TaskDetails(await fetch_task(found, task_id, timeout=deadline.left()), client=found)


def content_version(spec: tasks.TaskSpec) -> str:
    """A version that is the same for the same content: a digest of the specification."""
    return hashlib.sha256(bytes(spec)).hexdigest()[:32]


def _interface(inputs: Mapping[str, Any] | None, outputs: Mapping[str, Any] | None) -> core.TypedInterface:
    for parameter, declared in (("inputs", inputs), ("outputs", outputs)):
        for name in declared or {}:
            if not _VARIABLE.fullmatch(name):
                raise InvalidArgument(
                    f"{parameter}: {name!r} cannot be a name",
                    hint="letters, digits and _, not beginning with a digit",
                )
    problems: list[str] = []
    interface = core.TypedInterface(
        inputs=_variables(inputs, "inputs", problems), outputs=_variables(outputs, "outputs", problems)
    )
    if problems:
        raise ValuesError("\n".join(problems))
    return interface


def _variables(declared: Mapping[str, Any] | None, parameter: str, problems: list[str]) -> core.VariableMap | None:
    """One side of the interface; what is wrong with it goes into `problems`."""
    try:
        return variable_map(declared, parameter)
    except ValuesError as error:
        problems.append(error.message)
        return None


def _default_inputs(spec: tasks.TaskSpec, defaults: Mapping[str, Any]) -> list[tasks.NamedParameter]:
    """One parameter for each input that has a default: other clients take every name in this list as optional."""
    template = spec.task_template
    interface = None if template is None else template.interface
    declared = variables(None if interface is None else interface.inputs)
    for name in defaults:
        if name not in declared:
            raise InvalidArgument(f"defaults: there is no input {name!r}", hint=did_you_mean(name, declared))
    parameters = []
    for name, kind in declared.items():
        if name in defaults:
            literal = to_literal(defaults[name], kind, f"defaults[{name!r}]")
            parameter = core.Parameter(var=core.Variable(type=kind), default=literal)
            parameters.append(tasks.NamedParameter(name=name, parameter=parameter))
    return parameters


def _metadata(
    retries: int,
    max_runtime: Seconds | None,
    max_queued_time: Seconds | None,
    interruptible: bool | None,
    cache_version: str,
) -> core.TaskMetadata:
    if not 0 <= retries < 2**32:
        raise InvalidArgument(f"retries: {retries} is out of range")
    metadata = core.TaskMetadata(
        retries=core.RetryStrategy(retries=retries),
        timeout=_duration(max_runtime, "max_runtime"),
        discoverable=bool(cache_version),
        discovery_version=cache_version,
    )
    queued = _duration(max_queued_time, "max_queued_time")
    if queued is not None:
        metadata.timeouts = core.TimeoutStrategy(queued_timeout=queued)
    if interruptible is not None:
        metadata.interruptible = interruptible
    return metadata


def _duration(value: Seconds | None, parameter: str) -> protobuf.Duration | None:
    from datetime import timedelta

    span = seconds(value, parameter)
    if span == 0:
        raise InvalidArgument(f"{parameter} must be more than 0")
    return None if span is None else protobuf.Duration.from_timedelta(timedelta(seconds=span))


def _resources(**amounts: str) -> core.Resources | None:
    names = core.ResourcesResourceName
    entries = [
        core.ResourcesResourceEntry(name=names[name.upper()], value=amount)
        for name, amount in amounts.items()
        if amount
    ]
    # Reserving and limiting the same amount is what lets Kubernetes guarantee it.
    return core.Resources(requests=entries, limits=list(entries)) if entries else None


def _words(words: Sequence[str], parameter: str) -> list[str]:
    if isinstance(words, str):
        raise TypeError(f'{parameter}: expected a list of words, got one string; use ["sh", "-c", ...] for a shell')
    return list(words)
