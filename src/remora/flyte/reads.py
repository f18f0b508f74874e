"""Reading one run or one action by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from remora.errors import InvalidArgument
from remora.flyte.calls import action_details, make_run_id, run_details
from remora.flyte.parameters import required_name
from remora_api.flyteidl2 import common, workflow

if TYPE_CHECKING:
    from remora.client import Client
    from remora_api.entities import Action, ActionDetails, Run, RunDetails

RunT = TypeVar("RunT", bound="Run")
RunDetailsT = TypeVar("RunDetailsT", bound="RunDetails")
ActionT = TypeVar("ActionT", bound="Action")
ActionDetailsT = TypeVar("ActionDetailsT", bound="ActionDetails")


async def get_run(
    cls: type[RunT],
    name: str,
    *,
    project: str | None = None,
    domain: str | None = None,
    timeout: float | None = None,
    client: Client | None = None,
) -> RunT:
    """Read a run by its name.

    Args:
        cls: Class of the result.
        name: Name of the run.
        project: Project of the run, if not the client's.
        domain: Domain of the run, if not the client's.
        timeout: Deadline of the call in seconds.
        client: The client to use, if not the current one.

    Raises:
        NotFound: there is no such run.
        InvalidArgument: the name is empty.
        ConfigError: nothing says in which project and domain to look.

    Example:
        >>> Run.get("nightly-2025-01-31").phase
        <ActionPhase.SUCCEEDED: 'succeeded'>
    """
    from remora.client import resolve_client

    found = resolve_client(client)
    details = await run_details(found, make_run_id(found, name, project, domain), timeout=timeout)
    action = details.action
    assert action is not None  # run_details has checked it
    labels = {} if details.run_spec is None or details.run_spec.labels is None else details.run_spec.labels.values
    summary = workflow.Action(id=action.id, metadata=action.metadata, status=action.status)
    return cls(workflow.Run(action=summary, labels=dict(labels)), client=found)


async def details_of_run(self: Run, *, timeout: float | None = None) -> RunDetails:
    """The details of the run as they are now: its options, its root action, errors and attempts.

    Details of a run that has ended do not change any more; they are kept, and further calls cost nothing.

    Args:
        self: The run.
        timeout: Deadline of the call in seconds.

    Raises:
        NotFound: the run does not exist any more.
    """
    from remora.flyte.calls import client_of, run_id_of
    from remora.flyte.failure import phase_of_details
    from remora_api.entities import RunDetails

    memo = self._memo or {}
    kept = memo.get("run_details")
    if isinstance(kept, RunDetails):
        return kept
    client = client_of(self)
    message = await run_details(client, run_id_of(self), timeout=timeout)
    details = RunDetails(message, client=client)
    if message.action is not None and phase_of_details(message.action).is_terminal:
        self._memo = {**memo, "run_details": details}
    return details


async def get_run_details(
    cls: type[RunDetailsT],
    name: str,
    *,
    project: str | None = None,
    domain: str | None = None,
    timeout: float | None = None,
    client: Client | None = None,
) -> RunDetailsT:
    """Read the details of a run by its name.

    Args:
        cls: Class of the result.
        name: Name of the run.
        project: Project of the run, if not the client's.
        domain: Domain of the run, if not the client's.
        timeout: Deadline of the call in seconds.
        client: The client to use, if not the current one.

    Raises:
        NotFound: there is no such run.
        InvalidArgument: the name is empty.
        ConfigError: nothing says in which project and domain to look.
    """
    from remora.client import resolve_client

    found = resolve_client(client)
    return cls(await run_details(found, make_run_id(found, name, project, domain), timeout=timeout), client=found)


async def get_run_details_by_id(
    cls: type[RunDetailsT],
    run_id: common.RunIdentifier,
    *,
    timeout: float | None = None,
    client: Client | None = None,
) -> RunDetailsT:
    """Read the details of a run by its identifier.

    Args:
        cls: Class of the result.
        run_id: Which run.
        timeout: Deadline of the call in seconds.
        client: The client to use, if not the current one.

    Raises:
        NotFound: there is no such run.
    """
    from remora.client import resolve_client

    found = resolve_client(client)
    return cls(await run_details(found, run_id, timeout=timeout), client=found)


async def get_action(
    cls: type[ActionT],
    uri: str | None = None,
    /,
    run_name: str | None = None,
    name: str | None = None,
    *,
    project: str | None = None,
    domain: str | None = None,
    timeout: float | None = None,
    client: Client | None = None,
) -> ActionT:
    """Read an action of a run.

    Args:
        cls: Class of the result.
        uri: Run and action in one, `"<run>/<action>"`, instead of the two names.
        run_name: Name of the run.
        name: Name of the action; the root action of every run is `"a0"`.
        project: Project of the run, if not the client's.
        domain: Domain of the run, if not the client's.
        timeout: Deadline of the call in seconds.
        client: The client to use, if not the current one.

    Raises:
        NotFound: there is no such run or action.
        InvalidArgument: a name is missing or empty.
        ConfigError: nothing says in which project and domain to look.

    Example:
        >>> Action.get(run_name="nightly-2025-01-31", name="a0").phase
        <ActionPhase.SUCCEEDED: 'succeeded'>
    """
    from remora.client import resolve_client

    found = resolve_client(client)
    action_id = _action_id(found, uri, run_name, name, project, domain)
    details = await action_details(found, action_id, timeout=timeout)
    return cls(workflow.Action(id=details.id, metadata=details.metadata, status=details.status), client=found)


async def get_action_details(
    cls: type[ActionDetailsT],
    uri: str | None = None,
    /,
    run_name: str | None = None,
    name: str | None = None,
    *,
    project: str | None = None,
    domain: str | None = None,
    timeout: float | None = None,
    client: Client | None = None,
) -> ActionDetailsT:
    """Read the details of an action of a run.

    Args:
        cls: Class of the result.
        uri: Run and action in one, `"<run>/<action>"`, instead of the two names.
        run_name: Name of the run.
        name: Name of the action; the root action of every run is `"a0"`.
        project: Project of the run, if not the client's.
        domain: Domain of the run, if not the client's.
        timeout: Deadline of the call in seconds.
        client: The client to use, if not the current one.

    Raises:
        NotFound: there is no such run or action.
        InvalidArgument: a name is missing or empty.
        ConfigError: nothing says in which project and domain to look.
    """
    from remora.client import resolve_client

    found = resolve_client(client)
    action_id = _action_id(found, uri, run_name, name, project, domain)
    return cls(await action_details(found, action_id, timeout=timeout), client=found)


async def get_action_details_by_id(
    cls: type[ActionDetailsT],
    action_id: common.ActionIdentifier,
    *,
    timeout: float | None = None,
    client: Client | None = None,
) -> ActionDetailsT:
    """Read the details of an action by its identifier.

    Args:
        cls: Class of the result.
        action_id: Which action.
        timeout: Deadline of the call in seconds.
        client: The client to use, if not the current one.

    Raises:
        NotFound: there is no such action.
    """
    from remora.client import resolve_client

    found = resolve_client(client)
    return cls(await action_details(found, action_id, timeout=timeout), client=found)


async def details_of_action(self: Action, *, timeout: float | None = None) -> ActionDetails:
    """The details of the action as they are now: its task, errors and attempts.

    Details of an action that has ended do not change any more; they are kept, and further calls cost nothing.

    Args:
        self: The action.
        timeout: Deadline of the call in seconds.

    Raises:
        NotFound: the action does not exist any more.
    """
    from remora.flyte.calls import action_id_of, client_of
    from remora.flyte.failure import phase_of_details
    from remora_api.entities import ActionDetails

    memo = self._memo or {}
    kept = memo.get("details")
    client = client_of(self)
    if not isinstance(kept, workflow.ActionDetails):
        kept = await action_details(client, action_id_of(self), timeout=timeout)
        if phase_of_details(kept).is_terminal:
            self._memo = {**memo, "details": kept}
    return ActionDetails(kept, client=client)


def _action_id(
    client: Client,
    uri: str | None,
    run_name: str | None,
    name: str | None,
    project: str | None,
    domain: str | None,
) -> common.ActionIdentifier:
    if uri is not None:
        if run_name is not None or name is not None:
            raise InvalidArgument("give either an address of the action or run_name and name, not both")
        run_name, separator, name = uri.partition("/")
        if not separator:
            raise InvalidArgument(f"{uri!r} is not the address of an action", hint='"<run>/<action>"')
    if run_name is None or name is None:
        missing = "run_name" if run_name is None else "name"
        raise InvalidArgument(f"{missing} is missing", hint='the root action of a run is called "a0"')
    required_name(run_name, "run_name")
    return common.ActionIdentifier(run=make_run_id(client, run_name, project, domain), name=required_name(name, "name"))
