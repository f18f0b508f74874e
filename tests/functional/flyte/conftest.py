"""One control plane for the tests of a module; each test uses names of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import remora
from remora.testing import ControlPlane


@pytest.fixture(scope="module")
def plane_options() -> dict[str, Any]:
    """Arguments of the control plane; a module overrides it to run against others."""
    return {}


@pytest.fixture(scope="module")
def plane(plane_options: dict[str, Any]) -> Iterator[ControlPlane]:
    with ControlPlane(**plane_options) as running:
        yield running


@pytest.fixture
def client(plane: ControlPlane) -> Iterator[remora.Client]:
    """The current client of the test; faults that the test injects end with it."""
    with plane.client() as current:
        yield current
    plane.faults.clear()


class Shell:
    """Deploys tasks that are one shell command."""

    def __init__(self, plane: ControlPlane) -> None:
        # Not closed before the control plane stops: tasks remember their client.
        self._client = plane.client()

    def __call__(self, name: str, script: str, **arguments: Any) -> remora.TaskDetails:
        """Deploy a task; blocks."""
        command = ["sh", "-c", script]
        return remora.Task.deploy(name, image="alpine:3.20", command=command, client=self._client, **arguments)


@pytest.fixture(scope="module")
def shell(plane: ControlPlane) -> Shell:
    return Shell(plane)
