"""The program of docs/your-own-service.md, run with a fresh server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "your-own-service.md").read_text("utf-8")

pytestmark = [pytest.mark.timeout(90), pytest.mark.usefixtures("_only_where_it_is")]


def block(mark: str) -> str:
    (found,) = re.findall(rf"^<!-- {mark} -->\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


@pytest.mark.parametrize(("which", "printed"), [("server", "printed"), ("server with users", "printed with users")])
def test_it_prints_what_the_page_says(
    which: str, printed: str, etcd_server: Callable[..., Any], sdk: Any, tmp_path: Path
) -> None:
    program = tmp_path / "program.py"
    program.write_text(block(which).replace("http://127.0.0.1:2379", etcd_server().url), "utf-8")
    paths = [str(Path(sdk.entities.__file__).parents[2]), str(ROOT / "examples" / "etcd")]
    done = subprocess.run(
        [sys.executable, "-W", "error", str(program)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == block(printed)


def test_the_command_line(etcd_server: Callable[[], Any], sdk: Any) -> None:
    etcd = etcd_server()
    paths = [str(Path(sdk.entities.__file__).parents[2]), str(ROOT / "examples" / "etcd")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "FLYTE_ADMIN_ENDPOINT": etcd.url}

    def command(*arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "etcd_api", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout

    assert command("key", "put", "cli/name", "Emma")[0] == 0
    assert etcd.ctl("get", "cli/name", "--print-value-only").strip() == "Emma"
    etcd.ctl("put", "cli/size", "3")
    assert command("key", "list", "cli/", "--output", "name") == (0, "cli/name\ncli/size\n")
    assert command("key", "delete", "cli/name") == (0, "1\n")
    assert command("key", "get", "cli/name") == (3, "")
    assert "default" in command("member", "list")[1]
