"""A control plane on a thread of this process."""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from remora.dev.clocks import Clock, SystemClock
from remora.dev.options import Options

if TYPE_CHECKING:
    from remora.client import Client
    from remora.dev.faults import Faults
    from remora.dev.server import LocalControlPlane


class ControlPlane:
    """Starts a control plane on a background thread, with an event loop of its own, and stops it.

    Without a data directory everything is temporary. A control plane can be started again after it was stopped; with a
    data directory it goes on where it was.

    Args:
        data_dir: Where state lives; None means a temporary directory.
        project: A project that exists from the start, and the project of `client()`.
        domain: The domain of `client()`.
        strict: Enforce the field rules of the protos.
        oss_quirks: Copy the surprising behaviour of the open-source backend.
        execute: Run container tasks; without it runs stay queued until the test drives them itself.
        parallel: Attempts that run at the same time; 0 means as many as suit this machine.
        abort_grace: Seconds between SIGTERM and SIGKILL for a process that has to end.
        keep_work: Keep the working directories of finished attempts.
        catch_up: Runs that a trigger starts, at most, for times at which it was due and nothing was running.
        clock: The clock that schedules follow: None for that of this machine, or a `ManualClock` that the test sets.
        cluster_endpoint: What SelectCluster answers: another control plane, or "" for this one.
        port: Port of the gRPC endpoint; 0 takes a free one, which may differ after a restart.

    Example:
        >>> with ControlPlane() as plane:  # doctest: +SKIP
        ...     with plane.client():
        ...         Project.get("testing")
    """

    def __init__(
        self,
        *,
        data_dir: str | os.PathLike[str] | None = None,
        project: str = "testing",
        domain: str = "development",
        strict: bool = False,
        oss_quirks: bool = False,
        execute: bool = True,
        parallel: int = 0,
        abort_grace: float = 5.0,
        keep_work: bool = False,
        catch_up: int = 1,
        clock: Clock | None = None,
        cluster_endpoint: str = "",
        port: int = 0,
    ) -> None:
        self.project = project
        self.domain = domain
        self._options = Options(
            data_dir=None if data_dir is None else Path(data_dir),
            port=port,
            projects=(project,),
            strict=strict,
            oss_quirks=oss_quirks,
            execute=execute,
            parallel=parallel,
            abort_grace=abort_grace,
            keep_work=keep_work,
            catch_up=catch_up,
            clock=clock or SystemClock(),
            cluster_endpoint=cluster_endpoint,
        )
        self._thread: threading.Thread | None = None
        self._clients: list[Client] = []

    @property
    def endpoint(self) -> str:
        """URL of the gRPC server."""
        return self._running.endpoint

    @property
    def object_store(self) -> str:
        """URL of the object store."""
        return self._running.object_store

    @property
    def data_dir(self) -> str:
        """The data directory in use."""
        return self._running.data_dir

    @property
    def faults(self) -> Faults:
        """Failures to inject; add to them, or clear them, at any time."""
        return self._running.faults

    @property
    def _running(self) -> LocalControlPlane:
        if self._thread is None:
            raise RuntimeError("the control plane is not running; use it in a `with` block")
        return self._plane

    def client(self, **settings: Any) -> Client:
        """Make a client of this control plane; it is closed when the control plane stops.

        Args:
            **settings: Settings of `remora.Client`, over endpoint, project and domain of this control plane. Neither
                the environment nor configuration files have a say.
        """
        from remora.client import Client

        defaults = {
            "endpoint": self.endpoint,
            "insecure": True,
            "project": self.project,
            "domain": self.domain,
            "trust_env": False,
        }
        client = Client(**{**defaults, **settings})
        self._clients.append(client)
        return client

    def start(self) -> ControlPlane:
        """Start, and return when calls are accepted.

        Raises:
            ControlPlaneError: It cannot start.
        """
        if self._thread is not None:
            raise RuntimeError("the control plane is running already")
        ready: Future[None] = Future()
        thread = threading.Thread(target=self._run, args=(ready,), name="remora-dev", daemon=True)
        thread.start()
        try:
            ready.result()
        except BaseException:
            thread.join()
            raise
        self._thread = thread
        return self

    def stop(self) -> None:
        """Stop, and return when nothing is left: no thread, no process, no open file. Stopping twice does nothing."""
        if self._thread is None:
            return
        for client in self._clients:
            client.close()
        self._clients.clear()
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._thread = None

    def restart(self) -> None:
        """Stop and start again, with the same data directory if there is one."""
        self.stop()
        self.start()

    def __enter__(self) -> ControlPlane:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self, ready: Future[None]) -> None:
        loop = asyncio.new_event_loop()
        try:
            loop.run_until_complete(self._serve(ready))
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()

    async def _serve(self, ready: Future[None]) -> None:
        from remora.dev.server import LocalControlPlane

        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        self._plane = LocalControlPlane(self._options)
        try:
            await self._plane.start()
        except BaseException as error:
            ready.set_exception(error)
            return
        ready.set_result(None)
        await self._stopping.wait()
        await self._plane.stop()
