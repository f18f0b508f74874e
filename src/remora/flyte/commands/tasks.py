"""Tasks by their name, as a command line knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from remora_api.entities import Task, TaskDetails
    from remora_api.google import protobuf


def get(
    name: str,
    *,
    version: str | None = None,
    project: str | None = None,
    domain: str | None = None,
    timeout: float | None = None,
) -> TaskDetails:
    """Show a task with its interface and settings.

    Args:
        name: Name of the task, usually `<environment>.<function>`.
        version: Version of the task; the latest when it is not given.
        project: Project of the task, if not that of the settings.
        domain: Domain of the task, if not that of the settings.
        timeout: Deadline of the whole call in seconds.

    Raises:
        NotFound: there is no such task, or not in this version.
    """
    from remora_api.entities import TaskDetails

    return TaskDetails.fetch(name, project, domain, version, None if version else "latest", timeout=timeout)


def versions(
    name: str,
    *,
    limit: int | None = 100,
    project: str | None = None,
    domain: str | None = None,
    timeout: float | None = None,
) -> list[Task]:
    """List the versions of a task, the newest first.

    Args:
        name: Name of the task, usually `<environment>.<function>`.
        limit: At most so many versions.
        project: Project of the task, if not that of the settings.
        domain: Domain of the task, if not that of the settings.
        timeout: Deadline in seconds of the call for one page.

    Raises:
        NotFound: there is no such task.
    """
    from remora.client import resolve_client
    from remora_api.entities import Task
    from remora_api.flyteidl2 import task as tasks

    client = resolve_client(None)

    def task(version: str = "", deployed_at: protobuf.Timestamp | None = None) -> Task:
        task_id = tasks.TaskIdentifier(
            org=client.value("org", None, required=False),
            project=client.value("project", project),
            domain=client.value("domain", domain),
            name=name,
            version=version,
        )
        return Task(tasks.Task(task_id=task_id, metadata=tasks.TaskMetadata(deployed_at=deployed_at)), client=client)

    return [task(item.version, item.deployed_at) for item in task().versions(limit=limit, timeout=timeout)]
