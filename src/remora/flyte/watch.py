"""Watching runs and actions: the public forms of `remora.flyte.states`."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, TypeVar

from remora.errors import WaitTimeout
from remora.flyte import data
from remora.flyte.calls import action_id_of, client_of, label
from remora.flyte.deadline import Deadline
from remora.flyte.details import attempt_of
from remora.flyte.failure import phase_of_details
from remora.flyte.parameters import Seconds, WaitFor, wait_for_checked
from remora.flyte.phases import ActionPhase
from remora.flyte.reader import until
from remora.flyte.refresh import adopt
from remora.flyte.states import POLICY, states

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from remora.client import Client
    from remora.flyte.states import Policy
    from remora_api.entities import Action, ActionDetails, Run
    from remora_api.flyteidl2 import common, workflow

ActionDetailsT = TypeVar("ActionDetailsT", bound="ActionDetails")


async def watch_run(
    self: Run, cache_data_on_done: bool = False, *, timeout: Seconds | None = None
) -> AsyncGenerator[ActionDetails, None]:
    """The run's state now, then every change, until it has ended. This object is kept up to date meanwhile.

    A stream that is dropped, ends early or falls silent is replaced; no state is given twice. Leaving the loop stops
    the watch and leaves the run alone.

    Args:
        self: The run.
        cache_data_on_done: Also fetch inputs and outputs when the run has ended, so that `inputs()` and `outputs()`
            of this object cost nothing afterwards.
        timeout: How long to watch at most, in seconds or as a `timedelta`.

    Yields:
        Details of the run's root action.

    Raises:
        NotFound: there is no such run.
        WaitTimeout: the run has not ended in time; the error has the last phase.

    Example:
        >>> for details in run.watch():
        ...     print(details.phase)
    """
    async with contextlib.aclosing(_watched(self, Deadline(timeout))) as source:
        async for details in source:
            yield details
    if cache_data_on_done:
        await data.input_literals(self)


async def watch_action(
    self: Action,
    cache_data_on_done: bool = False,
    wait_for: WaitFor = "terminal",
    *,
    timeout: Seconds | None = None,
) -> AsyncGenerator[ActionDetails, None]:
    """The action's state now, then every change, until what `wait_for` says. This object is kept up to date meanwhile.

    A stream that is dropped, ends early or falls silent is replaced; no state is given twice. Leaving the loop stops
    the watch and leaves the action alone.

    Args:
        self: The action.
        cache_data_on_done: Also fetch inputs and outputs at the end, so that they cost nothing afterwards.
        wait_for: End when the action has ended (`"terminal"`), runs (`"running"`) or has log lines (`"logs-ready"`).
            The last two end with the action as well.
        timeout: How long to watch at most, in seconds or as a `timedelta`.

    Yields:
        Details of the action.

    Raises:
        NotFound: there is no such action.
        WaitTimeout: it has not come so far in time; the error has the last phase.
    """
    wanted = wait_for_checked(wait_for)
    async with contextlib.aclosing(_watched(self, Deadline(timeout))) as source:
        async for details in source:
            yield details
            if reached(details.pb2, wanted):
                break
    if cache_data_on_done:
        await data.input_literals(self)


async def watch_updates(
    self: ActionDetails, cache_data_on_done: bool = False, *, timeout: Seconds | None = None
) -> AsyncGenerator[ActionDetails, None]:
    """The action's state now, then every change, until it has ended. This object is kept up to date meanwhile.

    Args:
        self: The action.
        cache_data_on_done: Also fetch inputs and outputs when the action has ended, so that they cost nothing
            afterwards.
        timeout: How long to watch at most, in seconds or as a `timedelta`.

    Yields:
        Details of the action, one object per state.

    Raises:
        NotFound: there is no such action.
        WaitTimeout: it has not ended in time; the error has the last phase.
    """
    async with contextlib.aclosing(_watched(self, Deadline(timeout))) as source:
        async for details in source:
            yield details
    if cache_data_on_done:
        await data.input_literals(self)


async def watch_by_id(
    cls: type[ActionDetailsT],
    action_id: common.ActionIdentifier,
    *,
    timeout: Seconds | None = None,
    client: Client | None = None,
) -> AsyncGenerator[ActionDetailsT, None]:
    """The state of an action now, then every change, until it has ended.

    Args:
        cls: Class of the result.
        action_id: Which action.
        timeout: How long to watch at most, in seconds or as a `timedelta`.
        client: The client to use, if not the current one.

    Yields:
        Details of the action.

    Raises:
        NotFound: there is no such action.
        WaitTimeout: it has not ended in time; the error has the last phase.
    """
    from remora.client import resolve_client

    found = resolve_client(client)
    source = states_until(found, action_id, Deadline(timeout))
    async with contextlib.aclosing(source):
        async for details in source:
            yield cls(details, client=found)


async def _watched(entity: Action | ActionDetails | Run, deadline: Deadline) -> AsyncGenerator[ActionDetails, None]:
    """States of an entity's action as entities; the entity itself shows each of them."""
    from remora_api.entities import ActionDetails

    client = client_of(entity)
    async with contextlib.aclosing(states_until(client, action_id_of(entity), deadline)) as source:
        async for details in source:
            adopt(entity, details)
            yield ActionDetails(details, client=client)


async def states_until(
    client: Client, action_id: common.ActionIdentifier, deadline: Deadline, policy: Policy = POLICY
) -> AsyncGenerator[workflow.ActionDetails, None]:
    """`remora.flyte.states.states` with a limit for the whole time.

    Raises:
        WaitTimeout: the deadline has passed before the action ended.
    """
    last: workflow.ActionDetails | None = None
    source = until(states(client, action_id, policy=policy), deadline, lambda: _too_late(client, action_id, last))
    async with contextlib.aclosing(source):
        async for details in source:
            last = details
            yield details


def _too_late(client: Client, action_id: common.ActionIdentifier, last: workflow.ActionDetails | None) -> WaitTimeout:
    from remora_api.entities import ActionDetails

    phase = ActionPhase.UNSPECIFIED if last is None else phase_of_details(last)
    name = label(action_id)
    state = "nothing was heard of it" if last is None else f"it is {phase}"
    return WaitTimeout(
        f"{name} did not get there in time; {state}",
        run=name,
        phase=phase,
        details=None if last is None else ActionDetails(last, client=client),
        hint="the run goes on; wait again, or abort() it",
    )


def reached(details: workflow.ActionDetails, wait_for: WaitFor) -> bool:
    """Whether an action has come as far as `wait_for` says, or has ended."""
    phase = phase_of_details(details)
    if phase.is_terminal:
        return True
    if wait_for == "running":
        return phase is ActionPhase.RUNNING
    attempt = attempt_of(details, None)
    return wait_for == "logs-ready" and attempt is not None and attempt.logs_available
