"""Objects as files below one directory. Everything here blocks and belongs on a worker thread."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from pathlib import Path
from types import TracebackType

from remora.dev.objects.keys import check_key


class Conflict(OSError):
    """A name is needed both for an object and for a folder of objects."""


class Incoming:
    """An object that is being written: a temporary file that becomes the object when it is complete."""

    def __init__(self, temporary: Path, target: Path) -> None:
        self._temporary = temporary
        self._target = target
        self._file = temporary.open("xb")
        self._md5 = hashlib.md5(usedforsecurity=False)
        self.size = 0

    def write(self, data: bytes | bytearray) -> None:
        """Add bytes."""
        self._file.write(data)
        self._md5.update(data)
        self.size += len(data)

    @property
    def md5(self) -> bytes:
        """Digest of what was written."""
        return self._md5.digest()

    def commit(self) -> None:
        """Make it the object, in one step; readers see the old one or the new one, never a part.

        Raises:
            Conflict: Another object is named like a folder of this one, or the other way round.
        """
        self._file.close()
        try:
            self._target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(self._temporary, self._target)
        except (IsADirectoryError, NotADirectoryError, FileExistsError) as error:
            raise Conflict(str(error)) from error

    def __enter__(self) -> Incoming:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()
        self._temporary.unlink(missing_ok=True)


class ObjectFiles:
    """The files of the object store."""

    def __init__(self, root: Path, incoming: Path) -> None:
        """Use `root` for objects and `incoming`, on the same file system, for what is not complete yet."""
        self.root = root
        self._incoming = incoming

    def prepare(self) -> None:
        """Make the directories, and remove what an earlier process left incomplete."""
        shutil.rmtree(self._incoming, ignore_errors=True)
        self.root.mkdir(parents=True, exist_ok=True)
        self._incoming.mkdir(parents=True, exist_ok=True)

    def path(self, key: str) -> Path:
        """Where an object is, or would be.

        Raises:
            InvalidKey: No object can have this name.
        """
        return self.root.joinpath(*check_key(key).split("/"))

    def open_incoming(self, key: str) -> Incoming:
        """Begin to write an object."""
        return Incoming(self._incoming / secrets.token_hex(16), self.path(key))

    def write(self, key: str, data: bytes) -> None:
        """Write a small object."""
        with self.open_incoming(key) as incoming:
            incoming.write(data)
            incoming.commit()

    def read(self, key: str) -> bytes | None:
        """Read a small object; None when it does not exist."""
        try:
            return self.path(key).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
