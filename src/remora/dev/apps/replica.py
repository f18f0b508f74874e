"""One process of an app."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from urllib.parse import urlsplit

from remora.dev.apps.ports import declared_port, free_port, listening, port_map
from remora.dev.executor.attempt import Workshop
from remora.dev.executor.command import Command, add_variables, common_environment, find_program
from remora.dev.executor.failures import AttemptFailed
from remora.dev.executor.logs import LogWriter
from remora.dev.executor.process import TaskProcess, exit_message
from remora.dev.executor.sandbox import Sandbox
from remora.dev.executor.secret_mounts import SealedSecret, SecretMounts, find
from remora.dev.options import LOOPBACK
from remora.dev.store import apps, processes
from remora.dev.store.apps import AppRow


class Replica:
    """The process that serves an app, in a directory of its own.

    It has to listen on the port that the variable PORT names. That number also takes the place of the port that the
    container declares, wherever it stands in command, arguments and variables.
    """

    def __init__(self, shop: Workshop, row: AppRow) -> None:
        self._shop = shop
        self._row = row
        self._sandbox = Sandbox(shop.directory / f"app-{row.id}", None)
        self._process: TaskProcess | None = None
        self._log: LogWriter | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """Where it is served."""
        return f"http://{LOOPBACK}:{self._port}"

    async def start(self) -> None:
        """Start the process.

        Raises:
            AttemptFailed: It cannot be started.
        """
        shop, row = self._shop, self._row
        security, key = row.spec.security_context, row.key
        wanted = security.secrets if security is not None else []
        secrets = await shop.database.run(lambda tx: find(tx, key.project, key.domain, wanted))
        # The address stays the same over restarts if it can.
        ingress = row.app.status.ingress if row.app.status is not None else None
        preferred = urlsplit(ingress.public_url).port if ingress is not None and ingress.public_url else None
        self._port = free_port(preferred or 0)
        command = await shop.work(self._prepare, secrets)
        first = await shop.database.run(lambda tx: apps.next_line(tx, row.id))
        self._log = LogWriter(shop.database, lambda tx, lines: apps.append_log(tx, row.id, lines), first)
        self._process = process = await TaskProcess.start(command, self._sandbox.root, self._log)
        record = process.record()
        shop.guard.add(record)
        await shop.database.run(lambda tx: processes.add(tx, record))

    def _prepare(self, secrets: Sequence[SealedSecret]) -> Command:
        self._sandbox.create()
        container = self._row.spec.container
        words = [*container.command, *container.args] if container is not None else []
        if container is None or not words:
            raise AttemptFailed(
                "only apps with a container that has a command can be run locally, and this one has none",
                "UNSUPPORTED_APP",
                retry=False,
            )
        key, sandbox = self._row.key, self._sandbox
        mounted = SecretMounts(sandbox, self._shop.vault).mount(secrets)
        change_port = port_map(declared_port(container), self._port)
        environment = common_environment(self._shop.addresses.endpoint, key.project, key.domain)
        environment |= {"HOME": str(sandbox.root), "TMPDIR": str(sandbox.temporary), "APP_NAME": key.name}
        add_variables(environment, container.env, lambda text: sandbox.map_paths(change_port(text)))
        environment |= {"PORT": str(self._port), **mounted}
        program, *arguments = (sandbox.map_paths(change_port(word)) for word in words)
        if any("\0" in word for word in (program, *arguments)):
            raise AttemptFailed("the command contains a NUL character", "BAD_COMMAND", retry=False)
        return Command((find_program(program, sandbox, environment["PATH"]), *arguments), environment)

    async def ready(self, timeout: float) -> bool:
        """Wait until it listens; False when it ended before.

        Raises:
            AttemptFailed: It did neither in time.
        """
        assert self._process is not None
        ended = asyncio.ensure_future(self._process.wait())
        accepts = asyncio.ensure_future(listening(self._port))
        try:
            await asyncio.wait([ended, accepts], timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            if not ended.done() and not accepts.done():
                raise AttemptFailed(
                    f"nothing listened on port {self._port} within {timeout:g} s; an app listens on the port that the "
                    "variable PORT names, or that its container declares",
                    "NOT_LISTENING",
                    retry=False,
                )
            return not ended.done()
        finally:
            for task in (ended, accepts):
                task.cancel()
            await asyncio.gather(ended, accepts, return_exceptions=True)

    async def wait(self) -> str:
        """Wait for the end of the process; returns how it ended."""
        assert self._process is not None
        assert self._log is not None
        code = await self._process.wait()
        # What it said last explains why it ended.
        await self._process.finish()
        return exit_message(code, self._log.last_errors, what="app")

    async def stop(self, grace: float) -> None:
        """End the process, if it runs, and remove what it left."""
        process = self._process
        if process is not None:
            await process.terminate(grace)
            await process.finish()
            self._shop.guard.remove(process.pid)
            await self._shop.database.run(lambda tx: processes.remove(tx, process.pid))
        remove = self._sandbox.remove_secrets if self._shop.keep_work else self._sandbox.remove
        await asyncio.shield(self._shop.work(remove))
