"""Tasks, as union.remote has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from remora.flyte.filters import tasks_request
from remora.flyte.lazy import LazyEntity
from remora.union.addresses import address
from remora_api.flyteidl2 import common
from remora_api.flyteidl2 import task as tasks

if TYPE_CHECKING:
    from remora.client import Client
    from remora.dual import PageSource
    from remora_api.union import Task

TaskT = TypeVar("TaskT", bound="Task")


def get(
    cls: type[Task],
    uri: str | None = None,
    name: str | None = None,
    project: str | None = None,
    domain: str | None = None,
    *,
    client: Client | None = None,
) -> LazyEntity:
    """A task, by its address or its name, in the version deployed last unless the address has one.

    No call is made until it is used.

    Args:
        cls: The class.
        uri: `"name"`, `"project/domain/name"`, either with `"@version"`, or the address that the console shows.
        name: Name of the task, instead of an address.
        project: Project of the task, if not the client's.
        domain: Domain of the task, if not the client's.
        client: The client to use, if not the current one.

    Raises:
        InvalidArgument: both or neither of address and name are given, or the address is malformed.

    Example:
        >>> run = Task.get("flytesnacks/development/stats.count").run(text="to be")
    """
    found = address("tasks", uri, name, project, domain)
    return LazyEntity(
        found.name,
        project=found.project,
        domain=found.domain,
        version=found.version,
        auto_version="latest",
        client=client,
    )


def search(
    cls: type[TaskT],
    limit: int = 100,
    *,
    project: str | None = None,
    domain: str | None = None,
    timeout: float | None = None,
    client: Client | None = None,
) -> PageSource[TaskT]:
    """Tasks of a project and domain, those deployed last first.

    Args:
        cls: Class of the items.
        limit: At most so many.
        project: Project, if not the client's.
        domain: Domain, if not the client's.
        timeout: Deadline in seconds of the call for one page; the client's own when None.
        client: The client to use, if not the current one.

    Raises:
        InvalidArgument: `limit` is negative, or a name is empty.

    Example:
        >>> for task in Task.search(limit=10):
        ...     print(task.name)
    """
    from remora.client import resolve_client
    from remora.dual import Page, PageSource

    found = resolve_client(client)
    message = tasks_request(found, project=project, domain=domain, sort_by="-created_at")
    order = [] if message.request is None else message.request.sort_by_fields

    async def fetch(token: str, size: int) -> Page[TaskT]:
        page = common.ListRequest(limit=size, token=token, sort_by_fields=order)
        request = tasks.ListTasksRequest(request=page, project_id=message.project_id)
        response = await tasks.TaskServiceStub(found).list_tasks(request, timeout=timeout)
        return Page([cls(item, client=found) for item in response.tasks], response.token)

    return PageSource(fetch, limit=limit)
