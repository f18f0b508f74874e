"""Small proto trees with one nasty feature each: generated, imported, type-checked and called over a real server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from remora_codegen import write
from remora_codegen.config import Settings
from remora_codegen.generate import render

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FRAGMENTS = sorted(path.parent.name for path in HERE.glob("*/use_*.py"))


def generate(name: str, out: Path) -> None:
    package = f"frag_{name}"
    write.write(out, package, render(Settings(protos=HERE / name, package=package)))


def run(command: list[str], path: list[Path], directory: Path) -> subprocess.CompletedProcess[str]:
    """Run a command that finds Python modules in some directories."""
    joined = os.pathsep.join(str(item) for item in path)
    environment = {**os.environ, "PYTHONPATH": joined, "MYPYPATH": joined, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, check=False, timeout=240
    )


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of all fragments, beside the programs that use it."""
    out = tmp_path_factory.mktemp("fragments")
    for name in FRAGMENTS:
        generate(name, out)
        shutil.copy(HERE / name / f"use_{name}.py", out)
    shutil.copy(HERE / "serving.py", out)
    shutil.copy(ROOT / "pyproject.toml", out)
    return out


def tool(name: str) -> str:
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def test_there_are_fragments() -> None:
    assert len(FRAGMENTS) >= 10
    assert {path.name for path in HERE.iterdir() if list(path.rglob("*.proto"))} == set(FRAGMENTS)


@pytest.mark.parametrize("name", FRAGMENTS)
def test_calls_over_a_real_server(name: str, tmp_path: Path) -> None:
    generate(name, tmp_path)
    program = [sys.executable, "-W", "error", str(HERE / name / f"use_{name}.py")]
    done = run(program, [tmp_path, HERE], tmp_path)
    assert done.returncode == 0, done.stderr
    assert (done.stdout, done.stderr) == ("done\n", "")


def test_types(everything: Path, request: pytest.FixtureRequest) -> None:
    """mypy --strict over the output of all fragments and the programs that use it, without exemptions."""
    kept = getattr(request.config, "cache", None)
    cache = everything / ".mypy_cache" if kept is None else kept.mkdir("fragments-mypy")
    options = ["--strict", "--python-version=3.10", "--follow-imports=silent", "--config-file=", f"--cache-dir={cache}"]
    done = run([tool("mypy"), *options, "."], [everything], everything)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no issues found" in done.stdout


def test_types_in_pyright(everything: Path) -> None:
    config = {
        "include": [f"frag_{name}" for name in FRAGMENTS] + [f"use_{name}.py" for name in FRAGMENTS],
        "extraPaths": [str(ROOT / name) for name in ("src", "generated")],
        "pythonVersion": "3.10",
        "typeCheckingMode": "standard",
    }
    (everything / "pyrightconfig.json").write_text(json.dumps(config))
    done = run([tool("pyright"), "--pythonpath", sys.executable, "-p", "."], [], everything)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("0 errors")


def test_lint_and_format(everything: Path) -> None:
    """Clean but for the rules about names (A, N), which the .proto files decide."""
    ruff = tool("ruff")
    for command in (["check", "--ignore=A,N"], ["format", "--check"]):
        done = run([ruff, *command, "--no-cache", *(f"frag_{name}" for name in FRAGMENTS)], [], everything)
        assert done.returncode == 0, done.stdout + done.stderr
