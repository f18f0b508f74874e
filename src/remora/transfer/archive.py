"""Unpacking an archive that somebody else has made. Everything here blocks and belongs on a worker thread."""

from __future__ import annotations

import lzma
import os
import shutil
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from remora.errors import DownloadError

MOST_FILES = 200_000
MOST_BYTES = 16 * 1024**3
"""What an archive may hold; more is taken for an attack with a small file that unpacks to a huge one."""

_CHUNK = 1024 * 1024

# What the libraries raise for archives that are damaged, encrypted or of a kind they do not know, or when the disk is
# full.
_DAMAGED = (
    *(tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError),
    *(OSError, EOFError, NotImplementedError, RuntimeError, ValueError, struct.error, IndexError, OverflowError),
)


@dataclass(frozen=True)
class _Member:
    """What an archive says of one of its members."""

    name: str
    kind: str  # "file", "folder", or what it is instead
    executable: bool
    source: tarfile.TarInfo | zipfile.ZipInfo


def is_archive(path: str) -> bool:
    """Whether a file is an archive that can be unpacked: zip, or tar with or without compression."""
    return zipfile.is_zipfile(path) or tarfile.is_tarfile(path)


def unpack(path: str, folder: str, label: str | None = None) -> list[str]:
    """Unpack an archive into a folder, in which it replaces nothing.

    Only files and folders are unpacked, with the permissions of new files (and execution, where the archive says so).
    A name that leads out of the folder, a link or a device is refused, with everything before it already there: the
    caller removes the folder then.

    Args:
        path: The archive.
        folder: Where its members go.
        label: How errors call it, if not by its path.

    Returns:
        The names of the files, sorted.

    Raises:
        DownloadError: the archive is damaged, too large, or has a member that is refused.
    """
    names: set[str] = set()
    size = 0
    label = path if label is None else label
    try:
        with _opened(path) as archive:
            for member in _members(archive):
                name = _checked(member, label)
                target = os.path.join(folder, *name.split("/"))
                if member.kind == "folder":
                    os.makedirs(target, exist_ok=True)
                    continue
                if name in names or len(names) == MOST_FILES:
                    raise _refused(label, member.name, "comes twice" if name in names else "is one file too many")
                names.add(name)
                os.makedirs(os.path.dirname(target), exist_ok=True)
                with _content(archive, member) as source, open(target, "xb") as out:
                    while piece := source.read(_CHUNK):
                        size += len(piece)
                        if size > MOST_BYTES:
                            raise _refused(label, member.name, f"takes all together over {MOST_BYTES} bytes")
                        out.write(piece)
                if member.executable:
                    os.chmod(target, os.stat(target).st_mode | stat.S_IXUSR)
    except _DAMAGED as error:
        raise DownloadError(f"{label} cannot be unpacked: {error}", path=label) from None
    return sorted(names)


@contextmanager
def _opened(path: str) -> Iterator[tarfile.TarFile | zipfile.ZipFile]:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as zipped:
            yield zipped
    else:
        with tarfile.open(path) as tarred:
            yield tarred


def _members(archive: tarfile.TarFile | zipfile.ZipFile) -> Iterator[_Member]:
    if isinstance(archive, zipfile.ZipFile):
        for info in archive.infolist():
            mode = info.external_attr >> 16
            kind = "folder" if info.is_dir() else "file"
            if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
                kind = "a link or a device"
            yield _Member(info.filename, kind, bool(mode & stat.S_IXUSR), info)
        return
    for member in archive:
        kind = "file" if member.isreg() else "folder" if member.isdir() else "a link or a device"
        yield _Member(member.name, kind, bool(member.mode & stat.S_IXUSR), member)


def _checked(member: _Member, label: str) -> str:
    """The name of a member, in its plain form.

    Raises:
        DownloadError: it is refused.
    """
    if member.kind not in ("file", "folder"):
        raise _refused(label, member.name, f"is {member.kind}")
    name = member.name.replace(os.sep, "/")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or ".." in parts or os.path.splitdrive(member.name)[0] or "\0" in name:
        raise _refused(label, member.name, "leads out of the folder")
    if not parts and member.kind == "file":
        raise _refused(label, member.name, "has no name")
    return "/".join(parts)


def _content(archive: tarfile.TarFile | zipfile.ZipFile, member: _Member) -> IO[bytes]:
    if isinstance(archive, zipfile.ZipFile):
        assert isinstance(member.source, zipfile.ZipInfo)
        return archive.open(member.source)
    assert isinstance(member.source, tarfile.TarInfo)
    source = archive.extractfile(member.source)
    assert source is not None  # it is a file
    return source


def _refused(label: str, name: str, why: str) -> DownloadError:
    return DownloadError(f"{label} was not unpacked: its member {name!r} {why}", path=label)


def remove(folder: str) -> None:
    """Remove a folder with all that is in it."""
    shutil.rmtree(folder, ignore_errors=True)
