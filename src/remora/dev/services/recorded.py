"""Actions that were recorded from outside."""

from __future__ import annotations

from remora.dev.clock import now, optional_nanoseconds, timestamp
from remora.dev.phases import is_terminal
from remora.dev.services.identifiers import action_key
from remora.dev.store import actions, tasks
from remora.dev.store.actions import ROOT, ActionRow, NewAction
from remora.dev.store.database import Transaction
from remora.errors import InvalidArgument
from remora_api.flyteidl2.common import ActionPhase
from remora_api.flyteidl2.task import RunSpec, TaskIdentifier
from remora_api.flyteidl2.workflow import (
    ActionEvent,
    ActionMetadata,
    ActionType,
    ConditionActionMetadata,
    RecordActionRequest,
    TaskAction,
    TaskActionMetadata,
    TraceAction,
    TraceActionMetadata,
)


def new_action(tx: Transaction, request: RecordActionRequest, *, execute: bool) -> NewAction:
    """The action that a request describes.

    Args:
        tx: The transaction.
        request: The request.
        execute: Whether this control plane runs the actions of runs that it runs itself: containers are then started,
            and conditions wait at once. Actions of other runs, and below one that has ended, are only recorded.

    Raises:
        InvalidArgument: It does not say what kind of action it is, or of which run.
    """
    key = action_key(request.action_id)
    metadata = ActionMetadata(parent=request.parent, group=request.group, recovered_from=request.recovered_from)
    parent = request.parent or (None if key.name == ROOT else ROOT)
    new = NewAction(
        key=key,
        metadata=metadata,
        parent=parent,
        created_at=now(),
        input_uri=request.input_uri,
        subject=request.subject,
    )
    above = actions.get(tx, key._replace(name=parent)) if parent is not None else None
    root = actions.get(tx, key._replace(name=ROOT))
    local = execute and above is not None and root is not None and bool(root.local) and not is_terminal(above.phase)
    if request.task is not None:
        return _task(tx, new, request.task, root if local else None)
    if request.trace is not None:
        return _trace(new, request.trace)
    if request.condition is not None:
        condition = request.condition
        metadata.action_type = ActionType.CONDITION
        metadata.condition = ConditionActionMetadata(name=condition.name, type=condition.type)
        metadata.funtion_name = condition.name
        phase = ActionPhase.PAUSED if local else ActionPhase.QUEUED
        return NewAction(**{**vars(new), "spec": bytes(condition), "local": local, "phase": phase})
    raise InvalidArgument("spec is required: task, trace or condition")


def _task(tx: Transaction, new: NewAction, action: TaskAction, root: ActionRow | None) -> NewAction:
    identifier = action.id or TaskIdentifier()
    spec = action.spec if action.spec is not None else tasks.spec_of(tx, identifier)
    metadata = new.metadata
    environment = spec.environment.name if spec is not None and spec.environment is not None else ""
    short_name = spec.short_name if spec is not None else ""
    task_type = spec.task_template.type if spec is not None and spec.task_template is not None else ""
    name = tasks.function_name(identifier.name, environment)
    metadata.action_type = ActionType.TASK
    metadata.task = TaskActionMetadata(id=identifier, task_type=task_type, short_name=short_name or name)
    metadata.environment_name = environment
    metadata.funtion_name = name
    changes: dict[str, object] = {"spec": None if spec is None else actions.keep_spec(tx, spec)}
    template = spec.task_template if spec is not None else None
    if root is not None and template is not None and template.which_oneof("target") is not None:
        # It runs as the run does: with its variables, and for whom that runs.
        metadata.executed_by = ActionMetadata.parse(root.metadata).executed_by
        changes |= {"local": True, "run_spec": None if root.run_spec is None else RunSpec.parse(root.run_spec)}
    return NewAction(**{**vars(new), **changes})


def _trace(new: NewAction, action: TraceAction) -> NewAction:
    # A trace is reported when it is over.
    metadata = new.metadata
    metadata.action_type = ActionType.TRACE
    metadata.trace = TraceActionMetadata(name=action.name)
    metadata.funtion_name = action.name
    started = optional_nanoseconds(action.start_time) or new.created_at
    changes = {
        "phase": action.phase or ActionPhase.SUCCEEDED,
        "created_at": started,
        "ended_at": max(started, optional_nanoseconds(action.end_time) or new.created_at),
        "spec": None if action.spec is None else bytes(action.spec),
    }
    return NewAction(**{**vars(new), **changes})


def trace_event(new: NewAction, action: TraceAction) -> ActionEvent:
    """The event that shows how a trace went."""
    ended = timestamp(new.ended_at if new.ended_at is not None else new.created_at)
    return ActionEvent(
        id=new.key.message,
        attempt=1,
        phase=new.phase,
        start_time=timestamp(new.created_at),
        updated_time=timestamp(new.created_at),
        reported_time=ended,
        end_time=ended,
        outputs=action.outputs,
    )
