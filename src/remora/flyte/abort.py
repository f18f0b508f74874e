"""Ending runs and actions before their time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remora.bindings import RetrySafe
from remora.errors import NotFound
from remora.flyte.calls import action_details, action_id_of, client_of, run_id_of
from remora.flyte.deadline import Deadline
from remora.flyte.details import done
from remora.flyte.failure import phase_of_details
from remora.flyte.parameters import text
from remora_api.flyteidl2 import workflow

if TYPE_CHECKING:
    from remora_api.entities import Action, Run

LONGEST_REASON = 4096


async def abort_run(
    self: Run, reason: str = "Manually aborted from the SDK api.", *, timeout: float | None = None
) -> None:
    """End the run.

    Aborting a run that has ended, or that does not exist any more, does nothing: a backend would otherwise replace
    the phase of a run that has succeeded. This object is not changed; `sync()` or `wait()` shows the new phase.

    Args:
        self: The run.
        reason: Why; kept with the run and shown to others.
        timeout: Deadline of the whole call in seconds.

    Raises:
        PermissionDenied: the caller may not do this.
    """
    text(reason, "reason", longest=LONGEST_REASON)
    deadline = Deadline(timeout)
    if await _goes_on(self, deadline):
        request = workflow.AbortRunRequest(run_id=run_id_of(self), reason=reason)
        try:
            await workflow.RunServiceStub(RetrySafe(client_of(self))).abort_run(request, timeout=deadline.left())
        except NotFound:
            return


async def abort_action(
    self: Action, reason: str = "Manually aborted from the SDK.", *, timeout: float | None = None
) -> None:
    """End the action.

    Aborting an action that has ended, or that does not exist any more, does nothing. This object is not changed;
    `sync()` or `wait()` shows the new phase.

    Args:
        self: The action.
        reason: Why; kept with the action and shown to others.
        timeout: Deadline of the whole call in seconds.

    Raises:
        PermissionDenied: the caller may not do this.
    """
    text(reason, "reason", longest=LONGEST_REASON)
    deadline = Deadline(timeout)
    if await _goes_on(self, deadline):
        request = workflow.AbortActionRequest(action_id=action_id_of(self), reason=reason)
        try:
            await workflow.RunServiceStub(RetrySafe(client_of(self))).abort_action(request, timeout=deadline.left())
        except NotFound:
            return


async def _goes_on(entity: Action | Run, deadline: Deadline) -> bool:
    """Whether there is something to abort; what this object remembers may be old, so the server is asked."""
    if done(entity):
        return False
    try:
        details = await action_details(client_of(entity), action_id_of(entity), timeout=deadline.left())
    except NotFound:
        return False
    return not phase_of_details(details).is_terminal
