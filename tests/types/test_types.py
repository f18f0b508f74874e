"""Typed programs of a consumer: those in `pass` must have no errors, those in `fail` exactly the ones they name.

A program in `fail` names the errors of a line in comments right above it, one per checker and error:

    # error-mypy: arg-type
    # error-pyright: reportArgumentType
    run.wait(timeout="soon")

The checkers look at the package that is installed for the interpreter in REMORA_TYPES_PYTHON, else for the one that
runs this test. The programs are copied away first, so settings of the checkout have no say.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
PYTHON = os.environ.get("REMORA_TYPES_PYTHON") or sys.executable
EXPECTED = re.compile(r"\s*# error-(?P<checker>mypy|pyright): (?P<code>[\w-]+)\s*$")

Found = set[tuple[str, int, str]]
"""File below the programs' folder, line, and code or rule of an error."""


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs in a folder of their own, with settings that a strict consumer would have."""
    folder = tmp_path_factory.mktemp("types")
    for kind in ("pass", "fail"):
        shutil.copytree(HERE / kind, folder / kind)
    (folder / "mypy.ini").write_text("[mypy]\nstrict = true\nwarn_unreachable = true\n")
    (folder / "pyrightconfig.json").write_text('{"strict": ["pass"], "include": ["pass", "fail"]}')
    return folder


@pytest.fixture(scope="module")
def mypy(programs: Path) -> Found:
    """What mypy finds."""
    files = [str(path.relative_to(programs)) for path in sorted(programs.rglob("*.py"))]
    command = [sys.executable, "-m", "mypy", "--python-executable", PYTHON, "--no-incremental", "--output", "json"]
    # Without this, a checkout on the path of this interpreter would be looked at.
    environment = {name: value for name, value in os.environ.items() if name not in ("MYPYPATH", "PYTHONPATH")}
    done = _run([*command, *files], programs, environment)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {(item["file"], item["line"], item["code"]) for item in found if item["severity"] == "error"}


@pytest.fixture(scope="module")
def pyright(programs: Path) -> Found:
    """What pyright finds."""
    command = [sys.executable, "-m", "pyright", "--pythonpath", PYTHON, "--outputjson"]
    done = _run(command, programs, dict(os.environ))
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found = json.loads(done.stdout)["generalDiagnostics"]
    errors = [item for item in found if item["severity"] == "error"]
    root = programs.resolve()
    return {
        (str(Path(item["file"]).relative_to(root)), item["range"]["start"]["line"] + 1, item.get("rule", ""))
        for item in errors
    }


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def expected(programs: Path, checker: str) -> Found:
    """The errors that the programs name."""
    found: Found = set()
    for path in sorted((programs / "fail").glob("*.py")):
        waiting: list[str] = []
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            match = EXPECTED.fullmatch(line)
            if match is None:
                found |= {(str(path.relative_to(programs)), number, code) for code in waiting}
                waiting = []
            elif match["checker"] == checker:
                waiting.append(match["code"])
    return found


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_each_checker_finds_exactly_the_named_errors(
    programs: Path, checker: str, request: pytest.FixtureRequest
) -> None:
    found: Found = request.getfixturevalue(checker)
    wanted = expected(programs, checker)
    assert len(wanted) > 10
    unexpected = sorted(f"{file}:{line}: {code}" for file, line, code in found - wanted)
    missing = sorted(f"{file}:{line}: {code}" for file, line, code in wanted - found)
    assert (unexpected, missing) == ([], [])
