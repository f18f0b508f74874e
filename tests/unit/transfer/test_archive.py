"""Archives that behave, and archives that attack."""

from __future__ import annotations

import io
import os
import stat
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from remora.errors import DownloadError
from remora.transfer import archive


def tar(path: Path, *members: tuple[tarfile.TarInfo, bytes], mode: Any = "w:gz") -> str:
    with tarfile.open(path, mode) as out:
        for info, body in members:
            info.size = len(body)
            out.addfile(info, io.BytesIO(body))
    return str(path)


def member(name: str, kind: bytes = tarfile.REGTYPE, **fields: Any) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    for field, value in fields.items():
        setattr(info, field, value)
    return info


@pytest.fixture
def out(tmp_path: Path) -> str:
    (tmp_path / "out").mkdir()
    return str(tmp_path / "out")


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_files_folders_and_the_right_to_execute(tmp_path: Path, out: str, mode: str) -> None:
    path = tar(
        tmp_path / "a",
        (member("./dir", tarfile.DIRTYPE), b""),
        (member("./dir/run.sh", mode=0o6777), b"#!"),
        (member("deep/er/x", mode=0), b"x"),
        mode=mode,
    )
    assert archive.is_archive(path)
    assert archive.unpack(path, out) == ["deep/er/x", "dir/run.sh"]
    modes = {name: stat.S_IMODE(os.stat(os.path.join(out, name)).st_mode) for name in ("dir/run.sh", "deep/er/x")}
    assert modes["dir/run.sh"] & 0o7100 == 0o100
    assert modes["deep/er/x"] & 0o7111 == 0
    assert Path(out, "deep/er/x").read_bytes() == b"x"


@pytest.mark.parametrize(
    ("info", "reason"),
    [
        (member("../evil"), "leads out of the folder"),
        (member("a/../../evil"), "leads out of the folder"),
        (member("/evil"), "leads out of the folder"),
        (member("link", tarfile.SYMTYPE, linkname="/etc"), "is a link or a device"),
        (member("link", tarfile.LNKTYPE, linkname="good"), "is a link or a device"),
        (member("dev", tarfile.CHRTYPE), "is a link or a device"),
        (member("pipe", tarfile.FIFOTYPE), "is a link or a device"),
        (member("."), "has no name"),
        (member("good"), "comes twice"),
    ],
)
def test_members_that_are_refused(tmp_path: Path, out: str, info: tarfile.TarInfo, reason: str) -> None:
    path = tar(tmp_path / "a", (member("good"), b"good"), (info, b""))
    with pytest.raises(DownloadError, match=f"was not unpacked: its member .* {reason}"):
        archive.unpack(path, out)
    assert os.listdir(out) == ["good"]
    assert sorted(os.listdir(tmp_path)) == ["a", "out"]


def test_a_zip_and_what_it_may_not_have(tmp_path: Path, out: str) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as zipped:
        zipped.writestr("dir/", b"")
        zipped.writestr("dir/x", b"x" * 1000, zipfile.ZIP_DEFLATED)
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        zipped.writestr(link, "/etc/passwd")
    with pytest.raises(DownloadError, match="'link' is a link or a device"):
        archive.unpack(str(path), out)
    assert Path(out, "dir/x").read_bytes() == b"x" * 1000
    for name in ("../evil", "/evil", "a/../../evil"):
        with zipfile.ZipFile(path, "w") as zipped:
            zipped.writestr(name, b"")
        with pytest.raises(DownloadError, match="leads out of the folder"):
            archive.unpack(str(path), out)


def test_archives_that_are_too_large(tmp_path: Path, out: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_BYTES", 2_000_000)
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("zeros", bytes(5_000_000))
    with pytest.raises(DownloadError, match="'zeros' takes all together over 2000000 bytes"):
        archive.unpack(str(path), out)
    monkeypatch.setattr(archive, "MOST_FILES", 2)
    path = Path(tar(tmp_path / "many", *((member(name), b"") for name in "abc")))
    with pytest.raises(DownloadError, match="'c' is one file too many"):
        archive.unpack(str(path), out)


@pytest.mark.parametrize("cut", [20, 200, 2000])
def test_a_damaged_archive(tmp_path: Path, out: str, cut: int) -> None:
    path = tmp_path / "a"
    tar(path, (member("x"), os.urandom(5000)))
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(DownloadError, match="cannot be unpacked"):
        archive.unpack(str(path), out)
    with zipfile.ZipFile(path, "w") as zipped:
        zipped.writestr("name", b"x" * 5000)
    path.write_bytes(path.read_bytes().replace(b"xxxx", b"yyyy", 1))
    with pytest.raises(DownloadError, match="cannot be unpacked: Bad CRC-32"):
        archive.unpack(str(path), out)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz", "zip"])
def test_wrong_bytes_are_an_error_of_ours_or_unnoticed(tmp_path: Path, mode: str) -> None:
    import random

    path = tmp_path / "a"
    if mode == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
            zipped.writestr("dir/name", b"content" * 100)
    else:
        tar(path, (member("dir/name"), b"content" * 100), mode=mode)
    whole, choice = path.read_bytes(), random.Random(1)
    errors = 0
    for number in range(60):
        damaged = bytearray(whole)
        damaged[choice.randrange(len(whole))] ^= 1 << choice.randrange(8)
        path.write_bytes(damaged)
        folder = tmp_path / str(number)
        folder.mkdir()
        try:
            archive.unpack(str(path), str(folder))
        except DownloadError:
            errors += 1
    assert errors > 0
