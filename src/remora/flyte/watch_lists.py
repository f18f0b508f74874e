"""Lists that a service streams: what there is, then every change, through lost connections."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from remora.errors import InvalidArgument, RpcError
from remora.flyte.phases import phase_of
from remora.flyte.states import POLICY, TRANSIENT
from remora_api.flyteidl2 import common, workflow
from remora_api.flyteidl2 import task as tasks

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable

    from remora.client import Client
    from remora.flyte.states import Policy
    from remora_api.entities import Run

T = TypeVar("T")
M = TypeVar("M", workflow.Run, workflow.Action)
RunT = TypeVar("RunT", bound="Run")

REMEMBERED = 10_000
"""Items whose last state is remembered, so that a new stream, which begins with all items, repeats none of them."""


async def changes(
    open_stream: Callable[[], AsyncGenerator[Iterable[M], None]],
    name: Callable[[M], str],
    policy: Policy = POLICY,
) -> AsyncGenerator[M, None]:
    """Items of a stream that begins with all there are, each state of an item once.

    Args:
        open_stream: Opens the stream; its messages are items.
        name: Identifies an item.
        policy: How patient to be.

    Raises:
        RpcError: the call was refused, or the stream was lost too often in a row.
    """
    known: dict[str, int] = {}
    lost = 0
    while True:
        error: RpcError | None = None
        try:
            async with contextlib.aclosing(open_stream()) as stream:
                async for batch in stream:
                    lost = 0
                    for item in batch:
                        state = hash(bytes(item))
                        key = name(item)
                        if known.pop(key, None) != state:
                            yield item
                        known[key] = state
                    while len(known) > REMEMBERED:
                        del known[next(iter(known))]
        except RpcError as caught:
            if caught.code not in TRANSIENT:
                raise
            error = caught
        lost += 1
        if error is not None and lost > policy.failures:
            raise error
        await asyncio.sleep(policy.delay(lost))


async def watched_runs(
    cls: type[RunT], client: Client, message: workflow.ListRunsRequest
) -> AsyncGenerator[RunT, None]:
    """The runs that a list request asks for, as WatchRuns streams them; its filters are applied here."""
    request = workflow.WatchRunsRequest()
    if message.org is not None:
        request.org = message.org
    elif message.task_id is not None:
        request.task_id = message.task_id
    else:
        request.project_id = message.project_id
    filters = _checked(message)

    async def stream() -> AsyncGenerator[list[workflow.Run], None]:
        responses = workflow.RunServiceStub(client).watch_runs(request, timeout=math.inf)
        async with responses:
            async for response in responses:
                yield response.runs

    def name(run: workflow.Run) -> str:
        return (
            "" if run.action is None or run.action.id is None or run.action.id.run is None else run.action.id.run.name
        )

    async with contextlib.aclosing(changes(stream, name)) as source:
        async for run in source:
            if run.action is not None and _matches(run.action, run.labels, filters):
                yield cls(run, client=client)


async def watched_actions(
    client: Client,
    message: workflow.ListActionsRequest,
    matches: Callable[[workflow.Action], bool],
    make: Callable[[workflow.Action], T],
) -> AsyncGenerator[T, None]:
    """The actions that a list request asks for, as WatchActions streams them; its filters are applied here."""
    request = workflow.WatchActionsRequest(run_id=message.run_id)
    filters = _checked(message)

    async def stream() -> AsyncGenerator[list[workflow.Action], None]:
        responses = workflow.RunServiceStub(client).watch_actions(request, timeout=math.inf)
        async with responses:
            async for response in responses:
                yield [item.action for item in response.enriched_actions if item.action is not None]

    def name(action: workflow.Action) -> str:
        return "" if action.id is None else action.id.name

    async with contextlib.aclosing(changes(stream, name)) as source:
        async for action in source:
            if matches(action) and _matches(action, {}, filters):
                yield make(action)


def _checked(message: workflow.ListRunsRequest | workflow.ListActionsRequest) -> list[common.Filter]:
    """The filters of a request, all of which can be applied to what a stream brings.

    Raises:
        InvalidArgument: one of them is on something that the items of the stream do not say.
    """
    filters = [] if message.request is None else message.request.filters
    for item in filters:
        if item.field not in _FIELDS and not item.field.startswith("labels."):
            raise InvalidArgument(f"a watch cannot filter by {item.field}", hint=f"it can by {', '.join(_FIELDS)}")
    return filters


def _matches(action: workflow.Action, labels: dict[str, str], filters: list[common.Filter]) -> bool:
    return all(_meets(action, labels, item) for item in filters)


def _meets(action: workflow.Action, labels: dict[str, str], item: common.Filter) -> bool:
    functions = common.FilterFunction
    if item.field.startswith("labels."):
        key = item.field.removeprefix("labels.")
        return key in labels and (item.function != functions.EQUAL or labels[key] in item.values)
    if item.field == "created_at":
        return _in_range(action, item)
    wanted = _FIELDS[item.field](action) in item.values
    return not wanted if item.function == functions.NOT_EQUAL else wanted


def _in_range(action: workflow.Action, item: common.Filter) -> bool:
    begin = None if action.status is None else action.status.start_time
    if begin is None:
        return False
    limit = datetime.fromisoformat(item.values[0].replace("Z", "+00:00"))
    after = item.function == common.FilterFunction.GREATER_THAN_OR_EQUAL
    return begin.to_datetime() >= limit if after else begin.to_datetime() < limit


def _phase(action: workflow.Action) -> str:
    return str(phase_of(None if action.status is None else action.status.phase).to_protobuf_value())


def _task(action: workflow.Action) -> tasks.TaskIdentifier:
    metadata = action.metadata
    found = None if metadata is None or metadata.task is None else metadata.task.id
    return tasks.TaskIdentifier() if found is None else found


def _subject(action: workflow.Action) -> str:
    who = None if action.metadata is None else action.metadata.executed_by
    if who is not None and who.user is not None and who.user.id is not None:
        return who.user.id.subject
    if who is not None and who.application is not None and who.application.id is not None:
        return who.application.id.subject
    return ""


_FIELDS: dict[str, Callable[[workflow.Action], str]] = {
    "phase": _phase,
    "task_name": lambda action: _task(action).name,
    "task_version": lambda action: _task(action).version,
    "created_by_subject": _subject,
    "created_at": lambda action: "",
    "parent_name": lambda action: "" if action.metadata is None else action.metadata.parent,
    "action_type": lambda action: "0" if action.metadata is None else str(int(action.metadata.action_type)),
}
