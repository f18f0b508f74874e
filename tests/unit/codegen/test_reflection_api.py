"""The generator's own stubs of server reflection are its own output."""

from __future__ import annotations

from pathlib import Path

from remora_codegen import write
from remora_codegen.config import Settings
from remora_codegen.generate import render

ROOT = Path(__file__).resolve().parents[3]


def test_the_stubs_of_reflection_are_fresh() -> None:
    """Make them anew with the command in codegen/reflection/README.md."""
    settings = Settings(protos=ROOT / "codegen/reflection", package="remora_codegen.reflection_api")
    assert write.check(ROOT / "codegen", settings.package, render(settings)) == []
