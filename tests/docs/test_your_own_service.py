"""docs/your-own-service.md, executed; the part with a server in tests/peers/etcd."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^<!-- (file: \S+|run|output) -->\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_walk_through(tmp_path: Path) -> None:
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    shutil.copytree(ROOT / "examples" / "etcd", tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("etcd_api"))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ran, printed = [], ""
    for mark, text in BLOCK.findall((ROOT / "docs" / "your-own-service.md").read_text("utf-8")):
        if mark == "run":
            command = ["bash", "-euo", "pipefail", "-c", text]
            environment = {**os.environ, "PATH": path}
            done = subprocess.run(
                command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
            )
            assert done.returncode == 0, done.stdout + done.stderr
            printed = done.stdout
            ran.append(text)
        elif mark == "output":
            assert printed == text
        else:
            (tmp_path / mark.removeprefix("file: ")).write_text(text, "utf-8")
    assert len(ran) == 4
    assert (tmp_path / "etcd_api" / "entities" / "lease.py").exists()
