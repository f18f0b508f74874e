"""Artifacts: published values with a name and versions."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar, get_args

from remora.bindings import RetrySafe
from remora.errors import Internal, InvalidArgument, NotFound
from remora.flyte.deadline import Deadline
from remora.flyte.interface import literal_type
from remora.flyte.parameters import aware, one_of, optional_name, required_name, string_map, text
from remora.flyte.partitions import (
    PartitionSchema,
    declared_schema,
    parsed_value,
    start_of,
    wire_partitions,
)
from remora.flyte.scope import Scope, scope_of
from remora.flyte.time_filter import wire_time
from remora.flyte.to_literal import to_literal
from remora_api.flyteidl2 import artifact as artifacts
from remora_api.flyteidl2 import common, core

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from remora.client import Client
    from remora.dual import Page, PageSource
    from remora_api.entities import Artifact, ArtifactGroup

ArtifactT = TypeVar("ArtifactT", bound="Artifact")

Kind: TypeAlias = Literal["model", "data", "generic"]
"""What an artifact is."""

KINDS: tuple[Kind, ...] = get_args(Kind)
KIND_KEY = "kind"
"""Key of the artifact's metadata that says what it is."""

_LONGEST_DESCRIPTION = 255
_LONGEST_REFERENCE = 1024
_MOST_PARENTS = 32
_MOST_VALUES = 1000


async def create_artifact(
    cls: type[ArtifactT],
    value: Any,
    *,
    name: str | None = None,
    version: str | None = None,
    description: str | None = None,
    attrs: Mapping[str, str] | None = None,
    kind: Kind | None = None,
    card: core.ArtifactCard | None = None,
    python_type: type | None = None,
    project: str | None = None,
    domain: str | None = None,
    external_ref: str | None = None,
    partitions: Mapping[str, Any] | None = None,
    parents: Sequence[str | core.ArtifactVersionId] | None = None,
    timeout: float | None = None,
    client: Client | None = None,
) -> ArtifactT:
    """Publish a value.

    Data that is stored elsewhere is published by reference: `upload_file` sends a file and gives the address for a
    `File`.

    Args:
        cls: Class of the result.
        value: `File`, `Dir`, `StructuredDataset`, or any value that could be the input of a task.
        name: Name of the artifact.
        version: Version; a random one when None.
        description: What it is, for people.
        attrs: Metadata by key, to search by.
        kind: What it is: `"model"`, `"data"` or `"generic"`.
        card: A page about it, for people.
        python_type: Annotation that says how the value is stored; its own type when None.
        project: Project, if not the client's.
        domain: Domain, if not the client's.
        external_ref: Where it comes from, if no run made it: an address, a job number, ...
        partitions: Which part of the artifact this version is, by key: a `date` or aware `datetime`, and strings.
        parents: Artifacts that it was made from, as `"[org/]project/domain/name@version"` or identifiers.
        timeout: Deadline of the call in seconds.
        client: The client to use, if not the current one.

    Raises:
        AlreadyExists: there is this version already.
        InvalidArgument: the name is missing or malformed, or a partition or parent is.
        ValuesError: the value has no literal type.

    Example:
        >>> _, uri = remora.upload_file("model.pt")
        >>> Artifact.create(remora.File(uri), name="ranker", kind="model", partitions={"region": "eu"})
    """
    from remora.client import resolve_client

    found = resolve_client(client)
    if name is None:
        raise InvalidArgument("name is missing: what is the artifact called?")
    _check_name(name)
    scope = scope_of(found, project, domain)
    kind_of_value = literal_type(type(value) if python_type is None else python_type, "value")
    labels, moment = wire_partitions(partitions or {})
    metadata = string_map(attrs, "attrs")
    if kind is not None:
        metadata[KIND_KEY] = one_of(kind, "kind", KINDS)
    spec = artifacts.ArtifactSpec(
        value=to_literal(value, kind_of_value, "value"),
        type=kind_of_value,
        info=core.ArtifactInfo(
            description=text(description or "", "description", longest=_LONGEST_DESCRIPTION),
            user_metadata=metadata,
            card=card,
        ),
        parent_artifacts=_parents(parents, scope),
        partitions=labels,
        time_partition=moment,
    )
    if external_ref is not None:
        required_name(external_ref, "external_ref", longest=_LONGEST_REFERENCE)
        spec.source = artifacts.ArtifactSource(external_ref=external_ref)
    identifier = artifacts.ArtifactIdentifier(
        name=_name(scope, name), version=optional_name(version, "version") or uuid.uuid4().hex
    )
    request = artifacts.CreateArtifactRequest(artifact_id=identifier, spec=spec)
    response = await artifacts.ArtifactServiceStub(found).create_artifact(request, timeout=timeout)
    return cls(_present(response.artifact, name), client=found)


