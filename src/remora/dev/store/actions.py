"""Actions; the root action of a run is the run."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import NamedTuple

from remora.dev.store.database import Topic, Transaction
from remora.dev.store.paging import PageRequest
from remora.dev.store.query import Column, Kind, Where
from remora_api.flyteidl2 import common, task, workflow

ROOT = "a0"

COLUMNS: Mapping[str, Column] = {
    **{name: Column(name) for name in ("project", "domain", "run_name", "run_source", "created_by_subject")},
    **{name: Column(name) for name in ("trigger_task_name", "trigger_name", "trigger_type", "function_name")},
    **{name: Column(name) for name in ("task_project", "task_domain", "task_name", "task_version")},
    **{name: Column(name, Kind.INTEGER) for name in ("phase", "action_type", "trigger_revision", "duration_ms")},
    **{name: Column(name, Kind.TIME) for name in ("created_at", "updated_at", "ended_at")},
}
DEFAULT_ORDER = "phase ASC, created_at DESC, run_name DESC, name DESC"
TIEBREAK = "run_name ASC, name ASC"
ROOTS = Where(("parent IS NULL",))


class ActionKey(NamedTuple):
    """Identity of an action. Organisations are not told apart here."""

    project: str
    domain: str
    run: str
    name: str = ROOT

    @property
    def run_key(self) -> Topic:
        """Identity of the run that it belongs to; the topic of its changes."""
        return (self.project, self.domain, self.run)

    @property
    def log_topic(self) -> Topic:
        """The topic of the logs of its attempts."""
        return tuple(self)

    @property
    def message(self) -> common.ActionIdentifier:
        """The identity as a message."""
        run = common.RunIdentifier(project=self.project, domain=self.domain, name=self.run)
        return common.ActionIdentifier(run=run, name=self.name)

    def __str__(self) -> str:
        return f"{self.project}/{self.domain}/{self.run}/{self.name}"


@dataclass(frozen=True)
class ActionRow:
    """An action as it is stored."""

    id: int
    project: str
    domain: str
    run_name: str
    name: str
    parent: str | None
    phase: int
    attempts: int
    cache_status: int
    action_type: int
    created_at: int
    ended_at: int | None
    duration_ms: int | None
    metadata: bytes
    spec: bytes | None
    run_spec: bytes | None
    labels: str
    input_uri: str
    abort_reason: str | None
    aborted_by: bytes | None
    signal: bytes | None
    local: int
    revision: int

    @property
    def key(self) -> ActionKey:
        """Its identity."""
        return ActionKey(self.project, self.domain, self.run_name, self.name)


_SELECT = "SELECT " + ", ".join(field.name for field in fields(ActionRow)) + " FROM actions"


def _load(row: sqlite3.Row) -> ActionRow:
    return ActionRow(*row)


@dataclass(frozen=True)
class NewAction:
    """What it takes to add an action."""

    key: ActionKey
    metadata: workflow.ActionMetadata
    parent: str | None
    created_at: int
    phase: common.ActionPhase = common.ActionPhase.QUEUED
    ended_at: int | None = None
    spec: bytes | None = None
    run_spec: task.RunSpec | None = None
    input_uri: str = ""
    subject: str = ""
    local: bool = False


def insert(tx: Transaction, new: NewAction) -> bool:
    """Add an action; False when there is one of that name already, which then stays as it is."""
    key, metadata = new.key, new.metadata
    columns: dict[str, str | int | bytes | None] = {
        "project": key.project,
        "domain": key.domain,
        "run_name": key.run,
        "name": key.name,
        "parent": new.parent,
        "phase": int(new.phase),
        "attempts": 1,
        "action_type": int(metadata.action_type),
        "run_source": f"RUN_SOURCE_{metadata.source.name}",
        "created_by_subject": new.subject,
        "trigger_name": metadata.trigger_name or None,
        "function_name": metadata.funtion_name,
        "created_at": new.created_at,
        "updated_at": new.created_at,
        "ended_at": new.ended_at,
        "duration_ms": None if new.ended_at is None else max(0, new.ended_at - new.created_at) // 1_000_000,
        "metadata": bytes(metadata),
        "spec": new.spec,
        "run_spec": None if new.run_spec is None else bytes(new.run_spec),
        "labels": _labels(new.run_spec),
        "input_uri": new.input_uri,
        "local": new.local,
    }
    if metadata.task is not None and metadata.task.id is not None:
        identifier = metadata.task.id
        columns |= {
            "task_project": identifier.project,
            "task_domain": identifier.domain,
            "task_name": identifier.name,
            "task_version": identifier.version,
        }
    if metadata.trigger_id is not None and metadata.trigger_id.name is not None:
        columns |= {
            "trigger_task_name": metadata.trigger_id.name.task_name,
            "trigger_revision": metadata.trigger_id.revision,
        }
    if metadata.trigger_type is not None:
        columns["trigger_type"] = metadata.trigger_type.type.name
    if get(tx, key) is not None:
        return False
    columns["revision"] = tx.change(key.run_key)
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    tx.execute(f"INSERT INTO actions ({names}) VALUES ({marks})", tuple(columns.values()))
    return True


def _labels(run_spec: task.RunSpec | None) -> str:
    if run_spec is None or run_spec.labels is None:
        return "{}"
    return json.dumps(run_spec.labels.values)


def keep_spec(tx: Transaction, spec: task.TaskSpec) -> bytes:
    """Store a task spec once, however many actions run it, and return its digest."""
    data = bytes(spec)
    digest = hashlib.sha256(data).digest()
    tx.execute("INSERT OR IGNORE INTO task_specs (digest, spec) VALUES (?, ?)", (digest, data))
    return digest


def task_spec(tx: Transaction, row: ActionRow) -> task.TaskSpec | None:
    """The task spec of an action that runs a task."""
    if row.spec is None or row.action_type != workflow.ActionType.TASK:
        return None
    found = tx.execute("SELECT spec FROM task_specs WHERE digest = ?", (row.spec,)).fetchone()
    return None if found is None else task.TaskSpec.parse(found["spec"])


def get(tx: Transaction, key: ActionKey) -> ActionRow | None:
    """One action."""
    row = tx.execute(f"{_SELECT} WHERE project = ? AND domain = ? AND run_name = ? AND name = ?", key).fetchone()
    return None if row is None else _load(row)


def by_id(tx: Transaction, number: int) -> ActionRow:
    """One action by the number that the store gave it."""
    return _load(tx.execute(f"{_SELECT} WHERE id = ?", (number,)).fetchone())


def page(tx: Transaction, where: Where, order: str, request: PageRequest) -> tuple[list[ActionRow], str]:
    """A page of actions and the token of the next one; "" when this is the last."""
    rows = select(tx, where, order, request.limit + 1, request.offset)
    more = len(rows) > request.limit
    return rows[: request.limit], request.next_token if more else ""


def select(tx: Transaction, where: Where, order: str, limit: int = -1, offset: int = 0) -> list[ActionRow]:
    """Actions that match, in order."""
    cursor = tx.execute(
        f"{_SELECT} WHERE {where.sql} ORDER BY {order} LIMIT ? OFFSET ?", (*where.parameters, limit, offset)
    )
    return [_load(row) for row in cursor]


def with_descendants(tx: Transaction, row: ActionRow) -> list[ActionRow]:
    """An action and all below it."""
    scope = Where(("project = ?", "domain = ?", "run_name = ?"), (row.project, row.domain, row.run_name))
    if row.parent is None:
        return select(tx, scope, "id")
    found = {row.name: row}
    for parent in (waiting := [row]):
        for child in select(tx, scope & Where(("parent = ?",), (parent.name,)), "id"):
            # Whoever records actions may have made a circle.
            if child.name not in found:
                found[child.name] = child
                waiting.append(child)
    return list(found.values())


def depth(tx: Transaction, row: ActionRow) -> int:
    """How many actions are above one."""
    seen, parent = {row.name}, row.parent
    while parent is not None and parent not in seen:
        seen.add(parent)
        above = get(tx, row.key._replace(name=parent))
        parent = above.parent if above is not None else None
    return len(seen) - 1
