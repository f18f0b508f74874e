"""What an action leaves beside its outputs: its report, the code that it ran, and the link to debug it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from remora.flyte.calls import client_of
from remora.flyte.deadline import Deadline
from remora.flyte.failure import phase_of_details

if TYPE_CHECKING:
    from remora.flyte.parameters import Seconds
    from remora_api.entities import ActionDetails, Run
    from remora_api.flyteidl2 import workflow

_DEBUGGER = "VS Code Debugger"


@dataclass(frozen=True)
class CodeBundle:
    """The code that a task was deployed with, where it is not part of its image.

    Attributes:
        computed_version: Version that was computed from the code; empty if the task does not say.
        tgz: Address of the archive, if it is one.
        pkl: Address of the pickled task, if it is one. It is never unpickled here.
        destination: Directory that the code is unpacked to.
    """

    computed_version: str = ""
    tgz: str | None = None
    pkl: str | None = None
    destination: str = "."


def bundle_of(details: workflow.ActionDetails) -> CodeBundle | None:
    """The code bundle that the arguments of an action's container name; None if they name none."""
    template = None if details.task is None else details.task.task_template
    container = None if template is None else template.container
    if container is None:
        return None
    words = [*container.command, *container.args]
    found: dict[str, str] = {}
    for word, following in zip(words, [*words[1:], ""], strict=True):
        name, separator, value = word.partition("=")
        if name in ("--tgz", "--pkl", "--dest", "--version"):
            found[name] = value if separator else following
    if not (found.get("--tgz") or found.get("--pkl")):
        return None
    return CodeBundle(
        computed_version=found.get("--version", ""),
        tgz=found.get("--tgz") or None,
        pkl=found.get("--pkl") or None,
        destination=found.get("--dest") or ".",
    )


def code_bundle_of_details(self: ActionDetails) -> CodeBundle | None:
    """The code that the action ran; None when it ran what is in its image."""
    return bundle_of(self.pb2)


async def code_bundle(self: Run, *, timeout: float | None = None) -> CodeBundle | None:
    """The code that the run's task was deployed with; None when it ran what is in its image.

    Args:
        self: The run.
        timeout: Deadline of the call in seconds.

    Raises:
        NotFound: the run does not exist any more.
    """
    from remora.flyte.data import details_for

    return bundle_of(await details_for(self, Deadline(timeout)))


async def get_debug_url(self: Run, *, timeout: Seconds | None = None) -> str | None:
    """Address of the editor in which the run's root action can be debugged.

    Waits until the action has it, or has ended.

    Args:
        self: The run.
        timeout: How long to wait at most, in seconds or as a `timedelta`.

    Returns:
        The address, or None if the action has ended without one.

    Raises:
        WaitTimeout: there is none in time, and the action goes on.
        NotFound: the run does not exist any more.
    """
    import contextlib

    from remora.flyte.calls import action_id_of
    from remora.flyte.watch import states_until

    source = states_until(client_of(self), action_id_of(self), Deadline(timeout))
    async with contextlib.aclosing(source):
        async for details in source:
            for attempt in reversed(details.attempts):
                for log in attempt.log_info:
                    if log.uri and _DEBUGGER.lower() in log.name.lower():
                        return log.uri
            if phase_of_details(details).is_terminal:
                return None
    return None
