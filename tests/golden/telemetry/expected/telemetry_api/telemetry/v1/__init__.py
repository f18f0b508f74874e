"""What the proto package `telemetry.v1` defines; every name is imported when it is first used."""

from __future__ import annotations

from remora.contract.v1.messages import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .telemetry_grpc import TelemetryBase as TelemetryBase
    from .telemetry_grpc import TelemetryStub as TelemetryStub
    from .telemetry_pb import Quality as Quality
    from .telemetry_pb import Query as Query
    from .telemetry_pb import Sample as Sample
    from .telemetry_pb import SampleVector as SampleVector
    from .telemetry_pb import Summary as Summary

__all__ = ["Quality", "Query", "Sample", "SampleVector", "Summary", "TelemetryBase", "TelemetryStub"]

_MODULES = {
    "Quality": "telemetry_pb",
    "Query": "telemetry_pb",
    "Sample": "telemetry_pb",
    "SampleVector": "telemetry_pb",
    "Summary": "telemetry_pb",
    "TelemetryBase": "telemetry_grpc",
    "TelemetryStub": "telemetry_grpc",
}

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_names(__name__, _MODULES)
