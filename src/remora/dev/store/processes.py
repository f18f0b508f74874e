"""Process groups that are running, so that those of a server that died can be ended by the next one."""

from __future__ import annotations

from dataclasses import dataclass

from remora.dev.store.database import Transaction


@dataclass(frozen=True)
class ProcessRecord:
    """Leader of a process group; `started` tells it from a later process with the same number."""

    pid: int
    started: str


def add(tx: Transaction, record: ProcessRecord) -> None:
    """Remember a process."""
    tx.execute("INSERT OR REPLACE INTO processes (pid, started) VALUES (?, ?)", (record.pid, record.started))


def remove(tx: Transaction, pid: int) -> None:
    """Forget a process that ended."""
    tx.execute("DELETE FROM processes WHERE pid = ?", (pid,))


def take_all(tx: Transaction) -> list[ProcessRecord]:
    """Forget all processes and return them."""
    records = [ProcessRecord(row["pid"], row["started"]) for row in tx.execute("SELECT pid, started FROM processes")]
    tx.execute("DELETE FROM processes")
    return records
