"""Lists of artifacts: their versions, and their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from remora.flyte.artifact_filters import given_partitions, partition_filters, value_filter
from remora.flyte.artifact_kind import KIND_KEY, KINDS, Kind
from remora.flyte.artifact_names import LONGEST_REFERENCE, checked_name
from remora.flyte.parameters import aware, one_of, required_name
from remora.flyte.scope import scope_of
from remora.flyte.time_filter import wire_time
from remora_api.flyteidl2 import artifact as artifacts
from remora_api.flyteidl2 import common

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from remora.client import Client
    from remora.dual import Page, PageSource
    from remora.flyte.scope import Scope
    from remora_api.entities import Artifact, ArtifactGroup

ArtifactT = TypeVar("ArtifactT", bound="Artifact")


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
    filters = partition_filters(given_partitions(partitions, partition_kwargs))
    for field, value, parameter in (
        ("source_run", source_run, "source_run"),
        ("source_action", source_action, "source_action"),
        ("source_external_ref", source_external_ref, "source_external_ref"),
    ):
        if value is not None:
            filters.append(value_filter(field, [required_name(value, parameter, longest=LONGEST_REFERENCE)]))
    if kind is not None:
        filters.append(value_filter(f"user_metadata.{KIND_KEY}", [one_of(kind, "kind", KINDS)]))
    for key, wanted in (attrs or {}).items():
        values = [wanted] if isinstance(wanted, str) else list(wanted)
        filters.append(value_filter(f"user_metadata.{required_name(key, 'attrs')}", values))
    if created_after is not None:
        moment = wire_time(aware(created_after, "created_after"))
        filters.append(value_filter("created_at", [moment], common.FilterFunction.GREATER_THAN))
    if name is not None:
        checked_name(name)

    async def fetch(token: str, size: int) -> Page[ArtifactT]:
        page = await artifacts_page(found, scope, name, filters, latest_per_partition, token, size, timeout)
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
        filters.append(value_filter("name", [required_name(search, "search")], function))

    async def fetch(token: str, size: int) -> Page[ArtifactGroup]:
        request = artifacts.ListArtifactNamesRequest(
            request=common.ListRequest(limit=size, token=token, filters=filters), project_id=scope.project_id
        )
        response = await artifacts.ArtifactServiceStub(found).list_artifact_names(request, timeout=timeout)
        return Page([ArtifactGroup(item, client=found) for item in response.groups], response.token)

    return PageSource(fetch, limit=None if limit == -1 else limit, page_size=page_size)


async def artifacts_page(
    client: Client,
    scope: Scope,
    name: str | None,
    filters: list[common.Filter],
    latest: bool,
    token: str,
    size: int,
    timeout: float | None,
) -> artifacts.ListArtifactsResponse:
    """Read one page of versions.

    Args:
        client: Makes the call.
        scope: Where they are.
        name: Name of the artifact; None for all of them.
        filters: The filters; all of them have to be met.
        latest: Only the newest version of each partition.
        token: Where the page begins.
        size: Versions of one page.
        timeout: Deadline of the call in seconds.
    """
    request = artifacts.ListArtifactsRequest(
        request=common.ListRequest(limit=size, token=token, filters=filters),
        project_id=scope.project_id,
        name=name,
        latest_per_partition=latest,
    )
    return await artifacts.ArtifactServiceStub(client).list_artifacts(request, timeout=timeout)
