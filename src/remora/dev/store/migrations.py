"""The schema of the database, as the list of steps that made it.

A step is never edited once released; a change of the schema is a new step at the end. `PRAGMA user_version` counts the
steps that a file has seen. Times are integers, nanoseconds since the epoch.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from remora.dev.errors import ControlPlaneError
from remora.dev.store.schema_entities import APPS, ARTIFACTS, ENTRYPOINTS, FIRINGS, SECRETS, SETTINGS, TRIGGERS
from remora.dev.store.schema_runs import FIRST

# "REMO": tells our files from other SQLite databases.
APPLICATION_ID = 0x52454D4F

Step = str | Callable[[sqlite3.Connection], None]

MIGRATIONS: tuple[tuple[Step, ...], ...] = (FIRST, SECRETS, TRIGGERS, APPS, SETTINGS, ARTIFACTS, ENTRYPOINTS, FIRINGS)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a database up to date, in one transaction: all missing steps or none.

    Raises:
        ControlPlaneError: The file belongs to another program or to a newer version of this one.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables and application != APPLICATION_ID:
        raise ControlPlaneError("the database was made by another program; choose another data directory")
    if version > len(MIGRATIONS):
        raise ControlPlaneError(
            f"the database has schema version {version}, newer than {len(MIGRATIONS)}, the newest that this version "
            "of remora knows; upgrade remora or choose another data directory"
        )
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statements in MIGRATIONS[version:]:
            for statement in statements:
                if isinstance(statement, str):
                    connection.execute(statement)
                else:
                    statement(connection)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
