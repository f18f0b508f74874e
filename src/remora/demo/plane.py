"""The local control plane as a child process of the demo."""

from __future__ import annotations

import json
import subprocess
import sys
from types import TracebackType

from remora.errors import RemoraError


class LocalPlane:
    """`remora dev --ephemeral` for the time of a `with` block; nothing is left afterwards."""

    def __enter__(self) -> str:
        """Start it and return its endpoint."""
        command = [sys.executable, "-m", "remora.dev", "--ephemeral"]
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            _, errors = self._process.communicate()
            raise RemoraError(f"the local control plane did not start: {errors.strip()}")
        return str(json.loads(line)["endpoint"])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Ask it to stop, and make sure that it did."""
        self._process.terminate()
        try:
            self._process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
