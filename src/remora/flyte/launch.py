"""Starting runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from remora.errors import InvalidArgument
from remora.flyte.run_options import OnExisting, RunOptions
from remora.flyte.start import start

if TYPE_CHECKING:
    from collections.abc import Mapping

    from remora.client import Client
    from remora.flyte.launcher import Launcher
    from remora.flyte.lazy import LazyEntity
    from remora_api.entities import Run, Task, TaskDetails

RunT = TypeVar("RunT", bound="Run")


async def create_run(
    cls: type[RunT],
    task: str | Task | TaskDetails | LazyEntity,
    *,
    inputs: Mapping[str, Any] | None = None,
    version: str | None = None,
    name: str | None = None,
    on_existing: OnExisting = "raise",
    project: str | None = None,
    domain: str | None = None,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    env_vars: Mapping[str, str] | None = None,
    queue: str = "",
    cluster_pool: str = "",
    interruptible: bool | None = None,
    overwrite_cache: bool = False,
    max_action_concurrency: int = 0,
    raw_data_path: str = "",
    service_account: str = "",
    timeout: float | None = None,
    client: Client | None = None,
) -> RunT:
    """Start a run of a deployed task.

    Inputs are checked against the task's interface before anything is sent. With a name a start is safe to repeat:
    when the answer is lost, the run is looked up instead of being started again.

    Args:
        cls: Class of the result.
        task: The task, or its name.
        inputs: Python values by input name; inputs with a default may be left out.
        version: Version of a task that is given by name; None takes the latest.
        name: Name of the run, at most 30 characters; None lets the control plane make one up.
        on_existing: When there is a run called `name` already, `"raise"` an `AlreadyExists`, or `"return"` that run.
        project: Project of the run, and of a task that is given by name, if not the client's.
        domain: Domain of the run, and of a task that is given by name, if not the client's.
        labels: Labels of the run.
        annotations: Annotations of the run.
        env_vars: Environment variables for its containers.
        queue: Queue to run in.
        cluster_pool: Cluster pool to run in.
        interruptible: Whether it may run on machines that can be taken away; None leaves it to the task.
        overwrite_cache: Run everything, also what is cached, and replace what is cached.
        max_action_concurrency: Actions that may run at the same time; 0 for no limit of its own.
        raw_data_path: Where tasks put files, such as `s3://bucket/prefix`.
        service_account: Kubernetes service account to run as.
        timeout: Deadline of the whole start in seconds.
        client: The client to use, if not the current one.

    Raises:
        ValuesError: inputs are missing, unknown or of the wrong type; all of them are in the message.
        NotFound: there is no such task or project.
        AlreadyExists: there is a run called `name` already.
        InvalidArgument: an option is malformed.

    Example:
        >>> run = Run.create("stats.count", inputs={"text": "to be"}, name="nightly-2025-01-31")
    """
    from remora.client import resolve_client
    from remora.flyte.lazy import LazyEntity

    options = RunOptions(
        name=name,
        on_existing=on_existing,
        project=project,
        domain=domain,
        labels=labels or {},
        annotations=annotations or {},
        env_vars=env_vars or {},
        queue=queue,
        cluster_pool=cluster_pool,
        interruptible=interruptible,
        overwrite_cache=overwrite_cache,
        max_action_concurrency=max_action_concurrency,
        raw_data_path=raw_data_path,
        service_account=service_account,
        timeout=timeout,
    )
    if isinstance(task, str):
        found = resolve_client(client)
        # An explicit version wins over "latest".
        task = LazyEntity(task, project=project, domain=domain, version=version, auto_version="latest", client=found)
    elif version is not None:
        raise InvalidArgument("version is only for a task that is given by its name")
    return await start(cls, task, inputs or {}, options, client)


async def run_task(self: Task | TaskDetails, /, **inputs: Any) -> Run:
    """Start a run of this task; the keyword arguments are the task's inputs.

    For a name, labels and other options of the run see `with_options`.

    Args:
        self: The task.
        **inputs: Values of the task's inputs by name; those with a default may be left out.

    Raises:
        ValuesError: inputs are missing, unknown or of the wrong type; all of them are in the message.
        NotFound: the task or its project does not exist any more.

    Example:
        >>> run = task.run(text="to be", top=3)
    """
    from remora_api.entities import Run

    return await start(Run, self, inputs, RunOptions())


async def result_of(task: TaskDetails | LazyEntity, inputs: Mapping[str, Any]) -> Any:
    """Run a task and wait for what it returns."""
    from remora_api.entities import Run

    run = await start(Run, task, inputs, RunOptions())
    await run.wait.aio(quiet=True, raise_on_failure=True)
    outputs = await run.outputs.aio()
    return (outputs[0] if len(outputs) == 1 else tuple(outputs)) if outputs else None


def with_options(
    self: Task | TaskDetails | LazyEntity,
    *,
    name: str | None = None,
    on_existing: OnExisting = "raise",
    project: str | None = None,
    domain: str | None = None,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    env_vars: Mapping[str, str] | None = None,
    queue: str = "",
    cluster_pool: str = "",
    interruptible: bool | None = None,
    overwrite_cache: bool = False,
    max_action_concurrency: int = 0,
    raw_data_path: str = "",
    service_account: str = "",
    timeout: float | None = None,
) -> Launcher:
    """This task with options for its runs. No call is made.

    Args:
        self: The task.
        name: Name of the run, at most 30 characters; None lets the control plane make one up.
        on_existing: When there is a run called `name` already, `"raise"` an `AlreadyExists`, or `"return"` that run.
        project: Project of the run, if not the task's.
        domain: Domain of the run, if not the task's.
        labels: Labels of the run.
        annotations: Annotations of the run.
        env_vars: Environment variables for its containers.
        queue: Queue to run in.
        cluster_pool: Cluster pool to run in.
        interruptible: Whether it may run on machines that can be taken away; None leaves it to the task.
        overwrite_cache: Run everything, also what is cached, and replace what is cached.
        max_action_concurrency: Actions that may run at the same time; 0 for no limit of its own.
        raw_data_path: Where tasks put files, such as `s3://bucket/prefix`.
        service_account: Kubernetes service account to run as.
        timeout: Deadline of the whole start in seconds.

    Raises:
        InvalidArgument: an option is malformed.

    Example:
        >>> run = task.with_options(name="nightly", labels={"team": "data"}).run(text="to be")
    """
    from remora.flyte.launcher import Launcher

    return Launcher(
        self,
        RunOptions(
            name=name,
            on_existing=on_existing,
            project=project,
            domain=domain,
            labels=labels or {},
            annotations=annotations or {},
            env_vars=env_vars or {},
            queue=queue,
            cluster_pool=cluster_pool,
            interruptible=interruptible,
            overwrite_cache=overwrite_cache,
            max_action_concurrency=max_action_concurrency,
            raw_data_path=raw_data_path,
            service_account=service_account,
            timeout=timeout,
        ),
    )
