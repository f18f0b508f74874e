"""InternalRunService and EventsProxyService: whoever runs actions elsewhere tells about them here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial

from remora.channel.service import ServerContext
from remora.dev.executor.journal import end_below, local_event
from remora.dev.phases import is_terminal
from remora.dev.plane import Plane
from remora.dev.services.identifiers import action_key
from remora.dev.services.recorded import new_action, trace_event
from remora.dev.store import actions, events
from remora.dev.store.actions import ActionKey, ActionRow
from remora.dev.store.database import Transaction
from remora.dev.store.reports import apply_status
from remora.errors import Internal, InvalidArgument, NotFound, RpcError
from remora_api.flyteidl2.workflow import (
    ActionEvent,
    EventsProxyServiceBase,
    InternalRunServiceBase,
    RecordActionEventResponse,
    RecordActionEventsRequest,
    RecordActionEventsResponse,
    RecordActionEventStreamRequest,
    RecordActionEventStreamResponse,
    RecordActionRequest,
    RecordActionResponse,
    RecordActionStreamRequest,
    RecordActionStreamResponse,
    RecordRequest,
    RecordResponse,
    UpdateActionStatusRequest,
    UpdateActionStatusResponse,
    UpdateActionStatusStreamRequest,
    UpdateActionStatusStreamResponse,
)
from remora_api.google.rpc import Status


class InternalRunService(InternalRunServiceBase):
    """Takes reports. What is wrong with one is said inside the response; the call itself succeeds."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane

    async def record_action(self, request: RecordActionRequest, context: ServerContext) -> RecordActionResponse:
        """Add an action to a run; one that is there already stays as it is.

        If the run is run here, so is the action: its container is started, or it waits for a signal.
        """
        added: list[ActionRow] = []
        execute = self._plane.options.execute and not self._plane.options.oss_quirks
        status = await self._report(lambda tx: added.extend(_record(tx, request, execute=execute)))
        for row in added:
            if row.local:
                self._plane.executor.submit(row)
        return RecordActionResponse(action_id=request.action_id, status=status)

    async def update_action_status(
        self, request: UpdateActionStatusRequest, context: ServerContext
    ) -> UpdateActionStatusResponse:
        """Change the phase of an action, as far as phases may change; of an unknown action nothing happens."""
        ended: list[ActionKey] = []

        def work(tx: Transaction) -> None:
            row = actions.get(tx, action_key(request.action_id))
            if request.status is None:
                raise InvalidArgument("status is required")
            if row is None:
                return
            apply_status(tx, row, request, request.status)
            if is_terminal(request.status.phase):
                ended.extend([row.key, *end_below(tx, row)])

        status = await self._report(work)
        for key in ended:
            self._plane.executor.abort(key)
        return UpdateActionStatusResponse(action_id=request.action_id, status=status)

    async def record_action_events(
        self, request: RecordActionEventsRequest, context: ServerContext
    ) -> RecordActionEventsResponse:
        """Add events. They say how attempts went and change no phase of an action."""
        return RecordActionEventsResponse(status=await self._report(lambda tx: record_events(tx, request.events)))

    async def record_action_stream(
        self, requests: AsyncIterator[RecordActionStreamRequest], context: ServerContext
    ) -> AsyncIterator[RecordActionStreamResponse]:
        """`record_action` for each message."""
        async for item in requests:
            response = await self.record_action(item.request or RecordActionRequest(), context)
            yield RecordActionStreamResponse(response=response)

    async def update_action_status_stream(
        self, requests: AsyncIterator[UpdateActionStatusStreamRequest], context: ServerContext
    ) -> AsyncIterator[UpdateActionStatusStreamResponse]:
        """`update_action_status` for each message; the nonce comes back."""
        async for item in requests:
            response = await self.update_action_status(item.request or UpdateActionStatusRequest(), context)
            yield UpdateActionStatusStreamResponse(response=response, nonce=item.nonce)

    async def record_action_event_stream(
        self, requests: AsyncIterator[RecordActionEventStreamRequest], context: ServerContext
    ) -> AsyncIterator[RecordActionEventStreamResponse]:
        """Add the event of each message; the nonce comes back."""
        async for item in requests:
            event = (item.request.event if item.request is not None else None) or ActionEvent()
            status = await self._report(partial(record_events, given=[event]))
            response = RecordActionEventResponse(action_id=event.id, status=status)
            yield RecordActionEventStreamResponse(response=response, nonce=item.nonce)

    async def _report(self, work: Callable[[Transaction], None]) -> Status:
        try:
            await self._plane.database.run(work)
        except RpcError as error:
            return Status(code=int(error.code), message=error.message)
        return Status()


class EventsProxyService(EventsProxyServiceBase):
    """Takes events from outside."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane

    async def record(self, request: RecordRequest, context: ServerContext) -> RecordResponse:
        """Add events.

        Raises:
            Internal: One of them cannot be added; then none is.
        """
        try:
            await self._plane.database.run(lambda tx: record_events(tx, request.events))
        except RpcError as error:
            raise Internal(error.message) from error
        return RecordResponse()


def record_events(tx: Transaction, given: Sequence[ActionEvent]) -> None:
    """Add events.

    Raises:
        NotFound: One is about an action that does not exist.
        InvalidArgument: One names no action.
    """
    for event in given:
        key = action_key(event.id, "event.id")
        row = actions.get(tx, key)
        if row is None:
            raise NotFound(f"action {key} not found")
        events.record(tx, row, event)


def _record(tx: Transaction, request: RecordActionRequest, *, execute: bool) -> list[ActionRow]:
    new = new_action(tx, request, execute=execute)
    if not actions.insert(tx, new):
        return []
    row = actions.get(tx, new.key)
    assert row is not None
    if request.trace is not None:
        events.record(tx, row, trace_event(new, request.trace))
    elif row.local:
        events.record(tx, row, local_event(row, 1, new.phase))
    return [row]
