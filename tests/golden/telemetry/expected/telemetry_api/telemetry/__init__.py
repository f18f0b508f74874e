"""The proto package `telemetry`, which only holds other packages."""
