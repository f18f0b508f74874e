"""Reads of one run or action."""

from __future__ import annotations

from remora.channel.service import ServerContext
from remora.dev.phases import SUCCESSFUL
from remora.dev.services.identifiers import action_key, run_key
from remora.dev.services.runs.base import RunMethods, require
from remora.dev.store import actions, events, views
from remora.dev.store.attempts import attempts
from remora.dev.store.database import Transaction
from remora.errors import NotFound
from remora_api.flyteidl2.workflow import (
    ActionAttempt,
    GetActionDataURIsRequest,
    GetActionDataURIsResponse,
    GetActionDetailsRequest,
    GetActionDetailsResponse,
    GetActionLogContextRequest,
    GetActionLogContextResponse,
    GetRunDetailsRequest,
    GetRunDetailsResponse,
)


class ReadMethods(RunMethods):
    """Answers with details."""

    async def get_run_details(self, request: GetRunDetailsRequest, context: ServerContext) -> GetRunDetailsResponse:
        """A run."""
        key = run_key(request.run_id)
        details = await self._plane.database.run(lambda tx: views.run_details(tx, require(tx, key)))
        return GetRunDetailsResponse(details=details)

    async def get_action_details(
        self, request: GetActionDetailsRequest, context: ServerContext
    ) -> GetActionDetailsResponse:
        """An action."""
        key = action_key(request.action_id)
        details = await self._plane.database.run(lambda tx: views.action_details(tx, require(tx, key)))
        return GetActionDetailsResponse(details=details)

    async def get_action_data_uris(
        self, request: GetActionDataURIsRequest, context: ServerContext
    ) -> GetActionDataURIsResponse:
        """Where the inputs and outputs of an action are.

        Raises:
            NotFound: There is no such action, it has no inputs, or it succeeded without outputs.
        """
        key = action_key(request.action_id)

        def work(tx: Transaction) -> GetActionDataURIsResponse:
            row = actions.get(tx, key)
            if row is None:
                raise NotFound("action not found")
            if not row.input_uri:
                raise NotFound("run data not available")
            response = GetActionDataURIsResponse(inputs_uri=row.input_uri)
            if row.phase in SUCCESSFUL:
                response.outputs_uri = views.output_uri(tx, row)
                if not response.outputs_uri:
                    raise NotFound(f"outputs not available: no attempt of action {key.name} reported any")
            return response

        return await self._plane.database.run(work)

    async def get_action_log_context(
        self, request: GetActionLogContextRequest, context: ServerContext
    ) -> GetActionLogContextResponse:
        """Where the log of an attempt is; attempt 0 means the newest.

        Raises:
            NotFound: There is no such action or attempt, or it has no log yet.
        """
        key = action_key(request.action_id)

        def work(tx: Transaction) -> ActionAttempt | None:
            row = require(tx, key)
            number = request.attempt or row.attempts
            found = attempts(events.of_action(tx, row.id))
            return next((attempt for attempt in found if attempt.attempt == number), None)

        attempt = await self._plane.database.run(work)
        if attempt is None or attempt.log_context is None:
            raise NotFound(f"there is no log context for attempt {request.attempt} of action {key.name} yet")
        return GetActionLogContextResponse(
            log_context=attempt.log_context,
            cluster=attempt.cluster,
            start_time=attempt.start_time,
            end_time=attempt.end_time,
        )
