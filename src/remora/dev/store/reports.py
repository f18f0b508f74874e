"""Reports about actions that run elsewhere."""

from __future__ import annotations

from remora.dev.clock import optional_nanoseconds
from remora.dev.store import transitions
from remora.dev.store.actions import ActionRow
from remora.dev.store.database import Transaction
from remora_api.flyteidl2.common import ActionPhase
from remora_api.flyteidl2.workflow import ActionStatus, SignalInfo, UpdateActionStatusRequest


def apply_status(tx: Transaction, row: ActionRow, request: UpdateActionStatusRequest, status: ActionStatus) -> None:
    """Change an action as a report says; one that comes too late changes nothing."""
    applied = transitions.set_status(
        tx,
        row,
        int(status.phase),
        status.attempts,
        cache_status=int(status.cache_status),
        started_at=optional_nanoseconds(status.start_time),
        ended_at=optional_nanoseconds(status.end_time),
    )
    if not applied:
        return
    principal = None if request.principal is None else bytes(request.principal)
    if status.phase == ActionPhase.ABORTED and (request.abort_reason is not None or principal is not None):
        tx.execute(
            "UPDATE actions SET abort_reason = ?, aborted_by = ? WHERE id = ?",
            (request.abort_reason, principal, row.id),
        )
    elif request.output is not None:
        signal = SignalInfo(signalled_by=request.principal, output=request.output)
        tx.execute("UPDATE actions SET signal = ? WHERE id = ?", (bytes(signal), row.id))
