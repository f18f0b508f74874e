"""Apps: long-running services that the control plane deploys. Reading, creating and changing them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from remora.bindings import RetrySafe
from remora.errors import AlreadyExists, Internal, InvalidArgument, NotFound, RemoraError
from remora.flyte.deadline import Deadline
from remora.flyte.parameters import one_of, required_name, string_map, text
from remora.flyte.scope import scope_of
from remora.flyte.urls import console
from remora_api.flyteidl2 import app as apps
from remora_api.flyteidl2 import common

if TYPE_CHECKING:
    from collections.abc import Mapping

    from remora.client import Client
    from remora.flyte.parameters import SortBy
    from remora_api.entities import App

AppT = TypeVar("AppT", bound="App")

OnExistingApp: TypeAlias = Literal["replace", "raise"]
"""What to do when there is an app of the wanted name already."""

LONGEST_APP_NAME = 30
LONGEST_REASON = 100

_STATUS = apps.StatusDeploymentStatus
ACTIVE = frozenset({_STATUS.ACTIVE, _STATUS.STARTED})
DEACTIVATED = frozenset({_STATUS.UNASSIGNED, _STATUS.STOPPED})


async def get_app(
    cls: type[AppT],
    name: str,
    project: str | None = None,
    domain: str | None = None,
    *,
    timeout: float | None = None,
    client: Client | None = None,
) -> AppT:
    """Read an app.

    Some backends leave the specification out of the answer; `replace` gives a new one.

    Args:
        cls: Class of the result.
        name: Name of the app.
        project: Project of the app, if not the client's.
        domain: Domain of the app, if not the client's.
        timeout: Deadline of the call in seconds.
        client: The client to use, if not the current one.

    Raises:
        NotFound: there is no such app.
        InvalidArgument: the name is empty or malformed.

    Example:
        >>> App.get("dashboard").endpoint
        'https://dashboard.apps.example.com'
    """
    found, app_id = _identified(name, project, domain, client)
    return cls(await fetch_app(found, app_id, timeout), client=found)


async def create_app(
    cls: type[AppT],
    app: apps.App,
    *,
    on_existing: OnExistingApp = "replace",
    timeout: float | None = None,
    client: Client | None = None,
) -> AppT:
    """Deploy an app, or give the one of this name the new specification and labels.

    Args:
        cls: Class of the result.
        app: The app: its identifier, and what it runs. Project, domain and organization that are not given are the
            client's.
        on_existing: When there is an app of this name already, `"replace"` what it runs, or `"raise"` an
            `AlreadyExists`.
        timeout: Deadline of the whole call in seconds.
        client: The client to use, if not the current one.

    Raises:
        AlreadyExists: there is an app of this name, and `on_existing` is `"raise"`.
        InvalidArgument: the name is empty or malformed, or there is no specification.

    Example:
        >>> from remora_api.flyteidl2 import app, core
        >>> spec = app.Spec(container=core.Container(image="ghcr.io/acme/dashboard:1"))
        >>> App.create(app.App(metadata=app.Meta(id=app.Identifier(name="dashboard")), spec=spec))
    """
    from remora.client import resolve_client

    one_of(on_existing, "on_existing", ("replace", "raise"))
    deadline = Deadline(timeout)
    found = resolve_client(client)
    if not isinstance(app, apps.App):
        raise TypeError(f"app: expected an App message, got {type(app).__name__}")
    if app.metadata is None or app.metadata.id is None:
        raise InvalidArgument("app.metadata.id is missing: which name?")
    if app.spec is None:
        raise InvalidArgument("app.spec is missing: what does it run?")
    given = app.metadata.id
    message = app.parse(bytes(app))
    assert message.metadata is not None
    _, app_id = _identified(given.name, given.project or None, given.domain or None, found)
    message.metadata.id = app_id
    try:
        response = await apps.AppServiceStub(found).create(apps.CreateRequest(app=message), timeout=deadline.left())
    except AlreadyExists:
        if on_existing == "raise":
            raise
        where = (app_id.project, app_id.domain)
        return await replace_app(
            cls, app_id.name, app.spec, "", app.metadata.labels, *where, timeout=deadline.left(), client=found
        )
    return cls(_present(response.app), client=found)


async def update_app(
    cls: type[AppT],
    updated_app_proto: apps.App,
    reason: str,
    *,
    timeout: float | None = None,
    client: Client | None = None,
) -> AppT:
    """Change an app to what a message says. It is the caller's to read it before; `replace` does both.

    Args:
        cls: Class of the result.
        updated_app_proto: The whole app as it shall be.
        reason: Why; kept with the app and shown to others, at most 100 characters.
        timeout: Deadline of the call in seconds.
        client: The client to use, if not the current one.

    Raises:
        NotFound: there is no such app.
        Aborted: somebody else has changed it meanwhile.
    """
    from remora.client import resolve_client

    found = resolve_client(client)
    if not isinstance(updated_app_proto, apps.App):
        raise TypeError(f"updated_app_proto: expected an App message, got {type(updated_app_proto).__name__}")
    return cls(await send_update(found, updated_app_proto, reason, timeout), client=found)


async def replace_app(
    cls: type[AppT],
    name: str,
    updated_app_spec: apps.Spec,
    reason: str,
    labels: Mapping[str, str] | None = None,
    project: str | None = None,
    domain: str | None = None,
    *,
    timeout: float | None = None,
    client: Client | None = None,
) -> AppT:
    """Give an app a new specification. Nothing is sent if it has that one already.

    Args:
        cls: Class of the result.
        name: Name of the app.
        updated_app_spec: What it shall run; who created it stays as it is.
        reason: Why; kept with the app and shown to others, at most 100 characters.
        labels: New labels, in place of all that there are.
        project: Project of the app, if not the client's.
        domain: Domain of the app, if not the client's.
        timeout: Deadline of the whole call in seconds.
        client: The client to use, if not the current one.

    Raises:
        NotFound: there is no such app.
        Aborted: somebody else has changed it meanwhile.
    """
    if not isinstance(updated_app_spec, apps.Spec):
        raise TypeError(f"updated_app_spec: expected a Spec message, got {type(updated_app_spec).__name__}")
    wanted_labels = string_map(labels, "labels")
    text(reason, "reason", longest=LONGEST_REASON)
    deadline = Deadline(timeout)
    found, app_id = _identified(name, project, domain, client)
    message = await fetch_app(found, app_id, deadline.left())
    spec = updated_app_spec.parse(bytes(updated_app_spec))
    if message.spec is not None:
        spec.creator = message.spec.creator
    metadata = message.metadata if message.metadata is not None else apps.Meta(id=app_id)
    if message.spec == spec and (labels is None or metadata.labels == wanted_labels):
        return cls(message, client=found)
    message.spec = spec
    if labels is not None:
        metadata.labels = wanted_labels
    message.metadata = metadata
    return cls(await send_update(found, message, reason, deadline.left()), client=found)


async def delete_app(
    cls: type[App],
    name: str,
    project: str | None = None,
    domain: str | None = None,
    *,
    timeout: float | None = None,
    client: Client | None = None,
) -> None:
    """Delete an app. Deleting one that does not exist does nothing.

    Args:
        cls: The class.
        name: Name of the app.
        project: Project of the app, if not the client's.
        domain: Domain of the app, if not the client's.
        timeout: Deadline of the call in seconds.
        client: The client to use, if not the current one.

    Raises:
        InvalidArgument: the name is empty or malformed.

    Example:
        >>> App.delete("dashboard")
    """
    found, app_id = _identified(name, project, domain, client)
    try:
        await apps.AppServiceStub(RetrySafe(found)).delete(apps.DeleteRequest(app_id=app_id), timeout=timeout)
    except NotFound:
        return


def apps_request(
    client: Client,
    created_by_subject: str | None = None,
    sort_by: SortBy | None = None,
    *,
    in_status: str | tuple[str, ...] | None = None,
    order_by: SortBy | None = None,
    project: str | None = None,
    domain: str | None = None,
) -> apps.ListRequest:
    """Apps of a project and domain, oldest first unless `order_by` says otherwise.

    Open-source backends ignore filters and order of this list.

    Args:
        client: Supplies project, domain and organization where they are not given.
        created_by_subject: Only apps that the identity with this subject created.
        sort_by: Field and direction, `("created_at", "desc")`, or short `"-created_at"`.
        in_status: Only apps with this deployment status, or any of these: `"active"`, `"stopped"`, `"failed"`, ...
        order_by: The same as `sort_by`.
        project: Project, if not the client's.
        domain: Domain, if not the client's.

    Raises:
        InvalidArgument: a status or field is unknown, or a filter is empty.
        ConfigError: neither a parameter nor a setting names project or domain.

    Example:
        >>> for app in App.listall(in_status="active"):
        ...     print(app.name, app.endpoint)
    """
    from remora.flyte.filters import list_request

    filters = []
    if created_by_subject is not None:
        required_name(created_by_subject, "created_by_subject")
        filters.append(_filter("created_by", [created_by_subject]))
    if in_status is not None:
        names = [in_status] if isinstance(in_status, str) else list(in_status)
        filters.append(_filter("status_phase", [_status_name(name) for name in names]))
    return apps.ListRequest(
        request=list_request(filters, sort_by, order_by, frozenset(["name", "created_at", "updated_at"])),
        project=scope_of(client, project, domain).project_id,
    )


def is_active(self: App) -> bool:
    """Whether the app serves requests, as last read."""
    return deployment_status(self) in ACTIVE


def is_deactivated(self: App) -> bool:
    """Whether the app is stopped or not assigned to a cluster, as last read."""
    return deployment_status(self) in DEACTIVATED


def deployment_status(self: App) -> apps.StatusDeploymentStatus:
    """The status of the deployment, as last read; UNSPECIFIED if the backend has not said anything yet."""
    return status_of_app(self.pb2)


def status_of_app(message: apps.App) -> apps.StatusDeploymentStatus:
    """The deployment status that the last condition of an app tells."""
    conditions = [] if message.status is None else message.status.conditions
    return conditions[-1].deployment_status if conditions else _STATUS.UNSPECIFIED


def app_url(self: App) -> str:
    """Address of the app in the web console; `endpoint` is where the app itself is. No call is made."""
    from remora.client import resolve_client

    found = app_id_of(self.pb2)
    return console(resolve_client(self._client)).app_url(found.project, found.domain, found.name)


def app_id_of(message: apps.App) -> apps.Identifier:
    """Which app a message is about.

    Raises:
        RemoraError: the message does not say so.
    """
    found = None if message.metadata is None else message.metadata.id
    if found is None or not found.name:
        raise RemoraError("this App has no identifier; was it made by hand?")
    return found


async def fetch_app(client: Client, app_id: apps.Identifier, timeout: float | None) -> apps.App:
    """Read an app."""
    response = await apps.AppServiceStub(client).get(apps.GetRequest(app_id=app_id), timeout=timeout)
    return _present(response.app)


async def send_update(client: Client, message: apps.App, reason: str, timeout: float | None) -> apps.App:
    """Change an app."""
    request = apps.UpdateRequest(app=message, reason=text(reason, "reason", longest=LONGEST_REASON))
    return _present((await apps.AppServiceStub(client).update(request, timeout=timeout)).app)


def _present(message: apps.App | None) -> apps.App:
    if message is None:
        raise Internal("the answer about an app holds no app")
    return message


def _identified(
    name: str, project: str | None, domain: str | None, client: Client | None
) -> tuple[Client, apps.Identifier]:
    from remora.client import resolve_client

    found = resolve_client(client)
    required_name(name, "name", longest=LONGEST_APP_NAME)
    plain = name.replace("-", "")
    if not (plain.isascii() and plain.isalnum()) or name.startswith("-") or name.endswith("-"):
        raise InvalidArgument(f"name: {name!r} cannot be the name of an app", hint="letters, digits and - inside")
    scope = scope_of(found, project, domain)
    return found, apps.Identifier(org=scope.org, project=scope.project, domain=scope.domain, name=name)


def _filter(field: str, values: list[str]) -> common.Filter:
    functions = common.FilterFunction
    function = functions.EQUAL if len(values) == 1 else functions.VALUE_IN
    return common.Filter(function=function, field=field, values=values)


def _status_name(name: str) -> str:
    plain = name.upper().removeprefix("DEPLOYMENT_STATUS_")
    one_of(plain.lower(), "in_status", [item.name.lower() for item in _STATUS if item != _STATUS.UNSPECIFIED])
    return f"DEPLOYMENT_STATUS_{plain}"
