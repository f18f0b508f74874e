from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from remora.auth import store
from remora.auth.store import FileStore, KeyringStore, only_process, open_store, store_key
from remora.auth.token import Token

ONE, TWO = Token("one", "r1", 1.0, 2.0), Token("two", "r2", 3.0, None, "flyte-authorization")

posix = pytest.mark.skipif(os.name != "posix", reason="modes of files are those of POSIX")


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "tokens", "key")


def test_a_file_keeps_a_token(files: FileStore, tmp_path: Path) -> None:
    assert files.load() is None
    files.save(ONE)
    files.save(TWO)
    assert files.load() == TWO
    assert [each.name for each in (tmp_path / "tokens").iterdir()] == ["key.json"]
    files.delete()
    files.delete()
    assert files.load() is None


@posix
def test_only_its_owner_can_read_it(files: FileStore, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        files.save(ONE)
    finally:
        os.umask(before)
    path = tmp_path / "tokens" / "key.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    path.chmod(0o644)
    assert files.load() is None


@posix
def test_a_link_is_not_followed(files: FileStore, tmp_path: Path) -> None:
    files.save(ONE)
    path = tmp_path / "tokens" / "key.json"
    path.rename(tmp_path / "elsewhere.json")
    path.symlink_to(tmp_path / "elsewhere.json")
    assert files.load() is None
    files.save(TWO)
    assert files.load() == TWO
    assert "one" in (tmp_path / "elsewhere.json").read_text()


def test_a_damaged_file_is_no_token(files: FileStore, tmp_path: Path) -> None:
    files.save(ONE)
    path = tmp_path / "tokens" / "key.json"
    for content in (b"", b"{", b"\xff\xfe"):
        path.write_bytes(content)
        assert files.load() is None


def test_a_write_that_fails_leaves_the_old_token(files: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    files.save(ONE)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    files.save(TWO)
    assert files.load() == ONE


def test_a_place_that_cannot_be_written_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    files = FileStore(tmp_path / "file" / "tokens", "key")
    files.save(ONE)
    files.delete()
    assert files.load() is None


class Keyring(ModuleType):
    """A keyring in memory; `broken` makes it fail as back-ends do."""

    def __init__(self) -> None:
        super().__init__("keyring")
        self.kept: dict[tuple[str, str], str] = {}
        self.broken = False

    def _check(self) -> None:
        if self.broken:
            raise RuntimeError("the keyring is locked")

    def get_password(self, service: str, name: str) -> str | None:
        self._check()
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, value: str) -> None:
        self._check()
        self.kept[service, name] = value

    def delete_password(self, service: str, name: str) -> None:
        self._check()
        del self.kept[service, name]


def test_a_keyring_keeps_a_token_and_the_file_nothing(files: FileStore) -> None:
    keyring = Keyring()
    kept = KeyringStore(keyring, "key", files)
    files.save(ONE)
    assert kept.load() == ONE
    kept.save(TWO)
    assert kept.load() == TWO
    assert files.load() is None
    assert list(keyring.kept) == [("remora", "key")]
    kept.delete()
    kept.delete()
    assert kept.load() is None


def test_a_file_stands_in_for_a_keyring_that_fails(files: FileStore) -> None:
    keyring = Keyring()
    keyring.broken = True
    kept = KeyringStore(keyring, "key", files)
    kept.save(ONE)
    assert kept.load() == files.load() == ONE
    kept.delete()
    assert kept.load() is None


def test_the_keyring_is_used_if_it_is_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert isinstance(open_store("key"), FileStore)
    monkeypatch.setitem(sys.modules, "keyring", Keyring())
    assert isinstance(open_store("key"), KeyringStore)


def test_keys_differ_where_logins_do() -> None:
    facts = ["https://h:443", "Pkce", "id", "issuer", "aud", ("a", "b")]
    base = store_key(*facts)  # type: ignore[arg-type]
    others = {base}
    for index in range(len(facts)):
        changed: list[Any] = [*facts]
        changed[index] = ("a",) if index == 5 else "other"
        others.add(store_key(*changed))
    assert len(others) == len(facts) + 1
    assert store_key(*facts[:5], ("b", "a")) == base  # type: ignore[arg-type]


async def test_one_process_at_a_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    inside = SimpleNamespace(now=0, most=0)

    async def work() -> None:
        async with only_process("key"):  # a lock of an open file: the same as between processes
            inside.now += 1
            inside.most = max(inside.most, inside.now)
            await asyncio.sleep(0.01)
            inside.now -= 1

    await asyncio.gather(*(work() for _ in range(4)))
    assert inside.most == 1


async def test_a_process_that_hangs_is_waited_for_only_so_long(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    monkeypatch.setattr(store, "LOCK_SECONDS", 0.05)
    async with only_process("key"), only_process("key"):
        pass


async def test_no_place_for_a_lock_is_no_reason_to_stop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "file"))
    async with only_process("key"):
        pass
