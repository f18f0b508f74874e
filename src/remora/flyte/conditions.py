"""Conditions: places where a run waits for somebody to give it a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, TypeVar

from remora.errors import InvalidArgument, RemoraError
from remora.flyte.action_lists import action_source
from remora.flyte.filters import actions_request
from remora.flyte.interface import describe, python_type
from remora.flyte.parameters import optional_name, required_name, text
from remora.flyte.phases import ActionPhase, phase_of
from remora_api.flyteidl2 import common, workflow

if TYPE_CHECKING:
    from remora.client import Client
    from remora.dual import PageSource
    from remora_api.entities import Condition
    from remora_api.flyteidl2 import core

ConditionT = TypeVar("ConditionT", bound="Condition")

ConditionPayload: TypeAlias = "bool | int | float | str"
"""What a condition can be signalled with."""

_LARGEST_TEXT = 1024 * 1024
_LARGEST_INTEGER = 2**63 - 1


def list_conditions(
    cls: type[ConditionT],
    run_name: str,
    action_name: str | None = None,
    limit: int | None = None,
    *,
    project: str | None = None,
    domain: str | None = None,
    page_size: int = 100,
    timeout: float | None = None,
    client: Client | None = None,
) -> PageSource[ConditionT]:
    """Conditions of a run, oldest first.

    Backends that cannot filter by kind or parent of an action send all actions; they are filtered on this side, and a
    `FilterWarning` says so.

    Args:
        cls: Class of the items.
        run_name: Name of the run.
        action_name: Only conditions that this action has started.
        limit: At most so many items in all; None for all of them.
        project: Project of the run, if not the client's.
        domain: Domain of the run, if not the client's.
        page_size: How many items to ask for at a time.
        timeout: Deadline in seconds of the call for one page; the client's own when None.
        client: The client to use, if not the current one.

    Raises:
        InvalidArgument: a name is empty, or `limit` or `page_size` is out of range.

    Example:
        >>> for condition in Condition.listall("nightly-2025-01-31"):
        ...     print(condition.name, condition.phase)
    """
    from remora.client import resolve_client

    found = resolve_client(client)
    optional_name(action_name, "action_name")
    message = actions_request(
        found, required_name(run_name, "run_name"), parent_name=action_name, project=project, domain=domain
    )
    assert message.request is not None
    kind = str(int(workflow.ActionType.CONDITION))
    message.request.filters.append(
        common.Filter(function=common.FilterFunction.EQUAL, field="action_type", values=[kind])
    )
    return action_source(
        found,
        message,
        action_name,
        lambda action: cls(action, client=found),
        limit,
        page_size,
        timeout,
        further=is_condition,
        refusable=("action_type", "parent_name"),
    )


async def get_condition(
    cls: type[ConditionT],
    name: str,
    /,
    run_name: str,
    action_name: str | None = None,
    *,
    project: str | None = None,
    domain: str | None = None,
    timeout: float | None = None,
    client: Client | None = None,
) -> ConditionT | None:
    """A condition of a run by its name; None if the run has none of that name (yet).

    Args:
        cls: Class of the result.
        name: Name of the condition, as the task's code gives it.
        run_name: Name of the run.
        action_name: The action that has started it; None looks through the whole run.
        project: Project of the run, if not the client's.
        domain: Domain of the run, if not the client's.
        timeout: Deadline in seconds of each call.
        client: The client to use, if not the current one.

    Raises:
        InvalidArgument: a name is empty.

    Example:
        >>> condition = Condition.get("approval", run_name="nightly-2025-01-31")
    """
    required_name(name, "name")
    source = list_conditions(cls, run_name, action_name, project=project, domain=domain, timeout=timeout, client=client)
    cursor = source.start()
    while not cursor.at_end:
        for condition in (await cursor.next_page()).items:
            if condition_name(condition) == name:
                return condition
    return None


async def signal(self: Condition, payload: ConditionPayload, *, timeout: float | None = None) -> None:
    """Give the condition its value; the run goes on with it.

    The value is checked against the type that the condition expects before anything is sent.

    Args:
        self: The condition.
        payload: The value.
        timeout: Deadline of the call in seconds.

    Raises:
        TypeError: the value is of no type that a condition can have, or not of the one that it expects.
        FailedPrecondition: it has been signalled already, or the run has ended.

    Example:
        >>> condition.signal(True)
    """
    from remora.client import resolve_client

    message = self.pb2
    if message.id is None or not message.id.name:
        raise RemoraError("this Condition has no identifier; was it made by hand?")
    request = workflow.SignalEventRequest(
        action_id=message.id,
        parent_action_name="" if message.metadata is None else message.metadata.parent,
        payload=_payload(payload, _type(self)),
    )
    await workflow.RunServiceStub(resolve_client(self._client)).signal_event(request, timeout=timeout)


def condition_name(self: Condition) -> str:
    """Name that the task's code gives to the condition."""
    metadata = self.pb2.metadata
    if metadata is not None and metadata.condition is not None and metadata.condition.name:
        return metadata.condition.name
    return "" if self.pb2.id is None else self.pb2.id.name


def condition_phase(self: Condition) -> ActionPhase:
    """The phase when this object was last read; a condition that waits is RUNNING or PAUSED."""
    return phase_of(None if self.pb2.status is None else self.pb2.status.phase)


def expected_type(self: Condition) -> type | None:
    """Python type of the value that the condition waits for; None if the backend does not say."""
    found = python_type(_type(self))
    return found if isinstance(found, type) and found is not object else None


def is_condition(action: workflow.Action) -> bool:
    """Whether an action is a condition; some backends leave the kind out and send what belongs to it."""
    metadata = action.metadata
    return metadata is not None and (
        metadata.action_type == workflow.ActionType.CONDITION or metadata.condition is not None
    )


def _type(condition: Condition) -> core.LiteralType | None:
    metadata = condition.pb2.metadata
    return None if metadata is None or metadata.condition is None else metadata.condition.type


def _payload(value: ConditionPayload, kind: core.LiteralType | None) -> workflow.EventPayload:
    if not isinstance(value, (bool, int, float, str)):
        raise TypeError(f"payload: expected bool, int, float or str, got {type(value).__name__}")
    wanted = python_type(kind)
    if wanted is float and type(value) is int:
        value = float(value)
    if wanted in (bool, int, float, str) and type(value) is not wanted:
        raise TypeError(f"payload: the condition expects {describe(kind)}, got {type(value).__name__}")
    if isinstance(value, bool):
        return workflow.EventPayload(bool_value=value)
    if isinstance(value, int):
        if not -_LARGEST_INTEGER - 1 <= value <= _LARGEST_INTEGER:
            raise InvalidArgument(f"payload: {value} does not fit into 64 bits")
        return workflow.EventPayload(int_value=value)
    if isinstance(value, float):
        return workflow.EventPayload(float_value=value)
    return workflow.EventPayload(string_value=text(value, "payload", longest=_LARGEST_TEXT))
