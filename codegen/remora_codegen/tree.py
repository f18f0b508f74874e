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
    prefix = package.replace(".", "/")
    yield from (f"{prefix}/{path}" for path in below(package_directory(out, package)))


def below(directory: Path) -> Iterator[str]:
    """Every file below a directory by its `/`-separated path there; caches of tools are nobody's output."""
    root = str(directory)
    for folder, names, found in os.walk(root):
        names[:] = [name for name in names if name != "__pycache__" and not name.startswith(".")]
        relative = folder[len(root) :].replace(os.sep, "/").lstrip("/")
        yield from (f"{relative}/{name}" if relative else name for name in found if not name.startswith("."))


def protos(root: Path) -> tuple[str, ...]:
    """Every .proto file below a directory, as sorted `/`-separated paths relative to it; none without a directory."""
    start = str(root)
    found = []
    for directory, _, names in os.walk(start):
        relative = directory[len(start) :].replace(os.sep, "/").lstrip("/")
        found += [f"{relative}/{name}" if relative else name for name in names if name.endswith(".proto")]
    return tuple(sorted(found))
