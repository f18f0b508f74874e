"""docs/testing.md, executed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "testing.md").read_text("utf-8")


def blocks(mark: str) -> list[str]:
    return re.findall(rf"^<!-- {mark} -->\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def run(place: Path, *command: str) -> str:
    done = subprocess.run([sys.executable, *command], cwd=place, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_program_runs(tmp_path: Path) -> None:
    (program,) = blocks("program")
    (tmp_path / "program.py").write_text(program, "utf-8")
    assert run(tmp_path, "-W", "error", "program.py").splitlines()[0] == "demo after 2 calls"


def test_the_test_passes_with_the_plugins(tmp_path: Path) -> None:
    (conftest,), (test,) = blocks("conftest"), blocks("test")
    (tmp_path / "conftest.py").write_text(conftest, "utf-8")
    (tmp_path / "test_it.py").write_text(test, "utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider -p no:asyncio -W error\n")
    assert "1 passed" in run(tmp_path, "-m", "pytest", "-q")


def test_functions_for_streams_are_as_they_should_be(tmp_path: Path) -> None:
    (function,) = blocks("function")
    check = "\nimport inspect\nassert inspect.isasyncgenfunction(totals)\n"
    (tmp_path / "function.py").write_text(function + check, "utf-8")
    run(tmp_path, "function.py")


def test_the_contract_test_is_a_generated_one() -> None:
    (shown,) = blocks("generated")
    golden = ROOT / "tests" / "golden" / "library" / "expected" / "contract" / "test_book.py"
    assert shown in golden.read_text("utf-8")
