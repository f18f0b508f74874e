"""Fixtures for pytest."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from remora.testing.control_plane import ControlPlane
from remora.testing.fake import FakeServer


@pytest.fixture
def control_plane_options() -> dict[str, Any]:
    """Arguments of `ControlPlane` for the fixture `control_plane`; override it where others are needed."""
    return {}


@pytest.fixture
def control_plane(control_plane_options: dict[str, Any]) -> Iterator[ControlPlane]:
    """A control plane with a fresh, temporary state, for one test."""
    with ControlPlane(**control_plane_options) as plane:
        yield plane


@pytest.fixture
def fake_server() -> Iterator[Callable[..., FakeServer]]:
    """Starts fake servers, `fake_server(LibraryBase)`, and stops them after the test."""
    with contextlib.ExitStack() as running:
        yield lambda *services: running.enter_context(FakeServer(*services))
