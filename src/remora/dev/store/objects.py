"""Facts about uploaded objects; their bytes are files."""

from __future__ import annotations

from dataclasses import dataclass

from remora.dev.store.database import Transaction


@dataclass(frozen=True)
class ObjectRow:
    """What is known about an uploaded object."""

    key: str
    size: int
    md5: bytes
    content_type: str


def put(tx: Transaction, row: ObjectRow) -> None:
    """Keep what is known about an object, replacing what was known before."""
    tx.execute(
        "INSERT OR REPLACE INTO objects (key, size, md5, content_type) VALUES (?, ?, ?, ?)",
        (row.key, row.size, row.md5, row.content_type),
    )


def forget(tx: Transaction, key: str) -> None:
    """Forget an object."""
    tx.execute("DELETE FROM objects WHERE key = ?", (key,))


def get(tx: Transaction, key: str) -> ObjectRow | None:
    """One object, if it was uploaded."""
    row = tx.execute("SELECT key, size, md5, content_type FROM objects WHERE key = ?", (key,)).fetchone()
    return None if row is None else ObjectRow(*row)
