"""A generated package as other people get it: a wheel, installed, and checked from a program that uses it."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

Remora = Callable[..., tuple[int, list[str], list[str]]]

PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "acme-api"
version = "1.0"
dependencies = ["remora"]

[tool.hatch.build.targets.wheel]
packages = ["src/acme_api"]
"""
PROGRAM = """\
from datetime import datetime

from acme_api.acme.orders.v1 import Order as Message, OrderServiceStub
from acme_api.entities import Order
from remora.client import Client


def use(client: Client) -> None:
    order: Order = Order.get("o-1", timeout=5)
    created: datetime | None = order.created_at
    message: Message = order.pb2
    marks: list[int] = message.marks
    wrong: int = order.order_id


async def use_async(client: Client) -> None:
    order: Order = await Order.get.aio("o-1")
    stub = OrderServiceStub(client)
    answer: Message = await stub.import_([Message(order_id="o-2")])
    wrong: int = answer.order_id
"""
WRONG = {13, 20}


def test_a_consumer_of_the_wheel(project: Path, remora: Remora) -> None:
    """Typed for mypy --strict and pyright, with no dependency but the runtime."""
    missing = [name for name in ("hatchling", "mypy", "pyright") if find_spec(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed")
    assert remora("generate", "--package", "acme_api", "--manifest", "acme.yaml", "--out", "src")[0] == 0
    (project / "pyproject.toml").write_text(PYPROJECT)
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "dist"], project)
    (wheel,) = (project / "dist").glob("*.whl")
    python, site = environment(project / "env")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
        names = archive.namelist()
    assert "acme_api/py.typed" in names
    assert {top for path in site.glob("acme_api/**/*.py") for top in imported(path)} <= {
        *sys.stdlib_module_names,
        "remora",
        "remora_api",
    }
    consumer = project / "consumer"
    consumer.mkdir()
    (consumer / "use.py").write_text(PROGRAM)

    options = ["--strict", "--config-file=", "--cache-dir=/dev/null", "--no-error-summary"]
    done = run([sys.executable, "-m", "mypy", *options, f"--python-executable={python}", "use.py"], consumer, 1)
    assert {int(line.split(":")[1]) for line in done.stdout.splitlines()} == WRONG, done.stdout
    done = run([sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", str(python), "use.py"], consumer, 1)
    errors = [item for item in json.loads(done.stdout)["generalDiagnostics"] if item["severity"] == "error"]
    assert {item["range"]["start"]["line"] + 1 for item in errors} == WRONG, done.stdout


def environment(folder: Path) -> tuple[Path, Path]:
    """An interpreter that sees what this one sees, and the directory where packages are installed for it."""
    venv.create(folder, symlinks=True)
    python = folder / "bin/python"
    code = "import sysconfig; print(sysconfig.get_paths()['purelib'])"
    site = Path(run([str(python), "-c", code], folder).stdout.strip())
    (site / "here.pth").write_text("\n".join(entry for entry in sys.path if entry and Path(entry).is_dir()))
    return python, site


def imported(path: Path) -> set[str]:
    """The top packages that a module imports by absolute name."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found.add(node.module.partition(".")[0])
    return found


def run(command: list[str], folder: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done
