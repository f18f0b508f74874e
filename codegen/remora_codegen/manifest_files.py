"""Which files a manifest is made of: itself, the manifests that it includes, and directories of functions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def manifest_files(path: Path) -> list[Path]:
    """The manifest and all that it includes, directly or not; one that cannot be read has nothing more."""
    found: list[Path] = []
    pending = [path]
    while pending:
        current = pending.pop()
        if not any(other.absolute() == current.absolute() for other in found):
            found.append(current)
            pending += _named(current, "include")
    return found


def source_directories(path: Path) -> list[Path]:
    """The directories that a manifest, and those it includes, name for hand-written functions."""
    return [directory for file in manifest_files(path) for directory in _named(file, "sources")]


def composed(path: Path) -> yaml.Node | None:
    """The YAML of a file, with places; None when it cannot be read, which reading it as a manifest will explain."""
    try:
        node: yaml.Node | None = yaml.compose(path.read_text("utf-8"), Loader=_LOADER)
    except (OSError, ValueError, yaml.YAMLError):
        return None
    return node


def _named(path: Path, key: str) -> Iterator[Path]:
    node = composed(path)
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == key and isinstance(value, yaml.SequenceNode):
                yield from (path.parent / str(item.value) for item in value.value if isinstance(item, yaml.ScalarNode))
