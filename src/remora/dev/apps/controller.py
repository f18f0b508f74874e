"""Makes one app be what it should be."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from remora.dev.apps.replica import Replica
from remora.dev.executor.attempt import Workshop
from remora.dev.executor.failures import AttemptFailed
from remora.dev.store import apps
from remora.dev.store.apps import AppRow
from remora_api.flyteidl2.app import Condition, StatusDeploymentStatus, StatusSubstate

_logger = logging.getLogger(__name__)
# A process that ends is started again as often, after waits that double, unless it had been serving for a while.
_RESTARTS = 3
_FIRST_WAIT = 0.1
_STEADY = 10.0


class AppController:
    """Follows the revisions of one app for as long as it exists."""

    def __init__(self, shop: Workshop, number: int, grace: Callable[[], float], start_timeout: float) -> None:
        """Prepare.

        Args:
            shop: What processes need.
            number: The app's number in the store.
            grace: Seconds between asking a process to end and killing it.
            start_timeout: Seconds in which a process has to listen on its port.
        """
        self._shop = shop
        self._number = number
        self._grace = grace
        self._start_timeout = start_timeout
        self._changed = asyncio.Event()
        self._ended: asyncio.Task[None] | None = None

    def poke(self) -> None:
        """Say that the app changed."""
        self._changed.set()

    async def run(self) -> None:
        """Follow the app until it is deleted; whatever happens, no process is left."""
        serving: asyncio.Task[None] | None = None
        revision = 0
        try:
            while (row := await self._shop.database.run(lambda tx: apps.by_id(tx, self._number))) is not None:
                if serving is not None and (row.revision != revision or not row.wanted):
                    await self._end(serving)
                    serving = None
                if row.wanted and serving is None:
                    revision = row.revision
                    serving = asyncio.ensure_future(self._serve(row))
                elif not row.wanted and row.condition.deployment_status != StatusDeploymentStatus.STOPPED:
                    await self._report(row, StatusDeploymentStatus.STOPPED, "stopped as asked")
                await self._changed.wait()
                self._changed.clear()
        finally:
            if serving is not None:
                await self._end(serving)

    async def _end(self, task: asyncio.Task[None]) -> None:
        # A second cancellation would break off the orderly end that the first one began.
        if task is not self._ended:
            self._ended = task
            task.cancel()
        await asyncio.wait([task])

    async def _serve(self, row: AppRow) -> None:
        try:
            await self._restart(row)
        except AttemptFailed as failure:
            await self._report(row, StatusDeploymentStatus.FAILED, str(failure), _SUBSTATES.get(failure.info.code, 0))
        except Exception as error:
            _logger.exception("%s cannot be run", row.key)
            await self._report(row, StatusDeploymentStatus.FAILED, f"{type(error).__name__}: {error}")

    async def _restart(self, row: AppRow) -> None:
        loop = asyncio.get_running_loop()
        message, substate, restarts = "starting", StatusSubstate.INITIALIZING, 0
        while True:
            await self._report(row, StatusDeploymentStatus.DEPLOYING, message, substate)
            replica = Replica(self._shop, row)
            try:
                await replica.start()
                began: float | None = None
                if await replica.ready(self._start_timeout):
                    began = loop.time()
                    await self._report(
                        row,
                        StatusDeploymentStatus.ACTIVE,
                        f"listening at {replica.url}",
                        StatusSubstate.RUNNING,
                        url=replica.url,
                    )
                message = await replica.wait()
            finally:
                await replica.stop(self._grace())
            if began is not None and loop.time() - began >= _STEADY:
                restarts = 0
            restarts += 1
            if restarts > _RESTARTS:
                raise AttemptFailed(f"{message} (after {_RESTARTS} restarts)", "CRASH_LOOP")
            substate = StatusSubstate.CRASH_LOOP
            await self._report(row, StatusDeploymentStatus.DEPLOYING, message, substate)
            await asyncio.sleep(_FIRST_WAIT * 2 ** (restarts - 1))

    async def _report(
        self,
        row: AppRow,
        status: StatusDeploymentStatus,
        message: str,
        substate: int = StatusSubstate.SUBSTATE_UNSPECIFIED,
        url: str = "",
    ) -> None:
        condition = Condition(
            deployment_status=status, message=message, revision=row.revision, substate=StatusSubstate(substate)
        )
        replicas = 1 if status == StatusDeploymentStatus.ACTIVE else 0
        await self._shop.database.run(lambda tx: apps.report(tx, self._number, condition, replicas=replicas, url=url))


_SUBSTATES = {
    "CRASH_LOOP": StatusSubstate.CRASH_LOOP,
    "SECRET_NOT_FOUND": StatusSubstate.SECRET_MOUNT_ERROR,
    "SECRET_NOT_READABLE": StatusSubstate.SECRET_MOUNT_ERROR,
    "BAD_SECRET": StatusSubstate.SECRET_MOUNT_ERROR,
}