async def get_artifact(
    cls: type[ArtifactT],
    name: str,
    version: str = "latest",
    *,
    project: str | None = None,
    domain: str | None = None,
    partitions: Mapping[str, Any] | None = None,
    timeout: float | None = None,
    client: Client | None = None,
    **partition_kwargs: Any,
) -> ArtifactT:
    """Read a version of an artifact.

    Args:
        cls: Class of the result.
        name: Name of the artifact.
        version: Version; `"latest"` for the newest one, of these partitions if there are any.
        project: Project, if not the client's.
        domain: Domain, if not the client's.
        partitions: Partition values by key, to choose among the newest versions.
        timeout: Deadline of the call in seconds.
        client: The client to use, if not the current one.
        **partition_kwargs: Partition values as parameters: `Artifact.get("sales", region="eu")`.

    Raises:
        NotFound: there is no such artifact, version or partition.
        InvalidArgument: the name is empty or malformed, or both a version and partitions are given.

    Example:
        >>> Artifact.get("ranker").version
        '3f2a...'
    """
    from remora.client import resolve_client

    found = resolve_client(client)
    wanted = _both(partitions, partition_kwargs)
    if wanted and version != "latest":
        raise InvalidArgument("give version or partitions, not both")
    scope = scope_of(found, project, domain)
    if wanted:
        filters = _partition_filters(wanted)
        page = await _page(found, scope, _check_name(name), filters, False, "", 1, timeout)
        if not page.artifacts:
            raise NotFound(f"artifact {name!r} has no version with the partitions {wanted!r}")
        return cls(page.artifacts[0], client=found)
    request = artifacts.GetArtifactRequest(name=_name(scope, _check_name(name)))
    if version != "latest":
        request.version = required_name(version, "version")
    response = await artifacts.ArtifactServiceStub(found).get_artifact(request, timeout=timeout)
    return cls(_present(response.artifact, name), client=found)


def list_artifacts(
    cls: type[ArtifactT],
    name: str | None = None,
    created_after: datetime | None = None,
    limit: int | None = None,
    *,
    project: str | None = None,
    domain: str | None = None,
    source_run: str | None = None,
    source_action: str | None = None,
    source_external_ref: str | None = None,
    kind: Kind | None = None,
    attrs: Mapping[str, str | Sequence[str]] | None = None,
    latest_per_partition: bool = False,
    partitions: Mapping[str, Any] | None = None,
    page_size: int = 100,
    timeout: float | None = None,
    client: Client | None = None,
    **partition_kwargs: Any,
) -> PageSource[ArtifactT]:
    """Artifacts of a project and domain, the newest first.

    Args:
        cls: Class of the items.
        name: Only versions of the artifact with exactly this name.
        created_after: Only those created after this moment.
        limit: At most so many items in all; None or -1 for all of them.
        project: Project, if not the client's.
        domain: Domain, if not the client's.
        source_run: Only those that this run made.
        source_action: Only those that this action of that run made.
        source_external_ref: Only those that come from there.
        kind: Only models, data, or generic artifacts.
        attrs: Only those whose metadata has these values; of several values any.
        latest_per_partition: Only the newest version of each partition.
        partitions: Only these partition values.
        page_size: How many items to ask for at a time.
        timeout: Deadline in seconds of the call for one page; the client's own when None.
        client: The client to use, if not the current one.
        **partition_kwargs: Partition values as parameters: `Artifact.listall("sales", region="eu")`.

    Raises:
        InvalidArgument: a name is empty, a time has no time zone, or a number is out of range.

    Example:
        >>> for artifact in Artifact.listall(kind="model", limit=10):
        ...     print(artifact.tracker)
    """
    from remora.client import resolve_client
    from remora.dual import Page, PageSource

    found = resolve_client(client)
    scope = scope_of(found, project, domain)
    filters = _partition_filters(_both(partitions, partition_kwargs))
    for field, value, parameter in (
        ("source_run", source_run, "source_run"),
        ("source_action", source_action, "source_action"),
        ("source_external_ref", source_external_ref, "source_external_ref"),
    ):
        if value is not None:
            filters.append(_filter(field, [required_name(value, parameter, longest=_LONGEST_REFERENCE)]))
    if kind is not None:
        filters.append(_filter(f"user_metadata.{KIND_KEY}", [one_of(kind, "kind", KINDS)]))
    for key, wanted in (attrs or {}).items():
        values = [wanted] if isinstance(wanted, str) else list(wanted)
        filters.append(_filter(f"user_metadata.{required_name(key, 'attrs')}", values))
    if created_after is not None:
        moment = wire_time(aware(created_after, "created_after"))
        filters.append(_filter("created_at", [moment], common.FilterFunction.GREATER_THAN))
    if name is not None:
        _check_name(name)

    async def fetch(token: str, size: int) -> Page[ArtifactT]:
        page = await _page(found, scope, name, filters, latest_per_partition, token, size, timeout)
        return Page([cls(item, client=found) for item in page.artifacts], page.token)

    return PageSource(fetch, limit=None if limit == -1 else limit, page_size=page_size)


