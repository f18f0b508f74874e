"""`import remora` is light, and everything is behind it."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

import remora

HEAVY = (
    "asyncio",
    "grpclib",
    "h2",
    "httpx",
    "ssl",
    "yaml",
    "rich",
    "sqlite3",
    "jinja2",
    "betterproto2",
    "google.protobuf",
)


@pytest.mark.parametrize(
    "statement",
    [
        "import remora",
        "import remora; remora.Run",
        "from remora import Run, Task, Project; Run.listall",
        "import remora; remora.errors.NotFound",
    ],
)
def test_touching_an_entity_loads_nothing_heavy(run_script: Any, statement: str) -> None:
    done = run_script(f"{statement}\nimport sys\nprint([name for name in {HEAVY!r} if name in sys.modules])")
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_importing_starts_no_thread_and_makes_no_client(run_script: Any) -> None:
    done = run_script(
        """
        import remora, threading
        remora.Run
        client = remora.init("http://127.0.0.1:1", project="p")
        import sys
        print(threading.active_count(), "asyncio" in sys.modules, "grpclib" in sys.modules)
        """
    )
    assert (done.stdout, done.stderr) == ("1 False False\n", "")


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(AttributeError, match="module 'remora' has no attribute 'Runn'"):
        remora.Runn  # noqa: B018
    with pytest.raises(AttributeError):
        remora._private  # noqa: B018


def test_what_checkers_see_is_what_there_is() -> None:
    source = Path(str(remora.__file__)).read_text(encoding="utf-8")
    block = next(
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    )
    seen = {
        alias.asname or alias.name for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    offered = set(dir(remora))
    assert seen == offered
    for name in offered:
        assert getattr(remora, name) is not None
