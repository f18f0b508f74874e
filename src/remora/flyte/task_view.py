"""What a task's details tell without asking the server again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remora.flyte.interface import python_type
from remora.flyte.values import default_literals, input_types, output_types
from remora_api.flyteidl2 import core
from remora_api.flyteidl2 import task as tasks

if TYPE_CHECKING:
    from remora_api.entities import Task, TaskDetails


def task_type(self: TaskDetails) -> str:
    """Kind of the task, such as `"container"` or `"python"`."""
    template = _spec(self).task_template
    return "" if template is None else template.type


def entrypoint(self: Task) -> bool | None:
    """None: lists of tasks do not say whether one is an entry point; `details().entrypoint` does."""
    return None


def input_interface(self: TaskDetails) -> dict[str, object]:
    """Python types of the inputs by name, in order; `object` for a type that has no Python counterpart."""
    return {name: python_type(kind) for name, kind in input_types(_spec(self)).items()}


def output_interface(self: TaskDetails) -> dict[str, object]:
    """Python types of the outputs by name, in order; `object` for a type that has no Python counterpart."""
    return {name: python_type(kind) for name, kind in output_types(_spec(self)).items()}


def default_input_args(self: TaskDetails) -> tuple[str, ...]:
    """Names of the inputs that a run may leave out, in order."""
    defaults = default_literals(_spec(self))
    return tuple(name for name in input_types(_spec(self)) if name in defaults)


def required_args(self: TaskDetails) -> tuple[str, ...]:
    """Names of the inputs that every run has to give, in order."""
    defaults = default_literals(_spec(self))
    return tuple(name for name in input_types(_spec(self)) if name not in defaults)


def resources(self: TaskDetails) -> tuple[dict[str, str], dict[str, str]]:
    """Requests and limits of the container by resource, such as `{"cpu": "2"}`; empty for other kinds of task."""
    template = _spec(self).task_template
    container = None if template is None else template.container
    found = None if container is None else container.resources
    return (_amounts([]), _amounts([])) if found is None else (_amounts(found.requests), _amounts(found.limits))


def _amounts(entries: list[core.ResourcesResourceEntry]) -> dict[str, str]:
    return {entry.name.name.lower(): entry.value for entry in entries}


def _spec(details: TaskDetails) -> tasks.TaskSpec:
    return details.pb2.spec if details.pb2.spec is not None else tasks.TaskSpec()
