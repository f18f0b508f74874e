"""Runs, as union.remote has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from remora.errors import RunFailed
from remora.flyte.failure import error_message, phase_of_details
from remora.flyte.parameters import Seconds
from remora.flyte.phases import phase_of
from remora.flyte.reads import get_run
from remora.flyte.run_lists import list_runs
from remora.union.addresses import address
from remora_api.flyteidl2 import workflow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from remora.client import Client
    from remora.dual import PageSource
    from remora.flyte.action_data import ActionOutputs
    from remora_api import entities
    from remora_api.union import Run

RunT = TypeVar("RunT", bound="Run")


async def get(
    cls: type[RunT],
    uri: str | None = None,
    name: str | None = None,
    project: str | None = None,
    domain: str | None = None,
    *,
    timeout: float | None = None,
    client: Client | None = None,
) -> RunT:
    """Read a run, by its address or its name.

    Args:
        cls: Class of the result.
        uri: `"name"`, `"project/domain/name"`, or the address that the console shows.
        name: Name of the run, instead of an address.
        project: Project of the run, if not the client's.
        domain: Domain of the run, if not the client's.
        timeout: Deadline of the call in seconds.
        client: The client to use, if not the current one.

    Raises:
        NotFound: there is no such run.
        InvalidArgument: both or neither of address and name are given, or the address is malformed.

    Example:
        >>> Run.get(name="nightly-2025-01-31").is_running
        False
    """
    from remora_api.entities import Run as FlyteRun

    found = address("runs", uri, name, project, domain)
    run = await get_run(
        FlyteRun, found.name, project=found.project, domain=found.domain, timeout=timeout, client=client
    )
    return cls(run.pb2, client=run._client)


def search(
    cls: type[RunT],
    limit: int = 100,
    *,
    project: str | None = None,
    domain: str | None = None,
    timeout: float | None = None,
    client: Client | None = None,
) -> PageSource[RunT]:
    """Runs of a project and domain, the newest first.

    Args:
        cls: Class of the items.
        limit: At most so many.
        project: Project, if not the client's.
        domain: Domain, if not the client's.
        timeout: Deadline in seconds of the call for one page; the client's own when None.
        client: The client to use, if not the current one.

    Raises:
        InvalidArgument: `limit` is negative, or a name is empty.

    Example:
        >>> for run in Run.search(limit=10):
        ...     print(run.name, run.is_running)
    """
    from remora.dual import Page, PageSource
    from remora_api.entities import Run as FlyteRun

    source = list_runs(
        FlyteRun,
        sort_by="-created_at",
        limit=limit,
        project=project,
        domain=domain,
        timeout=timeout,
        client=client,
    )

    async def fetch(token: str, size: int) -> Page[RunT]:
        page = await source.fetch(token, size)
        return Page([cls(item.pb2, client=item._client) for item in page.items], page.token)

    return PageSource(fetch, limit=limit)


async def cancel(self: Run, *, reason: str = "Cancelled from the SDK.", timeout: float | None = None) -> None:
    """End the run. Cancelling one that has ended does nothing.

    Args:
        self: The run.
        reason: Why; kept with the run and shown to others.
        timeout: Deadline of the whole call in seconds.

    Raises:
        PermissionDenied: the caller may not do this.
    """
    await _flyte(self).abort.aio(reason=reason, timeout=timeout)


async def sync(self: RunT, *, timeout: float | None = None) -> RunT:
    """Read the run's state from the server into this object.

    Args:
        self: The run.
        timeout: Deadline of the call in seconds.

    Returns:
        This object, up to date.

    Raises:
        NotFound: the run does not exist any more.
    """
    run = _flyte(self)
    details = await run.details.aio(timeout=timeout)
    _adopt(self, details.pb2.action)
    return self


async def wait(
    self: RunT,
    timeout: Seconds | None = None,
    poll_interval: Seconds | None = None,
    sync_nodes: bool = True,
    *,
    quiet: bool = False,
) -> RunT:
    """Wait until the run has ended, and fetch its outputs if it has succeeded.

    Args:
        self: The run.
        timeout: How long to wait at most, in seconds or as a `timedelta`; None waits as long as it takes.
        poll_interval: How long the watch may be silent before the state is read, in seconds or as a `timedelta`.
        sync_nodes: Also read all actions of the run; `nodes` has them then.
        quiet: Show nothing. Otherwise progress goes to stderr.

    Returns:
        This object, up to date; a run that has failed has `error`.

    Raises:
        WaitTimeout: `timeout` is over. The run goes on.
        NotFound: there is no such run.

    Example:
        >>> run = Run.get(name="nightly-2025-01-31").wait(timeout=600)
    """
    run = _flyte(self)
    details = await run.wait.aio(timeout=timeout, poll_interval=poll_interval, quiet=quiet)
    _adopt(self, details.pb2.action)
    if sync_nodes:
        tree = await run.tree.aio()
        self._memo = {**(self._memo or {}), "nodes": tuple(node.action for node in tree)}
    if details.phase.is_success:
        await result(self)
    return self


async def result(self: Run, *, timeout: float | None = None) -> ActionOutputs:
    """The outputs of the run: a tuple of Python values whose items also have names.

    Args:
        self: The run.
        timeout: Deadline of the whole call in seconds.

    Raises:
        OutputsNotReady: the run has not ended yet.
        RunFailed: the run ended without success.
    """
    found = await _flyte(self).outputs.aio(timeout=timeout)
    self._memo = {**(self._memo or {}), "outputs": found}
    return found


async def get_typed_outputs(
    self: Run,
    hints: Mapping[str, Any],
    *,
    deserializers: Mapping[Any, Callable[[Any], Any]] | None = None,
    timeout: float | None = None,
) -> dict[str, Any]:
    """The outputs that `hints` names, made into those types.

    Args:
        self: The run.
        hints: Types by name: a dataclass, pydantic model, TypedDict, enum, `list[Point]`, ...
        deserializers: How to make a value of a class that is none of these, by class.
        timeout: Deadline of the whole call in seconds.

    Raises:
        ValuesError: there is no such output, or it does not fit its type.
        OutputsNotReady: the run has not ended yet.
        RunFailed: the run ended without success.
    """
    return await _flyte(self).typed_outputs.aio(hints, deserializers, timeout=timeout)


async def exception(self: Run, *, timeout: float | None = None) -> RunFailed | None:
    """Why the run failed, as an error; None if it did not, or not yet.

    It is the error that `raise_for_status()` of `remora.Run` raises.

    Args:
        self: The run.
        timeout: Deadline of the call in seconds.

    Raises:
        NotFound: the run does not exist any more.
    """
    from remora.errors import RunNotDone

    try:
        await _flyte(self).raise_for_status.aio(timeout=timeout)
    except RunFailed as error:
        return error
    except RunNotDone:
        return None
    return None


def done(self: Run) -> bool:
    """Whether the run had ended, in any way, when this object was last read. No call is made."""
    return _flyte(self).done()


def is_running(self: Run) -> bool:
    """Whether the run had started and not ended when this object was last read."""
    status = None if self.pb2.action is None else self.pb2.action.status
    found = phase_of(None if status is None else status.phase)
    return not found.is_terminal and found.to_protobuf_value() != 0


def error(self: Run) -> str | None:
    """Why the run failed, as `wait()` or `sync()` has heard it; None if it did not."""
    found = (self._memo or {}).get("error")
    return found if isinstance(found, str) else None


def outputs(self: Run) -> ActionOutputs | None:
    """The outputs that `wait()` or `result()` has fetched; None before. No call is made."""
    found: ActionOutputs | None = (self._memo or {}).get("outputs")
    return found


def nodes(self: Run) -> tuple[entities.Action, ...]:
    """The actions that `wait(sync_nodes=True)` has read; empty before. No call is made."""
    found: tuple[entities.Action, ...] = (self._memo or {}).get("nodes", ())
    return found


def started_at(self: Run) -> datetime | None:
    """When the run was created, in UTC; None if the server did not say."""
    return _flyte(self).start_time


def finished_at(self: Run) -> datetime | None:
    """When the run ended, in UTC; None while it goes on."""
    return _flyte(self).end_time


def url(self: Run) -> str:
    """Address of the run in the web console. No call is made."""
    return _flyte(self).url


def _flyte(run: Run) -> entities.Run:
    """The same run with the methods of `remora.Run`, which are used here."""
    from remora_api.entities import Run as FlyteRun

    return FlyteRun(run.pb2, client=run._client)


def _adopt(run: Run, details: workflow.ActionDetails | None) -> None:
    """Make this object show the state of its root action, and why it failed."""
    if details is None:
        return
    run.pb2.action = workflow.Action(id=details.id, metadata=details.metadata, status=details.status)
    phase = phase_of_details(details)
    failed = phase.is_terminal and not phase.is_success
    memo = {key: value for key, value in (run._memo or {}).items() if key != "error"}
    run._memo = {**memo, "error": error_message(details) or str(phase)} if failed else memo
