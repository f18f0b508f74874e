"""A task by its name, fetched when it is needed."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from remora.errors import ConfigError, Internal, InvalidArgument, NotFound
from remora.flyte.deadline import Deadline
from remora.flyte.filters import project_identifier
from remora.flyte.launch import with_options as _with_options
from remora.flyte.once import Once
from remora.flyte.parameters import required_name
from remora_api.flyteidl2 import common
from remora_api.flyteidl2 import task as tasks

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Unpack

    from remora.client import Client
    from remora.flyte.launcher import RunMethod
    from remora.flyte.overrides import Overrides
    from remora_api.entities import Task, TaskDetails

AutoVersioning: TypeAlias = Literal["latest", "current"]
"""Which version of a task: the one deployed last, or the one of the task that this code runs in."""

# Set by the backend in the containers of tasks.
_VERSION_VARIABLE = "FLYTE_INTERNAL_TASK_VERSION"


class LazyEntity:
    """A task that is fetched when it is first needed, once for all who use this object.

    `Task.get` makes one without a call. Which version `"latest"` means is decided with the fetch and does not change
    afterwards.

    Example:
        >>> task = Task.get("stats.count", auto_version="latest")
        >>> run = task.run(text="to be")
        >>> task.fetch().version
        '7f3a'
    """

    __slots__ = ("_arguments", "_client", "_details", "_name")

    def __init__(
        self,
        name: str,
        *,
        project: str | None = None,
        domain: str | None = None,
        version: str | None = None,
        auto_version: AutoVersioning | None = None,
        client: Client | None = None,
    ) -> None:
        self._name = required_name(name, "name")
        if version is None and auto_version is None:
            raise InvalidArgument(
                f"which version of task {name!r}?", hint="give version='...', or auto_version='latest'"
            )
        if version is not None:
            required_name(version, "version")
        elif auto_version not in ("latest", "current"):
            raise InvalidArgument(f"auto_version: {auto_version!r} is unknown", hint="use 'latest' or 'current'")
        self._arguments = (project, domain, version, auto_version)
        self._client = client
        self._details: Once[TaskDetails] = Once()

    @property
    def name(self) -> str:
        """Name of the task; no call is made."""
        return self._name

    @property
    def fetch(self) -> FetchMethod:
        """Fetch the task's details, or give those that were fetched before."""
        return FetchMethod(self)

    @property
    def run(self) -> RunMethod:
        """Start a run of the task; the keyword arguments are the task's inputs.

        For a name, labels and other options of the run see `with_options`.
        """
        from remora.flyte.launcher import RunMethod
        from remora.flyte.run_options import RunOptions

        return RunMethod(self, RunOptions(), "LazyEntity.run")

    @property
    def override(self) -> OverrideMethod:
        """This task with other settings; see `TaskDetails.override` for what can be set."""
        return OverrideMethod(self)

    with_options = _with_options

    async def __call__(self, /, **inputs: Any) -> Any:
        """Run the task and wait for what it returns: `result = await task(text="to be")`.

        A task with one output gives it as it is, one with several a tuple, one without any None.

        Args:
            **inputs: Values of the task's inputs by name; those with a default may be left out.

        Raises:
            ValuesError: inputs are missing, unknown or of the wrong type; all of them are in the message.
            RunFailed: the run failed, was aborted or timed out.
            NotFound: the task or its project does not exist.
        """
        from remora.flyte.launch import result_of

        return await result_of(self, inputs)

    async def _override(self, settings: dict[str, Any], timeout: float | None = None) -> LazyEntity:
        made = (await self._fetch(timeout=timeout)).override(**settings)
        project, domain, version, auto_version = self._arguments
        entity = LazyEntity(
            self._name,
            project=project,
            domain=domain,
            version=version,
            auto_version=auto_version,
            client=self._client,
        )
        entity._details.put(made)
        return entity

    async def _fetch(self, *, timeout: float | None = None) -> TaskDetails:
        return await self._details.get(lambda: self._fetched(timeout))

    async def _fetched(self, timeout: float | None) -> TaskDetails:
        from remora.client import resolve_client
        from remora_api.entities import TaskDetails

        deadline = Deadline(timeout)
        client = resolve_client(self._client)
        project, domain, version, auto_version = self._arguments
        scope = project_identifier(client, project, domain)
        if version is None:
            latest = auto_version == "latest"
            version = await latest_version(client, scope, self._name, deadline) if latest else _current_version()
        task_id = tasks.TaskIdentifier(
            org=scope.organization, project=scope.name, domain=scope.domain, name=self._name, version=version
        )
        return TaskDetails(await fetch_task(client, task_id, timeout=deadline.left()), client=client)

    def __reduce__(self) -> tuple[Callable[[], LazyEntity], tuple[()]]:
        project, domain, version, auto_version = self._arguments
        remake = functools.partial(
            LazyEntity,
            self._name,
            project=project,
            domain=domain,
            version=version,
            auto_version=auto_version,
            client=self._client,
        )
        return remake, ()

    def __repr__(self) -> str:
        details = self._details.value
        return f"<task {self._name!r}, not fetched yet>" if details is None else f"<task {self._name!r}: {details!r}>"


