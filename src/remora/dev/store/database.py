"""One SQLite database on one thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from remora.dev.errors import ControlPlaneError
from remora.dev.store.migrations import migrate

T = TypeVar("T")

# What watchers listen to: a run is (project, domain, run name), the log of an action has its name as fourth part.
Topic = tuple[str, ...]


class Transaction:
    """What a piece of database work may use: the connection, and the list of topics that it changed.

    Every change takes a revision, a number that only grows. A watcher that remembers the last one it saw asks for
    everything above it and so misses nothing, however often it was away.
    """

    def __init__(self, connection: sqlite3.Connection, revision: int) -> None:
        self.connection = connection
        self.execute = connection.execute
        self.executemany = connection.executemany
        self.changed: set[Topic] = set()
        self._revision = revision

    def change(self, run: Topic) -> int:
        """Note that `run` changed and return the revision to store with the change."""
        self.changed.add(run)
        self._revision += 1
        return self._revision

    @property
    def revision(self) -> int:
        """The newest revision, this transaction included."""
        return self._revision


class Database:
    """Runs functions in transactions, one after the other, away from the event loop.

    WAL with `synchronous=NORMAL` makes every committed transaction survive the death of this process.
    """

    def __init__(self, path: Path, notify: Callable[[set[Topic]], None]) -> None:
        """Prepare, without touching the file.

        Args:
            path: The database file; created when missing.
            notify: Called on the event loop after a commit with the topics that changed. It is called even if the one
                who asked for the work was cancelled meanwhile.
        """
        self._path = path
        self._notify = notify
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="remora-dev-store")
        self._revision = 0

    async def open(self) -> None:
        """Open the file and bring its schema up to date.

        Raises:
            ControlPlaneError: The file is not a database of this program, or was written by a newer version of it.
        """
        self._loop = asyncio.get_running_loop()
        await self._loop.run_in_executor(self._thread, self._open)

    def _open(self) -> None:
        # Statements begin and end transactions themselves: the module's own rules differ between Python versions.
        connection = sqlite3.connect(self._path, isolation_level=None, cached_statements=256)
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA foreign_keys=ON")
            migrate(connection)
            connection.create_function("casefold", 1, _casefold, deterministic=True)
            (self._revision,) = connection.execute("SELECT coalesce(max(revision), 0) FROM actions").fetchone()
        except sqlite3.Error as error:
            connection.close()
            raise ControlPlaneError(f"cannot use the database {self._path}: {error}") from error
        except BaseException:
            connection.close()
            raise
        self._connection = connection

    async def run(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in a transaction; all of it happens or, when it raises, nothing."""
        return await self._loop.run_in_executor(self._thread, self._run, work)

    def _run(self, work: Callable[[Transaction], T]) -> T:
        transaction = Transaction(self._connection, self._revision)
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            result = work(transaction)
            self._connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise
        self._revision = transaction.revision
        if transaction.changed:
            with contextlib.suppress(RuntimeError):  # the loop is gone, and so are those who watch
                self._loop.call_soon_threadsafe(self._notify, transaction.changed)
        return result

    async def close(self) -> None:
        """Finish the work at hand, close the file and end the thread."""
        await self._loop.run_in_executor(self._thread, self._close)
        self._thread.shutdown(wait=True)

    def _close(self) -> None:
        connection = getattr(self, "_connection", None)
        if connection is not None:
            connection.close()


def _casefold(value: str | int | None) -> str | None:
    return None if value is None else str(value).casefold()
