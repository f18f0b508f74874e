"""Reading a file twice, once for its digest and once to send it, and noticing when it was not the same file.

A signed URL is made for one digest, so the digest comes first. A small file is kept in memory between the two, and
what was hashed is what is sent. A larger one is read again. A second MD5 would halve the speed of sending, so the
first reading also takes the four times faster CRC-32, and the second one compares that, the size and what the file
system says of the file. Everything here blocks and belongs on a worker thread.
"""

from __future__ import annotations

import hashlib
import os
import stat
import zlib
from dataclasses import dataclass
from typing import BinaryIO

CHUNK = 1536 * 1024
"""Bytes that are read at a time. Less costs speed, since each piece costs turns of the event loop; more costs memory,
and with TLS several times as much."""

SMALL = 256 * 1024
"""Files up to this size stay in memory between hashing and sending."""

_STEP = 10 * CHUNK


class FileChanged(Exception):
    """The file is not, or not any more, the one that was hashed."""


class NotRegular(Exception):
    """There is something else than a file."""


@dataclass(frozen=True)
class Stamp:
    """What the file system says of a file: if it is the same, the file most likely is."""

    device: int
    inode: int
    size: int
    modified: int
    changed: int


@dataclass(frozen=True)
class Content:
    """What a file held when it was hashed.

    Attributes:
        md5: Digest.
        size: Bytes.
        crc: CRC-32, to compare with when the file is read again.
        stamp: What the file system said.
        data: The bytes themselves, of a small file.
    """

    md5: bytes
    size: int
    crc: int
    stamp: Stamp
    data: bytes | None = None


def open_file(path: str, *, follow: bool) -> tuple[BinaryIO, Stamp]:
    """Open a regular file; the file is open unless this raises.

    Args:
        path: The file.
        follow: Allow `path` to be a symbolic link.

    Raises:
        NotRegular: it is none; a pipe is not waited for.
        OSError: it cannot be opened.
    """

    def opener(path: str, flags: int) -> int:
        flags |= getattr(os, "O_NONBLOCK", 0)
        return os.open(path, flags if follow else flags | getattr(os, "O_NOFOLLOW", 0))

    file = open(path, "rb", buffering=0, opener=opener)  # noqa: SIM115  # the caller closes it
    try:
        return file, _stamp(file)
    except BaseException:
        file.close()
        raise


def _stamp(file: BinaryIO) -> Stamp:
    found = os.fstat(file.fileno())
    if not stat.S_ISREG(found.st_mode):
        raise NotRegular
    return Stamp(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


class Hasher:
    """Reads a file for its digest, a step at a time, so that a cancelled upload does not have to wait for all of it."""

    def __init__(self, path: str, *, follow: bool) -> None:
        self._path = path
        self._follow = follow
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._crc = 0
        self._file: BinaryIO | None = None
        self.size = 0

    def step(self) -> Content | None:
        """Read on; the content when the end was reached.

        Raises:
            FileChanged: the file was written to meanwhile.
            NotRegular: there is something else than a file.
            OSError: it cannot be read.
        """
        if self._file is None:
            self._file, self._stamp = open_file(self._path, follow=self._follow)
        goal = self.size + _STEP
        first = b""
        while self.size < goal:
            piece = self._file.read(CHUNK)
            if not piece:
                return self._end(first)
            first = piece if self.size == 0 else b""
            self._md5.update(piece)
            self._crc = zlib.crc32(piece, self._crc)
            self.size += len(piece)
        return None

    def _end(self, data: bytes) -> Content:
        assert self._file is not None
        if _stamp(self._file) != self._stamp or self.size != self._stamp.size:
            raise FileChanged
        small = data if len(data) == self.size <= SMALL else None
        return Content(self._md5.digest(), self.size, self._crc, self._stamp, small)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()


class Pieces:
    """Reads a file again to send it. The last piece is held back until all of it is known to be what was hashed."""

    def __init__(self, path: str, content: Content, *, follow: bool) -> None:
        self._path = path
        self._content = content
        self._follow = follow
        self._file: BinaryIO | None = None
        self._held = b""
        self._crc = 0
        self._size = 0

    def next(self) -> bytes:
        """The next piece; empty at the end.

        Raises:
            FileChanged: it is another file; the store has not got a complete body then.
            OSError: it cannot be read.
        """
        if self._file is None:
            try:
                self._file, stamp = open_file(self._path, follow=self._follow)
            except NotRegular:
                raise FileChanged from None
            if stamp != self._content.stamp:
                raise FileChanged
            self._held = self._read()
        piece, self._held = self._held, self._read() if self._held else b""
        return piece

    def _read(self) -> bytes:
        assert self._file is not None
        piece = self._file.read(CHUNK)
        self._crc = zlib.crc32(piece, self._crc)
        self._size += len(piece)
        content = self._content
        if self._size > content.size or (
            not piece and (self._size, self._crc, _stamp(self._file)) != (content.size, content.crc, content.stamp)
        ):
            raise FileChanged
        return piece

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
