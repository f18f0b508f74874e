"""README.md and docs/: their Python samples run, and their commands are the ones that are tested."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import remora
from remora.testing import ControlPlane

ROOT = Path(__file__).resolve().parents[2]
# The endpoint that samples name; the test's own control plane takes its place.
EXAMPLE_ENDPOINT = "http://localhost:8090"
README = (ROOT / "README.md").read_text()
# test_your_own_service.py runs the samples of that page, which need what its commands make.
PAGES = [page for page in (ROOT / "docs").glob("*.md") if page.name != "your-own-service.md"]
PAGES = [ROOT / "README.md", *sorted(PAGES)]
_SAMPLE = re.compile(r"(?:^<!-- (?P<mark>[\w-]+) -->\n)?^```python\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)


def samples() -> Iterator[tuple[str, str]]:
    """Every Python sample that opens a connection: to the example endpoint, or to a server of its own."""
    for page in PAGES:
        for number, match in enumerate(_SAMPLE.finditer(page.read_text()), start=1):
            if EXAMPLE_ENDPOINT in match["code"] or "with FakeServer(" in match["code"]:
                yield f"{page.name}-{number}", match["code"]


SAMPLES = dict(samples())


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A control plane that holds what the samples speak of."""
    with (
        ControlPlane() as plane,
        remora.Client(plane.endpoint, project="flytesnacks", domain="development"),
    ):
        remora.Project.create("flytesnacks", "Flytesnacks")
        count = "import sys; print(sys.argv[1]); open(sys.argv[3] + '/words', 'w').write(str(len(sys.argv[1].split())))"
        remora.Task.deploy(
            "stats.count",
            version="v1",
            image="python:3.12-slim",
            command=[sys.executable, "-c", count, "{{.inputs.text}}", "{{.inputs.top}}", "/var/outputs"],
            inputs={"text": str, "top": int},
            outputs={"words": int},
        )
        yield plane.endpoint


def test_there_are_samples() -> None:
    assert sum(name.startswith("README") for name in SAMPLES) >= 2


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_runs(name: str, endpoint: str, tmp_path: Path) -> None:
    script = tmp_path / "sample.py"
    script.write_text(SAMPLES[name].replace(EXAMPLE_ENDPOINT, endpoint))
    environment = {key: value for key, value in os.environ.items() if not key.startswith("FLYTE")}
    command = [sys.executable, "-W", "error", str(script)]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, timeout=60, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_continuous_integration_runs_the_documented_test_command() -> None:
    commands = re.search(r"<!-- tests -->\n```sh\n(.+?)\n```", README, re.DOTALL)
    assert commands is not None
    assert commands[1].endswith("nox")


def fenced(mark: str) -> str:
    """The block of README.md below a mark."""
    match = re.search(rf"<!-- {re.escape(mark)} -->\n```\w+\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert match is not None, mark
    return match[1]


def shell(command: str, folder: Path, **environment: str) -> str:
    """Run a documented command with this interpreter's scripts first on the path; its output."""
    scripts = str(Path(sys.executable).parent)
    variables = {key: value for key, value in os.environ.items() if not key.startswith("FLYTE")} | environment
    variables["PATH"] = f"{scripts}{os.pathsep}{variables['PATH']}"
    done = subprocess.run(
        command, shell=True, cwd=folder, env=variables, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_configuration_explains_itself(tmp_path: Path) -> None:
    text = shell(fenced("config"), tmp_path, HOME=str(tmp_path))
    assert "flyte.example.com" in text
    assert "FLYTE_ADMIN_ENDPOINT" in text


def test_own_protos_become_a_package(tmp_path: Path) -> None:
    (tmp_path / "protos").mkdir()
    for name in ("protos/library.proto", "library.yaml"):
        (tmp_path / name).write_text(fenced(f"own protos: {name}"))
    shell(fenced("own protos: command"), tmp_path)
    code = (
        "import inspect; from library_api.entities import Book; "
        "print(inspect.iscoroutinefunction(Book.get.aio), sorted(inspect.signature(Book.listall).parameters))"
    )
    text = shell(f'"{sys.executable}" -c "{code}"', tmp_path, PYTHONPATH=str(tmp_path / "src"))
    assert text.startswith("True")
    assert "shelf" in text
