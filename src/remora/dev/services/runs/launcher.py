"""Makes runs: for those who call, and for triggers."""

from __future__ import annotations

import asyncio

from remora.dev.clock import now
from remora.dev.executor.journal import local_event
from remora.dev.plane import Plane
from remora.dev.services.identifiers import check_run_name, new_run_name, run_key
from remora.dev.services.identity import subject_of
from remora.dev.services.inputs import input_object, with_defaults
from remora.dev.services.task_choice import TaskChoice, choose_task
from remora.dev.store import actions, events, projects, tasks
from remora.dev.store.actions import ActionKey, ActionRow, NewAction
from remora.dev.store.database import Transaction
from remora.errors import InvalidArgument
from remora_api.flyteidl2.common import ActionPhase, EnrichedIdentity, OffloadedInputData
from remora_api.flyteidl2.task import Inputs, RawDataStorage, RunSpec
from remora_api.flyteidl2.workflow import ActionMetadata, ActionType, CreateRunRequest, TaskActionMetadata


class RunLauncher:
    """Creates runs and, if their task can be run here, starts them."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._creating = asyncio.Lock()

    async def launch(self, request: CreateRunRequest, caller: EnrichedIdentity | None) -> ActionRow:
        """Create a run and return its root action.

        A run that exists under the name is returned as it is, whatever the rest of the request says.

        Raises:
            InvalidArgument: The request names no run or project, or no task.
            NotFound: There is no such project, task or trigger.
        """
        key = _key(request)
        # Of two calls with one name the second must find the run of the first, and not replace its inputs.
        async with self._creating:
            return await self._create(key, request, caller)

    async def _create(self, key: ActionKey, request: CreateRunRequest, caller: EnrichedIdentity | None) -> ActionRow:
        plane = self._plane
        existing, choice = await plane.database.run(lambda tx: _look_up(tx, key, request, plane.options.oss_quirks))
        if existing is not None:
            return existing
        run_spec = _run_spec(request, choice)
        input_uri = await plane.work(self._keep_inputs, key, request, choice, run_spec)
        new = NewAction(
            key=key,
            metadata=_metadata(request, choice, caller),
            parent=None,
            created_at=now(),
            run_spec=run_spec,
            input_uri=input_uri,
            subject=subject_of(caller),
            local=plane.options.execute and choice.has_target,
        )
        row, created = await plane.database.run(lambda tx: _insert(tx, new, choice))
        if created and row.local:
            plane.executor.submit(row)
        return row

    def _keep_inputs(self, key: ActionKey, request: CreateRunRequest, choice: TaskChoice, run_spec: RunSpec) -> str:
        offloaded, inputs = request.offloaded_input_data, request.inputs
        if offloaded is None and inputs is None and choice.trigger is not None and choice.trigger.spec is not None:
            offloaded, inputs = choice.trigger.spec.offloaded_input_data, choice.trigger.spec.inputs
        if offloaded is not None:
            return self._offloaded(offloaded)
        stored = with_defaults(inputs or Inputs(), choice.spec)
        uri, object_key = input_object(run_spec.run_base_dir, key)
        data = bytes(stored)
        # What is not there reads as no inputs.
        if data:
            self._plane.files.write(object_key, data)
        return uri

    def _offloaded(self, data: OffloadedInputData) -> str:
        uri, object_key = input_object(data.uri, None)
        if not self._plane.files.path(object_key).is_file():
            raise InvalidArgument(f"offloaded_input_data.uri: there are no inputs at {uri}")
        return uri


def _key(request: CreateRunRequest) -> ActionKey:
    if request.run_id is not None:
        check_run_name(request.run_id.name)
        return run_key(request.run_id)
    if request.project_id is None:
        raise InvalidArgument("id is required: run_id or project_id")
    return ActionKey(request.project_id.name, request.project_id.domain, new_run_name())


def _look_up(
    tx: Transaction, key: ActionKey, request: CreateRunRequest, quirks: bool
) -> tuple[ActionRow | None, TaskChoice]:
    projects.require(tx, key.project)
    existing = actions.get(tx, key)
    if existing is not None:
        return existing, TaskChoice()
    return None, choose_task(tx, request.task_id, request.task_spec, request.trigger_name, quirks=quirks)


def _insert(tx: Transaction, new: NewAction, choice: TaskChoice) -> tuple[ActionRow, bool]:
    digest = actions.keep_spec(tx, choice.spec)
    new = NewAction(**{**vars(new), "spec": digest})
    created = actions.insert(tx, new)
    row = actions.get(tx, new.key)
    assert row is not None
    if created and row.local:
        events.record(tx, row, local_event(row, 1, ActionPhase.QUEUED))
    return row, created


def _run_spec(request: CreateRunRequest, choice: TaskChoice) -> RunSpec:
    spec = request.run_spec
    if choice.trigger is not None and choice.trigger.spec is not None:
        spec = choice.trigger.spec.run_spec
    spec = spec or RunSpec()
    if spec.raw_data_storage is None or not spec.raw_data_storage.raw_data_prefix:
        spec.raw_data_storage = RawDataStorage(raw_data_prefix="remora://data")
    if spec.run_start_time is None:
        spec.run_start_time = request.run_start_time
    return spec


def _metadata(request: CreateRunRequest, choice: TaskChoice, caller: EnrichedIdentity | None) -> ActionMetadata:
    spec = choice.spec
    environment = spec.environment.name if spec.environment is not None else ""
    name = choice.identifier.name
    short_name = spec.short_name or tasks.function_name(name, environment)
    task_type = spec.task_template.type if spec.task_template is not None else ""
    trigger_id = choice.trigger.id if choice.trigger is not None else None
    return ActionMetadata(
        executed_by=caller,
        task=TaskActionMetadata(id=choice.identifier, task_type=task_type, short_name=short_name),
        action_type=ActionType.TASK,
        trigger_id=trigger_id,
        trigger_name=trigger_id.name.name if trigger_id is not None and trigger_id.name is not None else "",
        trigger_type=choice.trigger.automation_spec if choice.trigger is not None else None,
        environment_name=environment,
        funtion_name=tasks.function_name(name, environment),
        source=request.source,
        relation=request.run_spec.relation if request.run_spec is not None else None,
    )
