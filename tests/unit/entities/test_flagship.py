"""The entities of the Flyte control plane, as they are generated from its manifest."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
ENTITIES = ROOT / "generated" / "remora_api" / "entities"
MODULES = sorted(path.name for path in ENTITIES.glob("*.py") if path.name != "__init__.py")
MOST_STATEMENTS = 12


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            yield node
        yield from statements(getattr(node, "body", []))


def functions(name: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse((ENTITIES / name).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def test_the_first_set_is_there() -> None:
    wanted = {"action", "action_details", "project", "run", "run_details", "task", "task_details"}
    assert wanted <= {name.removesuffix(".py") for name in MODULES}


@pytest.mark.parametrize("module", MODULES)
def test_methods_are_short(module: str) -> None:
    for node in functions(module):
        assert len(list(statements(node.body))) <= MOST_STATEMENTS, f"{module}: {node.name}"


@pytest.mark.parametrize("module", MODULES)
def test_both_forms_have_one_signature_and_a_docstring(module: str) -> None:
    forms: dict[str, list[str]] = {}
    tree = ast.parse((ENTITIES / module).read_text(encoding="utf-8"))
    bound = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name.startswith("_")]
    for node in bound:
        for item in node.body:
            if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)) and item.name in ("__call__", "aio"):
                assert ast.get_docstring(item), f"{module}: {node.name}.{item.name}"
                forms.setdefault(node.name, []).append(ast.unparse(item.args))
    assert forms or not bound
    for name, (blocking, asynchronous) in forms.items():
        assert blocking == asynchronous, f"{module}: {name}"


@pytest.mark.parametrize("module", MODULES)
def test_docs_say_something(module: str) -> None:
    """No summary that is only made up, because nobody has written one."""
    text = (ENTITIES / module).read_text(encoding="utf-8")
    for made_up in ('"""Call `', '"""See `', '"""The field `', "The value of `"):
        assert made_up not in text
