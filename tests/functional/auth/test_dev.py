"""The local control plane with logins on."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

import remora
from remora.errors import Unauthenticated
from remora.testing import ControlPlane


def test_the_whole_line_with_a_login(person: Any) -> None:
    with ControlPlane(auth=True, execute=False) as plane:
        with plane.client():
            assert remora.Project.get("testing").id == "testing"
            assert [each.id for each in remora.Project.listall()] == ["testing"]
        assert len(person.opened) == 1
        with plane.client(client_id="remora-service", client_secret=plane.login.client_secret):
            assert remora.Project.get("testing").id == "testing"
        with plane.client(endpoint=None, insecure=None, api_key=plane.login.api_key(plane.endpoint)):
            assert remora.Project.get("testing").id == "testing"
        with plane.client(auth="Passthrough"), pytest.raises(Unauthenticated):
            remora.Project.get("testing")


def test_a_control_plane_without_logins_has_no_provider() -> None:
    with ControlPlane(execute=False) as plane, pytest.raises(RuntimeError, match="auth=True"):
        plane.login  # noqa: B018


def test_the_command(tmp_path: Any) -> None:
    command = [sys.executable, "-m", "remora.dev", "--ephemeral", "--auth", "--project", "demo", "--no-execute"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            facts = json.loads(process.stdout.readline())
            with remora.Client(
                facts["endpoint"],
                client_id=facts["login"]["client_id"],
                client_secret=facts["login"]["client_secret"],
                domain="development",
            ):
                assert remora.Project.get("demo").id == "demo"
        finally:
            process.terminate()
        _, told = process.communicate(timeout=30)
    assert 'auth="DeviceFlow"' in told
    assert facts["login"]["client_secret"] not in told
