"""Starts the runs of triggers when their schedules are due, or a version of their artifact is published."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from functools import partial

from remora.dev.plane import Plane
from remora.dev.schedules import Schedule, read_schedule
from remora.dev.services.runs.launcher import RunLauncher
from remora.dev.store import firings, triggers
from remora.dev.store.firings import Firing
from remora.dev.store.triggers import TRIGGERS, Scheduled, TriggerKey
from remora.dev.trigger_runs import artifact_run, scheduled_run
from remora.errors import InvalidArgument, RemoraError
from remora_api.flyteidl2.trigger import TriggerDetails
from remora_api.flyteidl2.workflow import CreateRunRequest

_logger = logging.getLogger(__name__)
_RETRY = 30 * 1_000_000_000


class Scheduler:
    """Sees to all triggers that have a schedule or wait for an artifact.

    An occasion on which a trigger is due leads to one run, whose name is made of the trigger and the occasion. So a
    server that is killed between the run and the note of it starts no second one.
    """

    def __init__(self, plane: Plane, launcher: RunLauncher) -> None:
        self._plane = plane
        self._launcher = launcher
        self._clock = plane.options.clock

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.ensure_future(self._run())

    async def close(self) -> None:
        """End; what falls due from now on is missed."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _run(self) -> None:
        # Of what was missed while nothing was running here, only so much is made up for.
        limit = self._plane.options.catch_up
        with self._plane.hub.watch(TRIGGERS) as changes:
            while True:
                try:
                    following = await self._round(limit)
                except Exception:
                    _logger.exception("the scheduler failed and goes on")
                    following = self._clock.now() + _RETRY
                limit = max(1, self._plane.options.catch_up)
                waits = [asyncio.ensure_future(changes.wait())]
                if following is not None:
                    waits.append(asyncio.ensure_future(self._clock.sleep_until(following)))
                try:
                    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for wait in waits:
                        wait.cancel()
                    await asyncio.gather(*waits, return_exceptions=True)

    async def _round(self, limit: int) -> int | None:
        """Start what is due; returns when something is due next."""
        for firing in await self._plane.database.run(firings.pending):
            await self._fire_for_artifact(firing)
        following = []
        present = self._clock.now()
        for one in await self._plane.database.run(triggers.scheduled):
            schedule = _schedule(one)
            if schedule is None:
                continue
            due = await self._plane.work(schedule.recent, one.due_after, present, max(1, limit))
            for moment in due if limit else []:
                await self._fire(one, moment)
            if due and not limit:
                await self._plane.database.run(partial(triggers.passed, key=one.key, moment=due[-1]))
            later = schedule.next(due[-1] if due else one.due_after)
            if later is not None:
                following.append(later)
        return min(following, default=None)

    async def _fire(self, one: Scheduled, moment: int) -> None:
        await self._launch(one.key, one.details, scheduled_run, one, moment)
        await self._plane.database.run(lambda tx: triggers.fired(tx, one.key, moment))

    async def _fire_for_artifact(self, firing: Firing) -> None:
        await self._launch(firing.key, firing.details, artifact_run, firing)
        await self._plane.database.run(lambda tx: firings.done(tx, firing, self._clock.now()))

    async def _launch(
        self, key: TriggerKey, details: TriggerDetails, make: Callable[..., CreateRunRequest], *arguments: object
    ) -> None:
        try:
            request = await self._plane.work(make, self._plane.files, *arguments)
            metadata = details.metadata
            await self._launcher.launch(request, metadata.deployed_by if metadata is not None else None)
        except RemoraError as error:
            _logger.warning("%s was due and started no run: %s", key, error)


def _schedule(one: Scheduled) -> Schedule | None:
    try:
        return read_schedule(one.details.automation_spec)
    except InvalidArgument as error:
        # An earlier version let it pass, or the time zone data of this machine changed.
        _logger.warning("%s is never due: %s", one.key, error)
        return None
