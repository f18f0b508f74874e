"""AbortRun and AbortAction."""

from __future__ import annotations

from remora.channel.service import ServerContext
from remora.dev.executor.journal import local_event
from remora.dev.phases import is_terminal
from remora.dev.services.identifiers import action_key, run_key
from remora.dev.services.identity import identity
from remora.dev.services.runs.base import RunMethods, require
from remora.dev.store import actions, events, transitions
from remora.dev.store.actions import ActionKey
from remora.dev.store.database import Transaction
from remora_api.flyteidl2.common import ActionPhase, EnrichedIdentity
from remora_api.flyteidl2.workflow import (
    AbortActionRequest,
    AbortActionResponse,
    AbortRunRequest,
    AbortRunResponse,
)

DEFAULT_REASON = "User requested abort"


class AbortMethods(RunMethods):
    """Aborts runs and actions."""

    async def abort_run(self, request: AbortRunRequest, context: ServerContext) -> AbortRunResponse:
        """Abort a run; one that has finished stays as it is."""
        await self._abort(run_key(request.run_id), request.reason or DEFAULT_REASON, identity(context.metadata))
        return AbortRunResponse()

    async def abort_action(self, request: AbortActionRequest, context: ServerContext) -> AbortActionResponse:
        """Abort an action; one that has finished stays as it is."""
        await self._abort(action_key(request.action_id), request.reason or DEFAULT_REASON, identity(context.metadata))
        return AbortActionResponse()

    async def _abort(self, key: ActionKey, reason: str, by: EnrichedIdentity | None) -> None:
        quirks = self._plane.options.oss_quirks

        def work(tx: Transaction) -> list[ActionKey]:
            row = require(tx, key)
            # The open-source backend ends what has ended once more, and leaves children to the cluster.
            rows = [row] if quirks else [one for one in actions.with_descendants(tx, row) if not is_terminal(one.phase)]
            for one in rows:
                if one.local and not is_terminal(one.phase):
                    events.record(tx, one, local_event(one, one.attempts, ActionPhase.ABORTED))
                transitions.abort(tx, one, ActionPhase.ABORTED, reason, by)
            return [one.key for one in rows]

        for aborted in await self._plane.database.run(work):
            self._plane.executor.abort(aborted)
