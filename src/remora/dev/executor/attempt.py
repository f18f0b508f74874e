"""One attempt at an action, from an empty directory to its outputs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor as Workers
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from remora.dev.addresses import Addresses
from remora.dev.executor.command import Command, CommandContext, build_command
from remora.dev.executor.failures import AttemptFailed, timed_out, too_late
from remora.dev.executor.guard import Guard
from remora.dev.executor.inputs import InputFiles
from remora.dev.executor.journal import Journal
from remora.dev.executor.logs import LogWriter
from remora.dev.executor.outputs import OutputFiles, read_outputs_file
from remora.dev.executor.process import TaskProcess, exit_message
from remora.dev.executor.sandbox import Sandbox
from remora.dev.executor.secret_mounts import SealedSecret, SecretMounts, find
from remora.dev.objects.files import ObjectFiles
from remora.dev.objects.keys import join_key, native_url
from remora.dev.store import logs, processes, settings
from remora.dev.store.actions import ActionRow
from remora.dev.store.database import Database
from remora.dev.vault import Vault
from remora_api.flyteidl2.common import ActionPhase
from remora_api.flyteidl2.core import Container, KeyValuePair, Literal, TaskTemplate
from remora_api.flyteidl2.task import Inputs, OutputReferences

T = TypeVar("T")


@dataclass(frozen=True)
class Workshop:
    """What attempts need of the control plane.

    Attributes:
        database: The store.
        files: The objects.
        workers: Threads for work with files.
        guard: Ends processes that this one leaves behind.
        vault: Decrypts secrets.
        directory: Where sandboxes are made.
        addresses: Where the control plane is, for tasks that call it.
        keep_work: Leave sandboxes after their attempt.
    """

    database: Database
    files: ObjectFiles
    workers: Workers
    guard: Guard
    vault: Vault
    directory: Path
    addresses: Addresses
    keep_work: bool

    async def work(self, function: Callable[..., T], *arguments: object) -> T:
        """Call a blocking function on a worker thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.workers, lambda: function(*arguments))


class Attempt:
    """Runs a container once."""

    def __init__(
        self,
        shop: Workshop,
        row: ActionRow,
        number: int,
        template: TaskTemplate,
        inputs: Inputs,
        variables: Iterable[KeyValuePair],
    ) -> None:
        self._shop = shop
        self._row = row
        self._number = number
        self._template = template
        self._container = template.container or Container()
        self._inputs = inputs
        self._variables = variables
        self._journal = Journal(shop.database, row)
        key = row.key
        self._prefix = join_key("data", key.project, key.domain, key.run, key.name, str(number))
        data = self._container.data_config
        self._data = data if data is not None and data.enabled else None

    async def run(
        self, max_runtime: float | None, deadline: float | None, grace: Callable[[], float]
    ) -> OutputReferences:
        """Run to the end and return where the outputs are.

        Args:
            max_runtime: Seconds that the process may take.
            deadline: Time of the loop's clock when the action has to be over.
            grace: Seconds between asking the process to end and killing it.

        Raises:
            AttemptFailed: It did not succeed.
        """
        await self._journal.phase(self._number, ActionPhase.INITIALIZING)
        sandbox = Sandbox(self._shop.directory / f"{self._row.id}-{self._number}", self._container.data_config)
        try:
            key = self._row.key
            defaults = await self._shop.database.run(lambda tx: settings.environment(tx, key.project, key.domain))
            command = await self._shop.work(self._prepare, sandbox, await self._secrets(), defaults)
            await self._execute(command, sandbox, max_runtime, deadline, grace)
            return await self._shop.work(self._outputs, sandbox)
        finally:
            remove = sandbox.remove_secrets if self._shop.keep_work else sandbox.remove
            await asyncio.shield(self._shop.work(remove))

    async def _secrets(self) -> list[SealedSecret]:
        security = self._template.security_context
        if security is None or not security.secrets:
            return []
        key, wanted = self._row.key, security.secrets
        return await self._shop.database.run(lambda tx: find(tx, key.project, key.domain, wanted))

    def _prepare(self, sandbox: Sandbox, secrets: Sequence[SealedSecret], defaults: Mapping[str, str]) -> Command:
        sandbox.create()
        inputs: Mapping[str, Literal] = {
            item.name: item.value for item in self._inputs.literals if item.value is not None
        }
        if self._template.container is None:
            raise AttemptFailed(
                f"tasks of type {self._template.type!r} cannot be run locally, only container tasks",
                "UNSUPPORTED_TASK",
                retry=False,
            )
        raw_data = self._shop.files.path(self._prefix)
        (sandbox.exchange / "inputs.pb").write_bytes(bytes(self._inputs))
        if self._data is not None:
            InputFiles(sandbox.inputs, self._shop.files, self._data).write(inputs)
        else:
            raw_data.mkdir(parents=True, exist_ok=True)
        context = CommandContext(
            key=self._row.key,
            attempt=self._number,
            endpoint=self._shop.addresses.endpoint,
            raw_data=raw_data,
            inputs=inputs,
            overrides=self._variables,
            defaults=defaults,
            secrets=SecretMounts(sandbox, self._shop.vault).mount(secrets),
        )
        return build_command(self._container, sandbox, context)

    async def _execute(
        self,
        command: Command,
        sandbox: Sandbox,
        max_runtime: float | None,
        deadline: float | None,
        grace: Callable[[], float],
    ) -> None:
        shop = self._shop
        row = self._row
        log = LogWriter(shop.database, lambda tx, lines: logs.append(tx, row.key, row.id, self._number, lines))
        process = await TaskProcess.start(command, sandbox.root, log)
        try:
            record = process.record()
            shop.guard.add(record)
            await shop.database.run(lambda tx: processes.add(tx, record))
            await self._journal.phase(self._number, ActionPhase.RUNNING, started=True)
            code = await _wait(process, max_runtime, deadline)
        finally:
            await process.terminate(grace())
            await process.finish()
            shop.guard.remove(process.pid)
            await shop.database.run(lambda tx: processes.remove(tx, process.pid))
        if code:
            raise AttemptFailed(exit_message(code, log.last_errors), "NON_ZERO_EXIT")

    def _outputs(self, sandbox: Sandbox) -> OutputReferences:
        declared = self._template.interface.outputs if self._template.interface is not None else None
        if self._data is not None:
            outputs = OutputFiles(sandbox.outputs, self._shop.files, self._prefix).read(declared)
        else:
            outputs = read_outputs_file(sandbox.exchange / "outputs.pb", declared)
        report = sandbox.exchange / "report.html"
        return OutputReferences(
            output_uri=self._keep("outputs.pb", bytes(outputs)),
            report_uri=self._keep("report.html", report.read_bytes()) if report.is_file() else "",
        )

    def _keep(self, name: str, data: bytes) -> str:
        key = self._row.key
        object_key = join_key("runs", key.project, key.domain, key.run, key.name, str(self._number), name)
        self._shop.files.write(object_key, data)
        return native_url(object_key)


async def _wait(process: TaskProcess, max_runtime: float | None, deadline: float | None) -> int:
    loop = asyncio.get_running_loop()
    left = None if deadline is None else max(0.0, deadline - loop.time())
    limits = [limit for limit in (max_runtime, left) if limit is not None]
    try:
        return await asyncio.wait_for(process.wait(), min(limits) if limits else None)
    except asyncio.TimeoutError:
        if left is not None and (max_runtime is None or left <= max_runtime):
            raise too_late() from None
        message = f"the attempt did not end within {max_runtime:g} s"
        raise timed_out(message, "MAX_RUNTIME_EXCEEDED", retry=True) from None
