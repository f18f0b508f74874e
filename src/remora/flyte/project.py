"""Projects: creating and changing them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from remora.errors import Internal, InvalidArgument
from remora.flyte.deadline import Deadline
from remora.flyte.parameters import optional_name, required_name, string_map, text
from remora.flyte.scope import LONGEST_SCOPE
from remora_api.flyteidl2 import project as projects
from remora_api.flyteidl2 import task as tasks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from remora.client import Client
    from remora_api.entities import Project

ProjectT = TypeVar("ProjectT", bound="Project")

_LONGEST_NAME = 255
_LONGEST_DESCRIPTION = 10_000

State: TypeAlias = Literal["active", "archived"]
"""Whether a project is in use, or hidden from lists."""


async def get_project(
    cls: type[ProjectT],
    name: str,
    org: str | None = None,
    *,
    timeout: float | None = None,
    client: Client | None = None,
) -> ProjectT:
    """Read a project.

    Args:
        cls: Class of the result.
        name: Identifier of the project.
        org: Organization, if not the client's.
        timeout: Deadline of the call in seconds.
        client: The client to use, if not the current one.

    Raises:
        NotFound: there is no such project.
        InvalidArgument: `name` is empty.

    Example:
        >>> project = Project.get("flytesnacks")
    """
    from remora.client import resolve_client

    found = resolve_client(client)
    required_name(name, "name", longest=LONGEST_SCOPE)
    owner = found.value("org", optional_name(org, "org", longest=LONGEST_SCOPE), required=False)
    return cls(await _read(found, name, owner, Deadline(timeout)), client=found)


async def create_project(
    cls: type[ProjectT],
    id: str,  # noqa: A002 (the name that flyte.remote gives to it)
    name: str,
    description: str = "",
    labels: Mapping[str, str] | None = None,
    *,
    org: str | None = None,
    timeout: float | None = None,
    client: Client | None = None,
) -> ProjectT:
    """Create a project.

    Args:
        cls: Class of the result.
        id: Identifier, as other calls take it in `project=`.
        name: Name for people to read.
        description: What the project is for.
        labels: Labels by key.
        org: Organization, if not the client's.
        timeout: Deadline of the whole call in seconds.
        client: The client to use, if not the current one.

    Returns:
        The project as the server has it, with its domains.

    Raises:
        AlreadyExists: there is a project with this identifier.
        InvalidArgument: the identifier is empty or not allowed.

    Example:
        >>> Project.create("demo", "Demo", description="made to be deleted")
    """
    from remora.client import resolve_client

    deadline = Deadline(timeout)
    found = resolve_client(client)
    message = projects.Project(
        id=required_name(id, "id", longest=LONGEST_SCOPE),
        name=text(name, "name", longest=_LONGEST_NAME),
        description=text(description, "description", longest=_LONGEST_DESCRIPTION),
        labels=tasks.Labels(values=string_map(labels, "labels")) if labels else None,
        org=found.value("org", org, required=False),
    )
    stub = projects.ProjectServiceStub(found)
    await stub.create_project(projects.CreateProjectRequest(project=message), timeout=deadline.left())
    return cls(await _read(found, message.id, message.org, deadline), client=found)


async def update_by_id(
    cls: type[ProjectT],
    id: str,  # noqa: A002 (the name that flyte.remote gives to it)
    name: str | None = None,
    description: str | None = None,
    labels: Mapping[str, str] | None = None,
    state: State | None = None,
    *,
    org: str | None = None,
    timeout: float | None = None,
    client: Client | None = None,
) -> ProjectT:
    """Change a project; what is not given stays as it is.

    The server replaces a project as a whole, so it is read first; of two changes at the same time one can be lost.

    Args:
        cls: Class of the result.
        id: Identifier of the project.
        name: New name.
        description: New description.
        labels: New labels, in place of all that there are.
        state: `"archived"` hides the project from lists, `"active"` shows it again.
        org: Organization, if not the client's.
        timeout: Deadline of the whole call in seconds.
        client: The client to use, if not the current one.

    Raises:
        NotFound: there is no such project.
        InvalidArgument: the state is unknown.
    """
    from remora.client import resolve_client

    found = resolve_client(client)
    owner = found.value("org", org, required=False)
    deadline = Deadline(timeout)
    return cls(await _change(found, id, owner, name, description, labels, state, deadline), client=found)


async def archive(self: ProjectT, *, timeout: float | None = None) -> ProjectT:
    """Hide this project from lists; its runs and tasks stay.

    Args:
        self: The project.
        timeout: Deadline of the whole call in seconds.

    Returns:
        This object, as the server has the project now.

    Raises:
        NotFound: the project does not exist any more.
    """
    return await _set_state(self, "archived", timeout)


async def unarchive(self: ProjectT, *, timeout: float | None = None) -> ProjectT:
    """Show this project in lists again.

    Args:
        self: The project.
        timeout: Deadline of the whole call in seconds.

    Returns:
        This object, as the server has the project now.

    Raises:
        NotFound: the project does not exist any more.
    """
    return await _set_state(self, "active", timeout)


def domains(self: Project) -> dict[str, str]:
    """Names of the project's domains by identifier, as other calls take it in `domain=`."""
    return {domain.id: domain.name for domain in self.pb2.domains}


def state(self: Project) -> str:
    """`"active"`, `"archived"`, or another state in lower case that the server knows."""
    return self.pb2.state.name.lower()


def archived(self: Project) -> bool:
    """Whether the project is hidden from lists."""
    return self.pb2.state in (projects.ProjectState.ARCHIVED, projects.ProjectState.SYSTEM_ARCHIVED)


async def _set_state(project: ProjectT, wanted: State, timeout: float | None) -> ProjectT:
    from remora.client import resolve_client

    client = resolve_client(project._client)
    deadline = Deadline(timeout)
    project.pb2 = await _change(client, project.pb2.id, project.pb2.org, None, None, None, wanted, deadline)
    return project


async def _change(
    client: Client,
    project: str,
    org: str,
    name: str | None,
    description: str | None,
    labels: Mapping[str, str] | None,
    wanted: State | None,
    deadline: Deadline,
) -> projects.Project:
    if wanted not in (None, "active", "archived"):
        raise InvalidArgument(f"state: {wanted!r} is unknown", hint="use 'active' or 'archived'")
    if name is not None:
        text(name, "name", longest=_LONGEST_NAME)
    if description is not None:
        text(description, "description", longest=_LONGEST_DESCRIPTION)
    new_labels = string_map(labels, "labels")
    message = await _read(client, required_name(project, "id", longest=LONGEST_SCOPE), org, deadline)
    # Domains belong to the server's configuration; some servers refuse a change that names them.
    message.domains = []
    if name is not None:
        message.name = name
    if description is not None:
        message.description = description
    if labels is not None:
        message.labels = tasks.Labels(values=new_labels)
    if wanted is not None:
        message.state = projects.ProjectState.ARCHIVED if wanted == "archived" else projects.ProjectState.ACTIVE
    stub = projects.ProjectServiceStub(client)
    await stub.update_project(projects.UpdateProjectRequest(project=message), timeout=deadline.left())
    return await _read(client, project, org, deadline)


async def _read(client: Client, project: str, org: str, deadline: Deadline) -> projects.Project:
    stub = projects.ProjectServiceStub(client)
    response = await stub.get_project(projects.GetProjectRequest(id=project, org=org), timeout=deadline.left())
    if response.project is None:
        raise Internal(f"the answer about project {project} holds no project")
    return response.project
