"""A failed run as an exception."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remora.errors import RunFailed
from remora.flyte.calls import label
from remora.flyte.phases import ActionPhase, phase_of
from remora_api.flyteidl2 import common

if TYPE_CHECKING:
    from remora_api.entities import ActionDetails, RunDetails
    from remora_api.flyteidl2 import workflow


def phase_of_details(details: workflow.ActionDetails) -> ActionPhase:
    """The phase of an action."""
    return phase_of(None if details.status is None else details.status.phase)


def error_message(details: workflow.ActionDetails) -> str:
    """Why an action did not succeed, as far as the backend says; empty when it succeeded or says nothing."""
    if details.error_info is not None:
        info = details.error_info
        return f"{info.code}: {info.message}" if info.code and info.message else info.message or info.code
    if details.abort_info is not None:
        return details.abort_info.reason
    for attempt in reversed(details.attempts):
        if attempt.error_info is not None and phase_of_details(details) is ActionPhase.FAILED:
            return attempt.error_info.message
    return ""


def run_failed(details: workflow.ActionDetails, entity: ActionDetails | RunDetails | None = None) -> RunFailed:
    """The error for an action that ended without success.

    Args:
        details: The action as the backend last described it.
        entity: What the error carries as `details`.
    """
    phase = phase_of_details(details)
    name = label(details.id if details.id is not None else common.ActionIdentifier())
    kind = "action" if "/" in name else "run"
    verb = {ActionPhase.ABORTED: "was aborted", ActionPhase.TIMED_OUT: "timed out"}.get(phase, f"ended as {phase}")
    if phase is ActionPhase.FAILED:
        verb = "failed"
    reason = error_message(details)
    return RunFailed(
        f"{kind} {name} {verb}: {reason}" if reason else f"{kind} {name} {verb}",
        run=name,
        phase=phase,
        error_message=reason,
        details=entity,
    )
