"""Artifacts: versions, partitions, schemas, and the ways to find them."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from remora.dev.literals import make
from remora.errors import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound
from remora_api.flyteidl2 import artifact, common, core
from remora_api.google.protobuf import Timestamp

PROJECT = common.ProjectIdentifier(name="testing", domain="development")
DAY = artifact.TimePartitionKey(key="ds", granularity=core.Granularity.DAY)


def name(text: str = "model") -> artifact.ArtifactName:
    return artifact.ArtifactName(project="testing", domain="development", name=text)


def partitions(**values: str) -> core.Partitions:
    return core.Partitions(value={key: core.LabelValue(static_value=value) for key, value in values.items()})


def on(day: int, hour: int = 0, granularity: core.Granularity = core.Granularity.DAY) -> core.TimePartition:
    moment = Timestamp.from_datetime(datetime(2024, 1, day, hour, tzinfo=timezone.utc))
    return core.TimePartition(value=core.LabelValue(time_value=moment), key="ds", granularity=granularity)


async def create(api: Any, version: str, text: str = "model", **spec: Any) -> artifact.Artifact:
    identifier = artifact.ArtifactIdentifier(name=name(text), version=version)
    full = artifact.ArtifactSpec(**{"value": make.integer(1), "type": api.integer, **spec})
    request = artifact.CreateArtifactRequest(artifact_id=identifier, spec=full)
    created: artifact.Artifact = (await api.artifacts.create_artifact(request)).artifact
    return created


async def versions(api: Any, *filters: common.Filter, **request: Any) -> list[str]:
    listing = common.ListRequest(filters=list(filters))
    request = {"project_id": PROJECT, "request": listing, **request}
    found = await api.artifacts.list_artifacts(artifact.ListArtifactsRequest(**request))
    return [each.artifact_id.version for each in found.artifacts]


def equal(field: str, *values: str) -> common.Filter:
    function = common.FilterFunction.EQUAL if len(values) == 1 else common.FilterFunction.VALUE_IN
    return common.Filter(field=field, function=function, values=list(values))


async def test_versions(api: Any) -> None:
    first = await create(api, "1")
    assert (first.spec.value, first.created_by, first.partition_schema_mismatch) == (make.integer(1), None, None)
    await create(api, "2")
    with pytest.raises(AlreadyExists, match='version "2" of artifact "model" of testing/development already exists'):
        await create(api, "2")

    async def get(version: str | None) -> artifact.Artifact:
        request = artifact.GetArtifactRequest(name=name(), version=version)
        found: artifact.Artifact = (await api.artifacts.get_artifact(request)).artifact
        return found

    assert await get("1") == first
    assert (await get(None)).artifact_id.version == "2"
    with pytest.raises(NotFound, match='version "3" of artifact "model"'):
        await get("3")
    identifier = artifact.ArtifactIdentifier(name=name(), version="2")
    for _ in range(2):
        await api.artifacts.delete_artifact(artifact.DeleteArtifactRequest(artifact_id=identifier))
    assert (await get(None)).artifact_id.version == "1"
    with pytest.raises(NotFound, match='artifact "other" of testing/development not found'):
        await api.artifacts.get_artifact(artifact.GetArtifactRequest(name=name("other")))


async def test_lists(api: Any) -> None:
    run = common.RunIdentifier(project="testing", domain="development", name="r1")
    task_action = artifact.TaskActionSource(action=common.ActionIdentifier(run=run, name="a0"))
    await create(api, "1", source=artifact.ArtifactSource(task_action=task_action))
    await create(api, "2", source=artifact.ArtifactSource(external_ref="s3://x"))
    await create(api, "3", info=core.ArtifactInfo(user_metadata={"stage": "prod", "it's": "odd"}))
    await create(api, "4", info=core.ArtifactInfo(user_metadata={"stage": "test"}))
    await create(api, "5", "data")
    assert await versions(api) == ["5", "4", "3", "2", "1"]
    assert await versions(api, name="model") == ["4", "3", "2", "1"]
    assert await versions(api, equal("source_run", "r1"), equal("source_action", "a0")) == ["1"]
    assert await versions(api, equal("source_external_ref", "s3://x")) == ["2"]
    assert await versions(api, equal("user_metadata.stage", "prod")) == ["3"]
    assert await versions(api, equal("user_metadata.stage", "prod", "test")) == ["4", "3"]
    assert await versions(api, equal("user_metadata.it's", "odd")) == ["3"]
    for field in ("colour", "user_metadata.", "user_metadata.a\0b", "other.key"):
        with pytest.raises(InvalidArgument, match="invalid filter field"):
            await versions(api, equal(field, "x"))
    seen, token = [], ""
    while True:
        listing = common.ListRequest(
            limit=2,
            token=token,
            sort_by=common.Sort(key="created_at", direction=common.SortDirection.ASCENDING),
        )
        request = artifact.ListArtifactsRequest(project_id=PROJECT, request=listing)
        page = await api.artifacts.list_artifacts(request)
        seen += [each.artifact_id.version for each in page.artifacts]
        token = page.token
        if not token:
            break
    assert seen == ["1", "2", "3", "4", "5"]
    keys = artifact.ListArtifactMetadataKeysRequest(project_id=PROJECT, name="model")
    assert (await api.artifacts.list_artifact_metadata_keys(keys)).keys == ["it's", "stage"]


async def test_partitions(api: Any) -> None:
    await create(api, "1", partitions=partitions(region="eu"), time_partition=on(1, 5))
    await create(api, "2", partitions=partitions(region="us"), time_partition=on(1))
    await create(api, "3", partitions=partitions(region="eu"), time_partition=on(2))
    newest = await create(api, "4", partitions=partitions(region="eu"), time_partition=on(1, 23))
    assert newest.spec.time_partition == on(1)  # cut off to the day
    assert await versions(api, latest_per_partition=True) == ["4", "3", "2"]
    assert await versions(api, equal("partition.region", "us")) == ["2"]
    assert await versions(api, equal("partition.ds", "2024-01-02T00:00:00Z")) == ["3"]
    after = common.Filter(
        field="time_partition", function=common.FilterFunction.GREATER_THAN, values=["2024-01-01T12:00:00Z"]
    )
    assert await versions(api, after) == ["3"]

    async def values(key: str, *filters: common.Filter) -> list[str]:
        request = artifact.ListPartitionValuesRequest(
            project_id=PROJECT, name="model", key=key, request=common.ListRequest(filters=list(filters))
        )
        found: list[str] = (await api.artifacts.list_partition_values(request)).values
        return found

    assert await values("region") == ["eu", "us"]
    assert await values("ds", equal("partition.region", "us")) == ["2024-01-01T00:00:00Z"]
    with pytest.raises(NotFound, match=r"no partition key 'colour'; it has ds \(day\), region"):
        await values("colour")
    names = artifact.ListArtifactNamesRequest(project_id=PROJECT)
    (group,) = (await api.artifacts.list_artifact_names(names)).groups
    assert (group.latest, group.versions) == (newest, 4)
    assert group.partition_schema == artifact.ArtifactPartitionSchema(time_partition=DAY, partition_keys=["region"])
    assert group.latest_time_partition.to_datetime() == datetime(2024, 1, 2, tzinfo=timezone.utc)
    assert group.latest_partitions == [partitions(region="eu")]


async def test_names(api: Any) -> None:
    for each in ("a", "b", "c"):
        await create(api, "1", each)
    await create(api, "2", "a")

    async def names(**listing: Any) -> tuple[list[str], str]:
        request = artifact.ListArtifactNamesRequest(project_id=PROJECT, request=common.ListRequest(**listing))
        found = await api.artifacts.list_artifact_names(request)
        return [group.latest.artifact_id.name.name for group in found.groups], found.token

    assert await names() == (["a", "c", "b"], "")
    assert await names(limit=2) == (["a", "c"], "2")
    assert await names(limit=2, token="2") == (["b"], "")
    contains = common.Filter(field="name", function=common.FilterFunction.CONTAINS, values=["b"])
    assert await names(filters=[contains]) == (["b"], "")


async def test_schemas(api: Any) -> None:
    async def declare(*keys: str, time: artifact.TimePartitionKey | None = None) -> artifact.ArtifactPartitionSchema:
        schema = artifact.ArtifactPartitionSchema(time_partition=time, partition_keys=list(keys))
        request = artifact.DeclareArtifactRequest(name=name(), partition_schema=schema)
        found: artifact.ArtifactPartitionSchema = (await api.artifacts.declare_artifact(request)).partition_schema
        return found

    async def schema(text: str) -> tuple[list[str], bool]:
        found = await api.artifacts.get_artifact_schema(artifact.GetArtifactSchemaRequest(name=name(text)))
        return found.partition_schema.partition_keys, found.declared

    with pytest.raises(NotFound):
        await schema("model")
    await declare("region", "size", time=DAY)
    assert (await declare("size", "region", time=DAY)).partition_keys == ["region", "size"]
    with pytest.raises(FailedPrecondition, match=r"has ds \(day\), region, size, not region"):
        await declare("region")
    assert await schema("model") == (["region", "size"], True)
    other = await create(api, "1", partitions=partitions(region="eu"))
    assert other.partition_schema_mismatch.message == "the version has region, the artifact ds (day), region, size"
    assert await versions(api, equal("partition.region", "eu")) == []
    await create(api, "1", "free")
    assert await schema("free") == ([], False)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"value": None}, "spec.value and spec.type are required"),
        ({"partitions": core.Partitions(value={"a": core.LabelValue()})}, r"spec.partitions\['a'\]: static_value"),
        ({"time_partition": core.TimePartition(key="ds")}, "spec.time_partition.value.time_value is required"),
        ({"time_partition": on(1), "partitions": partitions(ds="x")}, "'ds' is the key of the time and of another"),
    ],
)
async def test_bad_versions(api: Any, spec: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        await create(api, "1", **spec)
    assert await versions(api) == []


async def test_bad_requests(api: Any) -> None:
    with pytest.raises(InvalidArgument, match=r"artifact_id\.name is required"):
        await api.artifacts.create_artifact(artifact.CreateArtifactRequest())
    with pytest.raises(InvalidArgument, match="project_id is required"):
        await api.artifacts.list_artifacts(artifact.ListArtifactsRequest())
    unknown = artifact.ArtifactName(project="none", domain="d", name="x")
    request = artifact.DeclareArtifactRequest(name=unknown, partition_schema=artifact.ArtifactPartitionSchema())
    with pytest.raises(NotFound, match='project "none" not found'):
        await api.artifacts.declare_artifact(request)
