"""What is executed for a container: arguments and environment."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from remora.dev.executor.failures import AttemptFailed
from remora.dev.executor.sandbox import Sandbox
from remora.dev.executor.templates import TemplateError, render
from remora.dev.literals.make import ConversionError
from remora.dev.literals.to_json import to_text
from remora.dev.store.actions import ActionKey
from remora_api.flyteidl2.core import Container, KeyValuePair, Literal

_PYTHON = re.compile(r"python(3(\.\d+)?)?\Z")
# What a process finds of the environment of the control plane.
_INHERITED = ("LANG", "LC_ALL", "LC_CTYPE", "TZ", "SYSTEMROOT")


@dataclass(frozen=True)
class Command:
    """A program, its arguments, and its whole environment."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class CommandContext:
    """What a command line may refer to.

    Attributes:
        key: The action.
        attempt: Number of the attempt, counted from 1.
        endpoint: URL of the control plane, for tasks that call it.
        raw_data: Directory that `{{.rawOutputDataPrefix}}` stands for.
        inputs: The inputs of the action by name.
        overrides: Variables of the run, which win over those of the container.
        secrets: Variables that hold secrets, or where those are; they win over all others.
    """

    key: ActionKey
    attempt: int
    endpoint: str
    raw_data: Path
    inputs: Mapping[str, Literal]
    overrides: Iterable[KeyValuePair]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


def build_command(container: Container, sandbox: Sandbox, context: CommandContext) -> Command:
    """Turn a container into a local command.

    Raises:
        AttemptFailed: There is no command, it is not on this machine, or it refers to an input that is not there.
    """
    words = [*container.command, *container.args]
    if not words:
        raise AttemptFailed(
            "the container has neither command nor args; the entrypoint of its image is not known locally",
            "BAD_COMMAND",
            retry=False,
        )
    environment = _environment(container, sandbox, context)
    values = {
        "input": str(sandbox.exchange / "inputs.pb"),
        "inputprefix": str(sandbox.exchange),
        "outputprefix": str(sandbox.exchange),
        "rawoutputdataprefix": str(context.raw_data),
        "runname": context.key.run,
        "actionname": context.key.name,
        "perretryuniquekey": f"{context.key.run}-{context.key.name}-{context.attempt - 1}",
    }

    def text_of(name: str) -> str:
        if name not in context.inputs:
            known = ", ".join(sorted(context.inputs)) or "none"
            raise TemplateError(f"the command refers to input {name!r}; the run has: {known}")
        try:
            return to_text(context.inputs[name])
        except ConversionError as error:
            raise TemplateError(f"input {name!r} cannot be put into the command: {error}") from None

    try:
        # Paths first: what an input says is data and is not a path of the container.
        program, *arguments = (render(sandbox.map_paths(word), values, text_of) for word in words)
    except TemplateError as error:
        raise AttemptFailed(str(error), "BAD_COMMAND", retry=False) from None
    if any("\0" in word for word in (program, *arguments)):
        raise AttemptFailed("the command contains a NUL character", "BAD_COMMAND", retry=False)
    return Command((_find(program, sandbox, environment["PATH"]), *arguments), environment)


def _find(program: str, sandbox: Sandbox, path: str) -> str:
    found = shutil.which(str(sandbox.root / program) if os.sep in program else program, path=path)
    if found is None and _PYTHON.match(program):
        found = sys.executable
    if found is None:
        raise AttemptFailed(
            f"command {program!r} not found: tasks run as processes of this machine, their image is not used",
            "COMMAND_NOT_FOUND",
            retry=False,
        )
    return found


def _environment(container: Container, sandbox: Sandbox, context: CommandContext) -> dict[str, str]:
    key = context.key
    host = context.endpoint.partition("://")[2]
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    # The interpreter of this process comes first, so that `python` has the packages that the user sees.
    environment["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)])
    environment |= {
        "PYTHONUNBUFFERED": "1",
        "FLYTE_INTERNAL_EXECUTION_PROJECT": key.project,
        "FLYTE_INTERNAL_EXECUTION_DOMAIN": key.domain,
        "FLYTE_ATTEMPT_NUMBER": str(context.attempt - 1),
        "FLYTE_ADMIN_ENDPOINT": context.endpoint,
        "FLYTE_ADMIN_INSECURE": "true",
        "RUN_NAME": key.run,
        "ACTION_NAME": key.name,
        "_U_EP_OVERRIDE": host,
        "_U_INSECURE": "true",
        **sandbox.environment(),
    }
    for variable in (*container.env, *context.overrides):
        if not variable.key or "=" in variable.key or "\0" in variable.key + variable.value:
            raise AttemptFailed(f"{variable.key!r} is not a variable that a process can have", "BAD_ENV", retry=False)
        environment[variable.key] = sandbox.map_paths(variable.value)
    return {**environment, **context.secrets}
