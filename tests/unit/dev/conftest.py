from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from remora.dev.store.database import Transaction
from remora.dev.store.migrations import migrate


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    """A migrated database in memory."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.row_factory = sqlite3.Row
    migrate(connection)
    connection.create_function("casefold", 1, lambda value: None if value is None else str(value).casefold())
    yield connection
    connection.close()


@pytest.fixture
def tx(connection: sqlite3.Connection) -> Transaction:
    return Transaction(connection, 0)


@pytest.fixture
def outputs_dir(tmp_path: Path) -> Path:
    path = tmp_path / "outputs"
    path.mkdir()
    return path
