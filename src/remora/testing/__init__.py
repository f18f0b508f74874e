"""A real control plane for tests.

With pytest, put `pytest_plugins = ["remora.testing"]` into the top-level `conftest.py` and use the fixture:

    def test_something(control_plane):
        with control_plane.client():
            ...

Without pytest, `ControlPlane` is a context manager:

    with ControlPlane() as plane, plane.client():
        ...

`FakeServer` serves any generated service, and answers as the test tells it to; `fake_server` is its fixture.
"""

from __future__ import annotations

import sys

from remora.dev.clocks import ManualClock as ManualClock
from remora.testing.control_plane import ControlPlane as ControlPlane
from remora.testing.fake import FakeServer as FakeServer

__all__ = ["ControlPlane", "FakeServer", "ManualClock"]

# pytest takes fixtures from the names of this module. Where it does not run it is not imported either.
if "pytest" in sys.modules:
    from remora.testing.fixtures import control_plane as control_plane
    from remora.testing.fixtures import control_plane_options as control_plane_options
    from remora.testing.fixtures import fake_server as fake_server
