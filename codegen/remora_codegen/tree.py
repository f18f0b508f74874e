"""The generated package on disk. Importing this module is cheap."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def package_directory(out: Path, package: str) -> Path:
    """Where the package `acme.api` lies below `out`."""
    return out.joinpath(*package.split("."))


def files(out: Path, package: str) -> Iterator[str]:
    """Every file of the package by its `/`-separated path below `out`; caches of tools are nobody's output."""
    root = str(package_directory(out, package))
    prefix = package.replace(".", "/")
    for directory, names, found in os.walk(root):
        names[:] = [name for name in names if name != "__pycache__" and not name.startswith(".")]
        relative = directory[len(root) :].replace(os.sep, "/")
        yield from (f"{prefix}{relative}/{name}" for name in found if not name.startswith("."))


def protos(root: Path) -> tuple[str, ...]:
    """Every .proto file below a directory, as sorted `/`-separated paths relative to it; none without a directory."""
    start = str(root)
    found = []
    for directory, _, names in os.walk(start):
        relative = directory[len(start) :].replace(os.sep, "/").lstrip("/")
        found += [f"{relative}/{name}" if relative else name for name in names if name.endswith(".proto")]
    return tuple(sorted(found))
