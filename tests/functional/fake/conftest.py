"""The golden telemetry package, which has all four kinds of methods."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from remora.testing.fixtures import fake_server as fake_server
from remora_api.testing import fake_remora_api as fake_remora_api

GENERATED = Path(__file__).resolve().parents[2] / "golden" / "telemetry" / "expected"


@pytest.fixture(scope="session")
def api() -> Iterator[Any]:
    """The package `telemetry_api.telemetry.v1`."""
    sys.path.insert(0, str(GENERATED))
    try:
        yield importlib.import_module("telemetry_api.telemetry.v1")
    finally:
        sys.path.remove(str(GENERATED))
        for name in [name for name in sys.modules if name.partition(".")[0] == "telemetry_api"]:
            del sys.modules[name]
