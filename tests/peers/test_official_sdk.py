"""The official SDK reads, from the local control plane, what Remora's client started there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

import remora
from remora.testing import ControlPlane

HERE = Path(__file__).resolve().parent
# Newer grpcio and protobuf releases break this version of the official SDK.
OFFICIAL = ("flyte==2.0.0b38", "grpcio==1.76.0", "protobuf<7")


@pytest.fixture(scope="session")
def official_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An environment that holds nothing but the official SDK; kept where REMORA_PEERS_HOME says."""
    home = Path(os.environ.get("REMORA_PEERS_HOME") or tmp_path_factory.mktemp("official"))
    interpreter = home / "flyte-2.0.0b38" / "bin" / "python"
    marker = interpreter.parents[1] / "installed"
    if not marker.exists():
        venv.create(interpreter.parents[1], with_pip=True, clear=True)
        subprocess.run([str(interpreter), "-m", "pip", "install", "-q", *OFFICIAL], check=True)
        marker.touch()
    return str(interpreter)


def test_official_sdk_reads_what_remora_started(official_python: str, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    wait_for_gate = f"import pathlib, time\nwhile not pathlib.Path({str(gate)!r}).exists(): time.sleep(0.02)"
    with ControlPlane() as plane, remora.Client(plane.endpoint, project="peers", domain="development"):
        remora.Project.create("peers", "Peers")
        quick = remora.Task.deploy("peers.quick", version="v1", image="local", command=["true"], inputs={"n": int})
        slow = remora.Task.deploy(
            "peers.slow", version="v1", image="local", command=[sys.executable, "-c", wait_for_gate]
        )
        finished = quick.run(n=1)
        finished.wait(timeout=30)
        running = slow.run()
        running.wait(wait_for="running", timeout=30)
        arguments = ["peers", "development", finished.name, running.name, "peers.quick", "v1", str(gate)]
        command = [official_python, str(HERE / "official_sdk.py"), plane.endpoint.removeprefix("http://"), *arguments]
        official = subprocess.run(
            command, capture_output=True, text=True, cwd=tmp_path, env=_clean_environment(), timeout=120, check=False
        )
        assert official.returncode == 0, official.stderr
        assert running.sync().done()
    seen = json.loads(official.stdout.splitlines()[-1])
    assert seen["runs"] == sorted([finished.name, running.name])
    assert finished.name in seen["succeeded"]
    assert seen["run"] == {
        "name": finished.name,
        "phase": "ACTION_PHASE_SUCCEEDED",
        "done": True,
        "task": "peers.quick",
    }
    assert seen["tasks"] == [["peers.quick", "v1"], ["peers.slow", "v1"]]
    assert seen["task"] == {"name": "peers.quick", "version": "v1", "type": "container", "required": ["n"]}
    assert seen["latest"] == "v1"
    assert seen["actions"] == ["a0"]
    assert seen["watched"][0] == "ACTION_PHASE_RUNNING"
    assert seen["watched"][-1] == "ACTION_PHASE_SUCCEEDED"


def _clean_environment() -> dict[str, str]:
    """No setting of this shell may reach the official SDK."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("FLYTE", "UCTL", "PYTHON"))}
