"""The hooks of pre-commit and the workflow of GitHub Actions: their commands, run as those tools run them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/generated-code.yml").read_text())
TABLE = '[tool.remora]\nprotos = "protos"\nmanifest = "acme.yaml"\nout = "src"\npackage = "acme_api"\n'


def shell(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command as bash does in a job, with the scripts of this environment first."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    variables = {**os.environ, "PATH": path, **environment}
    bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command]
    return subprocess.run(bash, env=variables, capture_output=True, text=True, check=False)


@pytest.fixture
def branch(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone with generated code, on a branch that began at origin/main."""
    for tool in ("git", "bash"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    (project / "pyproject.toml").write_text(TABLE)
    identity = "-c user.name=A -c user.email=a@example.com"
    done = shell(
        f"remora generate && git init -q -b main && git add . && git {identity} commit -qm first && "
        "git update-ref refs/remotes/origin/main HEAD && git checkout -qb topic"
    )
    assert done.returncode == 0, done.stderr
    return project


def step(name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(item for item in WORKFLOW["jobs"]["check"]["steps"] if item.get("name") == name)
    return found


def test_the_workflow(branch: Path) -> None:
    command, summary = step("Check")["run"], branch / "summary.md"
    environment = {"BASE": "main", "GITHUB_STEP_SUMMARY": str(summary)}
    done = shell(command, **environment)
    assert (done.returncode, done.stderr) == (0, "generated code is fresh\n")
    assert "Nothing changed." in summary.read_text()
    proto = branch / "protos/acme/orders/v1/orders.proto"
    proto.write_text(proto.read_text().replace("string card = 7;", "string card = 17;"))
    done = shell(f"remora generate && {command}", **environment)
    assert done.returncode == 6
    assert "| `field acme.orders.v1.Order.card` | its number was 7 and is 17 |" in summary.read_text()


def test_the_workflow_fetches_the_history_and_installs_what_it_runs() -> None:
    steps = WORKFLOW["jobs"]["check"]["steps"]
    assert steps[0]["with"]["fetch-depth"] == 0
    assert step("Install the generator")["run"] == "pip install '.[codegen]'"


def test_the_hook_that_generates(branch: Path) -> None:
    hook = HOOKS["remora-generate"]
    proto = branch / "protos/acme/shared/money.proto"
    proto.write_text(proto.read_text().replace("sint64 cents = 2;", "sint64 cents = 2; bool rounded = 3;"))
    assert all(re.search(hook["files"], name) for name in ("protos/a.proto", "acme.yaml", "pyproject.toml", "f.py"))
    done = shell(hook["entry"])
    assert (done.returncode, done.stderr) == (0, "")
    assert "rounded" in (branch / "src/acme_api/acme/shared/money_pb.py").read_text()
    # pre-commit fails a commit when a hook changed a file.
    assert shell("git diff --quiet").returncode == 1


def test_the_hook_that_checks(branch: Path) -> None:
    entry = HOOKS["remora-check"]["entry"]
    assert shell(entry).returncode == 0
    (branch / "src/acme_api/acme/shared/money_pb.py").unlink()
    done = shell(entry)
    assert done.returncode == 1
    assert done.stdout.startswith("src/acme_api/acme/shared/money_pb.py: missing\n")
