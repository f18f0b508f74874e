"""A control plane, and the command line in this process and in others."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import remora
from remora.commands.run import run
from remora.testing import ControlPlane
from remora_api.commands import PROGRAM

COUNT = """
import sys
print("counting")
print(sys.argv[1])
open(sys.argv[2] + "/words", "w").write(str(len(sys.argv[1].split())))
sys.exit(sys.argv[1] == "fail")
"""


@pytest.fixture(scope="module")
def plane() -> Iterator[ControlPlane]:
    """A control plane with tasks: `stats.count`, and `slow.sleep`, which ends when somebody aborts it."""
    with ControlPlane() as running, running.client() as client:
        remora.Task.deploy(
            "stats.count",
            version="v1",
            image="python:3.12-slim",
            command=[sys.executable, "-c", COUNT, "{{.inputs.text}}", "/var/outputs"],
            inputs={"text": str, "top": int},
            outputs={"words": int},
        )
        command = ["sh", "-c", "echo begun; sleep 600"]
        remora.Task.deploy("slow.sleep", version="v1", image="alpine:3.20", command=command)
        assert client.config.project
        yield running


@dataclass(frozen=True)
class Done:
    """What a command has said."""

    code: int
    out: str
    err: str


class CommandLine:
    """Runs commands in this process."""

    def __init__(self, environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
        self.environment = environment
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Done:
        code = run(PROGRAM, arguments, name="remora")
        written = self._capsys.readouterr()
        return Done(code, written.out, written.err)


@pytest.fixture
def command(
    plane: ControlPlane, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> CommandLine:
    """Runs `remora ...` with the settings of the control plane in the environment."""
    pytest.importorskip("click")
    with plane.client() as client:
        config = client.config
    for name in [name for name in os.environ if name.startswith(("FLYTE", "UNION", "REMORA"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("FLYTE_ADMIN_ENDPOINT", plane.endpoint)
    monkeypatch.setenv("FLYTE_TASK_PROJECT", str(config.project))
    monkeypatch.setenv("FLYTE_TASK_DOMAIN", str(config.domain))
    monkeypatch.chdir(tmp_path)
    return CommandLine(dict(os.environ), capsys)
