"""What `TelemetryStub` sends and receives, down to the bytes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from telemetry_api.telemetry import v1 as telemetry_v1

from remora_api.google import protobuf

if TYPE_CHECKING:
    from telemetry_api.testing import FakeServer

    from remora.contract.v1.entities import Client


def test_latest(fake: FakeServer, client: Client) -> None:
    """Call `telemetry.v1.Telemetry/Latest`."""
    request = telemetry_v1.Query(sensor_prefix="sensor_prefix")
    response = telemetry_v1.Sample(
        sensor="sensor",
        taken_at=protobuf.Timestamp(seconds=1, nanos=2),
        quality=telemetry_v1.Quality.GOOD,
        number=4.5,
        battery=7,
        tags={"key": "tags"},
        offsets=[9],
    )
    program = fake.on(telemetry_v1.TelemetryBase.latest)
    program.answer(response)

    stub = telemetry_v1.TelemetryStub(client)
    answer: telemetry_v1.Sample = asyncio.run(stub.latest(request, metadata={"x-contract": "kept"}))

    (call,) = program.calls
    assert call.path == "/telemetry.v1.Telemetry/Latest"
    assert call.requests == [request]
    assert call.metadata["x-contract"] == "kept"
    assert answer == response
    assert bytes(request) == b"\n\rsensor_prefix"
    assert bytes(response) == (
        b"\n\x06sensor\x12\x04\x08\x01\x10\x02\x18\x01!\x00\x00\x00\x00\x00\x00\x12@8\x07B\x0b\n\x03key\x12\x04tagsJ"
        b"\x01\x12"
    )


def test_follow(fake: FakeServer, client: Client) -> None:
    """Call `telemetry.v1.Telemetry/Follow`."""
    request = telemetry_v1.Query(sensor_prefix="sensor_prefix")
    response = telemetry_v1.Sample(
        sensor="sensor",
        taken_at=protobuf.Timestamp(seconds=1, nanos=2),
        quality=telemetry_v1.Quality.GOOD,
        number=4.5,
        battery=7,
        tags={"key": "tags"},
        offsets=[9],
    )
    program = fake.on(telemetry_v1.TelemetryBase.follow)
    program.stream(response, response)

    stub = telemetry_v1.TelemetryStub(client)

    async def read() -> list[telemetry_v1.Sample]:
        responses = stub.follow(request, metadata={"x-contract": "kept"})
        return [response async for response in responses]

    answer = asyncio.run(read())

    (call,) = program.calls
    assert call.path == "/telemetry.v1.Telemetry/Follow"
    assert call.requests == [request]
    assert call.metadata["x-contract"] == "kept"
    assert answer == [response, response]
    assert bytes(request) == b"\n\rsensor_prefix"
    assert bytes(response) == (
        b"\n\x06sensor\x12\x04\x08\x01\x10\x02\x18\x01!\x00\x00\x00\x00\x00\x00\x12@8\x07B\x0b\n\x03key\x12\x04tagsJ"
        b"\x01\x12"
    )


def test_record(fake: FakeServer, client: Client) -> None:
    """Call `telemetry.v1.Telemetry/Record`."""
    request = telemetry_v1.Sample(
        sensor="sensor",
        taken_at=protobuf.Timestamp(seconds=1, nanos=2),
        quality=telemetry_v1.Quality.GOOD,
        number=4.5,
        battery=7,
        tags={"key": "tags"},
        offsets=[9],
    )
    response = telemetry_v1.Summary(
        samples=1,
        last={
            "key": telemetry_v1.Sample(
                sensor="sensor",
                quality=telemetry_v1.Quality.GOOD,
                number=4.5,
                battery=7,
                tags={"key": "tags"},
                offsets=[9],
            ),
        },
    )
    program = fake.on(telemetry_v1.TelemetryBase.record)
    program.answer(response)

    stub = telemetry_v1.TelemetryStub(client)
    answer: telemetry_v1.Summary = asyncio.run(stub.record([request, request], metadata={"x-contract": "kept"}))

    (call,) = program.calls
    assert call.path == "/telemetry.v1.Telemetry/Record"
    assert call.requests == [request, request]
    assert call.metadata["x-contract"] == "kept"
    assert answer == response
    assert bytes(request) == (
        b"\n\x06sensor\x12\x04\x08\x01\x10\x02\x18\x01!\x00\x00\x00\x00\x00\x00\x12@8\x07B\x0b\n\x03key\x12\x04tagsJ"
        b"\x01\x12"
    )
    assert bytes(response) == (
        b"\x08\x01\x12,\n\x03key\x12%\n\x06sensor\x18\x01!\x00\x00\x00\x00\x00\x00\x12@8\x07B\x0b\n\x03key\x12\x04tagsJ"
        b"\x01\x12"
    )


def test_exchange(fake: FakeServer, client: Client) -> None:
    """Call `telemetry.v1.Telemetry/Exchange`."""
    request = telemetry_v1.Sample(
        sensor="sensor",
        taken_at=protobuf.Timestamp(seconds=1, nanos=2),
        quality=telemetry_v1.Quality.GOOD,
        number=4.5,
        battery=7,
        tags={"key": "tags"},
        offsets=[9],
    )
    response = telemetry_v1.Summary(
        samples=1,
        last={
            "key": telemetry_v1.Sample(
                sensor="sensor",
                quality=telemetry_v1.Quality.GOOD,
                number=4.5,
                battery=7,
                tags={"key": "tags"},
                offsets=[9],
            ),
        },
    )
    program = fake.on(telemetry_v1.TelemetryBase.exchange)
    program.stream(response, response)

    stub = telemetry_v1.TelemetryStub(client)

    async def read() -> list[telemetry_v1.Summary]:
        responses = stub.exchange([request, request], metadata={"x-contract": "kept"})
        return [response async for response in responses]

    answer = asyncio.run(read())

    (call,) = program.calls
    assert call.path == "/telemetry.v1.Telemetry/Exchange"
    assert call.requests == [request, request]
    assert call.metadata["x-contract"] == "kept"
    assert answer == [response, response]
    assert bytes(request) == (
        b"\n\x06sensor\x12\x04\x08\x01\x10\x02\x18\x01!\x00\x00\x00\x00\x00\x00\x12@8\x07B\x0b\n\x03key\x12\x04tagsJ"
        b"\x01\x12"
    )
    assert bytes(response) == (
        b"\x08\x01\x12,\n\x03key\x12%\n\x06sensor\x18\x01!\x00\x00\x00\x00\x00\x00\x12@8\x07B\x0b\n\x03key\x12\x04tagsJ"
        b"\x01\x12"
    )
