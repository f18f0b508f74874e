"""Changes of an action's phase."""

from __future__ import annotations

from remora.dev.clock import now
from remora.dev.phases import TERMINAL, is_terminal, may_replace
from remora.dev.store import actions
from remora.dev.store.actions import ActionRow
from remora.dev.store.database import Transaction
from remora.dev.store.query import Where
from remora_api.flyteidl2.common import EnrichedIdentity


def set_status(
    tx: Transaction,
    row: ActionRow,
    phase: int,
    attempts: int,
    *,
    cache_status: int | None = None,
    started_at: int | None = None,
    ended_at: int | None = None,
) -> bool:
    """Change phase and attempts as far as `may_replace` allows; False when it does not.

    Args:
        tx: The transaction.
        row: The action as it is now.
        phase: Its new phase.
        attempts: Its new number of attempts, whatever it was.
        cache_status: What the cache did, if that changed.
        started_at: Moves the start of the action back, never forward.
        ended_at: When it ended; of a terminal phase the default is now. The first end that was given stays.
    """
    if not may_replace(row.phase, phase):
        return False
    created = row.created_at if started_at is None else min(row.created_at, started_at)
    end = row.ended_at
    if end is None and is_terminal(phase):
        end = now() if ended_at is None else ended_at
    tx.execute(
        "UPDATE actions SET phase = ?, attempts = ?, cache_status = ?, created_at = ?, updated_at = ?, ended_at = ?,"
        " duration_ms = ?, revision = ? WHERE id = ?",
        (
            phase,
            attempts,
            row.cache_status if cache_status is None else cache_status,
            created,
            now(),
            end,
            None if end is None else max(0, end - created) // 1_000_000,
            tx.change(row.key.run_key),
            row.id,
        ),
    )
    return True


def abort(tx: Transaction, row: ActionRow, phase: int, reason: str, by: EnrichedIdentity | None) -> None:
    """Set an action ABORTED, with who did it and why, whatever its phase is."""
    moment = now()
    tx.execute(
        "UPDATE actions SET phase = ?, ended_at = ?, updated_at = ?, duration_ms = ?, abort_reason = ?,"
        " aborted_by = ?, revision = ? WHERE id = ?",
        (
            phase,
            moment,
            moment,
            max(0, moment - row.created_at) // 1_000_000,
            reason,
            None if by is None else bytes(by),
            tx.change(row.key.run_key),
            row.id,
        ),
    )


def unfinished_local(tx: Transaction) -> list[ActionRow]:
    """Actions that the local executor has to finish, oldest first."""
    last = ", ".join(str(int(phase)) for phase in sorted(TERMINAL))
    return actions.select(tx, Where(("local", f"phase NOT IN ({last})")), "id")