class OverrideMethod:
    """Fetches a task and changes its settings."""

    __slots__ = ("_entity",)

    def __init__(self, entity: LazyEntity) -> None:
        self._entity = entity

    def __call__(self, **settings: Unpack[Overrides]) -> LazyEntity:
        """Fetch the task, and make one with other settings of it; see `TaskDetails.override`.

        Args:
            **settings: As `TaskDetails.override` takes them.

        Raises:
            NotFound: there is no such task, or not in this version.
            InvalidArgument: a setting is out of range.
            TypeError: there is no such setting.
        """
        from remora.dual import run_sync

        return run_sync(self._entity._override(dict(settings)), "LazyEntity.override")

    async def aio(self, **settings: Unpack[Overrides]) -> LazyEntity:
        """Fetch the task on the caller's event loop, and make one with other settings of it.

        Args:
            **settings: As `TaskDetails.override` takes them.

        Raises:
            NotFound: there is no such task, or not in this version.
            InvalidArgument: a setting is out of range.
            TypeError: there is no such setting.
        """
        return await self._entity._override(dict(settings))


class FetchMethod:
    """Fetches the details of a task, once."""

    __slots__ = ("_entity",)

    def __init__(self, entity: LazyEntity) -> None:
        self._entity = entity

    def __call__(self, *, timeout: float | None = None) -> TaskDetails:
        """Fetch the details, or give those that were fetched before.

        Args:
            timeout: Deadline of the whole call in seconds.

        Raises:
            NotFound: there is no such task, or not in this version.
            ConfigError: nothing says in which project and domain to look.
        """
        from remora.dual import run_sync

        return run_sync(self._entity._fetch(timeout=timeout), "LazyEntity.fetch")

    async def aio(self, *, timeout: float | None = None) -> TaskDetails:
        """Fetch the details on the caller's event loop, or give those that were fetched before.

        Args:
            timeout: Deadline of the whole call in seconds.

        Raises:
            NotFound: there is no such task, or not in this version.
            ConfigError: nothing says in which project and domain to look.
        """
        return await self._entity._fetch(timeout=timeout)


def get_task(
    cls: type[Task | TaskDetails],
    name: str,
    project: str | None = None,
    domain: str | None = None,
    version: str | None = None,
    auto_version: AutoVersioning | None = None,
    *,
    client: Client | None = None,
) -> LazyEntity:
    """A task by its name. No call is made until it is used.

    Args:
        cls: Class of the result.
        name: Name of the task, usually `<environment>.<function>`.
        project: Project, if not the client's.
        domain: Domain, if not the client's.
        version: Version; wins over `auto_version`.
        auto_version: `"latest"` for the version that was deployed last, `"current"`, inside a running task, for that
            task's own version.
        client: The client to use, if not the one that is current at the time of the fetch.

    Raises:
        InvalidArgument: neither `version` nor `auto_version` is given, or a name is empty.

    Example:
        >>> task = Task.get("stats.count", auto_version="latest")
    """
    return LazyEntity(name, project=project, domain=domain, version=version, auto_version=auto_version, client=client)


