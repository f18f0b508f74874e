"""A task together with the options of its runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from remora.flyte.lazy import LazyEntity
    from remora.flyte.run_options import RunOptions
    from remora_api.entities import Run, Task, TaskDetails


class Launcher:
    """A task together with the options of its runs; `task.with_options(...)` makes one.

    Attributes:
        task: The task.
        options: The options.
    """

    __slots__ = ("options", "task")

    def __init__(self, task: Task | TaskDetails | LazyEntity, options: RunOptions) -> None:
        self.task = task
        self.options = options

    @property
    def run(self) -> RunMethod:
        """Start a run of the task with these options; the keyword arguments are the task's inputs."""
        return RunMethod(self.task, self.options, "Launcher.run")

    def __repr__(self) -> str:
        return f"Launcher({self.task!r}, {self.options!r})"


class RunMethod:
    """Starts a run; the keyword arguments are the task's inputs."""

    __slots__ = ("_options", "_task", "_what")

    def __init__(self, task: Task | TaskDetails | LazyEntity, options: RunOptions, what: str) -> None:
        self._task = task
        self._options = options
        self._what = what

    def __call__(self, /, **inputs: Any) -> Run:
        """Start a run and wait until it is accepted.

        Args:
            **inputs: Values of the task's inputs by name; those with a default may be left out.

        Raises:
            ValuesError: inputs are missing, unknown or of the wrong type; all of them are in the message.
            NotFound: the task or its project does not exist.
            AlreadyExists: there is a run of the wanted name already.
        """
        from remora.dual import run_sync

        return run_sync(self._start(inputs), self._what)

    async def aio(self, /, **inputs: Any) -> Run:
        """Start a run and wait until it is accepted, on the caller's event loop.

        Args:
            **inputs: Values of the task's inputs by name; those with a default may be left out.

        Raises:
            ValuesError: inputs are missing, unknown or of the wrong type; all of them are in the message.
            NotFound: the task or its project does not exist.
            AlreadyExists: there is a run of the wanted name already.
        """
        return await self._start(inputs)

    async def _start(self, inputs: dict[str, Any]) -> Run:
        from remora.flyte.start import start
        from remora_api.entities import Run

        return await start(Run, self._task, inputs, self._options)
