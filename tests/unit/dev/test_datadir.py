from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from remora.dev.datadir import DataDir, default_data_dir
from remora.dev.errors import ControlPlaneError


def test_the_directory_is_private_and_locked(tmp_path: Path) -> None:
    data = DataDir(tmp_path / "deep" / "data")
    assert stat.S_IMODE(data.root.stat().st_mode) == 0o700
    with pytest.raises(ControlPlaneError, match=rf"in use by another server \(process {os.getpid()}\)"):
        DataDir(tmp_path / "deep" / "data")
    data.close()
    DataDir(tmp_path / "deep" / "data").close()


def test_the_signing_key_is_private_and_stays(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    key = data.signing_key()
    assert len(key) == 32
    assert stat.S_IMODE((tmp_path / "signing.key").stat().st_mode) == 0o600
    assert data.signing_key() == key
    (tmp_path / "signing.key").write_bytes(b"short")
    assert data.signing_key() != key
    data.close()


def test_a_temporary_directory_is_removed() -> None:
    data = DataDir(None)
    root = data.root
    assert root.is_dir()
    data.close()
    assert not root.exists()


def test_a_file_is_no_directory(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    with pytest.raises(ControlPlaneError, match="cannot use the data directory"):
        DataDir(path)


def test_work_is_done_where_shells_need_no_quotes(tmp_path: Path) -> None:
    data = DataDir(tmp_path / "Application Support")
    assert " " not in str(data.work)
    work = data.work
    assert work.is_dir()
    data.close()
    assert not work.exists()


def test_the_default_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert default_data_dir() == Path("/data/remora/dev")
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", "/home/me")
    assert default_data_dir() == Path("/home/me/.local/share/remora/dev")
