"""What the contract tests of `telemetry_api` share: one server, which forgets everything before each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from telemetry_api.testing import FakeServer

from remora.contract.v1.testing import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from remora.contract.v1.entities import Client


@pytest.fixture(scope="session")
def shared_server() -> Iterator[FakeServer]:
    """The server of all tests."""
    with FakeServer() as server:
        yield server


@pytest.fixture(scope="session")
def client(shared_server: FakeServer) -> Client:
    """A client of the server; each of its settings is its own name."""
    return shared_server.client(
        validate=False,
        retry=RetryPolicy(attempts=1),
        timeout=10,
    )


@pytest.fixture
def fake(shared_server: FakeServer) -> FakeServer:
    """The server for one test."""
    return shared_server.reset()
