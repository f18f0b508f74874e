"""Stored actions as the messages that services answer with."""

from __future__ import annotations

import json

from remora.dev.clock import optional_timestamp, timestamp
from remora.dev.store import actions, events
from remora.dev.store.actions import ActionRow
from remora.dev.store.attempts import attempts
from remora.dev.store.database import Transaction
from remora_api.flyteidl2 import common, core, task, workflow


def action(row: ActionRow, *, bare: bool = False) -> workflow.Action:
    """An action as lists show it; `bare` leaves only the place in the tree in its metadata."""
    metadata = workflow.ActionMetadata.parse(row.metadata)
    if bare:
        metadata = workflow.ActionMetadata(parent=metadata.parent, group=metadata.group)
    return workflow.Action(id=row.key.message, metadata=metadata, status=_status(row))


def run(row: ActionRow) -> workflow.Run:
    """A root action as a run."""
    return workflow.Run(action=action(row), labels=json.loads(row.labels))


def run_details(tx: Transaction, row: ActionRow) -> workflow.RunDetails:
    """A run with its spec and its root action."""
    spec = task.RunSpec() if row.run_spec is None else task.RunSpec.parse(row.run_spec)
    return workflow.RunDetails(run_spec=spec, action=action_details(tx, row))


def action_details(tx: Transaction, row: ActionRow) -> workflow.ActionDetails:
    """Everything about an action."""
    details = workflow.ActionDetails(
        id=row.key.message,
        metadata=workflow.ActionMetadata.parse(row.metadata),
        status=_status(row),
        attempts=attempts(events.of_action(tx, row.id)),
    )
    if row.phase in (common.ActionPhase.FAILED, common.ActionPhase.TIMED_OUT):
        # The error of an earlier attempt is not the error of the action.
        if details.attempts and details.attempts[-1].attempt == row.attempts:
            details.error_info = details.attempts[-1].error_info
    elif row.phase == common.ActionPhase.ABORTED:
        by = None if row.aborted_by is None else common.EnrichedIdentity.parse(row.aborted_by)
        details.abort_info = workflow.AbortInfo(reason=row.abort_reason or "", aborted_by=by)
    elif row.signal is not None:
        details.signal_info = workflow.SignalInfo.parse(row.signal)
    if row.action_type == workflow.ActionType.TASK:
        details.task = actions.task_spec(tx, row)
    elif row.spec is not None and row.action_type == workflow.ActionType.TRACE:
        details.trace = task.TraceSpec.parse(row.spec)
    elif row.spec is not None and row.action_type == workflow.ActionType.CONDITION:
        details.condition = workflow.ConditionAction.parse(row.spec)
    return details


def _status(row: ActionRow) -> workflow.ActionStatus:
    return workflow.ActionStatus(
        phase=common.ActionPhase(row.phase),
        start_time=timestamp(row.created_at),
        end_time=optional_timestamp(row.ended_at),
        attempts=row.attempts,
        cache_status=core.CatalogCacheStatus(row.cache_status),
        duration_ms=row.duration_ms,
    )


def output_uri(tx: Transaction, row: ActionRow) -> str:
    """Where the outputs of an action are; "" when no attempt reported any."""
    for attempt in reversed(attempts(events.of_action(tx, row.id))):
        if attempt.outputs is not None and attempt.outputs.output_uri:
            return attempt.outputs.output_uri
    return ""
