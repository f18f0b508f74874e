from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from remora.dev.errors import ControlPlaneError
from remora.dev.store import triggers
from remora.dev.store.database import Database, Topic, Transaction
from remora.dev.store.migrations import APPLICATION_ID, MIGRATIONS, migrate
from remora.dev.store.schema_runs import FIRST
from remora.dev.store.triggers import TriggerKey
from remora_api.flyteidl2.task import (
    Cron,
    Schedule,
    TaskTrigger,
    TaskTriggerSpec,
    TriggerAutomationSpec,
    TriggerAutomationSpecType,
)


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


def test_triggers_of_the_first_schema_get_a_history() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.row_factory = sqlite3.Row
    for statement in FIRST:
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("PRAGMA user_version = 1")
    schedule = Schedule(cron=Cron(expression="@daily"))
    trigger = TaskTrigger(
        name="t", spec=TaskTriggerSpec(active=True), automation_spec=TriggerAutomationSpec(schedule=schedule)
    )
    connection.executemany(
        "INSERT INTO triggers VALUES ('p', 'd', 'job', ?, 3, 1, ?, '1', 10, 20, ?)",
        [("t", 0, bytes(trigger)), ("gone", 1, b"")],
    )
    migrate(connection)
    tx = Transaction(connection, 0)
    found = triggers.details(tx, TriggerKey("p", "d", "job", "t"))
    assert found is not None
    assert found.automation_spec == TriggerAutomationSpec(
        type=TriggerAutomationSpecType.TYPE_SCHEDULE, schedule=schedule
    )
    assert triggers.revision_details(tx, TriggerKey("p", "d", "job", "t"), 3) == found
    (one,) = triggers.scheduled(tx)
    assert (one.key.name, one.due_after) == ("t", 20)
    assert connection.execute("SELECT action FROM trigger_revisions WHERE name = 'gone'").fetchone()[0] == 4
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