def list_names(
    cls: type[Artifact],
    search: str | None = None,
    limit: int | None = None,
    *,
    project: str | None = None,
    domain: str | None = None,
    page_size: int = 100,
    timeout: float | None = None,
    client: Client | None = None,
) -> PageSource[ArtifactGroup]:
    """Names of artifacts, each with its newest version and the number of versions; the most recent first.

    Args:
        cls: The class.
        search: Only names that contain this text.
        limit: At most so many items in all; None or -1 for all of them.
        project: Project, if not the client's.
        domain: Domain, if not the client's.
        page_size: How many items to ask for at a time.
        timeout: Deadline in seconds of the call for one page; the client's own when None.
        client: The client to use, if not the current one.

    Raises:
        InvalidArgument: `search` is empty, or a number is out of range.
    """
    from remora.client import resolve_client
    from remora.dual import Page, PageSource
    from remora_api.entities import ArtifactGroup

    found = resolve_client(client)
    scope = scope_of(found, project, domain)
    filters = []
    if search is not None:
        function = common.FilterFunction.CONTAINS_CASE_INSENSITIVE
        filters.append(_filter("name", [required_name(search, "search")], function))

    async def fetch(token: str, size: int) -> Page[ArtifactGroup]:
        request = artifacts.ListArtifactNamesRequest(
            request=common.ListRequest(limit=size, token=token, filters=filters), project_id=scope.project_id
        )
        response = await artifacts.ArtifactServiceStub(found).list_artifact_names(request, timeout=timeout)
        return Page([ArtifactGroup(item, client=found) for item in response.groups], response.token)

    return PageSource(fetch, limit=None if limit == -1 else limit, page_size=page_size)


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
    required_name(key, "key", longest=64)
    schema = await _schema(found, scope, _check_name(name), deadline.left())
    if key not in schema.all_keys:
        raise InvalidArgument(
            f"key: artifact {name!r} has no partition key {key!r}", hint=f"it has {', '.join(schema.all_keys)}"
        )
    request = artifacts.ListPartitionValuesRequest(
        request=common.ListRequest(limit=limit, filters=_partition_filters(_both(partitions, fixed))),
        project_id=scope.project_id,
        name=name,
        key=key,
    )
    response = await artifacts.ArtifactServiceStub(found).list_partition_values(request, timeout=deadline.left())
    return sorted(parsed_value(value, schema, key) for value in response.values)[:limit]


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
        name=_name(scope_of(found, project, domain), _check_name(name)), partition_schema=schema.to_pb2()
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
    return await _schema(found, scope_of(found, project, domain), _check_name(name), timeout)


async def delete_artifact(self: Artifact, *, timeout: float | None = None) -> None:
    """Delete this version of the artifact. What it refers to in the object store stays.

    Args:
        self: The artifact.
        timeout: Deadline of the call in seconds.

    Raises:
        NotFound: the version does not exist any more.
    """
    from remora.client import resolve_client

    request = artifacts.DeleteArtifactRequest(artifact_id=self.pb2.artifact_id)
    stub = artifacts.ArtifactServiceStub(RetrySafe(resolve_client(self._client)))  # IDEMPOTENT, says the proto
    await stub.delete_artifact(request, timeout=timeout)


