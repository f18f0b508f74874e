"""One process with its group and its log."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path

from remora.dev.executor.command import Command
from remora.dev.executor.failures import AttemptFailed
from remora.dev.executor.guard_main import process_start
from remora.dev.executor.logs import LogWriter
from remora.dev.store.processes import ProcessRecord

# How long to read on after the process ended, should somebody else hold its pipes.
_DRAIN_TIMEOUT = 2.0


class _Pipe:
    """A pipe that can be closed on this side whoever holds the other one."""

    def __init__(self) -> None:
        self._read_end, self.writer = os.pipe()
        self.reader = asyncio.StreamReader()
        self._transport: asyncio.ReadTransport | None = None

    async def connect(self) -> None:
        file = os.fdopen(self._read_end, "rb", buffering=0)
        protocol = asyncio.StreamReaderProtocol(self.reader)
        self._transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, file)

    def release(self) -> None:
        """Leave the writing end to the process."""
        if self.writer >= 0:
            os.close(self.writer)
            self.writer = -1

    def close(self) -> None:
        self.release()
        if self._transport is not None:
            self._transport.close()
        elif self._read_end >= 0:
            os.close(self._read_end)
            self._read_end = -1


class TaskProcess:
    """A running command. It leads a process group of its own, and the group ends with it, as a container would."""

    def __init__(self, process: asyncio.subprocess.Process, pipes: list[_Pipe], log: LogWriter) -> None:
        self._process = process
        self._pipes = pipes
        self._pumps = [asyncio.ensure_future(log.pump(pipe.reader, errors=pipe is pipes[1])) for pipe in pipes]

    @classmethod
    async def start(cls, command: Command, directory: Path, log: LogWriter) -> TaskProcess:
        """Start a command.

        Raises:
            AttemptFailed: The system refuses to run it.
        """
        pipes = [_Pipe(), _Pipe()]
        try:
            for pipe in pipes:
                await pipe.connect()
            process = await asyncio.create_subprocess_exec(
                *command.arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=pipes[0].writer,
                stderr=pipes[1].writer,
                env=command.environment,
                cwd=directory,
                start_new_session=True,
            )
        except BaseException as error:
            for pipe in pipes:
                pipe.close()
            if not isinstance(error, (OSError, ValueError)):
                raise
            reason = getattr(error, "strerror", None) or str(error)
            message = f"cannot run {command.arguments[0]!r}: {reason}"
            raise AttemptFailed(message, "BAD_COMMAND", retry=False) from error
        for pipe in pipes:
            pipe.release()
        return cls(process, pipes, log)

    @property
    def pid(self) -> int:
        """Number of the process and of its group."""
        return self._process.pid

    def record(self) -> ProcessRecord:
        """What identifies the process later."""
        return ProcessRecord(self.pid, process_start(self.pid))

    async def wait(self) -> int:
        """Wait for the end; returns the exit code, negative for a signal."""
        return await self._process.wait()

    async def finish(self) -> None:
        """End what is left of the group and store the rest of the log."""
        self._signal(signal.SIGKILL)
        try:
            await asyncio.wait(self._pumps, timeout=_DRAIN_TIMEOUT)
        finally:
            for pipe in self._pipes:
                pipe.close()
        # A pipe that is closed on this side ends its pump.
        for result in await asyncio.gather(*self._pumps, return_exceptions=True):
            if isinstance(result, Exception):
                raise result

    async def terminate(self, grace: float) -> None:
        """End the process: SIGTERM to its group, and SIGKILL after `grace` seconds."""
        if self._process.returncode is None:
            self._signal(signal.SIGTERM)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._process.wait(), grace)
        if self._process.returncode is None:
            self._signal(signal.SIGKILL)
            await self._process.wait()

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)


def exit_message(code: int, last_errors: str, what: str = "task") -> str:
    """Say how a process ended that did not succeed."""
    if code < 0:
        try:
            how = f"killed by signal {-code} ({signal.Signals(-code).name})"
        except ValueError:
            how = f"killed by signal {-code}"
    else:
        how = f"exit code {code}"
    return f"{what} ended with {how}: {last_errors}" if last_errors else f"{what} ended with {how}"
