"""Triggers that were deployed with a task.

They are kept, shown in a task's summary and can be used to create a run; nothing fires them on a schedule here.
"""

from __future__ import annotations

from collections.abc import Sequence

from remora.dev.clock import now
from remora.dev.store.database import Transaction
from remora_api.flyteidl2 import task
from remora_api.flyteidl2.common import TriggerName

_OF_TASK = (
    "FROM triggers WHERE triggers.project = tasks.project AND triggers.domain = tasks.domain"
    " AND triggers.task_name = tasks.name AND NOT triggers.deleted"
)
# Expressions over a row of `tasks`.
TOTAL = f"(SELECT count(*) {_OF_TASK})"
ACTIVE = f"(SELECT count(*) {_OF_TASK} AND triggers.active)"
NAME_OF_ONLY = f"(SELECT CASE count(*) WHEN 1 THEN min(triggers.name) END {_OF_TASK})"


def replace(tx: Transaction, identifier: task.TaskIdentifier, given: Sequence[task.TaskTrigger]) -> None:
    """Deploy the triggers of a task version; those that are not given any more are deleted.

    An empty list changes nothing: it cannot be told from a caller that knows nothing of triggers.
    """
    if not given:
        return
    moment = now()
    owner = (identifier.project, identifier.domain, identifier.name)
    tx.execute(
        "UPDATE triggers SET deleted = 1, revision = revision + 1, updated_at = ? WHERE project = ? AND domain = ?"
        f" AND task_name = ? AND NOT deleted AND name NOT IN ({', '.join('?' * len(given))})",
        (moment, *owner, *(trigger.name for trigger in given)),
    )
    for trigger in given:
        active = trigger.spec is not None and trigger.spec.active
        tx.execute(
            "INSERT INTO triggers (project, domain, task_name, name, revision, active, deleted, task_version,"
            " deployed_at, updated_at, trigger) VALUES (?, ?, ?, ?, 1, ?, 0, ?, ?, ?, ?)"
            " ON CONFLICT (project, domain, task_name, name) DO UPDATE SET revision = revision + 1,"
            " active = excluded.active, deleted = 0, task_version = excluded.task_version,"
            " deployed_at = excluded.deployed_at, updated_at = excluded.updated_at, trigger = excluded.trigger",
            (*owner, trigger.name, active, identifier.version, moment, moment, bytes(trigger)),
        )


class StoredTrigger:
    """A trigger as it was deployed last."""

    def __init__(self, trigger: task.TaskTrigger, revision: int, identifier: task.TaskIdentifier) -> None:
        self.trigger = trigger
        self.revision = revision
        self.task_id = identifier


def get(tx: Transaction, name: TriggerName) -> StoredTrigger | None:
    """One trigger, if it exists and was not deleted."""
    row = tx.execute(
        "SELECT * FROM triggers WHERE project = ? AND domain = ? AND task_name = ? AND name = ? AND NOT deleted",
        (name.project, name.domain, name.task_name, name.name),
    ).fetchone()
    if row is None:
        return None
    identifier = task.TaskIdentifier(
        project=row["project"], domain=row["domain"], name=row["task_name"], version=row["task_version"]
    )
    return StoredTrigger(task.TaskTrigger.parse(row["trigger"]), row["revision"], identifier)


def summary(tx: Transaction, project: str, domain: str, task_name: str) -> task.TaskTriggersSummary | None:
    """What a task says of its triggers: details of the only one, else how many there are."""
    rows = tx.execute(
        "SELECT active, trigger FROM triggers WHERE project = ? AND domain = ? AND task_name = ? AND NOT deleted",
        (project, domain, task_name),
    ).fetchall()
    if not rows:
        return None
    if len(rows) == 1:
        only = task.TaskTrigger.parse(rows[0]["trigger"])
        details = task.TaskTriggersSummaryTriggerDetails(
            name=only.name, active=bool(rows[0]["active"]), automation_spec=only.automation_spec
        )
        return task.TaskTriggersSummary(details=details)
    active = sum(1 for row in rows if row["active"])
    return task.TaskTriggersSummary(stats=task.TaskTriggersSummaryTriggerStats(total=len(rows), active=active))
