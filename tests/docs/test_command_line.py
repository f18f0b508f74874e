"""docs/command-line.md, executed: its commands print what the page shows, with the exit codes that it names."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import remora
from remora.commands import exits
from remora.testing import ControlPlane

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "command-line.md").read_text("utf-8")
BLOCK = re.compile(r"^<!-- (run(?:: exit \d+)?|output|errors) -->\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Counts words; fails when it is told so.
COUNT = """
import sys
print(sys.argv[1])
open(sys.argv[2] + "/words", "w").write(str(len(sys.argv[1].split())))
sys.exit(sys.argv[1] == "fail")
"""


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A shell that finds `remora`, and a control plane with the page's task."""
    with (
        ControlPlane() as plane,
        remora.Client(plane.endpoint, project="flytesnacks", domain="development"),
    ):
        remora.Project.create("flytesnacks", "Flytesnacks")
        remora.Task.deploy(
            "stats.count",
            version="v1",
            image="python:3.12-slim",
            command=[sys.executable, "-c", COUNT, "{{.inputs.text}}", "/var/outputs"],
            inputs={"text": str, "top": int},
            outputs={"words": int},
        )
        found = {key: value for key, value in os.environ.items() if not key.startswith("FLYTE")}
        yield found | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(tmp_path),
            "FLYTE_ADMIN_ENDPOINT": plane.endpoint,
            "FLYTE_TASK_PROJECT": "flytesnacks",
            "FLYTE_TASK_DOMAIN": "development",
        }


def stable(text: str) -> str:
    """Without what is another one each time: moments and lengths of time."""
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "MOMENT", text)
    return re.sub(r"\d+\.\ds\b", "LENGTH", text)


def without_progress(text: str) -> str:
    """What `--wait` tells meanwhile is not on the page."""
    return re.sub(r"^\w+: .* after .* s.*\n", "", text, flags=re.MULTILINE)


def test_the_page(environment: dict[str, str], tmp_path: Path) -> None:
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    blocks = BLOCK.findall(PAGE)
    assert sum(mark.startswith("run") for mark, _ in blocks) >= 8
    done = subprocess.CompletedProcess("", 0, "", "")
    for mark, text in blocks:
        if mark.startswith("run"):
            done = subprocess.run(
                ["bash", "-uo", "pipefail", "-c", text],
                cwd=tmp_path,
                env=environment,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert done.returncode == int(mark.rpartition(" ")[2] if "exit" in mark else 0), (text, done.stderr)
        elif mark == "output":
            assert stable(done.stdout) == stable(text)
        else:
            assert without_progress(done.stderr) == text


def test_the_table_has_every_exit_code() -> None:
    rows = re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)
    assert rows == sorted(
        {str(code) for name, code in vars(exits).items() if name.isupper() and name != "_CODES"}, key=int
    )
