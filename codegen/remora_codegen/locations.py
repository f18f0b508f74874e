"""Where the generator's own files are. Importing this module is cheap."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def template_directory() -> Path:
    """The shipped templates: inside the installed package, or at the top of a source checkout."""
    installed = _HERE / "templates"
    return installed if installed.is_dir() else _HERE.parents[1] / "templates"
