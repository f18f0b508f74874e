"""SignalEvent."""

from __future__ import annotations

from remora.channel.service import ServerContext
from remora.dev.executor.journal import local_event
from remora.dev.literals.from_json import from_json
from remora.dev.literals.make import ConversionError
from remora.dev.phases import is_terminal
from remora.dev.services.identifiers import action_key
from remora.dev.services.identity import identity
from remora.dev.services.runs.base import RunMethods, require
from remora.dev.store import events, transitions
from remora.dev.store.database import Transaction
from remora.errors import FailedPrecondition, InvalidArgument, NotFound
from remora_api.flyteidl2.common import ActionPhase
from remora_api.flyteidl2.core import Literal, LiteralType, SimpleType
from remora_api.flyteidl2.workflow import (
    ActionType,
    ConditionAction,
    EventPayload,
    SignalEventRequest,
    SignalEventResponse,
    SignalInfo,
)


class SignalMethods(RunMethods):
    """Gives conditions what they wait for."""

    async def signal_event(self, request: SignalEventRequest, context: ServerContext) -> SignalEventResponse:
        """Give a condition its value; that ends it.

        Raises:
            NotFound: There is no such action below the given parent.
            InvalidArgument: It is no condition, or the value is not of its type.
            FailedPrecondition: It has ended already.
        """
        key = action_key(request.action_id)
        caller = identity(context.metadata)

        def work(tx: Transaction) -> None:
            row = require(tx, key)
            if row.action_type != ActionType.CONDITION:
                raise InvalidArgument(f'action "{key.name}" of run "{key.run}" is not a condition')
            if request.parent_action_name not in ("", row.parent):
                raise NotFound(f'action "{request.parent_action_name}" has no condition "{key.name}"')
            if is_terminal(row.phase):
                raise FailedPrecondition(
                    f'condition "{key.name}" of run "{key.run}" has ended: {ActionPhase(row.phase).name}'
                )
            value = _value(request.payload, ConditionAction.parse(row.spec or b"").type)
            signal = SignalInfo(signalled_by=caller, output=value)
            tx.execute("UPDATE actions SET signal = ? WHERE id = ?", (bytes(signal), row.id))
            events.record(tx, row, local_event(row, row.attempts, ActionPhase.SUCCEEDED))
            transitions.set_status(tx, row, ActionPhase.SUCCEEDED, row.attempts)

        await self._plane.database.run(work)
        self._plane.executor.abort(key)
        return SignalEventResponse()


def _value(payload: EventPayload | None, declared: LiteralType | None) -> Literal:
    kind = payload.which_oneof("value") if payload is not None else None
    if payload is None or kind is None:
        raise InvalidArgument("payload is required: bool_value, int_value, float_value or string_value")
    try:
        return from_json(getattr(payload, kind), declared or LiteralType(simple=_PLAIN[kind]))
    except ConversionError as error:
        raise InvalidArgument(f"payload: {error}") from error


# What a condition takes that does not say what it takes.
_PLAIN = {
    "bool_value": SimpleType.BOOLEAN,
    "int_value": SimpleType.INTEGER,
    "float_value": SimpleType.FLOAT,
    "string_value": SimpleType.STRING,
}
