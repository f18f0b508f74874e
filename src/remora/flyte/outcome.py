"""How a run ended: as an exception, as the first action that failed, and the same run again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remora.errors import Internal, InvalidArgument, RunNotDone
from remora.flyte.calls import ROOT_ACTION, action_data, action_details, action_id_of, client_of, label, run_id_of
from remora.flyte.data import details_for
from remora.flyte.deadline import Deadline
from remora.flyte.failure import phase_of_details, run_failed
from remora.flyte.filters import actions_request
from remora.flyte.phases import ActionPhase
from remora.flyte.run_options import check_run_name
from remora_api.flyteidl2 import common, workflow
from remora_api.flyteidl2 import task as tasks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from remora_api.entities import Action, ActionDetails, Run, RunDetails


async def raise_for_status(self: Action | ActionDetails | Run | RunDetails, *, timeout: float | None = None) -> None:
    """Raise `RunFailed` if the run or action has ended without success; do nothing if it has succeeded.

    Args:
        self: The run or action.
        timeout: Deadline of the call in seconds.

    Raises:
        RunFailed: it failed, was aborted or timed out; the error has phase, reason and details.
        RunNotDone: it has not ended yet.
        NotFound: it does not exist any more.

    Example:
        >>> run.wait()
        >>> run.raise_for_status()
    """
    from remora_api.entities import ActionDetails

    details = await details_for(self, Deadline(timeout))
    phase = phase_of_details(details)
    if phase.is_success:
        return
    if not phase.is_terminal:
        name = label(action_id_of(self))
        raise RunNotDone(f"{name} has not ended, it is {phase}", run=name, phase=phase, hint="call wait() first")
    raise run_failed(details, ActionDetails(details, client=client_of(self)))


async def first_failure(self: Run, *, timeout: float | None = None) -> ActionDetails | None:
    """Details of the action that failed first, which is usually the reason for all other failures.

    Actions that the root action started come before the root action itself, which fails because of them. It takes one
    list and one read, however large the run is.

    Args:
        self: The run.
        timeout: Deadline of the whole call in seconds.

    Returns:
        The details, or None if no action has failed or timed out.

    Raises:
        NotFound: the run does not exist any more.

    Example:
        >>> failure = run.first_failure()
        >>> if failure is not None:
        ...     print(failure.name, failure.error_message)
    """
    from remora_api.entities import ActionDetails

    deadline = Deadline(timeout)
    client, run_id = client_of(self), run_id_of(self)
    request = actions_request(
        client,
        run_id.name,
        in_phase=(ActionPhase.FAILED, ActionPhase.TIMED_OUT),
        project=run_id.project,
        domain=run_id.domain,
    )
    request.run_id = run_id
    assert request.request is not None
    # Two: the root action is created first, so it is the first of the list when it has failed as well.
    request.request.limit = 2
    response = await workflow.RunServiceStub(client).list_actions(request, timeout=deadline.left())
    failed = [action.id for action in response.actions if action.id is not None]
    if not failed:
        return None
    first = next((found for found in failed if found.name != ROOT_ACTION), failed[0])
    return ActionDetails(await action_details(client, first, timeout=deadline.left()), client=client)


async def rerun(
    self: Run,
    *,
    inputs: Mapping[str, object] | None = None,
    name: str | None = None,
    recover: bool = False,
    timeout: float | None = None,
) -> Run:
    """Start the same task again, with the same options and, unless others are given, the same inputs.

    The new run says which one it was made from (`run.action.relation`).

    Args:
        self: The run.
        inputs: Python values of inputs to change; the others stay as they were.
        name: Name of the new run; None lets the control plane make one up.
        recover: Take over what the actions of the old run have finished, instead of running everything again.
        timeout: Deadline of the whole call in seconds.

    Raises:
        NotFound: the run does not exist any more.
        ValuesError: an input is unknown or of the wrong type.
        AlreadyExists: there is a run called `name` already.

    Example:
        >>> again = run.rerun(inputs={"top": 5})
    """
    from remora_api.entities import Run

    if name is not None:
        check_run_name(name)
    if inputs and recover:
        raise InvalidArgument("recover: results of the old run do not hold for other inputs")
    deadline = Deadline(timeout)
    client, run_id = client_of(self), run_id_of(self)
    stub = workflow.RunServiceStub(client)
    read = workflow.GetRunDetailsRequest(run_id=run_id)
    details = (await stub.get_run_details(read, timeout=deadline.left())).details
    if details is None or details.action is None or details.action.task is None:
        raise Internal(f"the backend does not say what run {run_id.name} ran, so it cannot be run again")
    data = await action_data(client, action_id_of(self), timeout=deadline.left())
    request = workflow.CreateRunRequest(
        inputs=_inputs(details.action.task, data.inputs, inputs or {}), run_spec=_spec(details, run_id, recover)
    )
    metadata = details.action.metadata
    known = None if metadata is None or metadata.task is None else metadata.task.id
    if known is not None and known.name and known.version:
        request.task_id = known
    else:
        request.task_spec = details.action.task
    if name is None:
        request.project_id = common.ProjectIdentifier(
            organization=run_id.org, domain=run_id.domain, name=run_id.project
        )
    else:
        request.run_id = common.RunIdentifier(org=run_id.org, project=run_id.project, domain=run_id.domain, name=name)
    response = await stub.create_run(request, timeout=deadline.left())
    if response.run is None:
        raise Internal("the answer to CreateRun holds no run")
    return Run(response.run, client=client)


def _inputs(spec: tasks.TaskSpec, old: tasks.Inputs | None, new: Mapping[str, object]) -> tasks.Inputs:
    from remora.flyte.values import task_inputs

    given: dict[str, object] = {}
    for item in [] if old is None else old.literals:
        given[item.name] = item.value
    made = task_inputs(spec, "of the run", {**given, **new})
    made.context = [] if old is None else old.context
    return made


def _spec(details: workflow.RunDetails, run_id: common.RunIdentifier, recover: bool) -> tasks.RunSpec:
    old = details.run_spec
    spec = tasks.RunSpec() if old is None else old.parse(bytes(old))
    kind = common.RelationType.RECOVER if recover else common.RelationType.RERUN
    spec.relation = common.Relation(related_to=run_id, relation_type=kind)
    spec.recover = tasks.Recover() if recover else None
    spec.run_start_time = None
    if spec.annotations is not None:
        from remora.flyte.start import LAUNCH_ID

        spec.annotations.values.pop(LAUNCH_ID, None)
    return spec
