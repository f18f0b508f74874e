"""Artifacts: published values with a name and versions. Creating, reading and deleting one version."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, TypeVar

from remora.bindings import RetrySafe
from remora.errors import Internal, InvalidArgument, NotFound
from remora.flyte.artifact_filters import given_partitions, partition_filters
from remora.flyte.artifact_kind import KIND_KEY, KINDS, Kind
from remora.flyte.artifact_lists import artifacts_page
from remora.flyte.artifact_names import LONGEST_REFERENCE, artifact_name, checked_name, parent_ids
from remora.flyte.interface import literal_type
from remora.flyte.parameters import one_of, optional_name, required_name, string_map, text
from remora.flyte.partitions import wire_partitions
from remora.flyte.scope import scope_of
from remora.flyte.to_literal import to_literal
from remora_api.flyteidl2 import artifact as artifacts
from remora_api.flyteidl2 import core

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from remora.client import Client
    from remora_api.entities import Artifact

ArtifactT = TypeVar("ArtifactT", bound="Artifact")

_LONGEST_DESCRIPTION = 255


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
    checked_name(name)
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
        parent_artifacts=parent_ids(parents, scope),
        partitions=labels,
        time_partition=moment,
    )
    if external_ref is not None:
        required_name(external_ref, "external_ref", longest=LONGEST_REFERENCE)
        spec.source = artifacts.ArtifactSource(external_ref=external_ref)
    identifier = artifacts.ArtifactIdentifier(
        name=artifact_name(scope, name), version=optional_name(version, "version") or uuid.uuid4().hex
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
    wanted = given_partitions(partitions, partition_kwargs)
    if wanted and version != "latest":
        raise InvalidArgument("give version or partitions, not both")
    scope = scope_of(found, project, domain)
    if wanted:
        filters = partition_filters(wanted)
        page = await artifacts_page(found, scope, checked_name(name), filters, False, "", 1, timeout)
        if not page.artifacts:
            raise NotFound(f"artifact {name!r} has no version with the partitions {wanted!r}")
        return cls(page.artifacts[0], client=found)
    request = artifacts.GetArtifactRequest(name=artifact_name(scope, checked_name(name)))
    if version != "latest":
        request.version = required_name(version, "version")
    response = await artifacts.ArtifactServiceStub(found).get_artifact(request, timeout=timeout)
    return cls(_present(response.artifact, name), client=found)


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


def _present(message: artifacts.Artifact | None, name: str) -> artifacts.Artifact:
    if message is None:
        raise Internal(f"the answer about artifact {name} holds no artifact")
    return message
