from __future__ import annotations

import sys
from pathlib import Path

import pytest

from remora.dev.executor.command import Command, CommandContext, build_command
from remora.dev.executor.failures import AttemptFailed
from remora.dev.executor.sandbox import Sandbox
from remora.dev.literals import make
from remora.dev.store.actions import ActionKey
from remora_api.flyteidl2.core import Container, DataLoadingConfig, KeyValuePair, Literal

DATA = DataLoadingConfig(enabled=True, input_path="/var/inputs", output_path="/var/outputs")


def build(
    container: Container, tmp_path: Path, overrides: list[KeyValuePair] | None = None, **inputs: Literal
) -> Command:
    context = CommandContext(
        key=ActionKey("p", "d", "r", "a0"),
        attempt=2,
        endpoint="http://127.0.0.1:1234",
        raw_data=Path("/raw"),
        inputs=inputs,
        overrides=overrides or [],
    )
    return build_command(container, Sandbox(tmp_path, DATA), context)


def test_paths_and_templates(tmp_path: Path) -> None:
    container = Container(
        command=["sh", "-c"],
        args=["cat /var/inputs/x > /var/outputs/y; echo {{.inputs.x}} {{.perRetryUniqueKey}} {{.rawOutputDataPrefix}}"],
    )
    command = build(container, tmp_path, x=make.string("/var/inputs is data"))
    assert command.arguments[0].endswith("/sh")
    assert command.arguments[2] == (
        f"cat {tmp_path}/inputs/x > {tmp_path}/outputs/y; echo /var/inputs is data r-a0-1 /raw"
    )


def test_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_USER", "1")
    container = Container(
        command=["sh"],
        env=[KeyValuePair(key="A", value="container"), KeyValuePair(key="DIR", value="/var/outputs/sub")],
    )
    environment = build(container, tmp_path, [KeyValuePair(key="A", value="run")]).environment
    assert environment["A"] == "run"
    assert environment["DIR"] == f"{tmp_path}/outputs/sub"
    assert "SECRET_OF_THE_USER" not in environment
    assert environment["HOME"] == str(tmp_path)
    assert environment["FLYTE_OUTPUTS_DIR"] == f"{tmp_path}/outputs"
    assert environment["_U_EP_OVERRIDE"] == "127.0.0.1:1234"
    assert environment["RUN_NAME"] == "r"


def test_python_is_always_there(tmp_path: Path) -> None:
    empty_path = [KeyValuePair(key="PATH", value=str(tmp_path))]
    for name in ("python", "python3", "python3.9"):
        assert build(Container(command=[name]), tmp_path, empty_path).arguments[0] == sys.executable


def test_a_program_of_the_sandbox(tmp_path: Path) -> None:
    script = tmp_path / "inputs" / "script"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\n")
    script.chmod(0o700)
    assert build(Container(command=["/var/inputs/script"]), tmp_path).arguments == (str(script),)
    assert build(Container(command=["inputs/script"]), tmp_path).arguments == (str(script),)


@pytest.mark.parametrize(
    ("container", "message"),
    [
        (Container(image="python:3.12"), "the container has neither command nor args"),
        (Container(command=["no-such-program"]), "command 'no-such-program' not found"),
        (Container(command=["/no/such/program"]), "command '/no/such/program' not found"),
        (Container(command=["echo", "{{.inputs.y}}"]), "refers to input 'y'; the run has: x"),
        (Container(command=["echo", "{{.inputs.x}}"]), "input 'x' cannot be put into the command"),
        (Container(command=["echo", "a\0b"]), "NUL"),
        (Container(command=["sh"], env=[KeyValuePair(key="A=B")]), "'A=B' is not a variable"),
        (Container(command=["sh"], env=[KeyValuePair()]), "'' is not a variable"),
    ],
)
def test_what_cannot_run(tmp_path: Path, container: Container, message: str) -> None:
    with pytest.raises(AttemptFailed, match=message) as caught:
        build(container, tmp_path, x=Literal())
    assert not caught.value.retry
