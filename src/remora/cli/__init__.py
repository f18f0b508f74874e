"""The `remora` command."""

from __future__ import annotations

from remora.cli.main import main

__all__ = ["main"]
