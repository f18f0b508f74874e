"""Where tokens of people are kept between programs: the system's keyring, else a file, else nowhere."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import stat
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from .token import Token, from_json

if TYPE_CHECKING:
    from types import ModuleType

SERVICE = "remora"
"""The name under which tokens are in the keyring."""

LOCK_SECONDS = 30.0
"""How long a process waits for another one that renews the same token."""


class Store(Protocol):
    """Keeps one token. Its methods block, and never fail: a token that cannot be kept is not kept."""

    def load(self) -> Token | None:
        """The token that is kept, or None."""
        ...

    def save(self, token: Token) -> None:
        """Keep a token in place of the one before."""
        ...

    def delete(self) -> None:
        """Keep no token any more."""
        ...


def store_key(endpoint_url: str, method: str, client_id: str, issuer: str, audience: str, scopes: Iterable[str]) -> str:
    """The name of a token: no two logins that differ in any of these share one."""
    facts = json.dumps([endpoint_url, method, client_id, issuer, audience, sorted(scopes)])
    return hashlib.sha256(facts.encode()).hexdigest()[:40]


def token_directory() -> Path:
    """Where files with tokens are: `remora/tokens` in the user's data directory."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.join(os.path.expanduser("~"), "AppData", "Local")
    else:
        base = os.environ.get("XDG_DATA_HOME") or os.path.join(os.path.expanduser("~"), ".local", "share")
    return Path(base) / "remora" / "tokens"


class FileStore:
    """Keeps a token in a file that only its owner can read, written whole or not at all.

    Args:
        directory: Where; made if it does not exist, for its owner alone.
        key: Name of the token.
    """

    def __init__(self, directory: Path, key: str) -> None:
        self._directory = directory
        self._path = directory / f"{key}.json"

    def load(self) -> Token | None:
        """The token of the file; None if there is none, or one that others could have written or read."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        except OSError:
            return None
        with os.fdopen(descriptor, encoding="utf-8") as file:
            if not _private(os.fstat(descriptor)):
                return None
            try:
                return from_json(file.read())
            except (OSError, UnicodeDecodeError):
                return None

    def save(self, token: Token) -> None:
        """Write beside the file, then put it in its place: a reader sees the old token or the new one."""
        try:
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor, name = tempfile.mkstemp(dir=self._directory, prefix=".new-")  # 0600
        except OSError:
            return
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(token.to_json())
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, self._path)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(name)

    def delete(self) -> None:
        """Remove the file."""
        with contextlib.suppress(OSError):
            os.unlink(self._path)


def _private(facts: os.stat_result) -> bool:
    if sys.platform == "win32":
        return True  # the user's own directory is protected by its access list
    return stat.S_ISREG(facts.st_mode) and facts.st_uid == os.getuid() and not facts.st_mode & 0o077


class KeyringStore:
    """Keeps a token in the system's keyring; in a file when the keyring does not take it.

    Args:
        keyring: The module `keyring`.
        key: Name of the token.
        fallback: The file.
    """

    def __init__(self, keyring: ModuleType, key: str, fallback: FileStore) -> None:
        self._keyring = keyring
        self._key = key
        self._fallback = fallback

    def load(self) -> Token | None:
        """The token of the keyring, else of the file."""
        try:
            text = self._keyring.get_password(SERVICE, self._key)
        except Exception:  # each back-end fails in its own way: locked, refused, not running
            text = None
        return (from_json(text) if text else None) or self._fallback.load()

    def save(self, token: Token) -> None:
        """Put the token into the keyring, and nowhere else if that works."""
        try:
            self._keyring.set_password(SERVICE, self._key, token.to_json())
        except Exception:
            self._fallback.save(token)
        else:
            self._fallback.delete()

    def delete(self) -> None:
        """Remove the token from both."""
        with contextlib.suppress(Exception):
            self._keyring.delete_password(SERVICE, self._key)
        self._fallback.delete()


def open_store(key: str) -> Store:
    """The store of a token: the keyring if `remora[keyring]` is installed, else a file."""
    files = FileStore(token_directory(), key)
    try:
        keyring = import_module("keyring")
    except ImportError:
        return files
    return KeyringStore(keyring, key, files)


@asynccontextmanager
async def only_process(key: str) -> AsyncIterator[None]:
    """Let one process at a time use up a refresh token: a provider that sees one twice revokes them all.

    A process that waits too long goes on without the lock; the other one may hang.
    """
    try:
        directory = token_directory()
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(directory / f"{key}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:  # tokens cannot be kept here, so no other process has this one
        yield
        return
    try:
        ends = time.monotonic() + LOCK_SECONDS
        while not _try_lock(descriptor) and time.monotonic() < ends:  # noqa: ASYNC110 - no event tells of a lock
            await asyncio.sleep(0.05)
        yield
    finally:
        os.close(descriptor)  # which unlocks it


def _try_lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
