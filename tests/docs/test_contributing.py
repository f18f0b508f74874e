"""The walk-through of CONTRIBUTING.md, executed on a copy of the manifest and against a control plane."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from remora.testing import ControlPlane

ROOT = Path(__file__).resolve().parents[2]


def block(name: str) -> str:
    """The fenced block below `<!-- walkthrough: name -->`."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    match = re.search(rf"<!-- walkthrough: {name} -->\n```\w+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert match is not None, name
    return match[1]


def bearer() -> str:
    """An unsigned JWT; the control plane reads its claims without checking them, as the open-source backend does."""
    claims = {"sub": "u-1", "name": "Ada Lovelace", "email": "ada@example.com"}
    parts = ({"alg": "none"}, claims)
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join((*encoded, ""))


def test_the_walkthrough_works_as_written(tmp_path: Path) -> None:
    for name in ("protos", "codegen", "templates", "src", "pyproject.toml", "README.md"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / name)
    manifest = tmp_path / "codegen" / "manifests" / "flyte.yaml"
    manifest.write_text(manifest.read_text() + "\n" + block("manifest"))
    # The copy's own sources come first, wherever this test itself is installed.
    paths = [str(tmp_path / part) for part in ("generated", "src", "codegen")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    command = block("generate").split()
    assert command[0] == "remora"
    subprocess.run([sys.executable, "-m", "remora.cli", *command[1:]], cwd=tmp_path, env=environment, check=True)

    with ControlPlane() as plane:
        script = block("use").replace("http://localhost:8090", plane.endpoint).replace("TOKEN", bearer())
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["Ada Lovelace", "ada@example.com"]
