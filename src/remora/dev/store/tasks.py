"""Deployed tasks and their versions."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from remora.dev.clock import now, timestamp
from remora.dev.store import triggers
from remora.dev.store.database import Transaction
from remora.dev.store.paging import PageRequest
from remora.dev.store.query import Column, Kind, Where
from remora_api.flyteidl2 import common
from remora_api.flyteidl2.task import (
    LatestRunSummary,
    ListVersionsResponseVersionResponse,
    Task,
    TaskDetails,
    TaskIdentifier,
    TaskMetadata,
    TaskSpec,
    TaskSummary,
)

COLUMNS = {
    "project": Column("project"),
    "domain": Column("domain"),
    "name": Column("name"),
    "version": Column("version"),
    "environment": Column("environment"),
    "function_name": Column("function_name"),
    "deployed_by": Column("deployed_by"),
    "created_at": Column("created_at", Kind.TIME),
    "updated_at": Column("updated_at", Kind.TIME),
    "trigger_name": Column(triggers.NAME_OF_ONLY),
    "total_triggers": Column(triggers.TOTAL, Kind.INTEGER),
    "active_triggers": Column(triggers.ACTIVE, Kind.INTEGER),
    "env_description": Column("env_description"),
    "short_description": Column("short_description"),
}
VERSION_COLUMNS = {"version": Column("version"), "created_at": Column("created_at", Kind.TIME)}


def function_name(name: str, environment: str) -> str:
    """The short name of a task: its name without the leading name of its environment."""
    return name.removeprefix(environment + ".") if environment else name


def deploy(tx: Transaction, identifier: TaskIdentifier, spec: TaskSpec, subject: str) -> None:
    """Add a version, or replace it; the time of its first deployment stays."""
    environment = spec.environment.name if spec.environment is not None else ""
    moment = now()
    tx.execute(
        "INSERT INTO tasks (project, domain, name, version, environment, function_name, deployed_by, env_description,"
        " short_description, created_at, updated_at, spec, is_entrypoint)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (project, domain, name, version) DO UPDATE SET environment = excluded.environment,"
        " function_name = excluded.function_name, deployed_by = excluded.deployed_by,"
        " is_entrypoint = excluded.is_entrypoint, env_description = excluded.env_description,"
        " short_description = excluded.short_description, updated_at = excluded.updated_at, spec = excluded.spec",
        (
            identifier.project,
            identifier.domain,
            identifier.name,
            identifier.version,
            environment,
            function_name(identifier.name, environment),
            subject,
            spec.environment.description if spec.environment is not None else "",
            spec.documentation.short_description if spec.documentation is not None else "",
            moment,
            moment,
            bytes(spec),
            is_entrypoint(spec),
        ),
    )


def is_entrypoint(spec: TaskSpec) -> bool:
    """Whether a task is meant to be started by people."""
    template = spec.task_template
    return template is not None and template.metadata is not None and template.metadata.is_entrypoint


def spec_of(tx: Transaction, identifier: TaskIdentifier) -> TaskSpec | None:
    """The spec of one version."""
    row = _row(tx, identifier)
    return None if row is None else TaskSpec.parse(row["spec"])


def details(tx: Transaction, identifier: TaskIdentifier) -> TaskDetails | None:
    """Everything about one version."""
    row = _row(tx, identifier)
    if row is None:
        return None
    return TaskDetails(task_id=_identifier(row), metadata=_metadata(tx, row), spec=TaskSpec.parse(row["spec"]))


def _row(tx: Transaction, identifier: TaskIdentifier) -> sqlite3.Row | None:
    row: sqlite3.Row | None = tx.execute(
        "SELECT * FROM tasks WHERE project = ? AND domain = ? AND name = ? AND version = ?",
        (identifier.project, identifier.domain, identifier.name, identifier.version),
    ).fetchone()
    return row


@dataclass(frozen=True)
class TaskPage:
    """A page of tasks and how many there are: in the scope, and in the scope and past the filters."""

    tasks: list[Task]
    total: int
    filtered_total: int


def page(tx: Transaction, scope: Where, filters: Where, order: str, request: PageRequest) -> TaskPage:
    """The newest version of each task, among the versions that pass the filters."""
    matching = scope & filters
    rows = tx.execute(
        "SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY project, domain, name"
        f" ORDER BY created_at DESC, version DESC) AS age FROM tasks WHERE {matching.sql}) AS tasks"
        f" WHERE age = 1 ORDER BY {order} LIMIT ? OFFSET ?",
        (*matching.parameters, request.limit, request.offset),
    ).fetchall()
    found = [
        Task(
            task_id=_identifier(row),
            metadata=_metadata(tx, row),
            task_summary=TaskSummary(latest_run=latest_run(tx, row["project"], row["domain"], row["name"], None)),
        )
        for row in rows
    ]
    if not found:
        return TaskPage([], 0, 0)
    return TaskPage(found, _count(tx, scope), _count(tx, matching))


def _count(tx: Transaction, where: Where) -> int:
    row = tx.execute(
        f"SELECT count(*) FROM (SELECT DISTINCT project, domain, name FROM tasks WHERE {where.sql})", where.parameters
    ).fetchone()
    return int(row[0])


def versions(
    tx: Transaction, where: Where, order: str, request: PageRequest
) -> list[ListVersionsResponseVersionResponse]:
    """A page of the versions of one task."""
    rows = tx.execute(
        f"SELECT * FROM tasks WHERE {where.sql} ORDER BY {order} LIMIT ? OFFSET ?",
        (*where.parameters, request.limit, request.offset),
    ).fetchall()
    return [
        ListVersionsResponseVersionResponse(
            version=row["version"],
            deployed_at=timestamp(row["created_at"]),
            deployed_by=_deployed_by(row),
            latest_run=latest_run(tx, row["project"], row["domain"], row["name"], row["version"]),
        )
        for row in rows
    ]


def latest_run(tx: Transaction, project: str, domain: str, name: str, version: str | None) -> LatestRunSummary | None:
    """The newest run of a task, or of one version of it."""
    row = tx.execute(
        "SELECT project, domain, run_name, created_at, phase, task_name FROM actions WHERE parent IS NULL"
        " AND task_project = ? AND task_domain = ? AND task_name = ? AND (? IS NULL OR task_version = ?)"
        " ORDER BY created_at DESC, id DESC LIMIT 1",
        (project, domain, name, version, version),
    ).fetchone()
    if row is None:
        return None
    return LatestRunSummary(
        run_id=common.RunIdentifier(project=row["project"], domain=row["domain"], name=row["run_name"]),
        run_time=timestamp(row["created_at"]),
        phase=common.ActionPhase(row["phase"]),
        root_task_name=row["task_name"],
    )


def _identifier(row: sqlite3.Row) -> TaskIdentifier:
    return TaskIdentifier(project=row["project"], domain=row["domain"], name=row["name"], version=row["version"])


def _metadata(tx: Transaction, row: sqlite3.Row) -> TaskMetadata:
    return TaskMetadata(
        short_name=row["function_name"],
        deployed_at=timestamp(row["created_at"]),
        environment_name=row["environment"],
        triggers_summary=triggers.summary(tx, row["project"], row["domain"], row["name"]),
        short_description=row["short_description"],
        deployed_by=_deployed_by(row),
    )


def _deployed_by(row: sqlite3.Row) -> common.EnrichedIdentity | None:
    subject = row["deployed_by"]
    return common.EnrichedIdentity(user=common.User(id=common.UserIdentifier(subject=subject))) if subject else None
