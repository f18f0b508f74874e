"""Bringing an entity up to date: by a read, or by what a watch has delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from remora.flyte.calls import action_details, action_id_of, client_of, run_details, run_id_of
from remora_api.flyteidl2 import workflow

if TYPE_CHECKING:
    from remora_api.entities import Action, ActionDetails, Run, RunDetails

RunT = TypeVar("RunT", bound="Run")
RunDetailsT = TypeVar("RunDetailsT", bound="RunDetails")
ActionT = TypeVar("ActionT", bound="Action")
ActionDetailsT = TypeVar("ActionDetailsT", bound="ActionDetails")


def adopt(entity: Action | ActionDetails | Run | RunDetails, details: workflow.ActionDetails) -> None:
    """Make an entity show the state of its action that `details` holds. Its own message object stays the same one.

    A list answers with less than a watch does: a run's labels, for example, are only in its own message, so fields
    that details do not have are left alone.
    """
    from remora_api.entities import ActionDetails, Run, RunDetails

    if isinstance(entity, ActionDetails):
        entity.pb2 = details
    elif isinstance(entity, RunDetails):
        entity.pb2.action = details
    elif isinstance(entity, Run):
        entity.pb2.action = _summary(details)
    else:
        entity.pb2 = _summary(details)


def _summary(details: workflow.ActionDetails) -> workflow.Action:
    return workflow.Action(id=details.id, metadata=details.metadata, status=details.status)


async def sync_run(self: RunT, *, timeout: float | None = None) -> RunT:
    """Read the run's state from the server into this object.

    Args:
        self: The run.
        timeout: Deadline of the call in seconds.

    Returns:
        This object, up to date.

    Raises:
        NotFound: the run does not exist any more.

    Example:
        >>> run.sync().phase
        <ActionPhase.RUNNING: 'running'>
    """
    details = await run_details(client_of(self), run_id_of(self), timeout=timeout)
    assert details.action is not None  # run_details has checked it
    adopt(self, details.action)
    return self


async def sync_run_details(self: RunDetailsT, *, timeout: float | None = None) -> RunDetailsT:
    """Read the run's details from the server into this object.

    Args:
        self: The run.
        timeout: Deadline of the call in seconds.

    Returns:
        This object, up to date.

    Raises:
        NotFound: the run does not exist any more.
    """
    self.pb2 = await run_details(client_of(self), run_id_of(self), timeout=timeout)
    return self


async def sync_action(self: ActionT, *, timeout: float | None = None) -> ActionT:
    """Read the action's state from the server into this object.

    Args:
        self: The action.
        timeout: Deadline of the call in seconds.

    Returns:
        This object, up to date.

    Raises:
        NotFound: the action does not exist any more.
    """
    adopt(self, await action_details(client_of(self), action_id_of(self), timeout=timeout))
    return self


async def sync_action_details(self: ActionDetailsT, *, timeout: float | None = None) -> ActionDetailsT:
    """Read the action's details from the server into this object.

    Args:
        self: The action.
        timeout: Deadline of the call in seconds.

    Returns:
        This object, up to date.

    Raises:
        NotFound: the action does not exist any more.
    """
    adopt(self, await action_details(client_of(self), action_id_of(self), timeout=timeout))
    return self