async def _schema(client: Client, scope: Scope, name: str, timeout: float | None) -> PartitionSchema:
    request = artifacts.GetArtifactSchemaRequest(name=_name(scope, name))
    response = await artifacts.ArtifactServiceStub(client).get_artifact_schema(request, timeout=timeout)
    schema = response.partition_schema or artifacts.ArtifactPartitionSchema()
    return PartitionSchema.from_pb2(schema, response.declared)


async def _page(
    client: Client,
    scope: Scope,
    name: str | None,
    filters: list[common.Filter],
    latest: bool,
    token: str,
    size: int,
    timeout: float | None,
) -> artifacts.ListArtifactsResponse:
    request = artifacts.ListArtifactsRequest(
        request=common.ListRequest(limit=size, token=token, filters=filters),
        project_id=scope.project_id,
        name=name,
        latest_per_partition=latest,
    )
    return await artifacts.ArtifactServiceStub(client).list_artifacts(request, timeout=timeout)


def _partition_filters(values: Mapping[str, Any]) -> list[common.Filter]:
    labels, moment = wire_partitions(values)
    keys = () if labels is None else tuple(labels.value)
    filters = [_filter(f"partition.{key}", [values[key]]) for key in keys]
    if moment is not None:
        filters.append(_filter("time_partition", [wire_time(start_of(values[moment.key], moment.key))]))
    return filters


def _filter(
    field: str, values: list[str], function: common.FilterFunction = common.FilterFunction.EQUAL
) -> common.Filter:
    if not values:
        raise InvalidArgument(f"the filter on {field} has no value")
    if len(values) > 1:
        function = common.FilterFunction.VALUE_IN
    return common.Filter(function=function, field=field, values=values)


def _both(first: Mapping[str, Any] | None, second: Mapping[str, Any]) -> dict[str, Any]:
    given = dict(first or {})
    if twice := sorted(given.keys() & second.keys()):
        raise InvalidArgument(f"partitions: {', '.join(twice)} is given twice")
    return {**given, **second}


def _parents(parents: Sequence[str | core.ArtifactVersionId] | None, scope: Scope) -> list[core.ArtifactVersionId]:
    if isinstance(parents, str):
        raise TypeError("parents: expected a list, got one string")
    found = [_parent(item, scope) if isinstance(item, str) else item for item in parents or ()]
    if len(found) > _MOST_PARENTS:
        raise InvalidArgument(f"parents: {len(found)} are too many, {_MOST_PARENTS} is the most")
    return found


def _parent(tracker: str, scope: Scope) -> core.ArtifactVersionId:
    """An identifier from its text, `[[org/]project/domain/]name@version`."""
    path, separator, version = tracker.rpartition("@")
    parts = path.split("/")
    if not separator or not version or len(parts) not in (1, 3, 4) or not all(parts[-3:]):
        hint = "'project/domain/name@version', as `Artifact.tracker` gives it"
        raise InvalidArgument(f"parents: {tracker!r} is no artifact", hint=hint)
    org, project, domain = {
        1: (scope.org, scope.project, scope.domain),
        3: (scope.org, *parts[:2]),
        4: tuple(parts[:3]),
    }[len(parts)]
    key = core.ArtifactKey(org=org, project=project, domain=domain, name=parts[-1])
    return core.ArtifactVersionId(key=key, version=version)


def _check_name(name: str) -> str:
    required_name(name, "name")
    if not all(char.isascii() and (char.isalnum() or char in "._-") for char in name):
        raise InvalidArgument(f"name: {name!r} cannot be the name of an artifact", hint="letters, digits, ., _ and -")
    return name


def _name(scope: Scope, name: str) -> artifacts.ArtifactName:
    return artifacts.ArtifactName(org=scope.org, project=scope.project, domain=scope.domain, name=name)


def _present(message: artifacts.Artifact | None, name: str) -> artifacts.Artifact:
    if message is None:
        raise Internal(f"the answer about artifact {name} holds no artifact")
    return message
