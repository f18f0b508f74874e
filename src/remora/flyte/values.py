"""Named inputs and outputs of a task: between Python values and the messages of the data proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from remora.errors import ValuesError
from remora.flyte.from_literal import from_literal
from remora.flyte.hints import did_you_mean
from remora.flyte.interface import describe, variables
from remora.flyte.to_literal import to_literal
from remora_api.flyteidl2 import core
from remora_api.flyteidl2 import task as tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


def task_inputs(spec: tasks.TaskSpec, task_name: str, given: Mapping[str, object]) -> tasks.Inputs:
    """The inputs of a run, in the order of the task's interface, with defaults filled in.

    Args:
        spec: The task as it is deployed.
        task_name: How errors call the task.
        given: Python values by input name.

    Raises:
        ValuesError: inputs are missing, unknown or of the wrong type. All problems are in the one message.
    """
    declared = input_types(spec)
    defaults = default_literals(spec)
    problems = [
        _problem(f"task {task_name!r} has no input {name!r}", did_you_mean(name, declared))
        for name in given
        if name not in declared
    ]
    literals = []
    for name, kind in declared.items():
        if name in given:
            try:
                literal = to_literal(given[name], kind, name)
            except ValuesError as error:
                problems.append(_of_task(error, task_name))
                continue
        elif name in defaults:
            literal = defaults[name]
        else:
            problems.append(f"input {name!r} of task {task_name!r} is missing: expected {describe(kind)}")
            continue
        literals.append(tasks.NamedLiteral(name=name, value=literal))
    if problems:
        raise ValuesError("\n".join(problems))
    return tasks.Inputs(literals=literals)


def _problem(text: str, hint: str | None) -> str:
    return f"{text} ({hint})" if hint else text


def _of_task(error: ValuesError, task_name: str) -> str:
    """The message of a conversion, with the path set into the sentence that names the task."""
    detail = error.message.removeprefix(f"{error.path}: ")
    return _problem(f"input {error.path!r} of task {task_name!r}: {detail}", error.hint)


def input_types(spec: tasks.TaskSpec) -> dict[str, core.LiteralType | None]:
    """Names and types of the inputs of a task, in order."""
    interface = _interface(spec)
    return variables(None if interface is None else interface.inputs)


def output_types(spec: tasks.TaskSpec) -> dict[str, core.LiteralType | None]:
    """Names and types of the outputs of a task, in order."""
    interface = _interface(spec)
    return variables(None if interface is None else interface.outputs)


def _interface(spec: tasks.TaskSpec) -> core.TypedInterface | None:
    return None if spec.task_template is None else spec.task_template.interface


def default_literals(spec: tasks.TaskSpec) -> dict[str, core.Literal]:
    """The default value of each input that has one."""
    found = {}
    for named in spec.default_inputs:
        if named.parameter is not None and named.parameter.default is not None:
            found[named.name] = named.parameter.default
    return found


def python_values(
    literals: Iterable[tasks.NamedLiteral], declared: Mapping[str, core.LiteralType | None], what: str
) -> dict[str, Any]:
    """Python values by name, in the order in which the backend sent them.

    Literals that the interface does not name are converted as well: the value says what it is.

    Args:
        literals: Named literals of an action.
        declared: Types from the task's interface, as far as they are known.
        what: "input" or "output", for errors.

    Raises:
        ValuesError: a value cannot be read, because an extra is missing or its bytes are damaged.
    """
    return {
        named.name: from_literal(named.value, declared.get(named.name), f"{what} {named.name!r}")
        for named in literals
        if named.value is not None
    }


def typed(
    values: dict[str, Any],
    types: Mapping[str, Any] | None,
    deserializers: Mapping[Any, Callable[[Any], Any]] | None,
    what: str,
) -> dict[str, Any]:
    """Values with some of them made into types that the caller names.

    Args:
        values: Plain values by name.
        types: Types by name; None changes nothing.
        deserializers: How to make values of classes that this library does not know.
        what: "input" or "output", for errors.

    Raises:
        ValuesError: `types` names a value that there is not, or one does not fit its type.
    """
    from remora.flyte.into import into

    made = dict(values)
    for name, wanted in (types or {}).items():
        if name not in values:
            raise ValuesError(f"types: there is no {what} {name!r}", path=name, hint=did_you_mean(name, values))
        made[name] = into(values[name], wanted, f"{what} {name!r}", deserializers)
    return made
