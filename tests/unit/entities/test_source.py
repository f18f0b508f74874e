"""Layout of generated source: what ruff would make of it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from remora_codegen.entities.source import Bracketed, Source, call, flat, keyword, laid_out


def test_a_call_that_fits() -> None:
    made = call("f", ["a", keyword("b", call("g", ["c"]))])
    assert flat(made) == "f(a, b=g(c))"
    assert laid_out(made, 4, "x = ") == ["    x = f(a, b=g(c))"]


def test_the_layout_is_that_of_ruff(tmp_path: Path) -> None:
    """Calls in calls, at all lengths around the limit."""
    lines: list[str] = []
    for width in range(60):
        inner: Source = call("inner", [f"argument_{number}_{'x' * width}" for number in range(2)])
        made = call("outer", ["first", Bracketed("[", (inner, "last"), "]"), keyword("second", inner)])
        choice = (
            f"choice=None if argument_{'x' * width} is None else module.Class.function_of_it(argument_{'x' * width})"
        )
        made_with_choice = call("outer", ["a" * 110, choice, 'other="é" if here else None'])
        lines += ["", "", f"def g{width}():", *laid_out(made_with_choice, 4, "return ")]
        lines += ["", "", f"def f{width}():"]
        lines += [*laid_out(made, 4, "value = "), *laid_out(call("g", [inner]), 4, "return ")]
    path = tmp_path / "code.py"
    path.write_text("\n".join(lines[2:]) + "\n")
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent)) or shutil.which("ruff")
    if ruff is None:
        pytest.skip("ruff is not installed")
    command = [ruff, "format", "--diff", "--no-cache", "--config", "line-length=120", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
