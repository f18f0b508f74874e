"""The local control plane as one object: everything that runs, started and stopped in order."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from types import TracebackType
from typing import TYPE_CHECKING

from remora.channel.server import serve
from remora.dev.addresses import Addresses
from remora.dev.apps.runner import AppRunner
from remora.dev.datadir import DataDir
from remora.dev.errors import ControlPlaneError
from remora.dev.executor.attempt import Workshop
from remora.dev.executor.executor import Executor
from remora.dev.executor.guard import Guard
from remora.dev.faults import Faults
from remora.dev.hub import Hub
from remora.dev.objects.files import ObjectFiles
from remora.dev.objects.handlers import ObjectHandlers
from remora.dev.objects.http import HttpServer
from remora.dev.objects.signing import Signer
from remora.dev.options import LOOPBACK, Options
from remora.dev.plane import Plane
from remora.dev.scheduler import Scheduler
from remora.dev.served import Served
from remora.dev.services.all import all_services
from remora.dev.services.runs.launcher import RunLauncher
from remora.dev.store import projects
from remora.dev.store.database import Database, Transaction
from remora.dev.vault import Vault
from remora.errors import ConfigError
from remora_api.flyteidl2.project import Project

if TYPE_CHECKING:
    from remora.channel.service import ServerBase
    from remora.dev.login.provider import LoginProvider

# Calls in flight get this long when the server stops; streams that follow something never end by themselves.
_GRACE = 0.2
_WORKERS = 4


class LocalControlPlane:
    """A control plane on the running event loop.

    Example:
        >>> async with LocalControlPlane(Options()) as plane:  # doctest: +SKIP
        ...     print(plane.endpoint)

    Attributes:
        faults: Failures to inject; may be changed at any time, from any thread.
        login: The provider of logins, or None without `auth`.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self.faults = Faults()
        self.login: LoginProvider | None = None
        self._addresses = Addresses()
        self._stack = AsyncExitStack()

    @property
    def endpoint(self) -> str:
        """URL of the gRPC server."""
        return self._addresses.endpoint

    @property
    def object_store(self) -> str:
        """URL of the object store."""
        return self._addresses.object_store

    @property
    def data_dir(self) -> str:
        """The data directory in use."""
        return str(self._data.root)

    async def start(self) -> None:
        """Start everything.

        Raises:
            ControlPlaneError: It cannot start; says what to change. Nothing is left running then.
        """
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def _start(self) -> None:
        options, stack = self._options, self._stack
        self._data = DataDir(options.data_dir)
        stack.callback(self._data.close)
        workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="remora-dev-files")
        stack.callback(workers.shutdown)
        hub = Hub()
        database = Database(self._data.database, hub.notify)
        stack.push_async_callback(database.close)
        await database.open()
        await database.run(self._create_projects)
        files = ObjectFiles(self._data.objects, self._data.incoming)
        files.prepare()
        signer = Signer(self._data.signing_key())
        handlers = ObjectHandlers(files, signer, database, self.faults, workers, options.max_upload)
        self._addresses.object_store = await self._serve_objects(HttpServer(handlers.handle))
        guard = Guard()
        vault = Vault(self._data.secrets_key)
        shop = Workshop(database, files, workers, guard, vault, self._data.work, self._addresses, options.keep_work)
        executor = Executor(shop, hub, options.slots, options.abort_grace)
        stack.push_async_callback(executor.close)
        apps = AppRunner(shop, options.abort_grace, options.app_start_timeout, execute=options.execute)
        stack.push_async_callback(apps.close)
        plane = Plane(
            options, database, hub, files, signer, executor, self.faults, workers, self._addresses, vault, apps
        )
        launcher = RunLauncher(plane)
        await apps.prepare()
        services: list[ServerBase] = [
            Served(service, self.faults, strict=options.strict) for service in all_services(plane, launcher)
        ]
        if options.auth:
            services = await self._guard(services)
        try:
            server = await serve(services, LOOPBACK, options.port)
        except ConfigError as error:
            raise ControlPlaneError(f"{error.message}; choose another port with --port") from error
        self._addresses.endpoint = server.url
        stack.push_async_callback(server.aclose, _GRACE)
        await executor.recover()
        await apps.recover()
        scheduler = Scheduler(plane, launcher)
        scheduler.start()
        stack.push_async_callback(scheduler.close)

    async def _guard(self, services: list[ServerBase]) -> list[ServerBase]:
        """Start a provider of logins, and let nobody in without a token of it."""
        from remora.dev.login.provider import LoginProvider
        from remora.dev.login.services import Guarded, LoginMetadataService

        self.login = LoginProvider()
        http = HttpServer(self.login.handle)
        self.login.url = f"http://{LOOPBACK}:{await http.start(LOOPBACK, 0)}"
        self._stack.push_async_callback(http.close)
        # Of two services with one name the later one is served.
        return [*(Guarded(service, self.login) for service in services), LoginMetadataService(self.login)]

    async def _serve_objects(self, server: HttpServer) -> str:
        try:
            port = await server.start(LOOPBACK, self._options.object_port)
        except OSError as error:
            raise ControlPlaneError(
                f"cannot listen on {LOOPBACK}:{self._options.object_port} for the object store: "
                f"{error.strerror or error}; choose another port with --object-port"
            ) from error
        self._stack.push_async_callback(server.close)
        return f"http://{LOOPBACK}:{port}"

    def _create_projects(self, tx: Transaction) -> None:
        for name in self._options.projects:
            if not projects.exists(tx, name):
                projects.create(tx, Project(id=name, name=name))

    async def stop(self) -> None:
        """Stop everything, in the opposite order; running tasks are ended."""
        await asyncio.shield(asyncio.ensure_future(self._stack.aclose()))

    async def __aenter__(self) -> LocalControlPlane:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stop()
