"""The data directory: what is where, and that only one server uses it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import shutil
import tempfile
from pathlib import Path

from remora.dev.errors import ControlPlaneError

_KEY_SIZE = 32
# Task command lines are often shell scripts that do not quote the paths in them.
_PLAIN_PATH = re.compile(r"[\w./+-]+\Z", re.ASCII)


def default_data_dir() -> Path:
    """Where state lives unless told otherwise: `remora/dev` in the user's data directory."""
    base = os.environ.get("XDG_DATA_HOME") or os.path.join(os.path.expanduser("~"), ".local", "share")
    return Path(base) / "remora" / "dev"


class DataDir:
    """A data directory that is in use.

    Attributes:
        root: The directory.
        database: The database file.
        objects: Root of the object store.
        incoming: Uploads that are not complete.
        work: Working directories of attempts.
    """

    def __init__(self, root: Path | None) -> None:
        """Take a directory into use; None makes a temporary one that `close` removes.

        Raises:
            ControlPlaneError: It cannot be written, or another server uses it.
        """
        self._temporary = root is None
        self._work_elsewhere = False
        self._lock = -1
        try:
            if root is None:
                root = Path(tempfile.mkdtemp(prefix="remora-dev-"))
            self.root = root.expanduser().absolute()
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = self._acquire(self.root / "lock")
            self.database = self.root / "remora.db"
            self.objects = self.root / "objects"
            self.incoming = self.root / "incoming"
            self.work = self._work_dir()
        except OSError as error:
            self.close()
            raise ControlPlaneError(
                f"cannot use the data directory {root}: {error.strerror or error}; choose another one with --data"
            ) from error
        except BaseException:
            self.close()
            raise

    def _acquire(self, path: Path) -> int:
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with os.fdopen(lock) as file:
                holder = file.read(20).strip()
            raise ControlPlaneError(
                f"the data directory {self.root} is in use by another server"
                f"{f' (process {holder})' if holder.isdigit() else ''}; stop it or choose another one with --data"
            ) from None
        os.truncate(lock, 0)
        os.write(lock, f"{os.getpid()}\n".encode())
        return lock

    def _work_dir(self) -> Path:
        path = self.root / "work"
        if not _PLAIN_PATH.match(str(path)):
            path = Path(tempfile.mkdtemp(prefix="remora-work-"))
            self._work_elsewhere = True
        path.mkdir(exist_ok=True)
        return path

    def signing_key(self) -> bytes:
        """The key of signed URLs, made at first use."""
        return self._key("signing.key")

    def secrets_key(self) -> bytes:
        """The key that secrets are encrypted with, made at first use."""
        return self._key("secrets.key")

    def _key(self, name: str) -> bytes:
        # Nobody but the owner can read the file, and it appears whole or not at all.
        path = self.root / name
        with contextlib.suppress(FileNotFoundError):
            key = path.read_bytes()
            if len(key) == _KEY_SIZE:
                return key
        key = secrets.token_bytes(_KEY_SIZE)
        temporary = self.root / f"{name}.new"
        temporary.unlink(missing_ok=True)
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        return key

    def close(self) -> None:
        """Give the directory back; a temporary one is removed."""
        if self._work_elsewhere:
            shutil.rmtree(self.work, ignore_errors=True)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1
        if self._temporary and hasattr(self, "root"):
            shutil.rmtree(self.root, ignore_errors=True)
