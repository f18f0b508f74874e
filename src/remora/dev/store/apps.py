"""Apps: what they should be, and how they are."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from remora.dev.clock import now, timestamp
from remora.dev.store.database import Topic, Transaction
from remora.dev.store.logs import LogRow
from remora.dev.store.query import Column, Kind, Where
from remora_api.flyteidl2.app import (
    App,
    Condition,
    Identifier,
    Ingress,
    Meta,
    Spec,
    SpecDesiredState,
    Status,
    StatusDeploymentStatus,
)
from remora_api.flyteidl2.common import EnrichedIdentity

# The topic of every change of an app.
APPS: Topic = ("apps",)

COLUMNS = {
    **{name: Column(name) for name in ("project", "domain", "name", "status_phase", "created_by_subject")},
    **{name: Column(name, Kind.TIME) for name in ("created_at", "updated_at")},
}
DEFAULT_ORDER = "created_at DESC, id DESC"
TIEBREAK = "project, domain, name"

ALL = Where()
_MAX_CONDITIONS = 50
_MAX_LINES = 10_000


class AppKey(NamedTuple):
    """Identity of an app. Organisations are not told apart."""

    project: str
    domain: str
    name: str

    def __str__(self) -> str:
        return f'app "{self.name}" of {self.project}/{self.domain}'

    @property
    def message(self) -> Identifier:
        """The identity as a message."""
        return Identifier(project=self.project, domain=self.domain, name=self.name)


@dataclass(frozen=True)
class AppRow:
    """An app as it is stored; `id` is never given to another one."""

    id: int
    key: AppKey
    revision: int
    app: App

    @property
    def spec(self) -> Spec:
        """What it should be."""
        return self.app.spec or Spec()

    @property
    def wanted(self) -> bool:
        """It should be running."""
        return self.spec.desired_state != SpecDesiredState.STOPPED

    @property
    def condition(self) -> Condition:
        """The newest condition."""
        conditions = self.app.status.conditions if self.app.status is not None else []
        return conditions[-1] if conditions else Condition()

    @property
    def log_topic(self) -> Topic:
        """The topic of its log."""
        return log_topic(self.id)


def log_topic(number: int) -> Topic:
    """The topic of the log of an app."""
    return ("app-log", str(number))


_KEY = "project = ? AND domain = ? AND name = ?"


def _load(row: sqlite3.Row) -> AppRow:
    key = AppKey(row["project"], row["domain"], row["name"])
    metadata = Meta.parse(row["metadata"])
    metadata.id, metadata.revision = key.message, row["revision"]
    app = App(metadata=metadata, spec=Spec.parse(row["spec"]), status=Status.parse(row["status"]))
    return AppRow(row["id"], key, row["revision"], app)


def create(
    tx: Transaction, key: AppKey, metadata: Meta, spec: Spec, subject: str, actor: EnrichedIdentity | None
) -> AppRow | None:
    """Add an app; None when there is one of that name."""
    moment = now()
    pending = _pending("created", actor, 1)
    status = Status(created_at=timestamp(moment), last_updated_at=timestamp(moment), conditions=[pending])
    done = tx.execute(
        "INSERT OR IGNORE INTO apps (project, domain, name, revision, metadata, spec, status, status_phase,"
        " created_by_subject, created_at, updated_at) VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?)",
        (*key, bytes(metadata), bytes(spec), bytes(status), _phase(status), subject, moment, moment),
    )
    tx.changed.add(APPS)
    return get(tx, key) if done.rowcount else None


def _pending(message: str, actor: EnrichedIdentity | None, revision: int) -> Condition:
    # Whoever watches must not take the state of an earlier revision for that of the new one.
    return Condition(
        last_transition_time=timestamp(now()),
        deployment_status=StatusDeploymentStatus.PENDING,
        message=message,
        actor=actor,
        revision=revision,
    )


def update(
    tx: Transaction, row: AppRow, metadata: Meta, spec: Spec, reason: str, actor: EnrichedIdentity | None
) -> None:
    """Replace what an app should be: its next revision."""
    tx.execute(
        "UPDATE apps SET revision = revision + 1, metadata = ?, spec = ?, updated_at = ? WHERE id = ?",
        (bytes(metadata), bytes(spec), now(), row.id),
    )
    tx.changed.add(APPS)
    report(tx, row.id, _pending(reason or "changed", actor, row.revision + 1))


def delete(tx: Transaction, row: AppRow) -> None:
    """Remove an app and its log."""
    tx.execute("DELETE FROM app_log_lines WHERE app = ?", (row.id,))
    tx.execute("DELETE FROM apps WHERE id = ?", (row.id,))
    tx.changed |= {APPS, row.log_topic}


def get(tx: Transaction, key: AppKey) -> AppRow | None:
    """One app by name."""
    row = tx.execute(f"SELECT * FROM apps WHERE {_KEY}", key).fetchone()
    return None if row is None else _load(row)


def by_id(tx: Transaction, number: int) -> AppRow | None:
    """One app by the number that the store gave it."""
    row = tx.execute("SELECT * FROM apps WHERE id = ?", (number,)).fetchone()
    return None if row is None else _load(row)


def select(tx: Transaction, where: Where = ALL, order: str = "id", limit: int = -1, offset: int = 0) -> list[AppRow]:
    """Apps that match, in order."""
    rows = tx.execute(
        f"SELECT * FROM apps WHERE {where.sql} ORDER BY {order} LIMIT ? OFFSET ?", (*where.parameters, limit, offset)
    )
    return [_load(row) for row in rows]


def count(tx: Transaction, where: Where) -> int:
    """How many apps match."""
    return int(tx.execute(f"SELECT count(*) FROM apps WHERE {where.sql}", where.parameters).fetchone()[0])


def report(tx: Transaction, number: int, condition: Condition, *, replicas: int = 0, url: str = "") -> bool:
    """Note how an app is; False when it is gone or the report is about an earlier revision.

    Args:
        tx: The transaction.
        number: The app's.
        condition: How it is, and of which revision that is said. Its time is filled in.
        replicas: Processes that serve it.
        url: Where it is served; "" keeps what was said last.
    """
    row = by_id(tx, number)
    if row is None or row.revision != condition.revision:
        return False
    moment = timestamp(now())
    condition.last_transition_time = moment
    status = row.app.status or Status()
    status.conditions = [*status.conditions, condition][-_MAX_CONDITIONS:]
    status.current_replicas = replicas
    status.assigned_cluster = status.last_assigned_cluster = "local"
    status.last_updated_at = moment
    if url:
        status.ingress = Ingress(public_url=url)
    if condition.deployment_status == StatusDeploymentStatus.ACTIVE:
        status.last_started_at = moment
    set_status(tx, row, status)
    return True


def expect_all(tx: Transaction) -> None:
    """Say of all apps that should run that they are about to be started."""
    for row in select(tx):
        if row.wanted:
            report(tx, row.id, _pending("the control plane was started again", None, row.revision))


def set_status(tx: Transaction, row: AppRow, status: Status) -> None:
    """Replace what is said of how an app is."""
    tx.execute("UPDATE apps SET status = ?, status_phase = ? WHERE id = ?", (bytes(status), _phase(status), row.id))
    tx.changed |= {APPS, row.log_topic}


def _phase(status: Status) -> str:
    phase = status.conditions[-1].deployment_status if status.conditions else StatusDeploymentStatus.UNSPECIFIED
    return f"DEPLOYMENT_STATUS_{phase.name}"


def append_log(tx: Transaction, number: int, lines: Sequence[LogRow]) -> None:
    """Add lines to the log of an app; only the last ten thousand are kept."""
    if by_id(tx, number) is None:
        return
    tx.changed.add(log_topic(number))
    tx.executemany(
        "INSERT INTO app_log_lines (app, number, time, originator, message) VALUES (?, ?, ?, ?, ?)",
        [(number, *line) for line in lines],
    )
    tx.execute("DELETE FROM app_log_lines WHERE app = ? AND number <= ?", (number, lines[-1].number - _MAX_LINES))


def log_after(tx: Transaction, number: int, start: int, limit: int) -> list[LogRow]:
    """Lines from `start` on."""
    rows = tx.execute(
        "SELECT number, time, originator, message FROM app_log_lines WHERE app = ? AND number >= ?"
        " ORDER BY number LIMIT ?",
        (number, start, limit),
    )
    return [LogRow(*row) for row in rows]


def next_line(tx: Transaction, number: int) -> int:
    """The number of the next line of an app's log."""
    row = tx.execute("SELECT coalesce(max(number) + 1, 0) FROM app_log_lines WHERE app = ?", (number,)).fetchone()
    return int(row[0])
