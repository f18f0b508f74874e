"""An action from the queue to its end: attempts, retries and time limits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from remora.dev.clock import now
from remora.dev.executor.attempt import Attempt, Workshop
from remora.dev.executor.failures import AttemptFailed, interrupted, timed_out, too_late
from remora.dev.executor.journal import Journal
from remora.dev.executor.policy import Policy, policy
from remora.dev.executor.slots import Slots
from remora.dev.objects.keys import join_key, key_of
from remora.dev.store import actions
from remora.dev.store.actions import ActionKey, ActionRow
from remora_api.flyteidl2.common import ActionPhase
from remora_api.flyteidl2.core import TaskTemplate
from remora_api.flyteidl2.task import Inputs, OutputReferences, RunSpec
from remora_api.flyteidl2.workflow import ErrorInfo, ErrorInfoKind

_logger = logging.getLogger(__name__)


class Job:
    """One action that the executor runs."""

    def __init__(
        self,
        shop: Workshop,
        row: ActionRow,
        places: Callable[[int], Slots],
        grace: Callable[[], float],
        end: Callable[[ActionKey], None],
    ) -> None:
        """Prepare.

        Args:
            shop: What attempts need.
            row: The action.
            places: Gives the places of a depth: an action that waits for those below it must not keep them waiting.
            grace: Seconds between asking a process to end and killing it.
            end: Ends another action's process.
        """
        self._shop = shop
        self._row = row
        self._places = places
        self._end = end
        self._grace = grace
        self._journal = Journal(shop.database, row)

    async def run(self, was_running: bool) -> None:
        """Run attempts until one succeeds or none is left; never raises but when cancelled."""
        number = self._row.attempts
        try:
            template = await self._template()
            self._slots = self._places(await self._shop.database.run(lambda tx: actions.depth(tx, self._row)))
            limits = policy(template.metadata)
            failure = interrupted(number) if was_running else await self._attempt(number, template, limits)
            while failure is not None and failure.retry and number <= limits.retries:
                await self._journal.retry(number, failure.phase, failure.info)
                await asyncio.sleep(limits.wait_before(number))
                number += 1
                failure = await self._attempt(number, template, limits)
            if failure is not None:
                await self._finish(number, failure.phase, error=failure.info)
        except Exception as error:
            _logger.exception("the executor failed at action %s", self._row.key)
            info = ErrorInfo(
                message=f"the local executor failed: {type(error).__name__}: {error}",
                kind=ErrorInfoKind.SYSTEM,
                code="INTERNAL",
            )
            await self._finish(number, ActionPhase.FAILED, error=info)

    async def _finish(
        self,
        number: int,
        phase: ActionPhase,
        *,
        error: ErrorInfo | None = None,
        outputs: OutputReferences | None = None,
    ) -> None:
        for key in await self._journal.finish(number, phase, error=error, outputs=outputs):
            self._end(key)

    async def _template(self) -> TaskTemplate:
        spec = await self._shop.database.run(lambda tx: actions.task_spec(tx, self._row))
        return (spec.task_template if spec is not None else None) or TaskTemplate()

    async def _attempt(self, number: int, template: TaskTemplate, limits: Policy) -> AttemptFailed | None:
        deadline = self._deadline(limits)
        try:
            await self._take_slot(number, limits, deadline)
            try:
                inputs, run_spec = await self._shop.work(self._load)
                variables = run_spec.envs.values if run_spec.envs is not None else []
                attempt = Attempt(self._shop, self._row, number, template, inputs, variables)
                outputs = await attempt.run(limits.max_runtime, deadline, self._grace)
            finally:
                self._slots.release()
        except AttemptFailed as failure:
            return failure
        await self._finish(number, ActionPhase.SUCCEEDED, outputs=outputs)
        return None

    def _deadline(self, limits: Policy) -> float | None:
        if limits.deadline is None:
            return None
        spent = (now() - self._row.created_at) / 1e9
        return asyncio.get_running_loop().time() + limits.deadline - spent

    async def _take_slot(self, number: int, limits: Policy, deadline: float | None) -> None:
        loop = asyncio.get_running_loop()
        left = None if deadline is None else deadline - loop.time()
        if left is not None and left <= 0:
            raise too_late()
        if self._slots.full:
            await self._journal.phase(number, ActionPhase.WAITING_FOR_RESOURCES)
        waits = [limit for limit in (limits.queued_timeout, left) if limit is not None]
        try:
            await self._slots.acquire(min(waits) if waits else None)
        except asyncio.TimeoutError:
            if left is not None and (limits.queued_timeout is None or left <= limits.queued_timeout):
                raise too_late() from None
            message = f"the attempt waited longer than {limits.queued_timeout:g} s for a free slot"
            raise timed_out(message, "QUEUED_TIMEOUT_EXCEEDED", retry=True) from None

    def _load(self) -> tuple[Inputs, RunSpec]:
        data = None
        if self._row.input_uri:
            # A URI names the object, or the folder that it is in.
            key = key_of(self._row.input_uri.rstrip("/"))
            data = self._shop.files.read(key) or self._shop.files.read(join_key(key, "inputs.pb"))
        inputs = Inputs() if data is None else Inputs.parse(data)
        run_spec = RunSpec() if self._row.run_spec is None else RunSpec.parse(self._row.run_spec)
        return inputs, run_spec
