"""The executor: runs queued actions, a bounded number at a time, and takes up work after a restart."""

from __future__ import annotations

import asyncio
import logging
import shutil
from pathlib import Path

from remora.dev.executor.attempt import Workshop
from remora.dev.executor.condition import ConditionJob
from remora.dev.executor.guard_main import kill_group
from remora.dev.executor.job import Job
from remora.dev.executor.slots import Slots
from remora.dev.hub import Hub
from remora.dev.phases import is_terminal
from remora.dev.store import events, processes, transitions
from remora.dev.store.actions import ActionKey, ActionRow
from remora.dev.store.database import Transaction
from remora_api.flyteidl2.common import ActionPhase
from remora_api.flyteidl2.workflow import ActionType

_logger = logging.getLogger(__name__)
# Children get this long to end when the control plane does.
_STOP_GRACE = 1.0


class Executor:
    """Runs actions that are marked as local."""

    def __init__(self, shop: Workshop, hub: Hub, slots: int, grace: float) -> None:
        self._shop = shop
        self._hub = hub
        self._slots = slots
        self._places: dict[int, Slots] = {}
        self._grace = grace
        self._jobs: dict[ActionKey, asyncio.Task[None]] = {}
        self._ending: set[ActionKey] = set()

    async def recover(self) -> None:
        """End processes of an earlier server and go on with what it had not finished.

        Actions that had not started yet are run. An attempt that was running failed; the action's retries decide
        whether there is another one.
        """
        for record in await self._shop.database.run(processes.take_all):
            if await self._shop.work(kill_group, record.pid, record.started):
                _logger.warning("ended process group %d, which an earlier server left", record.pid)
        if not self._shop.keep_work:
            await self._shop.work(_empty, self._shop.directory)
        for row, was_running in await self._shop.database.run(_unfinished):
            self._start(row, was_running)

    def submit(self, row: ActionRow) -> None:
        """Run an action as soon as there is room."""
        self._start(row, was_running=False)

    def _start(self, row: ActionRow, was_running: bool) -> None:
        # A call may be faster than `recover`.
        if row.key in self._jobs:
            return
        if row.action_type == ActionType.CONDITION:
            task = asyncio.ensure_future(ConditionJob(self._shop, row).run())
        else:
            job = Job(self._shop, row, self._places_of, lambda: self._grace, self.abort)
            task = asyncio.ensure_future(job.run(was_running))
        self._jobs[row.key] = task
        task.add_done_callback(lambda _: self._forget(row.key))

    def _places_of(self, depth: int) -> Slots:
        return self._places.setdefault(depth, Slots(self._slots))

    def _forget(self, key: ActionKey) -> None:
        del self._jobs[key]
        self._ending.discard(key)
        # Whoever follows the log waits for its end.
        self._hub.notify({key.log_topic})

    def abort(self, key: ActionKey) -> None:
        """End an action's process, if it has one. Its phase is for the caller to change."""
        task = self._jobs.get(key)
        # A second cancellation would break off the orderly end that the first one began.
        if task is not None and key not in self._ending:
            self._ending.add(key)
            task.cancel()

    def is_active(self, key: ActionKey) -> bool:
        """Tell whether the action may still write to its log."""
        return key in self._jobs

    async def close(self) -> None:
        """End all processes. What they were doing is reported as interrupted by the next start."""
        self._grace = min(self._grace, _STOP_GRACE)
        tasks = list(self._jobs.values())
        for key in list(self._jobs):
            self.abort(key)
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._shop.work(self._shop.guard.close)


def _empty(directory: Path) -> None:
    for entry in directory.iterdir():
        shutil.rmtree(entry, ignore_errors=True)


def _unfinished(tx: Transaction) -> list[tuple[ActionRow, bool]]:
    return [(row, _was_running(tx, row)) for row in transitions.unfinished_local(tx)]


def _was_running(tx: Transaction, row: ActionRow) -> bool:
    phases = {event.phase for event in events.of_action(tx, row.id) if event.attempt == row.attempts}
    return any(phase >= ActionPhase.INITIALIZING and not is_terminal(phase) for phase in phases)
