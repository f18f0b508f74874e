"""Artifacts: publishing, finding, partitions and values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timezone
from typing import Any

import pytest

from remora import File, PartitionSchema
from remora.errors import InvalidArgument, NotFound, RemoraError, ValuesError
from remora_api.entities import Artifact, ArtifactGroup
from remora_api.flyteidl2 import artifact, common, core
from remora_api.google.protobuf import Timestamp

DAY = date(2025, 1, 31)
HOUR = datetime(2025, 1, 31, 6, 30, tzinfo=timezone.utc)


@pytest.fixture
def service(client: Any) -> Any:
    """A client whose server gives back what it is given."""
    kept: list[artifact.Artifact] = []

    def create(request: Any) -> Any:
        kept.append(artifact.Artifact(artifact_id=request.artifact_id, spec=request.spec))
        return artifact.CreateArtifactResponse(artifact=kept[-1])

    client.answers["CreateArtifact"] = create
    client.answers["GetArtifact"] = lambda request: artifact.GetArtifactResponse(artifact=kept[-1])
    client.answers["ListArtifacts"] = lambda request: artifact.ListArtifactsResponse(artifacts=kept)
    client.answers["DeleteArtifact"] = lambda request: artifact.DeleteArtifactResponse()
    return client


async def test_a_file_is_published_and_read_back(service: Any) -> None:
    made = await Artifact.create.aio(
        File("s3://bucket/ranker.pt"),
        name="ranker",
        version="v1",
        kind="model",
        attrs={"auc": "0.93"},
        description="the ranker",
        external_ref="job 7",
        partitions={"day": DAY, "region": "eu"},
        parents=["sales@v1", "other/dev/raw@v2", "acme/other/dev/raw@v3"],
        client=service,
    )
    spec = service.requests("CreateArtifact")[0].spec
    assert spec.time_partition.key == "day"
    assert spec.time_partition.granularity == core.Granularity.DAY
    keys = [item.key for item in spec.parent_artifacts]
    assert [(key.org, key.project, key.name) for key in keys] == [
        ("", "proj", "sales"),
        ("", "other", "raw"),
        ("acme", "other", "raw"),
    ]
    assert (made.name, made.version, made.kind, made.description) == ("ranker", "v1", "model", "the ranker")
    assert made.attrs == {"auc": "0.93", "kind": "model"}
    assert made.partitions == {"day": DAY, "region": "eu"}
    assert made.tracker == "proj/dev/ranker@v1"
    assert made.source == "job 7"
    assert made.source_run_url is None
    assert made.url == "https://console.example.com/v2/domain/dev/project/proj/artifacts/ranker"
    assert made.artifact_version_id.key == core.ArtifactKey(project="proj", domain="dev", name="ranker")
    assert await made.to_python.aio() == File("s3://bucket/ranker.pt")
    assert (await made.coerce_to_literal.aio(File)).scalar.blob.uri == "s3://bucket/ranker.pt"  # type: ignore[union-attr]


@dataclass
class Point:
    x: int
    y: float


async def test_values_and_types(service: Any) -> None:
    made = await Artifact.create.aio({"x": 1, "y": 2}, name="p", python_type=dict, client=service)
    assert len(made.version) == 32
    assert made.kind == "generic"
    assert await made.to_python.aio(Point) == Point(1, 2.0)
    with pytest.raises(ValuesError, match="value: expected int, got dict"):
        await made.to_python.aio(int)
    with pytest.raises(ValuesError, match="value"):
        await Artifact.create.aio(object(), name="p", client=service)
    with pytest.raises(RemoraError, match="without its value"):
        await Artifact(artifact.Artifact(), client=service).to_python.aio()


async def test_looking_for_versions(service: Any) -> None:
    await Artifact.create.aio(1, name="n", client=service)
    await Artifact.get.aio("n", client=service)
    await Artifact.get.aio("n", "v1", client=service)
    newest, exact = service.requests("GetArtifact")
    assert (newest.version, exact.version) == (None, "v1")
    await Artifact.get.aio("n", partitions={"hour": HOUR}, region="eu", client=service)
    request = service.requests("ListArtifacts")[0]
    assert request.request.limit == 1
    assert [(item.field, item.values) for item in request.request.filters] == [
        ("partition.region", ["eu"]),
        ("time_partition", ["2025-01-31T06:00:00Z"]),
    ]
    service.answers["ListArtifacts"] = lambda request: artifact.ListArtifactsResponse()
    with pytest.raises(NotFound, match="no version with the partitions"):
        await Artifact.get.aio("n", region="us", client=service)


def test_filters_of_a_list(service: Any) -> None:
    found = Artifact.listall(
        "n", HOUR, -1, kind="model", attrs={"a": ["1", "2"]}, source_run="r1", latest_per_partition=True, client=service
    )
    assert list(found) == []
    (request,) = service.requests("ListArtifacts")
    assert request.latest_per_partition
    assert [(item.field, item.function.name, item.values) for item in request.request.filters] == [
        ("source_run", "EQUAL", ["r1"]),
        ("user_metadata.kind", "EQUAL", ["model"]),
        ("user_metadata.a", "VALUE_IN", ["1", "2"]),
        ("created_at", "GREATER_THAN", ["2025-01-31T06:30:00Z"]),
    ]


async def test_schemas_and_their_values(client: Any) -> None:
    schema = PartitionSchema("day", "day", ("region",), declared=True)
    client.answers["DeclareArtifact"] = lambda request: artifact.DeclareArtifactResponse()
    client.answers["GetArtifactSchema"] = lambda request: artifact.GetArtifactSchemaResponse(
        partition_schema=schema.to_pb2(), declared=True
    )
    client.answers["ListPartitionValues"] = lambda request: artifact.ListPartitionValuesResponse(
        values=["2025-01-31T00:00:00Z", "2025-01-30T00:00:00Z"]
    )
    assert await Artifact.declare.aio("sales", {"day": "day", "region": str}, client=client) == schema
    assert client.requests("DeclareArtifact")[0].partition_schema == schema.to_pb2()
    assert await Artifact.get_schema.aio("sales", client=client) == schema
    assert schema.all_keys == ("day", "region")
    days = await Artifact.partition_values.aio("sales", "day", region="eu", client=client)
    assert days == [date(2025, 1, 30), DAY]
    with pytest.raises(InvalidArgument, match="no partition key 'dya'"):
        await Artifact.partition_values.aio("sales", "dya", client=client)


async def test_names_with_their_newest_versions(client: Any) -> None:
    schema = artifact.ArtifactPartitionSchema(
        time_partition=artifact.TimePartitionKey(key="hour", granularity=core.Granularity.HOUR)
    )
    identifier = artifact.ArtifactIdentifier(name=artifact.ArtifactName(project="p", domain="d", name="n"), version="v")
    group = artifact.ArtifactGroup(
        latest=artifact.Artifact(artifact_id=identifier),
        versions=7,
        partition_schema=schema,
        latest_time_partition=Timestamp.from_datetime(HOUR),
    )
    client.answers["ListArtifactNames"] = lambda request: artifact.ListArtifactNamesResponse(groups=[group])
    (found,) = [item async for item in Artifact.list_names.aio("n", client=client)]
    assert isinstance(found, ArtifactGroup)
    assert (found.name, found.versions, found.latest.version) == ("n", 7, "v")
    assert found.partition_schema == PartitionSchema("hour", "hour", ())
    assert found.latest_time_partition == HOUR
    assert ArtifactGroup(artifact.ArtifactGroup(), client=client).partition_schema is None


async def test_deleting(service: Any) -> None:
    made = await Artifact.create.aio(1, name="n", version="v", client=service)
    await made.delete.aio()
    assert service.requests("DeleteArtifact")[0].artifact_id.version == "v"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({}, "name is missing"),
        ({"name": ""}, "name is empty"),
        ({"name": "a/b"}, "name: 'a/b'"),
        ({"name": "n" * 10_000_000}, "name has"),
        ({"name": "n", "version": ""}, "version is empty"),
        ({"name": "n", "kind": "odd"}, "kind: 'odd'"),
        ({"name": "n", "description": "d" * 256}, "description has 256"),
        ({"name": "n", "parents": ["x"]}, "parents: 'x'"),
        ({"name": "n", "partitions": {"": "x"}}, "partitions is empty"),
        ({"name": "n", "partitions": {"a": datetime(2025, 1, 1)}}, "no time zone"),  # noqa: DTZ001
        ({"name": "n", "partitions": {"a": DAY, "b": DAY}}, "only one value can be a time"),
    ],
)
async def test_bad_input(service: Any, arguments: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidArgument, match=named):
        await Artifact.create.aio(1, client=service, **arguments)
    assert service.calls == []


async def test_exclusive_parameters(service: Any) -> None:
    with pytest.raises(InvalidArgument, match="version or partitions"):
        await Artifact.get.aio("n", "v1", region="eu", client=service)
    with pytest.raises(InvalidArgument, match="region is given twice"):
        await Artifact.get.aio("n", partitions={"region": "eu"}, region="us", client=service)
    with pytest.raises(TypeError, match="parents"):
        await Artifact.create.aio(1, name="n", parents="a@1", client=service)
    with pytest.raises(InvalidArgument, match="only one key can be for time"):
        await Artifact.declare.aio("n", {"a": date, "b": "hour"}, client=service)
    assert service.calls == []
    assert common.FilterFunction.EQUAL == 0
