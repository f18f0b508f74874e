"""An action that waits to be signalled."""

from __future__ import annotations

import asyncio

from remora.dev.clock import nanoseconds, now
from remora.dev.executor.attempt import Workshop
from remora.dev.executor.journal import Journal
from remora.dev.store.actions import ActionRow
from remora_api.flyteidl2.common import ActionPhase
from remora_api.flyteidl2.workflow import ConditionAction, ErrorInfo, ErrorInfoKind


class ConditionJob:
    """Ends a condition that nobody signals in time. A signal ends this job."""

    def __init__(self, shop: Workshop, row: ActionRow) -> None:
        self._row = row
        self._journal = Journal(shop.database, row)

    async def run(self) -> None:
        """Wait for the end of the condition's time, if it has one; also when that began under an earlier server."""
        condition = ConditionAction.parse(self._row.spec or b"")
        if condition.timeout is None:
            return
        span = max(0, nanoseconds(condition.timeout))
        while (left := self._row.created_at + span - now()) > 0:  # noqa: ASYNC110 - the clock may be set meanwhile
            await asyncio.sleep(min(left / 1e9, 3600))
        error = ErrorInfo(
            message=f"condition {condition.name!r} was not signalled within {span / 1e9:g} s",
            kind=ErrorInfoKind.USER,
            code="CONDITION_TIMED_OUT",
        )
        await self._journal.finish(1, ActionPhase.TIMED_OUT, error=error)
