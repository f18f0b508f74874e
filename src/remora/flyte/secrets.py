"""Secrets: names of values that tasks and apps may read. The control plane never gives a value back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from remora.bindings import RetrySafe
from remora.errors import Internal, InvalidArgument
from remora.flyte.deadline import Deadline
from remora.flyte.parameters import one_of, optional_name, required_name, text
from remora.flyte.routing import routed
from remora.flyte.scope import LONGEST_SCOPE
from remora_api.flyteidl2 import cluster, common
from remora_api.flyteidl2 import secret as secrets

if TYPE_CHECKING:
    from remora.client import Client
    from remora.dual import PageSource
    from remora_api.entities import Secret

SecretT = TypeVar("SecretT", bound="Secret")

SecretTypes: TypeAlias = Literal["regular", "image_pull"]
"""What a secret is for: code that asks for it by name, or pulling container images from a private registry."""

LARGEST_VALUE = 1024 * 1024
"""Bytes that a secret may have; clusters keep secrets in objects that cannot be larger."""

_TYPES = {"regular": secrets.SecretType.GENERIC, "image_pull": secrets.SecretType.IMAGE_PULL_SECRET}


async def create_secret(
    cls: type[Secret],
    name: str,
    value: str | bytes,
    type: SecretTypes = "regular",  # noqa: A002 (the name that flyte.remote gives to it)
    cluster_pool: str | None = None,
    *,
    project: str | None = None,
    domain: str | None = None,
    org_wide: bool = False,
    timeout: float | None = None,
    client: Client | None = None,
) -> None:
    """Store a secret. Its value is sent once, and shows up in no message, log or object of this library.

    Args:
        cls: The class.
        name: Name of the secret: letters, digits, `-` and `_`.
        value: The value; text is stored as UTF-8.
        type: `"regular"`, or `"image_pull"` for the credentials of an image registry, which belong to the whole
            organization.
        cluster_pool: Store it in the clusters of this pool.
        project: Project that may read it, if not the client's.
        domain: Domain that may read it, if not the client's.
        org_wide: Let all projects and domains read it.
        timeout: Deadline of the whole call in seconds.
        client: The client to use, if not the current one.

    Raises:
        AlreadyExists: there is a secret of this name in this place.
        InvalidArgument: the name is empty or malformed, the value is empty or larger than 1 MiB, or a place is named
            for a secret that belongs to the organization.

    Example:
        >>> Secret.create("huggingface-token", "hf_...")
    """
    deadline = Deadline(timeout)
    one_of(type, "type", tuple(_TYPES))
    if type == "image_pull" or org_wide:
        if project is not None or domain is not None:
            why = "org_wide" if org_wide else "type 'image_pull'"
            raise InvalidArgument(f"project and domain: a secret of {why} belongs to the whole organization")
        org_wide = True
    spec = _spec(value)
    spec.type = _TYPES[type]
    place = _Place(client, name, project, domain, org_wide, cluster_pool)
    caller = await place.caller(deadline)
    request = secrets.CreateSecretRequest(id=place.id, secret_spec=spec)
    await secrets.SecretServiceStub(caller).create_secret(request, timeout=deadline.left())


async def get_secret(
    cls: type[SecretT],
    name: str,
    cluster_pool: str | None = None,
    *,
    project: str | None = None,
    domain: str | None = None,
    org_wide: bool = False,
    timeout: float | None = None,
    client: Client | None = None,
) -> SecretT:
    """Read what is known of a secret; its value stays in the clusters.

    Args:
        cls: Class of the result.
        name: Name of the secret.
        cluster_pool: Look in the clusters of this pool.
        project: Project of the secret, if not the client's.
        domain: Domain of the secret, if not the client's.
        org_wide: Look for one that all projects and domains may read.
        timeout: Deadline of the whole call in seconds.
        client: The client to use, if not the current one.

    Raises:
        NotFound: there is no such secret in this place.
        InvalidArgument: the name is empty or malformed.

    Example:
        >>> Secret.get("huggingface-token").type
        'regular'
    """
    deadline = Deadline(timeout)
    place = _Place(client, name, project, domain, org_wide, cluster_pool)
    stub = secrets.SecretServiceStub(RetrySafe(await place.caller(deadline)))
    response = await stub.get_secret(secrets.GetSecretRequest(id=place.id), timeout=deadline.left())
    if response.secret is None:
        raise Internal(f"the answer about secret {name} holds no secret")
    return cls(response.secret, client=place.client)


async def delete_secret(
    cls: type[Secret],
    name: str,
    cluster_pool: str | None = None,
    *,
    project: str | None = None,
    domain: str | None = None,
    org_wide: bool = False,
    timeout: float | None = None,
    client: Client | None = None,
) -> None:
    """Delete a secret.

    Args:
        cls: The class.
        name: Name of the secret.
        cluster_pool: Delete it from the clusters of this pool.
        project: Project of the secret, if not the client's.
        domain: Domain of the secret, if not the client's.
        org_wide: Delete one that all projects and domains may read.
        timeout: Deadline of the whole call in seconds.
        client: The client to use, if not the current one.

    Raises:
        NotFound: there is no such secret in this place.
        InvalidArgument: the name is empty or malformed.

    Example:
        >>> Secret.delete("huggingface-token")
    """
    deadline = Deadline(timeout)
    place = _Place(client, name, project, domain, org_wide, cluster_pool)
    caller = await place.caller(deadline)
    request = secrets.DeleteSecretRequest(id=place.id)
    await secrets.SecretServiceStub(caller).delete_secret(request, timeout=deadline.left())


def list_secrets(
    cls: type[SecretT],
    limit: int | None = None,
    cluster_pool: str | None = None,
    *,
    project: str | None = None,
    domain: str | None = None,
    org_wide: bool = False,
    page_size: int = 100,
    timeout: float | None = None,
    client: Client | None = None,
) -> PageSource[SecretT]:
    """Secrets of a project and domain, without their values.

    Args:
        cls: Class of the items.
        limit: At most so many items in all; None for all of them.
        cluster_pool: Look in the clusters of this pool.
        project: Project of the secrets, if not the client's.
        domain: Domain of the secrets, if not the client's.
        org_wide: List those that all projects and domains may read.
        page_size: How many items to ask for at a time.
        timeout: Deadline in seconds of the call for one page; the client's own when None.
        client: The client to use, if not the current one.

    Raises:
        InvalidArgument: a name is empty, or `limit` or `page_size` is out of range.

    Example:
        >>> for secret in Secret.listall():
        ...     print(secret.name, secret.type)
    """
    from remora.dual import Page, PageSource

    place = _Place(client, None, project, domain, org_wide, cluster_pool)

    async def fetch(token: str, size: int) -> Page[SecretT]:
        deadline = Deadline(timeout)
        stub = secrets.SecretServiceStub(RetrySafe(await place.caller(deadline)))
        request = secrets.ListSecretsRequest(
            organization=place.id.organization,
            domain=place.id.domain,
            project=place.id.project,
            limit=size,
            token=token,
        )
        response = await stub.list_secrets(request, timeout=deadline.left())
        return Page([cls(item, client=place.client) for item in response.secrets], response.token)

    return PageSource(fetch, limit=limit, page_size=page_size)


def secret_type(self: Secret) -> str:
    """What the secret is for: `"regular"`, `"image_pull"`, or a kind in lower case that a newer server knows."""
    metadata = self.pb2.secret_metadata
    kind = secrets.SecretType.GENERIC if metadata is None else metadata.type
    return next((name for name, number in _TYPES.items() if number == kind), kind.name.lower())


class _Place:
    """Where a secret lives, and which cluster is asked for it."""

    def __init__(
        self,
        client: Client | None,
        name: str | None,
        project: str | None,
        domain: str | None,
        org_wide: bool,
        cluster_pool: str | None,
    ) -> None:
        from remora.client import resolve_client

        self.client = resolve_client(client)
        if name is not None:
            _check_name(name)
        org = self.client.value("org", None, required=False)
        self.id = secrets.SecretIdentifier(name=name or "", organization=org)
        if not org_wide:
            checked = optional_name(project, "project", longest=LONGEST_SCOPE)
            self.id.project = self.client.value("project", checked, required=False)
            checked = optional_name(domain, "domain", longest=LONGEST_SCOPE)
            self.id.domain = self.client.value("domain", checked, required=False)
        elif project is not None or domain is not None:
            raise InvalidArgument("org_wide: a secret of the whole organization has neither project nor domain")
        self._pool = optional_name(cluster_pool, "cluster_pool")

    async def caller(self, deadline: Deadline) -> Client:
        """The client for the cluster that keeps the secret."""
        operation = cluster.SelectClusterRequestOperation.USE_SECRETS
        found = self.id
        timeout = deadline.left()
        if self._pool is not None:
            pool = common.ClusterPoolIdentifier(organization=found.organization, name=self._pool)
            return await routed(self.client, operation, pool, timeout=timeout)
        if found.project and found.domain:
            where = common.ProjectIdentifier(organization=found.organization, domain=found.domain, name=found.project)
            return await routed(self.client, operation, where, timeout=timeout)
        if found.organization:
            org = common.OrgIdentifier(name=found.organization)
            return await routed(self.client, operation, org, timeout=timeout)
        return self.client


def _check_name(name: str) -> None:
    required_name(name, "name")
    if not all(char.isascii() and (char.isalnum() or char in "-_") for char in name):
        raise InvalidArgument(f"name: {name!r} cannot be the name of a secret", hint="letters, digits, - and _")


def _spec(value: str | bytes) -> secrets.SecretSpec:
    """The message that holds a value. Errors do not show the value."""
    if not isinstance(value, (str, bytes)):
        raise TypeError(f"value: expected str or bytes, got {type(value).__name__}")
    data = text(value, "value", longest=LARGEST_VALUE).encode() if isinstance(value, str) else value
    size = len(data)
    if not 0 < size <= LARGEST_VALUE:
        raise InvalidArgument(f"value: a secret has 1 to {LARGEST_VALUE} bytes, not {size}")
    if isinstance(value, str):
        return secrets.SecretSpec(string_value=value)
    return secrets.SecretSpec(binary_value=value)
