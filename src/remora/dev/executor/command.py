"""What is executed for a container: arguments and environment."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
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
        defaults: Variables that those of the container win over.
        secrets: Variables that hold secrets, or where those are; they win over all others.
    """

    key: ActionKey
    attempt: int
    endpoint: str
    raw_data: Path
    inputs: Mapping[str, Literal]
    overrides: Iterable[KeyValuePair]
    defaults: Mapping[str, str] = field(default_factory=dict)
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
    return Command((find_program(program, sandbox, environment["PATH"]), *arguments), environment)


def find_program(program: str, sandbox: Sandbox, path: str) -> str:
    """Where a program is on this machine; a path may be relative to the sandbox.

    Raises:
        AttemptFailed: It is not here.
    """
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
    environment = common_environment(context.endpoint, key.project, key.domain)
    environment |= {
        "FLYTE_ATTEMPT_NUMBER": str(context.attempt - 1),
        "RUN_NAME": key.run,
        "ACTION_NAME": key.name,
        **sandbox.environment(),
    }
    defaults = [KeyValuePair(key=name, value=value) for name, value in context.defaults.items()]
    add_variables(environment, (*defaults, *container.env, *context.overrides), sandbox.map_paths)
    return {**environment, **context.secrets}


def common_environment(endpoint: str, project: str, domain: str) -> dict[str, str]:
    """What every process finds: little of this environment, and where the control plane is."""
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    # The interpreter of this process comes first, so that `python` has the packages that the user sees.
    environment["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)])
    return environment | {
        "PYTHONUNBUFFERED": "1",
        "FLYTE_INTERNAL_EXECUTION_PROJECT": project,
        "FLYTE_INTERNAL_EXECUTION_DOMAIN": domain,
        "FLYTE_ADMIN_ENDPOINT": endpoint,
        "FLYTE_ADMIN_INSECURE": "true",
        "_U_EP_OVERRIDE": endpoint.partition("://")[2],
        "_U_INSECURE": "true",
    }


def add_variables(environment: dict[str, str], variables: Iterable[KeyValuePair], change: Callable[[str], str]) -> None:
    """Add variables of a container, their values changed by a function.

    Raises:
        AttemptFailed: A process cannot have one of them.
    """
    for variable in variables:
        if not variable.key or "=" in variable.key or "\0" in variable.key + variable.value:
            raise AttemptFailed(f"{variable.key!r} is not a variable that a process can have", "BAD_ENV", retry=False)
        environment[variable.key] = change(variable.value)
