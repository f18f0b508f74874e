from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from remora_codegen.messages.documentation import docstring as docstring_lines

FALLBACK = "Call `p.S/M`."


def docstring(comment: str) -> str:
    first, *rest = docstring_lines(FALLBACK, comment, (), 1)
    return "\n".join([first, *("    " + line if line else "" for line in rest)])


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("", '"""Call `p.S/M`."""'),
        ("lists runs", '"""Lists runs."""'),
        ("Lists runs! Newest first.", '"""Lists runs!\n\n    Newest first.\n    """'),
        ("Lists runs\nof a project.\n\nNewest first.", '"""Lists runs of a project.\n\n    Newest first.\n    """'),
        ("A path like C:\\temp.", 'r"""A path like C:\\temp."""'),
        ('Says """hi""".', "\"\"\"Says '''hi'''.\"\"\""),
        ("It\u2019s \u2013 fine\u2026", '"""It\'s - fine..."""'),
        ("`x` is the key:", '"""`x` is the key."""'),
        ("\x00\x1b", '"""Call `p.S/M`."""'),
        ("Stops.\n\nReturns:\nthe state", '"""Stops.\n\n    Returns: the state\n    """'),
        ("Stops.\n\nReturns", '"""Stops.\n\n    Returns.\n    """'),
    ],
)
def test_comment_as_docstring(comment: str, expected: str) -> None:
    assert docstring(comment) == expected


def test_a_long_first_sentence_goes_below_the_fallback() -> None:
    text = docstring("word " * 60)
    assert text.startswith(f'"""{FALLBACK}\n\n    word word')
    assert max(map(len, text.splitlines())) <= 120


NASTY = [
    'Ends with a quote "',
    '"Begins" with one.',
    "Trailing backslash \\",
    "Many\n\n\n\nempty lines",
    "- a list\n- of things",
    "Args",
    "Args:\n\nExample:\n\nNote:",
    "Ünïcödé \u2013 \u201cquotes\u201d \u00d7 \u2026",
    "word" * 60,
    'Says """ and \\N{x} and \\u0041.',
    "returns x; see list_runs(). Then more",
    "http://example.com/" + "a" * 150 + " is the place. Really.",
]


@pytest.mark.parametrize("comment", NASTY)
def test_any_comment_gives_a_valid_docstring(comment: str) -> None:
    tree = ast.parse(f"def f() -> None:\n    {docstring(comment)}\n")
    found = ast.get_docstring(tree.body[0])  # type: ignore[arg-type]
    assert found
    assert found.splitlines()[0].endswith((".", "!", "?"))


def test_any_comment_passes_the_lint_rules(tmp_path: Path) -> None:
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent)) or shutil.which("ruff")
    if ruff is None:
        pytest.skip("ruff is not installed")
    root = Path(__file__).resolve().parents[3]
    functions = [f"\n\ndef f{i}() -> None:\n    {docstring(text)}\n" for i, text in enumerate(NASTY)]
    module = tmp_path / "module.py"
    module.write_text('"""Nasty comments."""\n\nfrom __future__ import annotations\n' + "".join(functions), "utf-8")
    config = ["--config", str(root / "pyproject.toml"), "--no-cache"]
    for command in (["check", *config], ["format", "--check", *config]):
        done = subprocess.run([ruff, *command, str(module)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
