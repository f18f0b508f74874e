"""Starts the runs of triggers when their schedules are due."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from functools import partial

from remora.dev.clock import timestamp
from remora.dev.objects.keys import InvalidKey, join_key, key_of
from remora.dev.plane import Plane
from remora.dev.schedules import Schedule, read_schedule
from remora.dev.services.identifiers import RANDOM_ALPHABET
from remora.dev.services.inputs import FILE
from remora.dev.services.runs.launcher import RunLauncher
from remora.dev.store import triggers
from remora.dev.store.triggers import TRIGGERS, Scheduled, TriggerKey
from remora.errors import DecodeError, InvalidArgument, NotFound, RemoraError
from remora_api.flyteidl2.common import RunIdentifier
from remora_api.flyteidl2.core import Literal, Primitive, Scalar
from remora_api.flyteidl2.task import Inputs, NamedLiteral
from remora_api.flyteidl2.trigger import TriggerSpec
from remora_api.flyteidl2.workflow import CreateRunRequest, RunSource

_logger = logging.getLogger(__name__)
_RETRY = 30 * 1_000_000_000


class Scheduler:
    """Sees to all triggers that have a schedule.

    A time for which a trigger is due leads to one run, whose name is made of the trigger and the time. So a server that
    is killed between the run and the note of it starts no second one.
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
        try:
            request = await self._plane.work(self._request, one, moment)
            metadata = one.details.metadata
            await self._launcher.launch(request, metadata.deployed_by if metadata is not None else None)
        except RemoraError as error:
            _logger.warning("%s was due and started no run: %s", one.key, error)
        await self._plane.database.run(lambda tx: triggers.fired(tx, one.key, moment))

    def _request(self, one: Scheduled, moment: int) -> CreateRunRequest:
        request = CreateRunRequest(
            run_id=RunIdentifier(project=one.key.project, domain=one.key.domain, name=run_name(one.key, moment)),
            trigger_name=one.details.id.name if one.details.id is not None else None,
            source=RunSource.SCHEDULE_TRIGGER,
            run_start_time=timestamp(moment),
        )
        automation = one.details.automation_spec
        schedule = automation.schedule if automation is not None else None
        if schedule is not None and schedule.kickoff_time_input_arg:
            kickoff = Literal(scalar=Scalar(primitive=Primitive(datetime=timestamp(moment))))
            name = schedule.kickoff_time_input_arg
            inputs = self._inputs(one.details.spec or TriggerSpec())
            others = [item for item in inputs.literals if item.name != name]
            request.inputs = Inputs(literals=[*others, NamedLiteral(name=name, value=kickoff)], context=inputs.context)
        return request

    def _inputs(self, spec: TriggerSpec) -> Inputs:
        if spec.offloaded_input_data is None:
            return spec.inputs or Inputs()
        uri = spec.offloaded_input_data.uri
        try:
            data = self._plane.files.read(join_key(key_of(uri.rstrip("/")), FILE))
            if data is None:
                raise NotFound(f"there are no inputs at {uri}")
            return Inputs.parse(data)
        except (InvalidKey, DecodeError) as error:
            raise InvalidArgument(f"the inputs at {uri} cannot be read: {error}") from error


def run_name(key: TriggerKey, moment: int) -> str:
    """The name of the run that a trigger starts for one time."""
    digest = hashlib.sha256("\0".join((*key, str(moment))).encode()).digest()
    number, letters = int.from_bytes(digest, "big"), []
    for _ in range(19):
        number, index = divmod(number, len(RANDOM_ALPHABET))
        letters.append(RANDOM_ALPHABET[index])
    return "s" + "".join(letters)


def _schedule(one: Scheduled) -> Schedule | None:
    try:
        return read_schedule(one.details.automation_spec)
    except InvalidArgument as error:
        # An earlier version let it pass, or the time zone data of this machine changed.
        _logger.warning("%s is never due: %s", one.key, error)
        return None
