"""Change many files below some directories, or none of them."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Change:
    """What shall change below one directory.

    Attributes:
        root: created when it does not exist.
        writes: content by `/`-separated path below `root`.
        deletes: paths below `root`; directories that become empty are removed too.
    """

    root: Path
    writes: Mapping[str, bytes]
    deletes: Sequence[str] = ()


def apply(root: Path, writes: Mapping[str, bytes], deletes: Iterable[str] = ()) -> None:
    """`apply_all` for one directory."""
    apply_all([Change(root, writes, sorted(deletes))])


def apply_all(changes: Iterable[Change]) -> None:
    """Write and delete files so that a failure leaves every file as it was.

    All new content goes to staging directories inside the roots first, where a full disk or a missing permission does
    no harm. Then the files are renamed into place, each old one being kept until the last rename is done.

    Raises:
        OSError: something could not be written; everything is as before.
    """
    changes = [change for change in changes if change.writes or change.deletes]
    with contextlib.ExitStack() as created, contextlib.ExitStack() as stages:
        staged = []
        for change in changes:
            created.callback(_remove_if_empty, reversed(_make_directories(change.root)))
            stage = Path(tempfile.mkdtemp(prefix=".remora-stage-", dir=change.root))
            stages.callback(shutil.rmtree, stage, ignore_errors=True)
            _stage(stage, change.writes)
            staged.append((change, stage))
        with contextlib.ExitStack() as undo:
            for change, stage in staged:
                _commit(undo, change.root, stage, sorted(change.writes), change.deletes)
            undo.pop_all()
        created.pop_all()
    for change in changes:
        for path in change.deletes:
            _remove_if_empty((change.root / path).parents[: path.count("/")])


def _stage(stage: Path, writes: Mapping[str, bytes]) -> None:
    for path, content in writes.items():
        staged = stage / "new" / path
        staged.parent.mkdir(parents=True, exist_ok=True)
        staged.write_bytes(content)
    (stage / "old").mkdir()


def _commit(undo: contextlib.ExitStack, root: Path, stage: Path, writes: Iterable[str], deletes: Iterable[str]) -> None:
    """Rename staged files into place; `undo` is told how to take each step back."""
    for path in deletes:
        _keep(root / path, stage / "old" / path)
        undo.callback(os.replace, stage / "old" / path, root / path)
        (root / path).unlink()
    for path in writes:
        target = root / path
        undo.callback(_remove_if_empty, reversed(_make_directories(target.parent)))
        if target.exists():
            _keep(target, stage / "old" / path)
            undo.callback(os.replace, stage / "old" / path, target)
        else:
            undo.callback(target.unlink, missing_ok=True)
        os.replace(stage / "new" / path, target)


def _keep(target: Path, backup: Path) -> None:
    """Copy the old file aside. It stays in place, so a reader finds the old or the new one at any time."""
    backup.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(target, backup)


def _make_directories(directory: Path) -> list[Path]:
    """Create a directory and its parents; gives those that were new, outermost first."""
    missing = [path for path in (directory, *directory.parents) if not path.exists()]
    directory.mkdir(parents=True, exist_ok=True)
    return missing[::-1]


def _remove_if_empty(directories: Iterable[Path]) -> None:
    for directory in directories:
        with contextlib.suppress(OSError):
            directory.rmdir()
