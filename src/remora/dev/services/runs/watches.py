"""Streams of one run or action, and of all runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial

from remora.channel.service import ServerContext
from remora.dev.hub import ALL_RUNS
from remora.dev.phases import is_terminal
from remora.dev.services.identifiers import action_key, run_key
from remora.dev.services.runs.base import RunMethods, require
from remora.dev.services.runs.lists import project_scope
from remora.dev.store import actions, views
from remora.dev.store.actions import ROOTS, ActionRow
from remora.dev.store.database import Transaction
from remora.dev.store.query import Where, equals
from remora_api.flyteidl2.workflow import (
    ActionDetails,
    RunDetails,
    WatchActionDetailsRequest,
    WatchActionDetailsResponse,
    WatchRunDetailsRequest,
    WatchRunDetailsResponse,
    WatchRunsRequest,
    WatchRunsResponse,
)

_SNAPSHOT = 100


class WatchMethods(RunMethods):
    """Streams the present state first and then what changes; changes that come together may be sent as one."""

    async def watch_action_details(
        self, request: WatchActionDetailsRequest, context: ServerContext
    ) -> AsyncIterator[WatchActionDetailsResponse]:
        """An action, until it is finished."""
        key = action_key(request.action_id)
        sent = b""
        with self._plane.hub.watch(key.run_key) as changes:
            while True:
                details = await self._plane.database.run(lambda tx: views.action_details(tx, require(tx, key)))
                data = bytes(details)
                if data != sent:
                    sent = data
                    yield WatchActionDetailsResponse(details=details)
                if self._is_over(details):
                    return
                await changes.wait()

    async def watch_run_details(
        self, request: WatchRunDetailsRequest, context: ServerContext
    ) -> AsyncIterator[WatchRunDetailsResponse]:
        """A run, until it is finished."""
        key = run_key(request.run_id)
        sent = b""
        if self._plane.options.oss_quirks:
            await self._plane.database.run(lambda tx: require(tx, key))
            yield WatchRunDetailsResponse(details=RunDetails())
            await asyncio.Event().wait()
        with self._plane.hub.watch(key.run_key) as changes:
            while True:
                details = await self._plane.database.run(lambda tx: views.run_details(tx, require(tx, key)))
                data = bytes(details)
                if data != sent:
                    sent = data
                    yield WatchRunDetailsResponse(details=details)
                if details.action is not None and self._is_over(details.action):
                    return
                await changes.wait()

    async def watch_runs(self, request: WatchRunsRequest, context: ServerContext) -> AsyncIterator[WatchRunsResponse]:
        """Runs that exist, the newest hundred in one message, then each run that changes; never ends."""
        condition = ROOTS & _target(request)
        with self._plane.hub.watch(ALL_RUNS) as changes:
            rows, revision = await self._plane.database.run(
                lambda tx: (actions.select(tx, condition, "created_at DESC, id DESC", _SNAPSHOT), tx.revision)
            )
            yield WatchRunsResponse(runs=[views.run(row) for row in rows])
            while True:
                await changes.wait()
                rows, revision = await self._plane.database.run(
                    partial(_changes, condition=condition, revision=revision)
                )
                for row in rows:
                    yield WatchRunsResponse(runs=[views.run(row)])

    def _is_over(self, details: ActionDetails) -> bool:
        if self._plane.options.oss_quirks:
            # Only events of the last attempt count there, not the state of the action.
            return bool(details.attempts) and is_terminal(details.attempts[-1].phase)
        return details.status is not None and is_terminal(details.status.phase)


def _changes(tx: Transaction, condition: Where, revision: int) -> tuple[list[ActionRow], int]:
    # As a subquery: the index by project would read every run, however few of them changed.
    newer = condition & Where(("id IN (SELECT id FROM actions WHERE revision > ?)",), (revision,))
    return actions.select(tx, newer, "revision"), tx.revision


def _target(request: WatchRunsRequest) -> Where:
    if request.project_id is not None:
        return project_scope(request.project_id)
    if request.task_id is None:
        return Where()
    task = request.task_id
    condition = equals("task_project", task.project) & equals("task_domain", task.domain)
    condition &= equals("task_name", task.name)
    return condition & equals("task_version", task.version) if task.version else condition
