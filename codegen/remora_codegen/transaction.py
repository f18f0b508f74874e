"""Change many files below one directory, or none of them."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path


def apply(root: Path, writes: Mapping[str, bytes], deletes: Iterable[str] = ()) -> None:
    """Write and delete files so that a failure leaves every file as it was.

    All new content goes to a staging directory inside `root` first, where a full disk or a missing permission does
    no harm. Then the files are renamed into place, each old one being kept until the last rename is done.

    Args:
        root: created when it does not exist.
        writes: content by `/`-separated path below `root`.
        deletes: paths below `root`; directories that become empty are removed too.

    Raises:
        OSError: something could not be written; the tree is as before.
    """
    deletes = sorted(deletes)
    if not writes and not deletes:
        return
    created = _make_directories(root)
    try:
        stage = Path(tempfile.mkdtemp(prefix=".remora-stage-", dir=root))
        try:
            _stage(stage, writes)
            _commit(root, stage, sorted(writes), deletes)
        finally:
            shutil.rmtree(stage, ignore_errors=True)
    except BaseException:
        _remove_if_empty(reversed(created))
        raise
    for path in deletes:
        _remove_if_empty((root / path).parents[: path.count("/")])


def _stage(stage: Path, writes: Mapping[str, bytes]) -> None:
    for path, content in writes.items():
        staged = stage / "new" / path
        staged.parent.mkdir(parents=True, exist_ok=True)
        staged.write_bytes(content)
    (stage / "old").mkdir()


def _commit(root: Path, stage: Path, writes: Iterable[str], deletes: Iterable[str]) -> None:
    undo = contextlib.ExitStack()
    with undo:
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
        undo.pop_all()


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
