"""The task that a request names: a deployed one, one that comes with it, or that of a trigger."""

from __future__ import annotations

from dataclasses import dataclass, field

from remora.dev.store import tasks, triggers
from remora.dev.store.database import Transaction
from remora.dev.store.triggers import TriggerKey
from remora.errors import InvalidArgument, NotFound, Unknown
from remora_api.flyteidl2.common import TriggerName
from remora_api.flyteidl2.task import TaskIdentifier, TaskSpec
from remora_api.flyteidl2.trigger import TriggerDetails


@dataclass(frozen=True)
class TaskChoice:
    """A task, and the trigger that led to it, if one did."""

    identifier: TaskIdentifier = field(default_factory=TaskIdentifier)
    spec: TaskSpec = field(default_factory=TaskSpec)
    trigger: TriggerDetails | None = None

    @property
    def has_target(self) -> bool:
        """The task says what is to be run; without that only somebody outside can drive the run."""
        template = self.spec.task_template
        return template is not None and template.which_oneof("target") is not None


def choose_task(
    tx: Transaction,
    identifier: TaskIdentifier | None,
    spec: TaskSpec | None,
    trigger_name: TriggerName | None,
    *,
    quirks: bool,
) -> TaskChoice:
    """Find the task.

    Args:
        tx: The transaction.
        identifier: A deployed task.
        spec: A task that is given whole.
        trigger_name: A trigger.
        quirks: Report a missing task as UNKNOWN, as the open-source backend does.

    Raises:
        NotFound: There is no such task or trigger.
        InvalidArgument: None of the three is given.
    """
    if trigger_name is not None:
        key = TriggerKey.of(trigger_name)
        trigger = triggers.details(tx, key)
        if trigger is None or trigger.spec is None:
            raise NotFound(f"{key} not found")
        task = TaskIdentifier(
            project=key.project, domain=key.domain, name=key.task_name, version=trigger.spec.task_version
        )
        choice = choose_task(tx, task, None, None, quirks=quirks)
        return TaskChoice(choice.identifier, choice.spec, trigger)
    if identifier is not None:
        found = tasks.spec_of(tx, identifier)
        if found is None:
            message = f'task "{identifier.name}" version "{identifier.version}" not found'
            raise Unknown(message) if quirks else NotFound(message)
        return TaskChoice(_without_org(identifier), found)
    if spec is not None:
        given = spec.task_template.id if spec.task_template is not None else None
        if given is None:
            return TaskChoice(TaskIdentifier(), spec)
        identifier = TaskIdentifier(project=given.project, domain=given.domain, name=given.name, version=given.version)
        return TaskChoice(identifier, spec)
    raise InvalidArgument("task is required: task_id, task_spec or trigger_name")


def _without_org(identifier: TaskIdentifier) -> TaskIdentifier:
    return TaskIdentifier(
        project=identifier.project, domain=identifier.domain, name=identifier.name, version=identifier.version
    )
