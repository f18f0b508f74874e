"""Showing on stderr how far a run has come, while a caller waits for it."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import TYPE_CHECKING, Protocol

from remora.flyte.failure import error_message, phase_of_details

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.status import Status

    from remora.flyte.phases import ActionPhase
    from remora_api.flyteidl2 import workflow


class Progress(Protocol):
    """Something that is told every state."""

    def update(self, details: workflow.ActionDetails) -> None:
        """Show a state."""
        ...


@contextlib.contextmanager
def progress(name: str, quiet: bool) -> Iterator[Progress]:
    """Show progress while the block runs.

    Args:
        name: Name of the run or action.
        quiet: Show nothing.
    """
    if quiet or sys.stderr is None:
        yield _Nothing()
        return
    if not sys.stderr.isatty():
        yield _Lines(name)
        return
    try:
        from rich.console import Console
    except ImportError:
        yield _Lines(name)
        return
    with Console(stderr=True).status(f"{name}: waiting") as status:
        yield _Spinner(name, status)


class _Nothing:
    def update(self, details: workflow.ActionDetails) -> None:
        """Show nothing."""


class _Lines:
    """One line for each change of phase, with the time since the waiting began."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._started = time.monotonic()
        self._last: ActionPhase | None = None

    def update(self, details: workflow.ActionDetails) -> None:
        """Print a line if the phase is another one."""
        phase = phase_of_details(details)
        if phase is self._last:
            return
        self._last = phase
        reason = error_message(details).splitlines()
        text = f"{self._name}: {phase} after {time.monotonic() - self._started:.1f} s"
        self._show(f"{text}: {reason[0]}" if reason else text)

    def _show(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)


class _Spinner(_Lines):
    """A spinner beside the current phase; the phases so far stay above it."""

    def __init__(self, name: str, status: Status) -> None:
        super().__init__(name)
        self._status = status

    def _show(self, line: str) -> None:
        self._status.console.print(line, markup=False, highlight=False)
        self._status.update(f"{self._name}: {self._last}")
