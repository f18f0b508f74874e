"""All apps of a control plane."""

from __future__ import annotations

import asyncio

from remora.dev.apps.controller import AppController
from remora.dev.executor.attempt import Workshop
from remora.dev.store import apps

# Apps get this long to end when the control plane does.
_STOP_GRACE = 1.0


class AppRunner:
    """Has a controller for each app."""

    def __init__(self, shop: Workshop, grace: float, start_timeout: float, *, execute: bool) -> None:
        """Prepare.

        Args:
            shop: What processes need.
            grace: Seconds between asking a process to end and killing it.
            start_timeout: Seconds in which a process has to listen on its port.
            execute: Whether apps are run at all.
        """
        self._shop = shop
        self._grace = grace
        self._start_timeout = start_timeout
        self._execute = execute
        self._running: dict[int, tuple[AppController, asyncio.Task[None]]] = {}

    async def prepare(self) -> None:
        """Forget what an earlier server said of apps that ran then; before anybody can ask."""
        if self._execute:
            await self._shop.database.run(apps.expect_all)

    async def recover(self) -> None:
        """Start the apps that should be running."""
        for row in await self._shop.database.run(apps.select):
            self.changed(row.id)

    def changed(self, number: int) -> None:
        """Say that an app was created, changed or deleted."""
        if not self._execute:
            return
        if number in self._running:
            self._running[number][0].poke()
            return
        controller = AppController(self._shop, number, lambda: self._grace, self._start_timeout)
        task = asyncio.ensure_future(controller.run())
        self._running[number] = (controller, task)
        task.add_done_callback(lambda _: self._running.pop(number, None))

    async def close(self) -> None:
        """End all apps; those that should be running are started by the next server."""
        self._grace = min(self._grace, _STOP_GRACE)
        tasks = [task for _, task in self._running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
