from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from remora.config import Config, load_config


class Places:
    """A home directory and a working directory of a user who does not exist."""

    def __init__(self, root: Path) -> None:
        self.home = root / "home"
        self.work = root / "work"
        self.home.mkdir()
        self.work.mkdir()

    def write(self, where: str, text: str) -> Path:
        """Write a file; `where` starts with "home/" or "work/"."""
        path = self.home.parent / where
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def load(self, environ: dict[str, str] | None = None, config_file: Any = None, **arguments: Any) -> Config:
        trust_env = arguments.pop("trust_env", True)
        return load_config(
            arguments,
            config_file=config_file,
            trust_env=trust_env,
            environ=environ or {},
            cwd=str(self.work),
            home=str(self.home),
        )


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path)


@pytest.fixture
def load(places: Places) -> Callable[..., Config]:
    return places.load
