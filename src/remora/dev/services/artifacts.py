"""ArtifactService."""

from __future__ import annotations

from remora.channel.service import ServerContext
from remora.dev.plane import Plane
from remora.dev.services.identity import identity
from remora.dev.store import artifacts, projects
from remora.dev.store.artifact_partitions import describe, partition_of, same_schema
from remora.dev.store.artifacts import ArtifactKey, Schema
from remora.dev.store.database import Transaction
from remora.dev.store.paging import offset_of, page_request
from remora.dev.store.query import Where, equals, order_by, sorts, where
from remora.errors import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound
from remora_api.flyteidl2.artifact import (
    Artifact,
    ArtifactName,
    ArtifactPartitionSchema,
    ArtifactServiceBase,
    CreateArtifactRequest,
    CreateArtifactResponse,
    DeclareArtifactRequest,
    DeclareArtifactResponse,
    DeleteArtifactRequest,
    DeleteArtifactResponse,
    GetArtifactRequest,
    GetArtifactResponse,
    GetArtifactSchemaRequest,
    GetArtifactSchemaResponse,
    ListArtifactMetadataKeysRequest,
    ListArtifactMetadataKeysResponse,
    ListArtifactNamesRequest,
    ListArtifactNamesResponse,
    ListArtifactsRequest,
    ListArtifactsResponse,
    ListPartitionValuesRequest,
    ListPartitionValuesResponse,
)
from remora_api.flyteidl2.common import ListRequest, ProjectIdentifier

# This list has no tokens.
_MAX_VALUES = 1000


