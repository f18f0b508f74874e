"""What the executor writes down: events of attempts and phases of actions, always together."""

from __future__ import annotations

from remora.dev.clock import now, timestamp
from remora.dev.phases import is_terminal
from remora.dev.store import actions, events, transitions
from remora.dev.store.actions import ActionKey, ActionRow
from remora.dev.store.database import Database, Transaction
from remora_api.flyteidl2 import core, task
from remora_api.flyteidl2.common import ActionPhase
from remora_api.flyteidl2.workflow import ActionEvent, ErrorInfo

CONTAINER = "main"


class Journal:
    """The record of one action."""

    def __init__(self, database: Database, row: ActionRow) -> None:
        self._database = database
        self._row = row

    async def phase(self, attempt: int, phase: ActionPhase, *, started: bool = False) -> None:
        """An attempt entered a phase; `started` says that its log can be read from now on."""
        event = self._event(attempt, phase)
        if started:
            event.log_context = log_context(self._row, attempt, event)
        await self._write(event)

    async def retry(self, attempt: int, phase: ActionPhase, error: ErrorInfo) -> None:
        """An attempt failed and another one follows; the action itself goes on."""
        failed = self._event(attempt, phase)
        failed.error_info = error
        queued = self._event(attempt + 1, ActionPhase.QUEUED)

        def work(tx: Transaction) -> None:
            row = actions.by_id(tx, self._row.id)
            if is_terminal(row.phase):
                return
            for event in (failed, queued):
                events.record(tx, row, event)
            transitions.set_status(tx, row, row.phase, attempt + 1)

        await self._database.run(work)

    async def finish(
        self,
        attempt: int,
        phase: ActionPhase,
        *,
        error: ErrorInfo | None = None,
        outputs: task.OutputReferences | None = None,
    ) -> list[ActionKey]:
        """The action ended, and so do those below it that this control plane runs; returns these."""
        event = self._event(attempt, phase)
        event.error_info = error
        event.end_time = event.updated_time
        event.outputs = outputs
        return await self._write(event)

    async def _write(self, event: ActionEvent) -> list[ActionKey]:
        def work(tx: Transaction) -> list[ActionKey]:
            row = actions.by_id(tx, self._row.id)
            # Somebody ended the action meanwhile, and that is final.
            if is_terminal(row.phase):
                return []
            events.record(tx, row, event)
            transitions.set_status(tx, row, event.phase, event.attempt)
            return end_below(tx, row) if is_terminal(event.phase) else []

        return await self._database.run(work)

    def _event(self, attempt: int, phase: ActionPhase) -> ActionEvent:
        return local_event(self._row, attempt, phase)


def end_below(tx: Transaction, row: ActionRow) -> list[ActionKey]:
    """Abort what this control plane runs below an action that ended; returns what that was."""
    ended = []
    for one in actions.with_descendants(tx, row):
        if one.id != row.id and one.local and not is_terminal(one.phase):
            events.record(tx, one, local_event(one, one.attempts, ActionPhase.ABORTED))
            transitions.abort(tx, one, ActionPhase.ABORTED, f"action {row.name} ended", None)
            ended.append(one.key)
    return ended


def local_event(row: ActionRow, attempt: int, phase: ActionPhase) -> ActionEvent:
    """An event that happens now."""
    moment = timestamp(now())
    return ActionEvent(
        id=row.key.message, attempt=attempt, phase=phase, updated_time=moment, reported_time=moment, cluster="local"
    )


def log_context(row: ActionRow, attempt: int, event: ActionEvent) -> core.LogContext:
    """Where the log of an attempt would be, in the terms of a cluster."""
    pod = f"{row.run_name}-{row.name}-{attempt - 1}"
    process = core.ContainerContextProcessContext(container_start_time=event.updated_time)
    container = core.ContainerContext(container_name=CONTAINER, process=process)
    context = core.PodLogContext(
        namespace=f"{row.project}-{row.domain}",
        pod_name=pod,
        containers=[container],
        primary_container_name=CONTAINER,
    )
    return core.LogContext(pods=[context], primary_pod_name=pod)
