"""Triggers and the history of their revisions.

Every change of a trigger (deployed, activated, deactivated, deleted) is a revision of its own; a deleted one goes on
with its numbers when it is deployed again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from remora.dev.store import trigger_views
from remora.dev.store.database import Topic, Transaction
from remora.dev.store.paging import PageRequest
from remora.dev.store.query import Column, Kind, Where
from remora_api.flyteidl2 import task
from remora_api.flyteidl2.common import EnrichedIdentity, TriggerName
from remora_api.flyteidl2.trigger import Trigger, TriggerDetails, TriggerRevision, TriggerRevisionAction

# The topic of every change of a trigger.
TRIGGERS: Topic = ("triggers",)

COLUMNS = {
    **{name: Column(name) for name in ("project", "domain", "task_name", "name", "task_version", "automation_type")},
    "active": Column("active", Kind.BOOLEAN),
    **{name: Column(name, Kind.TIME) for name in ("deployed_at", "updated_at")},
}
REVISION_COLUMNS = {
    "revision": Column("revision", Kind.INTEGER),
    "action": Column("action", Kind.INTEGER),
    **{name: Column(name, Kind.TIME) for name in ("deployed_at", "updated_at")},
}
LIVE = Where(("NOT deleted",))

_OF_TASK = (
    "FROM triggers WHERE triggers.project = tasks.project AND triggers.domain = tasks.domain"
    " AND triggers.task_name = tasks.name AND NOT triggers.deleted"
)
# Expressions over a row of `tasks`.
TOTAL = f"(SELECT count(*) {_OF_TASK})"
ACTIVE = f"(SELECT count(*) {_OF_TASK} AND triggers.active)"
NAME_OF_ONLY = f"(SELECT CASE count(*) WHEN 1 THEN min(triggers.name) END {_OF_TASK})"


class TriggerKey(NamedTuple):
    """Identity of a trigger. Organisations are not told apart."""

    project: str
    domain: str
    task_name: str
    name: str

    @classmethod
    def of(cls, name: TriggerName) -> TriggerKey:
        """The identity that a message names."""
        return cls(name.project, name.domain, name.task_name, name.name)

    def __str__(self) -> str:
        return f'trigger "{self.name}" of task "{self.task_name}"'


_KEY = "project = ? AND domain = ? AND task_name = ? AND name = ?"


@dataclass(frozen=True)
class Change:
    """When something is changed, and by whom."""

    moment: int
    by: EnrichedIdentity | None = None


def latest(tx: Transaction, key: TriggerKey) -> int:
    """The number of the newest revision, of a deleted trigger too; 0 when there never was one."""
    row = tx.execute(f"SELECT revision FROM triggers WHERE {_KEY}", key).fetchone()
    return 0 if row is None else int(row["revision"])


def deploy(tx: Transaction, key: TriggerKey, version: str, trigger: task.TaskTrigger, change: Change) -> None:
    """Add a trigger, or the next revision of it."""
    old = tx.execute(f"SELECT * FROM triggers WHERE {_KEY}", key).fetchone()
    active = trigger.spec is not None and trigger.spec.active
    by = _identity(change.by)
    values = (
        active,
        version,
        change.moment,
        change.moment,
        bytes(trigger),
        trigger_views.automation_type(trigger.automation_spec).name,
        by,
        by,
        _due_after(old, trigger, change.moment),
    )
    tx.execute(
        "INSERT INTO triggers (project, domain, task_name, name, revision, deleted, active, task_version, deployed_at,"
        " updated_at, trigger, automation_type, deployed_by, updated_by, due_after)"
        " VALUES (?, ?, ?, ?, 1, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (project, domain, task_name, name) DO UPDATE SET revision = revision + 1, deleted = 0,"
        " deleted_at = NULL, active = excluded.active, task_version = excluded.task_version,"
        " deployed_at = excluded.deployed_at, updated_at = excluded.updated_at, trigger = excluded.trigger,"
        " automation_type = excluded.automation_type, deployed_by = excluded.deployed_by,"
        " updated_by = excluded.updated_by, due_after = excluded.due_after",
        (*key, *values),
    )
    _keep(tx, key, TriggerRevisionAction.DEPLOY)


def _due_after(old: sqlite3.Row | None, trigger: task.TaskTrigger, moment: int) -> int:
    # A deployment that leaves the schedule as it is does not put off the next run.
    if old is None or old["deleted"] or not old["active"]:
        return moment
    same = task.TaskTrigger.parse(old["trigger"]).automation_spec == trigger.automation_spec
    return int(old["due_after"]) if same else moment


def replace(
    tx: Transaction, identifier: task.TaskIdentifier, given: Sequence[task.TaskTrigger], change: Change
) -> None:
    """Deploy the triggers of a task version; those that are not given any more are deleted.

    An empty list changes nothing: it cannot be told from a caller that knows nothing of triggers.
    """
    if not given:
        return
    owner = (identifier.project, identifier.domain, identifier.name)
    names = {trigger.name for trigger in given}
    rows = tx.execute(
        "SELECT name FROM triggers WHERE project = ? AND domain = ? AND task_name = ? AND NOT deleted", owner
    )
    for row in rows.fetchall():
        if row["name"] not in names:
            delete(tx, TriggerKey(*owner, row["name"]), change)
    for trigger in given:
        deploy(tx, TriggerKey(*owner, trigger.name), identifier.version, trigger, change)


def set_active(tx: Transaction, key: TriggerKey, active: bool, change: Change) -> None:
    """Activate or deactivate a trigger; one that is not there, or is so already, stays as it is."""
    done = tx.execute(
        "UPDATE triggers SET active = ?, revision = revision + 1, updated_at = ?, updated_by = ?,"
        f" due_after = CASE WHEN ? THEN ? ELSE due_after END WHERE {_KEY} AND NOT deleted AND active <> ?",
        (active, change.moment, _identity(change.by), active, change.moment, *key, active),
    )
    if done.rowcount:
        _keep(tx, key, TriggerRevisionAction.ACTIVATE if active else TriggerRevisionAction.DEACTIVATE)


def delete(tx: Transaction, key: TriggerKey, change: Change) -> None:
    """Delete a trigger; one that is not there is no error."""
    done = tx.execute(
        "UPDATE triggers SET deleted = 1, active = 0, revision = revision + 1, updated_at = ?, updated_by = ?,"
        f" deleted_at = ? WHERE {_KEY} AND NOT deleted",
        (change.moment, _identity(change.by), change.moment, *key),
    )
    if done.rowcount:
        _keep(tx, key, TriggerRevisionAction.DELETE)


def fired(tx: Transaction, key: TriggerKey, moment: int) -> None:
    """Note that a trigger was due, so that it is not due for that time, nor for an earlier one, again."""
    tx.execute(
        f"UPDATE triggers SET due_after = ?, triggered_at = ? WHERE {_KEY} AND due_after < ?",
        (moment, moment, *key, moment),
    )


def passed(tx: Transaction, key: TriggerKey, moment: int) -> None:
    """Note that a trigger was due and that nothing was started for it."""
    tx.execute(f"UPDATE triggers SET due_after = ? WHERE {_KEY} AND due_after < ?", (moment, *key, moment))


def _keep(tx: Transaction, key: TriggerKey, action: TriggerRevisionAction) -> None:
    row = tx.execute(f"SELECT * FROM triggers WHERE {_KEY}", key).fetchone()
    tx.execute(
        "INSERT INTO trigger_revisions (project, domain, task_name, name, revision, action, deployed_at, updated_at,"
        " details) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *key,
            row["revision"],
            int(action),
            row["deployed_at"],
            row["updated_at"],
            bytes(trigger_views.details(row)),
        ),
    )
    tx.changed.add(TRIGGERS)


def _identity(identity: EnrichedIdentity | None) -> bytes | None:
    return None if identity is None else bytes(identity)


def details(tx: Transaction, key: TriggerKey) -> TriggerDetails | None:
    """A trigger, if it exists and was not deleted."""
    row = tx.execute(f"SELECT * FROM triggers WHERE {_KEY} AND NOT deleted", key).fetchone()
    return None if row is None else trigger_views.details(row)


def revision_details(tx: Transaction, key: TriggerKey, revision: int) -> TriggerDetails | None:
    """A trigger as it was at one of its revisions."""
    row = tx.execute(
        f"SELECT details FROM trigger_revisions WHERE {_KEY} AND revision = ?", (*key, revision)
    ).fetchone()
    return None if row is None else TriggerDetails.parse(row["details"])


def page(tx: Transaction, where: Where, order: str, request: PageRequest) -> list[Trigger]:
    """A page of triggers that were not deleted."""
    where = LIVE & where
    rows = tx.execute(
        f"SELECT * FROM triggers WHERE {where.sql} ORDER BY {order} LIMIT ? OFFSET ?",
        (*where.parameters, request.limit, request.offset),
    )
    return [trigger_views.trigger(row) for row in rows]


def history(tx: Transaction, key: TriggerKey, where: Where, order: str, request: PageRequest) -> list[TriggerRevision]:
    """A page of the revisions of a trigger."""
    rows = tx.execute(
        f"SELECT * FROM trigger_revisions WHERE {_KEY} AND {where.sql} ORDER BY {order} LIMIT ? OFFSET ?",
        (*key, *where.parameters, request.limit, request.offset),
    )
    return [trigger_views.revision(row) for row in rows]


@dataclass(frozen=True)
class Scheduled:
    """An active trigger with a schedule; `due_after` is the time up to which it has been seen to."""

    key: TriggerKey
    due_after: int
    details: TriggerDetails


def scheduled(tx: Transaction) -> list[Scheduled]:
    """All active triggers that have a schedule."""
    rows = tx.execute("SELECT * FROM triggers WHERE active AND NOT deleted AND automation_type = 'TYPE_SCHEDULE'")
    return [Scheduled(trigger_views.key(row), row["due_after"], trigger_views.details(row)) for row in rows]


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
        found = task.TaskTriggersSummaryTriggerDetails(
            name=only.name, active=bool(rows[0]["active"]), automation_spec=only.automation_spec
        )
        return task.TaskTriggersSummary(details=found)
    active = sum(1 for row in rows if row["active"])
    return task.TaskTriggersSummary(stats=task.TaskTriggersSummaryTriggerStats(total=len(rows), active=active))
