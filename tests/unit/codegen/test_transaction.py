from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from remora_codegen import transaction


def content(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def directories(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_dir()}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "out"
    transaction.apply(root, {"a.py": b"a1", "p/b.py": b"b1", "p/q/c.py": b"c1"})
    return root


def test_writes_replaces_and_deletes(root: Path) -> None:
    transaction.apply(root, {"a.py": b"a2", "new/d.py": b"d2"}, ["p/q/c.py"])
    assert content(root) == {"a.py": b"a2", "p/b.py": b"b1", "new/d.py": b"d2"}
    assert directories(root) == {"p", "new"}, "emptied directories go, the stage leaves nothing behind"


def test_nothing_to_do_creates_nothing(tmp_path: Path) -> None:
    transaction.apply(tmp_path / "out", {})
    assert not (tmp_path / "out").exists()


def test_unchanged_files_are_not_touched(root: Path) -> None:
    before = (root / "p/b.py").stat()
    transaction.apply(root, {"a.py": b"a2"})
    assert (root / "p/b.py").stat() == before


@pytest.mark.parametrize("failing", range(1, 5))
def test_failure_while_staging_leaves_the_tree_as_it_was(
    root: Path, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    before = content(root)
    write_bytes, calls = Path.write_bytes, 0

    def full_disk(self: Path, data: bytes) -> int:
        nonlocal calls
        calls += 1
        if calls == failing:
            raise OSError(errno.ENOSPC, "No space left on device", str(self))
        return write_bytes(self, data)

    monkeypatch.setattr(Path, "write_bytes", full_disk)
    with pytest.raises(OSError, match="No space left"):
        transaction.apply(root, dict.fromkeys(("a.py", "n/m.py", "p/b.py", "z.py"), b"x2"), ["p/q/c.py"])
    assert content(root) == before
    assert directories(root) == {"p", "p/q"}


@pytest.mark.parametrize("failing", range(1, 5))
def test_failure_while_renaming_is_rolled_back(root: Path, monkeypatch: pytest.MonkeyPatch, failing: int) -> None:
    before = content(root)
    replace, calls = os.replace, 0

    def broken(source: Path, target: Path) -> None:
        nonlocal calls
        calls += 1
        if calls == failing:
            raise PermissionError(errno.EACCES, "Permission denied", str(target))
        replace(source, target)

    monkeypatch.setattr(os, "replace", broken)
    with pytest.raises(PermissionError):
        transaction.apply(root, dict.fromkeys(("a.py", "n/m.py", "p/b.py", "z.py"), b"x2"), ["p/q/c.py"])
    assert content(root) == before
    assert directories(root) == {"p", "p/q"}


def test_interrupt_is_rolled_back_too(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = content(root)
    replace, calls = os.replace, 0

    def interrupted(source: Path, target: Path) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        transaction.apply(root, {"a.py": b"a2", "p/b.py": b"b2"})
    assert content(root) == before


def test_failure_in_a_new_root_leaves_no_directories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(self: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_bytes", full_disk)
    with pytest.raises(OSError, match="No space left"):
        transaction.apply(tmp_path / "deep" / "out", {"a.py": b"a"})
    assert list(tmp_path.iterdir()) == []