class ArtifactService(ArtifactServiceBase):
    """Typed values that are published under a name and a version."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane

    async def create_artifact(self, request: CreateArtifactRequest, context: ServerContext) -> CreateArtifactResponse:
        """Publish a version. The first one fixes the partition keys of the name, unless they were declared.

        Raises:
            AlreadyExists: The version exists.
            NotFound: There is no such project.
        """
        identifier, spec = request.artifact_id, request.spec
        key = _key(identifier.name if identifier is not None else None, "artifact_id.name")
        version = identifier.version if identifier is not None else ""
        if not version:
            raise InvalidArgument("artifact_id.version is required")
        if spec is None or spec.value is None or spec.type is None:
            raise InvalidArgument("spec.value and spec.type are required")
        partition = partition_of(spec)
        caller = identity(context.metadata)

        def work(tx: Transaction) -> Artifact:
            projects.require(tx, key.project)
            created = artifacts.create(tx, key, version, spec, partition, caller)
            if created is None:
                raise AlreadyExists(f'version "{version}" of {key} already exists')
            return created

        return CreateArtifactResponse(artifact=await self._plane.database.run(work))

    async def get_artifact(self, request: GetArtifactRequest, context: ServerContext) -> GetArtifactResponse:
        """One version, or the newest when none is named."""
        key, version = _key(request.name, "name"), request.version or ""
        found = await self._plane.database.run(lambda tx: artifacts.get(tx, key, version))
        if found is None:
            raise NotFound(f'version "{version}" of {key} not found' if version else f"{key} not found")
        return GetArtifactResponse(artifact=found)

    async def delete_artifact(self, request: DeleteArtifactRequest, context: ServerContext) -> DeleteArtifactResponse:
        """Remove a version; one that is not there is passed over."""
        identifier = request.artifact_id
        key = _key(identifier.name if identifier is not None else None, "artifact_id.name")
        if identifier is None or not identifier.version:
            raise InvalidArgument("artifact_id.version is required")
        version = identifier.version
        await self._plane.database.run(lambda tx: artifacts.delete(tx, key, version))
        return DeleteArtifactResponse()

    async def list_artifacts(self, request: ListArtifactsRequest, context: ServerContext) -> ListArtifactsResponse:
        """A page of versions, the newest first."""
        condition = _scope(request.project_id, request.name)
        if request.latest_per_partition:
            condition &= artifacts.NEWEST_OF_PARTITION
        listing = request.request or ListRequest()
        page = page_request(listing.limit, listing.token)
        condition &= where(listing.filters, artifacts.COLUMNS)
        order = order_by(sorts(listing), artifacts.COLUMNS, artifacts.DEFAULT_ORDER, artifacts.TIEBREAK)
        found, token = await self._plane.database.run(lambda tx: artifacts.page(tx, condition, order, page))
        return ListArtifactsResponse(artifacts=found, token=token)

    async def list_artifact_names(
        self, request: ListArtifactNamesRequest, context: ServerContext
    ) -> ListArtifactNamesResponse:
        """A page of names with their newest version, the name that was published last first."""
        scope = _scope(request.project_id, None)
        listing = request.request or ListRequest()
        page = page_request(listing.limit, listing.token)
        condition = where(listing.filters, artifacts.GROUP_COLUMNS)
        order = order_by(sorts(listing), artifacts.GROUP_COLUMNS, artifacts.GROUP_ORDER, "name")
        found, token = await self._plane.database.run(lambda tx: artifacts.groups(tx, scope, condition, order, page))
        return ListArtifactNamesResponse(groups=found, token=token)

    async def list_artifact_metadata_keys(
        self, request: ListArtifactMetadataKeysRequest, context: ServerContext
    ) -> ListArtifactMetadataKeysResponse:
        """The keys of all metadata in a project, or of one name."""
        scope = _scope(request.project_id, request.name)
        return ListArtifactMetadataKeysResponse(
            keys=await self._plane.database.run(lambda tx: artifacts.metadata_keys(tx, scope))
        )

    async def declare_artifact(
        self, request: DeclareArtifactRequest, context: ServerContext
    ) -> DeclareArtifactResponse:
        """Fix the partition keys of a name before its first version.

        Raises:
            FailedPrecondition: They are fixed already, to others.
        """
        key, given = _key(request.name, "name"), request.partition_schema
        if given is None:
            raise InvalidArgument("partition_schema is required")

        def work(tx: Transaction) -> ArtifactPartitionSchema:
            projects.require(tx, key.project)
            old = artifacts.schema(tx, key)
            if old is not None and not same_schema(old.keys, given):
                raise FailedPrecondition(f"{key} has {describe(old.keys)}, not {describe(given)}")
            artifacts.keep_schema(tx, key, given, declared=True)
            return given if old is None else old.keys

        return DeclareArtifactResponse(partition_schema=await self._plane.database.run(work))

    async def get_artifact_schema(
        self, request: GetArtifactSchemaRequest, context: ServerContext
    ) -> GetArtifactSchemaResponse:
        """The partition keys of a name, and whether they were declared."""
        key = _key(request.name, "name")
        found = await self._plane.database.run(lambda tx: artifacts.schema(tx, key))
        if found is None:
            raise NotFound(f"{key} not found")
        return GetArtifactSchemaResponse(partition_schema=found.keys, declared=found.declared)

    async def list_partition_values(
        self, request: ListPartitionValuesRequest, context: ServerContext
    ) -> ListPartitionValuesResponse:
        """The values of one partition key among the versions that pass the filters, in order; times in RFC 3339.

        Raises:
            NotFound: There is no such name, or it has no such key.
        """
        scope = _scope(request.project_id, request.name)
        project = request.project_id or ProjectIdentifier()
        key = ArtifactKey(project.name, project.domain, request.name)
        if not request.name or not request.key:
            raise InvalidArgument("name and key are required")
        listing = request.request or ListRequest()
        if listing.limit > _MAX_VALUES:
            raise InvalidArgument(f"invalid limit: {listing.limit} (exceeds maximum of {_MAX_VALUES})")
        limit, offset = listing.limit or _MAX_VALUES, offset_of(listing.token)
        condition = scope & where(listing.filters, artifacts.COLUMNS)

        def work(tx: Transaction) -> list[str]:
            found = artifacts.schema(tx, key)
            if found is None:
                raise NotFound(f"{key} not found")
            if request.key not in _keys(found):
                raise NotFound(f"{key} has no partition key {request.key!r}; it has {describe(found.keys)}")
            return artifacts.partition_values(tx, condition, request.key, limit, offset)

        return ListPartitionValuesResponse(values=await self._plane.database.run(work))


def _keys(schema: Schema) -> list[str]:
    time = schema.keys.time_partition
    return [*([time.key] if time is not None else []), *schema.keys.partition_keys]


def _key(name: ArtifactName | None, field: str) -> ArtifactKey:
    if name is None:
        raise InvalidArgument(f"{field} is required")
    for part in ("project", "domain", "name"):
        if not getattr(name, part):
            raise InvalidArgument(f"{field}.{part} is required")
    return ArtifactKey(name.project, name.domain, name.name)


def _scope(project: ProjectIdentifier | None, name: str | None) -> Where:
    if project is None:
        raise InvalidArgument("project_id is required")
    condition = equals("project", project.name)
    if project.domain:
        condition &= equals("domain", project.domain)
    return condition & equals("name", name) if name else condition
