"""Events that were reported about the attempts of actions."""

from __future__ import annotations

from remora.dev.store.actions import ActionRow
from remora.dev.store.database import Transaction
from remora_api.flyteidl2.workflow import ActionEvent

# No action has more; a reporter that repeats itself for ever does not slow down every read.
_MAX_EVENTS = 500


def record(tx: Transaction, row: ActionRow, event: ActionEvent) -> None:
    """Keep an event; one of the same attempt, phase and version is there already and stays."""
    done = tx.execute(
        "INSERT OR IGNORE INTO action_events (action, attempt, phase, version, event) VALUES (?, ?, ?, ?, ?)",
        (row.id, event.attempt, int(event.phase), event.version, bytes(event)),
    )
    if done.rowcount:
        tx.changed.add(row.key.run_key)


def of_action(tx: Transaction, action: int) -> list[ActionEvent]:
    """The events of an action, oldest attempt first."""
    rows = tx.execute(
        "SELECT event FROM action_events WHERE action = ? ORDER BY attempt, phase, version LIMIT ?",
        (action, _MAX_EVENTS),
    )
    return [ActionEvent.parse(row["event"]) for row in rows]
