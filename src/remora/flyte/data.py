"""Inputs and outputs of runs and actions, read through the data proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from remora.errors import OutputsNotReady
from remora.flyte.action_data import ActionInputs, ActionOutputs
from remora.flyte.calls import action_data, action_details, action_id_of, client_of, label
from remora.flyte.deadline import Deadline
from remora.flyte.failure import phase_of_details, run_failed
from remora.flyte.interface import variables
from remora.flyte.values import python_values, typed
from remora_api.flyteidl2 import dataproxy, workflow
from remora_api.flyteidl2 import task as tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from remora_api.entities import Action, ActionDetails, Run, RunDetails
    from remora_api.flyteidl2 import core


async def inputs(
    self: Action | ActionDetails | Run | RunDetails,
    *,
    types: Mapping[str, Any] | None = None,
    deserializers: Mapping[Any, Callable[[Any], Any]] | None = None,
    timeout: float | None = None,
) -> ActionInputs:
    """The inputs, as Python values by name.

    They exist as soon as the run does. Once it has ended they are kept, and further calls cost nothing.

    Args:
        self: The run or action.
        types: Types by name, to make of these values: a dataclass, pydantic model, TypedDict, enum, `list[Point]`, ...
        deserializers: How to make a value of a class that is none of these, by class.
        timeout: Deadline of the whole call in seconds.

    Returns:
        A mapping; `.pb2` has the literals that it was made from.

    Raises:
        NotFound: the run or action does not exist.
        ValuesError: an input does not fit its type, or is a msgpack value and the extra `msgpack` is not installed.

    Example:
        >>> run.inputs()["text"]
        'the quick brown fox'
    """
    details, data = await _read(self, Deadline(timeout))
    message = data.inputs if data.inputs is not None else tasks.Inputs()
    declared = variables(None if (interface := _interface(details)) is None else interface.inputs)
    values = python_values(message.literals, declared, "input")
    return ActionInputs(message, typed(values, types, deserializers, "input"))


async def outputs(
    self: Action | ActionDetails | Run | RunDetails,
    *,
    types: Mapping[str, Any] | None = None,
    deserializers: Mapping[Any, Callable[[Any], Any]] | None = None,
    timeout: float | None = None,
) -> ActionOutputs:
    """The outputs, as a tuple of Python values whose items also have names.

    They exist when the run or action has succeeded; from then on they are kept, and further calls cost nothing. An
    output of a kind that this version does not know comes as the literal itself.

    Args:
        self: The run or action.
        types: Types by name, to make of these values: a dataclass, pydantic model, TypedDict, enum, `list[Point]`, ...
        deserializers: How to make a value of a class that is none of these, by class.
        timeout: Deadline of the whole call in seconds.

    Returns:
        A tuple; `.named_outputs` has the values by name, `.pb2` the literals.

    Raises:
        OutputsNotReady: it has not ended yet, or the backend has lost what it wrote.
        RunFailed: it ended without success, so there are no outputs.
        NotFound: the run or action does not exist.
        ValuesError: an output does not fit its type, or is a msgpack value and the extra `msgpack` is not installed.

    Example:
        >>> run.wait()
        >>> words, longest = run.outputs()
    """
    details, message = await _outputs(self, Deadline(timeout))
    declared = variables(None if (interface := _interface(details)) is None else interface.outputs)
    values = typed(python_values(message.literals, declared, "output"), types, deserializers, "output")
    order = [name for name in declared if name in values] + [name for name in values if name not in declared]
    return ActionOutputs(message, tuple(values[name] for name in order), order)


async def typed_inputs(
    self: Action | ActionDetails | Run | RunDetails,
    types: Mapping[str, Any],
    deserializers: Mapping[Any, Callable[[Any], Any]] | None = None,
    *,
    timeout: float | None = None,
) -> dict[str, Any]:
    """The inputs that `types` names, made into those types.

    Args:
        self: The run or action.
        types: Types by name: a dataclass, pydantic model, TypedDict, enum, `list[Point]`, ...
        deserializers: How to make a value of a class that is none of these, by class.
        timeout: Deadline of the whole call in seconds.

    Raises:
        ValuesError: there is no such input, or it does not fit its type.
        NotFound: the run or action does not exist.

    Example:
        >>> run.typed_inputs({"config": TrainConfig})["config"].layers
        3
    """
    found = await inputs(self, types=types, deserializers=deserializers, timeout=timeout)
    return {name: found[name] for name in types}


async def typed_outputs(
    self: Action | ActionDetails | Run | RunDetails,
    types: Mapping[str, Any],
    deserializers: Mapping[Any, Callable[[Any], Any]] | None = None,
    *,
    timeout: float | None = None,
) -> dict[str, Any]:
    """The outputs that `types` names, made into those types.

    Args:
        self: The run or action.
        types: Types by name: a dataclass, pydantic model, TypedDict, enum, `list[Point]`, ...
        deserializers: How to make a value of a class that is none of these, by class.
        timeout: Deadline of the whole call in seconds.

    Raises:
        ValuesError: there is no such output, or it does not fit its type.
        OutputsNotReady: it has not ended yet, or the backend has lost what it wrote.
        RunFailed: it ended without success, so there are no outputs.
        NotFound: the run or action does not exist.

    Example:
        >>> run.typed_outputs({"o0": Report})["o0"].accuracy
        0.93
    """
    found = (await outputs(self, types=types, deserializers=deserializers, timeout=timeout)).named_outputs
    return {name: found[name] for name in types}


async def input_literals(
    self: Action | ActionDetails | Run | RunDetails, *, timeout: float | None = None
) -> dict[str, core.Literal]:
    """The inputs by name, as the literals that the backend keeps: nothing is converted.

    Args:
        self: The run or action.
        timeout: Deadline of the whole call in seconds.

    Raises:
        NotFound: the run or action does not exist.
    """
    _, data = await _read(self, Deadline(timeout))
    return _by_name(data.inputs)


async def output_literals(
    self: Action | ActionDetails | Run | RunDetails, *, timeout: float | None = None
) -> dict[str, core.Literal]:
    """The outputs by name, as the literals that the backend keeps: nothing is converted.

    Args:
        self: The run or action.
        timeout: Deadline of the whole call in seconds.

    Raises:
        OutputsNotReady: it has not ended yet, or the backend has lost what it wrote.
        RunFailed: it ended without success, so there are no outputs.
        NotFound: the run or action does not exist.
    """
    _, message = await _outputs(self, Deadline(timeout))
    return _by_name(message)


def _by_name(message: tasks.Inputs | tasks.Outputs | None) -> dict[str, core.Literal]:
    literals = [] if message is None else message.literals
    return {named.name: named.value for named in literals if named.value is not None}


async def _outputs(
    entity: Action | ActionDetails | Run | RunDetails, deadline: Deadline
) -> tuple[workflow.ActionDetails, tasks.Outputs]:
    details = await details_for(entity, deadline)
    phase = phase_of_details(details)
    name = label(action_id_of(entity))
    if not phase.is_terminal:
        raise OutputsNotReady(
            f"{name} has no outputs yet, it is {phase}", run=name, phase=phase, hint="call wait() first"
        )
    if not phase.is_success:
        raise run_failed(details, _as_details(entity, details))
    signalled = _signalled(details)
    if signalled is not None:
        return details, signalled
    _, data = await _read(entity, deadline)
    interface = _interface(details)
    message = data.outputs if data.outputs is not None else tasks.Outputs()
    if not message.literals and interface is not None and interface.outputs is not None and interface.outputs.variables:
        _forget_data(entity)
        raise OutputsNotReady(
            f"{name} succeeded, but the backend does not have its outputs",
            run=name,
            phase=phase,
            hint="they may have been removed from the object store",
        )
    return details, message


def _signalled(details: workflow.ActionDetails) -> tasks.Outputs | None:
    """The value that a condition was signalled with, which is no blob in the object store."""
    if details.signal_info is None or details.signal_info.output is None:
        return None
    return tasks.Outputs(literals=[tasks.NamedLiteral(name="o0", value=details.signal_info.output)])


def _interface(details: workflow.ActionDetails) -> core.TypedInterface | None:
    if details.task is not None:
        return None if details.task.task_template is None else details.task.task_template.interface
    return None if details.trace is None else details.trace.interface


def _as_details(
    entity: Action | ActionDetails | Run | RunDetails, details: workflow.ActionDetails
) -> ActionDetails | RunDetails:
    """The entity to put into an error: the one at hand if it shows details, else a new one."""
    from remora_api.entities import ActionDetails, RunDetails

    return entity if isinstance(entity, (ActionDetails, RunDetails)) else ActionDetails(details, client=entity._client)


async def details_for(entity: Action | ActionDetails | Run | RunDetails, deadline: Deadline) -> workflow.ActionDetails:
    """Details that tell whether the action has ended, from memory only if it has."""
    pb2 = entity.pb2
    own = pb2.action if isinstance(pb2, workflow.RunDetails) else pb2
    if isinstance(own, workflow.ActionDetails) and phase_of_details(own).is_terminal:
        return own
    memo = entity._memo or {}
    kept = memo.get("details")
    if isinstance(kept, workflow.ActionDetails):
        return kept
    details = await action_details(client_of(entity), action_id_of(entity), timeout=deadline.left())
    if phase_of_details(details).is_terminal:
        entity._memo = {**memo, "details": details}
    return details


async def _read(
    entity: Action | ActionDetails | Run | RunDetails, deadline: Deadline
) -> tuple[workflow.ActionDetails, dataproxy.GetActionDataResponse]:
    details = await details_for(entity, deadline)
    kept = (entity._memo or {}).get("data")
    if isinstance(kept, dataproxy.GetActionDataResponse):
        return details, kept
    data = await action_data(client_of(entity), action_id_of(entity), timeout=deadline.left())
    # What an unfinished action answers is not its last word.
    if phase_of_details(details).is_terminal:
        entity._memo = {**(entity._memo or {}), "data": data}
    return details, data


def _forget_data(entity: Action | ActionDetails | Run | RunDetails) -> None:
    entity._memo = {name: value for name, value in (entity._memo or {}).items() if name != "data"}