async def fetch_task_details(
    cls: type[TaskDetails],
    name: str,
    project: str | None = None,
    domain: str | None = None,
    version: str | None = None,
    auto_version: AutoVersioning | None = None,
    *,
    timeout: float | None = None,
    client: Client | None = None,
) -> TaskDetails:
    """Fetch the details of a task.

    Args:
        cls: Class of the result.
        name: Name of the task, usually `<environment>.<function>`.
        project: Project, if not the client's.
        domain: Domain, if not the client's.
        version: Version; wins over `auto_version`.
        auto_version: `"latest"` for the version that was deployed last, `"current"`, inside a running task, for that
            task's own version.
        timeout: Deadline of the whole call in seconds.
        client: The client to use, if not the current one.

    Raises:
        NotFound: there is no such task, or not in this version.
        InvalidArgument: neither `version` nor `auto_version` is given, or a name is empty.
        ConfigError: nothing says in which project and domain to look.
    """
    lazy = LazyEntity(name, project=project, domain=domain, version=version, auto_version=auto_version, client=client)
    return await lazy._fetch(timeout=timeout)


async def fetch_of_task(self: Task, *, timeout: float | None = None) -> TaskDetails:
    """The details of this task, in this version.

    Args:
        self: The task.
        timeout: Deadline of the call in seconds.

    Raises:
        NotFound: the task does not exist any more.
    """
    from remora.client import resolve_client
    from remora_api.entities import TaskDetails

    client = resolve_client(self._client)
    if self.pb2.task_id is None:
        raise Internal("this Task has no identifier; was it made by hand?")
    return TaskDetails(await fetch_task(client, self.pb2.task_id, timeout=timeout), client=client)


async def fetch_task(
    client: Client, task_id: tasks.TaskIdentifier, *, timeout: float | None = None
) -> tasks.TaskDetails:
    """Read the details of one version of a task.

    Raises:
        NotFound: there is no such task; the message names task, version, project and domain.
    """
    stub = tasks.TaskServiceStub(client)
    try:
        response = await stub.get_task_details(tasks.GetTaskDetailsRequest(task_id=task_id), timeout=timeout)
    except NotFound as error:
        raise _not_found(task_id, error) from None
    if response.details is None:
        raise Internal(f"the answer about task {task_id.name} holds no details")
    return response.details


def _not_found(task_id: tasks.TaskIdentifier, error: NotFound | None = None) -> NotFound:
    version = f" in version {task_id.version!r}" if task_id.version else ""
    return NotFound(
        f"there is no task {task_id.name!r}{version} in project {task_id.project!r}, domain {task_id.domain!r}",
        method=error.method if error is not None else "",
        endpoint=error.endpoint if error is not None else "",
        request_id=error.request_id if error is not None else "",
        hint="Task.listall() shows what is deployed there",
    )


async def latest_version(client: Client, scope: common.ProjectIdentifier, name: str, deadline: Deadline) -> str:
    """The version of a task that was deployed last.

    Raises:
        NotFound: no version of such a task is deployed.
    """
    by_name = common.Filter(function=common.FilterFunction.EQUAL, field="name", values=[name])
    newest_first = common.Sort(key="created_at", direction=common.SortDirection.DESCENDING)
    request = tasks.ListTasksRequest(
        request=common.ListRequest(limit=1, filters=[by_name], sort_by_fields=[newest_first]), project_id=scope
    )
    response = await tasks.TaskServiceStub(client).list_tasks(request, timeout=deadline.left())
    for task in response.tasks:
        if task.task_id is not None and task.task_id.version:
            return task.task_id.version
    raise _not_found(tasks.TaskIdentifier(org=scope.organization, project=scope.name, domain=scope.domain, name=name))


def _current_version() -> str:
    version = os.environ.get(_VERSION_VARIABLE, "")
    if not version:
        raise ConfigError(
            "auto_version='current' means the version of the running task, and this is not one",
            hint="use auto_version='latest', or give version='...'",
        )
    return version
