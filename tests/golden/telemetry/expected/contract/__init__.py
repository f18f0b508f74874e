"""Contract tests of `telemetry_api`."""
