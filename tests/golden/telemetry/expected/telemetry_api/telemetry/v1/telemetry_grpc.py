"""Stubs and server bases of `telemetry.proto`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from remora.contract.v1.services import Method, ServerBase, Shape, unimplemented

from .telemetry_pb import Query, Sample, Summary

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping

    from remora.contract.v1.services import Caller, Metadata, ResponseStream, ServerContext

_LATEST = Method("/telemetry.v1.Telemetry/Latest", Query, Sample, Shape.UNARY_UNARY, idempotent=True)
_FOLLOW = Method("/telemetry.v1.Telemetry/Follow", Query, Sample, Shape.UNARY_STREAM)
_RECORD = Method("/telemetry.v1.Telemetry/Record", Sample, Summary, Shape.STREAM_UNARY)
_EXCHANGE = Method("/telemetry.v1.Telemetry/Exchange", Sample, Summary, Shape.STREAM_STREAM)


class TelemetryStub:
    """Takes measurements and tells about them."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def latest(self, request: Query, *, timeout: float | None = None, metadata: Metadata | None = None) -> Sample:
        """Reads the last measurement of a sensor."""
        return await self._caller.unary_unary(_LATEST, request, timeout=timeout, metadata=metadata)

    def follow(
        self, request: Query, *, timeout: float | None = None, metadata: Metadata | None = None
    ) -> ResponseStream[Sample]:
        """Follows measurements as they come.

        The stream ends when the client closes it.
        """
        return self._caller.unary_stream(_FOLLOW, request, timeout=timeout, metadata=metadata)

    async def record(
        self,
        requests: Iterable[Sample] | AsyncIterable[Sample],
        *,
        timeout: float | None = None,
        metadata: Metadata | None = None,
    ) -> Summary:
        """Stores measurements."""
        return await self._caller.stream_unary(_RECORD, requests, timeout=timeout, metadata=metadata)

    def exchange(
        self,
        requests: Iterable[Sample] | AsyncIterable[Sample],
        *,
        timeout: float | None = None,
        metadata: Metadata | None = None,
    ) -> ResponseStream[Summary]:
        """Call `telemetry.v1.Telemetry/Exchange` and iterate over its responses.

        Deprecated.
        """
        return self._caller.stream_stream(_EXCHANGE, requests, timeout=timeout, metadata=metadata)


class TelemetryBase(ServerBase):
    """Serve `telemetry.v1.Telemetry`: inherit and override; methods left alone answer UNIMPLEMENTED."""

    METHODS: ClassVar[Mapping[str, Method[Any, Any]]] = {
        "latest": _LATEST,
        "follow": _FOLLOW,
        "record": _RECORD,
        "exchange": _EXCHANGE,
    }

    async def latest(self, request: Query, context: ServerContext) -> Sample:
        """Reads the last measurement of a sensor."""
        raise unimplemented(_LATEST.name)

    def follow(self, request: Query, context: ServerContext) -> AsyncIterator[Sample]:
        """Follows measurements as they come.

        The stream ends when the client closes it.
        """
        raise unimplemented(_FOLLOW.name)

    async def record(self, requests: AsyncIterator[Sample], context: ServerContext) -> Summary:
        """Stores measurements."""
        raise unimplemented(_RECORD.name)

    def exchange(self, requests: AsyncIterator[Sample], context: ServerContext) -> AsyncIterator[Summary]:
        """Serve `telemetry.v1.Telemetry/Exchange`.

        Deprecated.
        """
        raise unimplemented(_EXCHANGE.name)
