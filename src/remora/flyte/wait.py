"""Waiting for runs and actions."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from remora.errors import Internal, InvalidArgument
from remora.flyte.calls import action_details, action_id_of, client_of, label, run_details, run_id_of
from remora.flyte.deadline import Deadline
from remora.flyte.details import done
from remora.flyte.failure import phase_of_details, run_failed
from remora.flyte.parameters import Seconds, WaitFor, seconds, wait_for_checked
from remora.flyte.progress import progress
from remora.flyte.refresh import adopt
from remora.flyte.states import POLICY
from remora.flyte.watch import reached, states_until

if TYPE_CHECKING:
    from remora.flyte.states import Policy
    from remora_api.entities import Action, ActionDetails, Run, RunDetails
    from remora_api.flyteidl2 import workflow


async def wait_run(
    self: Run,
    quiet: bool = False,
    wait_for: WaitFor = "terminal",
    *,
    timeout: Seconds | None = None,
    poll_interval: Seconds | None = None,
    raise_on_failure: bool = False,
) -> RunDetails:
    """Wait until the run has ended (or runs, or has log lines), and bring this object up to date.

    Ctrl-C and cancellation stop the waiting and leave the run alone.

    Args:
        self: The run.
        timeout: How long to wait at most, in seconds or as a `timedelta`; None waits as long as it takes.
        poll_interval: How long the watch may be silent before the state is read, in seconds or as a `timedelta`.
        raise_on_failure: Raise `RunFailed` if the run ends in any way but success.
        quiet: Show nothing. Otherwise progress goes to stderr: a spinner on a terminal if the extra `progress` is
            installed, one line per change elsewhere.
        wait_for: `"terminal"`, `"running"` or `"logs-ready"`; the last two also end when the run does.

    Returns:
        The details of the run as it is then; a failed run has `.error_message`.

    Raises:
        WaitTimeout: `timeout` is over; the error has the last phase. The run goes on.
        RunFailed: the run failed, was aborted or timed out, and `raise_on_failure` is set.
        NotFound: there is no such run.

    Example:
        >>> run.wait(timeout=600, raise_on_failure=True).phase
        <ActionPhase.SUCCEEDED: 'succeeded'>
    """
    from remora_api.entities import RunDetails

    client = client_of(self)
    seen = None
    if not done(self):
        seen = await _wait(self, Deadline(timeout), _policy(poll_interval), wait_for_checked(wait_for), quiet)
    # The state was reached in time, so the last read has a deadline of its own.
    message = await run_details(client, run_id_of(self))
    action = message.action
    if action is None or (action.error_info is None and action.abort_info is None):
        # Some servers leave the reason of a failure out here; what the watch brought has it.
        action = message.action = await _complete(self, seen, action)
    adopt(self, action)
    details = RunDetails(message, client=client)
    phase = phase_of_details(action)
    if raise_on_failure and phase.is_terminal and not phase.is_success:
        raise run_failed(action, details)
    return details


async def wait_action(
    self: Action,
    quiet: bool = False,
    wait_for: WaitFor = "terminal",
    *,
    timeout: Seconds | None = None,
    poll_interval: Seconds | None = None,
    raise_on_failure: bool = False,
) -> ActionDetails:
    """Wait until the action has ended (or runs, or has log lines), and bring this object up to date.

    Ctrl-C and cancellation stop the waiting and leave the action alone.

    Args:
        self: The action.
        timeout: How long to wait at most, in seconds or as a `timedelta`; None waits as long as it takes.
        poll_interval: How long the watch may be silent before the state is read, in seconds or as a `timedelta`.
        raise_on_failure: Raise `RunFailed` if the action ends in any way but success.
        quiet: Show nothing. Otherwise progress goes to stderr: a spinner on a terminal if the extra `progress` is
            installed, one line per change elsewhere.
        wait_for: `"terminal"`, `"running"` or `"logs-ready"`; the last two also end when the action does.

    Returns:
        The details of the action as it is then.

    Raises:
        WaitTimeout: `timeout` is over; the error has the last phase. The action goes on.
        RunFailed: the action failed, was aborted or timed out, and `raise_on_failure` is set.
        NotFound: there is no such action.
    """
    from remora_api.entities import ActionDetails

    client = client_of(self)
    if done(self):
        message = await action_details(client, action_id_of(self))
        adopt(self, message)
    else:
        message = await _wait(self, Deadline(timeout), _policy(poll_interval), wait_for_checked(wait_for), quiet)
    details = ActionDetails(message, client=client)
    phase = phase_of_details(message)
    if raise_on_failure and phase.is_terminal and not phase.is_success:
        raise run_failed(message, details)
    return details


def _policy(poll_interval: Seconds | None) -> Policy:
    interval = seconds(poll_interval, "poll_interval")
    if interval is None:
        return POLICY
    if interval == 0:
        raise InvalidArgument("poll_interval must be more than 0")
    from dataclasses import replace

    return replace(POLICY, idle=interval, poll=interval)


async def _wait(
    entity: Action | Run, deadline: Deadline, policy: Policy, wait_for: WaitFor, quiet: bool
) -> workflow.ActionDetails:
    """Follow the action until it has come far enough; the state in which it has."""
    client, action_id = client_of(entity), action_id_of(entity)
    with progress(label(action_id), quiet) as shown:
        async with contextlib.aclosing(states_until(client, action_id, deadline, policy)) as source:
            async for details in source:
                adopt(entity, details)
                shown.update(details)
                if reached(details, wait_for):
                    return details
    # A watch ends only with a terminal state, which counts as reached.
    raise Internal(f"the watch of {label(action_id)} ended before its action did")


async def _complete(
    run: Run, seen: workflow.ActionDetails | None, read: workflow.ActionDetails | None
) -> workflow.ActionDetails:
    """The fullest description of a run's root action."""
    if seen is not None and phase_of_details(seen).is_terminal:
        return seen
    if read is not None and (phase_of_details(read).is_success or not phase_of_details(read).is_terminal):
        return read
    return await action_details(client_of(run), action_id_of(run))
