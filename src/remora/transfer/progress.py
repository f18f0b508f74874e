"""Telling how far a transfer has come: to a function, or with a bar on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

from remora.transfer.reports import Progress, TransferPhase, TransferProgress

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

Sink = Callable[[TransferProgress], None]


class Reporter:
    """Counts bytes and files, and tells of each step. Use it as a context manager on the event loop's thread.

    Args:
        progress: Who is told.
        title: What the bar says.
    """

    def __init__(self, progress: Progress, title: str) -> None:
        self._sink: Sink | None = progress if callable(progress) else None
        self._bar = None if callable(progress) else _bar(progress, title)
        self._total = self._done = 0
        self._files = self._finished = 0

    def __enter__(self) -> Reporter:
        if self._bar is not None:
            self._sink = self._bar.show
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def expect(self, files: int, size: int) -> None:
        """Say how much there is to do."""
        self._files, self._total = files, size

    def found(self, size: int) -> None:
        """Say that there is more to do, as the head of a download tells."""
        self._total += size

    def file(self, path: str, size: int) -> FileProgress:
        """The progress of one file."""
        return FileProgress(self, path, size)

    def tell(
        self, path: str, phase: TransferPhase, done: int, total: int, *, moved: int = 0, ended: bool = False
    ) -> None:
        """Tell of a step.

        Args:
            path: The file.
            phase: What is being done.
            done: Bytes of the file that are through.
            total: Bytes of the file.
            moved: By how many bytes the whole is further than before; negative when an attempt is repeated.
            ended: The file is finished.
        """
        self._done += moved
        self._finished += ended
        if self._sink is not None:
            total_bytes = max(self._total, self._done)
            self._sink(TransferProgress(path, phase, done, total, self._done, total_bytes, self._finished, self._files))


class FileProgress:
    """How far one file has come."""

    def __init__(self, reporter: Reporter, path: str, size: int) -> None:
        self._reporter = reporter
        self._path = path
        self.size = size
        self._moved = 0

    def hashed(self, done: int) -> None:
        """So many bytes of it have been read for its digest."""
        self._reporter.tell(self._path, "hashing", done, self.size)

    def begin(self, phase: TransferPhase) -> None:
        """An attempt begins."""
        moved, self._moved = self._moved, 0
        self._reporter.tell(self._path, phase, 0, self.size, moved=-moved)

    def advance(self, phase: TransferPhase, count: int) -> None:
        """So many more bytes were sent or received."""
        self._moved += count
        self._reporter.tell(self._path, phase, self._moved, self.size, moved=count)

    def end(self) -> None:
        """The file is finished, whether it had to be moved or not."""
        rest, self._moved = self.size - self._moved, self.size
        self._reporter.tell(self._path, "done", self.size, self.size, moved=rest, ended=True)


def _bar(progress: bool | None, title: str) -> _Bar | None:
    terminal = sys.stderr is not None and sys.stderr.isatty()
    if progress is False or (progress is None and not terminal):
        return None
    try:
        return _Bar(title)
    except ImportError:
        if progress is None:
            return None
        from remora.errors import ConfigError

        raise ConfigError(
            "progress=True shows a bar with the package `rich`", hint="pip install 'remora[progress]'"
        ) from None


class _Bar:
    def __init__(self, title: str) -> None:
        from rich import progress
        from rich.console import Console

        self._progress: RichProgress = progress.Progress(
            progress.TextColumn("{task.description}", markup=False),
            progress.BarColumn(),
            progress.DownloadColumn(),
            progress.TransferSpeedColumn(),
            progress.TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._title = title
        self._task = self._progress.add_task(title, total=None)

    def start(self) -> None:
        self._progress.start()

    def stop(self) -> None:
        self._progress.stop()

    def show(self, event: TransferProgress) -> None:
        files = f" {event.files_done}/{event.files_total} files" if event.files_total > 1 else ""
        self._progress.update(
            self._task,
            completed=event.bytes_done,
            total=event.bytes_total or None,
            description=f"{self._title}{files}" if event.phase != "hashing" else f"{self._title}: reading {event.path}",
        )
