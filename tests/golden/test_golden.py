"""Output for small inputs, kept to be read: a change of the generator shows as a change of these files.

`REMORA_UPDATE_GOLDEN=1 python -m pytest tests/golden` writes them anew.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path

import pytest

from remora_codegen import banner
from remora_codegen.config import Settings
from remora_codegen.generate import render_again

HERE = Path(__file__).resolve().parent
CASES = sorted(path.parent.name for path in HERE.glob("*/protos"))
UPDATE = os.environ.get("REMORA_UPDATE_GOLDEN") == "1"


def rendered(case: str) -> dict[str, bytes]:
    """The output without banners, which change with every version."""
    manifest = HERE / case / "manifest.yaml"
    settings = Settings(
        protos=HERE / case / "protos",
        package=f"{case}_api",
        manifest=manifest if manifest.exists() else None,
        reference=Path("reference"),
        tests=HERE / "contract",
    )
    made = render_again(settings, None)
    beside = {"reference": made.pages, "contract": made.tests}
    content = {f"{folder}/{path}": text for folder, files in beside.items() for path, text in files.items()}
    return {name: banner.stripped(text) for name, text in {**made.tree, **content}.items()}


def test_there_are_cases() -> None:
    assert CASES == ["library", "telemetry"]


@pytest.mark.parametrize("case", CASES)
def test_output(case: str) -> None:
    tree = rendered(case)
    expected = HERE / case / "expected"
    if UPDATE:
        for path in expected.rglob("*"):
            if path.is_file() and path.relative_to(expected).as_posix() not in tree:
                path.unlink()
        for name, content in tree.items():
            (expected / name).parent.mkdir(parents=True, exist_ok=True)
            (expected / name).write_bytes(content)
    kept = {
        path.relative_to(expected).as_posix(): path.read_bytes()
        for path in expected.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert sorted(kept) == sorted(tree)
    for name, content in tree.items():
        difference = difflib.unified_diff(
            kept[name].decode().splitlines(), content.decode().splitlines(), f"kept/{name}", f"rendered/{name}", n=1
        )
        assert kept[name] == content, "\n".join(difference)
