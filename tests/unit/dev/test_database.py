from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from remora.dev.errors import ControlPlaneError
from remora.dev.store.database import Database, Topic, Transaction
from remora.dev.store.migrations import MIGRATIONS, migrate


def test_a_new_database_is_brought_up_to_date() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection)
    assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    migrate(connection)
    connection.close()


def test_a_newer_database_is_refused() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(ControlPlaneError, match="upgrade remora or choose another data directory"):
        migrate(connection)
    connection.close()


def test_a_foreign_database_is_refused() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("CREATE TABLE mine (x)")
    with pytest.raises(ControlPlaneError, match="made by another program"):
        migrate(connection)
    assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (1,)
    connection.close()


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "remora.db"
    path.write_bytes(b"no database" * 1000)
    database = Database(path, lambda topics: None)
    with pytest.raises(ControlPlaneError, match="cannot use the database"):
        await database.open()
    await database.close()


async def test_work_is_done_whole_or_not_at_all(tmp_path: Path) -> None:
    seen: list[set[Topic]] = []
    database = Database(tmp_path / "remora.db", seen.append)
    await database.open()

    def add(tx: Transaction) -> None:
        tx.execute("INSERT INTO processes (pid, started) VALUES (1, 'x')")
        tx.change(("p", "d", "r"))

    def fail(tx: Transaction) -> None:
        tx.execute("INSERT INTO processes (pid, started) VALUES (2, 'x')")
        tx.change(("p", "d", "other"))
        raise LookupError

    await database.run(add)
    with pytest.raises(LookupError):
        await database.run(fail)
    assert await database.run(lambda tx: [row["pid"] for row in tx.execute("SELECT pid FROM processes")]) == [1]
    assert await database.run(lambda tx: tx.revision) == 1
    assert seen == [{("p", "d", "r")}]
    await database.close()


async def test_write_ahead_log_is_on(tmp_path: Path) -> None:
    database = Database(tmp_path / "remora.db", lambda topics: None)
    await database.open()
    assert await database.run(lambda tx: tx.execute("PRAGMA journal_mode").fetchone()[0]) == "wal"
    await database.close()
