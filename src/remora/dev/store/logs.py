"""Lines that attempts wrote."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from remora.dev.store.actions import ActionKey
from remora.dev.store.database import Transaction


class LogRow(NamedTuple):
    """One line; `number` counts from 0 within its attempt."""

    number: int
    time: int
    originator: int
    message: str


def append(tx: Transaction, key: ActionKey, action: int, attempt: int, lines: Sequence[LogRow]) -> None:
    """Add lines to an attempt of the action that has this key and number."""
    tx.changed.add(key.log_topic)
    tx.executemany(
        "INSERT INTO log_lines (action, attempt, number, time, originator, message) VALUES (?, ?, ?, ?, ?, ?)",
        [(action, attempt, *line) for line in lines],
    )


def after(tx: Transaction, action: int, attempt: int, number: int, limit: int) -> list[LogRow]:
    """Lines from `number` on."""
    rows = tx.execute(
        "SELECT number, time, originator, message FROM log_lines WHERE action = ? AND attempt = ? AND number >= ?"
        " ORDER BY number LIMIT ?",
        (action, attempt, number, limit),
    )
    return [LogRow(*row) for row in rows]
