"""The companion process that ends running tasks if the control plane is killed."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

from remora.dev.executor import guard_main
from remora.dev.store.processes import ProcessRecord


class Guard:
    """Starts the companion with the first process and keeps it informed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe = -1

    def add(self, record: ProcessRecord) -> None:
        """Tell of a process group that began."""
        if self._process is None:
            self._start()
        self._send(f"+{record.pid} {record.started}\n")

    def remove(self, pid: int) -> None:
        """Tell of a process group that ended."""
        self._send(f"-{pid}\n")

    def close(self) -> None:
        """End the companion and wait for it; it kills what was not removed. Blocks for some milliseconds."""
        if self._process is None:
            return
        os.close(self._pipe)
        self._process.wait()
        self._process = None

    def _start(self) -> None:
        reader, self._pipe = os.pipe()
        # If it does not keep up we go on without it: the next start of the control plane looks for orphans too.
        os.set_blocking(self._pipe, False)
        try:
            # Isolated and without site-packages: it starts in a few milliseconds and the environment cannot break it.
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(Path(guard_main.__file__))],
                stdin=reader,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                cwd="/",
            )
        finally:
            os.close(reader)

    def _send(self, line: str) -> None:
        if self._process is not None:
            with contextlib.suppress(BrokenPipeError, BlockingIOError):
                os.write(self._pipe, line.encode())
