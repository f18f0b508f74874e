"""Partition keys of artifacts: declaring and reading them, and the values that there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from remora.bindings import RetrySafe
from remora.errors import InvalidArgument
from remora.flyte.artifact_filters import given_partitions, partition_filters
from remora.flyte.artifact_names import artifact_name, checked_name
from remora.flyte.deadline import Deadline
from remora.flyte.parameters import required_name
from remora.flyte.partitions import LONGEST_KEY, PartitionSchema, declared_schema, parsed_value
from remora.flyte.scope import scope_of
from remora_api.flyteidl2 import artifact as artifacts
from remora_api.flyteidl2 import common

if TYPE_CHECKING:
    from collections.abc import Mapping

    from remora.client import Client
    from remora.flyte.scope import Scope
    from remora_api.entities import Artifact

_MOST_VALUES = 1000


async def declare_artifact(
    cls: type[Artifact],
    name: str,
    partitions: Mapping[str, Any],
    *,
    project: str | None = None,
    domain: str | None = None,
    timeout: float | None = None,
    client: Client | None = None,
) -> PartitionSchema:
    """Fix the partition keys of an artifact before it has a version.

    Args:
        cls: The class.
        name: Name of the artifact.
        partitions: Keys, with `str`, or for the one that is a time `date`, `datetime` or a granularity: `"minute"`,
            `"hour"`, `"day"`, `"week"`, `"month"`.
        project: Project, if not the client's.
        domain: Domain, if not the client's.
        timeout: Deadline of the call in seconds.
        client: The client to use, if not the current one.

    Raises:
        FailedPrecondition: the artifact has other keys already.
        InvalidArgument: a name is malformed, or there are two keys for time.

    Example:
        >>> Artifact.declare("sales", {"day": "day", "region": str}).all_keys
        ('day', 'region')
    """
    from remora.client import resolve_client

    found = resolve_client(client)
    schema = declared_schema(partitions)
    request = artifacts.DeclareArtifactRequest(
        name=artifact_name(scope_of(found, project, domain), checked_name(name)), partition_schema=schema.to_pb2()
    )
    stub = artifacts.ArtifactServiceStub(RetrySafe(found))  # IDEMPOTENT, says the proto
    response = await stub.declare_artifact(request, timeout=timeout)
    return schema if response.partition_schema is None else PartitionSchema.from_pb2(response.partition_schema, True)


async def get_schema(
    cls: type[Artifact],
    name: str,
    *,
    project: str | None = None,
    domain: str | None = None,
    timeout: float | None = None,
    client: Client | None = None,
) -> PartitionSchema:
    """The partition keys of an artifact; an artifact without partitions has none.

    Args:
        cls: The class.
        name: Name of the artifact.
        project: Project, if not the client's.
        domain: Domain, if not the client's.
        timeout: Deadline of the call in seconds.
        client: The client to use, if not the current one.

    Raises:
        NotFound: the artifact is neither declared nor has it a version.
    """
    from remora.client import resolve_client

    found = resolve_client(client)
    return await _schema(found, scope_of(found, project, domain), checked_name(name), timeout)


async def partition_values(
    cls: type[Artifact],
    name: str,
    key: str,
    *,
    project: str | None = None,
    domain: str | None = None,
    limit: int = _MOST_VALUES,
    partitions: Mapping[str, Any] | None = None,
    timeout: float | None = None,
    client: Client | None = None,
    **fixed: Any,
) -> list[Any]:
    """The values that one partition key has among an artifact's versions, in ascending order.

    Args:
        cls: The class.
        name: Name of the artifact.
        key: The partition key.
        project: Project, if not the client's.
        domain: Domain, if not the client's.
        limit: At most so many values.
        partitions: Only versions with these values of other keys.
        timeout: Deadline of the whole call in seconds.
        client: The client to use, if not the current one.
        **fixed: Values of other keys as parameters.

    Returns:
        `date` or `datetime` objects for the time key, strings for others.

    Raises:
        NotFound: there is no such artifact.
        InvalidArgument: the artifact has no such key, or a name is empty.
    """
    from remora.client import resolve_client

    if isinstance(limit, bool) or limit < 1:
        raise InvalidArgument(f"limit must be at least 1, got {limit}")
    deadline = Deadline(timeout)
    found = resolve_client(client)
    scope = scope_of(found, project, domain)
    required_name(key, "key", longest=LONGEST_KEY)
    schema = await _schema(found, scope, checked_name(name), deadline.left())
    if key not in schema.all_keys:
        raise InvalidArgument(
            f"key: artifact {name!r} has no partition key {key!r}", hint=f"it has {', '.join(schema.all_keys)}"
        )
    request = artifacts.ListPartitionValuesRequest(
        request=common.ListRequest(limit=limit, filters=partition_filters(given_partitions(partitions, fixed))),
        project_id=scope.project_id,
        name=name,
        key=key,
    )
    response = await artifacts.ArtifactServiceStub(found).list_partition_values(request, timeout=deadline.left())
    return sorted(parsed_value(value, schema, key) for value in response.values)[:limit]


async def _schema(client: Client, scope: Scope, name: str, timeout: float | None) -> PartitionSchema:
    request = artifacts.GetArtifactSchemaRequest(name=artifact_name(scope, name))
    response = await artifacts.ArtifactServiceStub(client).get_artifact_schema(request, timeout=timeout)
    schema = response.partition_schema or artifacts.ArtifactPartitionSchema()
    return PartitionSchema.from_pb2(schema, response.declared)
