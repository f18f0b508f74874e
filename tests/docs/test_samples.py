"""Every Python sample of every page compiles, and mypy has nothing to say about it.

Other tests of this folder run the samples that are whole programs. Most of the others speak of a run or a task that is
at hand; here these names get their types, so that a method or a parameter that is not there is found.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from remora_codegen import write
from remora_codegen.config import Settings
from remora_codegen.generate import render

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
BY_NAME = {page.relative_to(ROOT).as_posix(): page for page in sorted(PAGES)}
# Their programs are run by tests of their own, and most need packages that the pages themselves make.
MADE = ("docs/your-own-service.md", "docs/manifest.md", "CONTRIBUTING.md", "examples/", "docs/messages.md")
_BLOCK = re.compile(r"^```(?P<language>python|pycon)\b[^\n]*\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_BUILTINS = frozenset(dir(builtins))

# Where names come from that samples use and do not define.
ORIGINS = {
    "typing": ("Any", "Literal"),
    "collections.abc": ("Awaitable", "Callable", "Mapping"),
    "datetime": ("datetime", "timedelta", "timezone"),
    "pathlib": ("Path",),
    "remora.testing": ("ControlPlane", "FakeServer", "ManualClock"),
    "remora_api.flyteidl2": ("app", "common"),
    "remora_api.flyteidl2.project": ("ListProjectsRequest", "ProjectServiceStub"),
    "remora_api.flyteidl2.workflow": ("RunServiceStub",),
    "": ("asyncio", "os", "pytest", "remora"),
}
IMPORTS = {
    name: f"from {module} import {name}" if module else f"import {name}"
    for module, names in ORIGINS.items()
    for name in names
}
# What samples have at hand. `S` is the front door of the page's surface.
VALUES = {
    "action": "S.Action",
    "action_id": "common.ActionIdentifier",
    "app": "S.App",
    "app_id": "app.Identifier",
    "artifact": "S.Artifact",
    "condition": "S.Condition",
    "control_plane": "ControlPlane",
    "details": "S.RunDetails",
    "run": "S.Run",
    "settings": "S.Settings",
    "task": "S.Task",
    "trigger": "S.Trigger",
    # What belongs to the reader's program.
    **dict.fromkeys(("Book", "GetBookRequest", "GetBookResponse", "LibraryBase", "Report", "TrainConfig"), "Any"),
    **dict.fromkeys(("ChatBase", "Reply", "Total", "library"), "Any"),
    **dict.fromkeys(("book", "call", "entities", "fake", "request", "token"), "Any"),
}


@dataclass(frozen=True)
class Sample:
    """One block of code, without prompts and output."""

    page: str
    line: int
    code: str


def samples(page: str) -> Iterator[Sample]:
    text = BY_NAME[page].read_text("utf-8")
    for match in _BLOCK.finditer(text):
        code = match["text"]
        if match["language"] == "pycon":
            lines = [line[4:] for line in code.splitlines() if line.startswith((">>>", "..."))]
            code = "\n".join(lines) + "\n"
        yield Sample(page, text.count("\n", 0, match.start()) + 1, whole(code))


def whole(code: str) -> str:
    """A signature as a definition; any other code as it is."""
    try:
        compile(code, "", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError:
        head, _, rest = code.partition("(")
        return f"def {head.split()[-1]}({rest.rstrip()}: ...\n"
    return code


def parsed(sample: Sample) -> ast.Module:
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    return compile(sample.code, f"{sample.page}:{sample.line}", "exec", flags)


@pytest.mark.parametrize("page", BY_NAME)
def test_samples_compile(page: str) -> None:
    for sample in samples(page):
        parsed(sample)


def is_signature(tree: ast.Module) -> bool:
    return ast.unparse(tree).endswith(": ...") or ast.unparse(tree).endswith("\n    ...")


def unknown(tree: ast.Module) -> set[str]:
    """Names that code uses and does not define."""
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    made = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            made.add(node.name)
        elif isinstance(node, ast.arg):
            made.add(node.arg)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            made |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ExceptHandler) and node.name:
            made.add(node.name)
    return used - made - _BUILTINS


def program(page: str) -> str:
    """The samples of a page as functions of one module."""
    surface = "remora.union" if "union" in page else "remora"
    own = Path(page).stem if page.startswith("docs/reference/remora") else surface
    homes = [importlib.import_module(name) for name in (own, surface, "remora")]
    imports, functions, lacking = set(IMPORTS.values()), [], []
    for sample in samples(page):
        tree = parsed(sample)
        if is_signature(tree):
            continue
        given = []
        for name in sorted(unknown(tree)):
            home = next((item for item in homes if hasattr(item, name)), None)
            if name in VALUES:
                given.append(f"{name}: {VALUES[name]}")
            elif home is not None:
                imports.add(f"from {home.__name__} import {name}")
            elif name not in IMPORTS:
                lacking.append(f"{page}:{sample.line}: {name}")
        body = textwrap.indent(sample.code, "    ")
        functions.append(f"async def sample_{sample.line}({', '.join(given)}) -> None:\n{body}")
    assert not lacking, "no test knows what these are; add them to its tables: " + ", ".join(lacking)
    head = ["from __future__ import annotations", f"import {surface} as S", *sorted(imports)]
    return "\n".join([*head, *functions])


def check(folder: Path, *paths: Path) -> None:
    """Run mypy over the programs in a folder."""
    command = [sys.executable, "-m", "mypy", "--python-executable", sys.executable, "--check-untyped-defs", "."]
    environment = {name: value for name, value in os.environ.items() if name not in ("MYPYPATH", "PYTHONPATH")}
    environment["MYPYPATH"] = os.pathsep.join(map(str, paths))
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_samples_pass_mypy(tmp_path: Path) -> None:
    for page in BY_NAME:
        if not page.startswith(MADE):
            name = re.sub(r"\W", "_", page)
            (tmp_path / f"{name}.py").write_text(program(page), "utf-8")
    check(tmp_path)


def test_samples_of_the_example_pass_mypy(tmp_path: Path) -> None:
    example = ROOT / "examples" / "etcd"
    settings = Settings(protos=example / "protos", manifest=example / "etcd.yaml", package="etcd_api")
    write.write(tmp_path / "made", "etcd_api", render(settings))
    found = [sample for page in BY_NAME if page.startswith("examples/etcd/") for sample in samples(page)]
    (server,) = (item for item in samples("docs/your-own-service.md") if "asyncio.run" in item.code)
    body = "\n".join(textwrap.indent(item.code, "    ") for item in found if not is_signature(parsed(item)))
    (tmp_path / "programs").mkdir()
    text = f"import remora\nfrom etcd_api.entities import *\n\n\nasync def samples() -> None:\n{body}"
    (tmp_path / "programs/pages.py").write_text(text, "utf-8")
    (tmp_path / "programs/server.py").write_text(server.code, "utf-8")
    check(tmp_path / "programs", tmp_path / "made", example)
