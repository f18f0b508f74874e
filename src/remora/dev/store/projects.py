"""Projects."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from remora.dev.clock import now
from remora.dev.store.database import Transaction
from remora.dev.store.query import Where
from remora.errors import AlreadyExists, NotFound
from remora_api.flyteidl2 import task
from remora_api.flyteidl2.project import Domain, Project, ProjectState


def create(tx: Transaction, project: Project) -> None:
    """Add a project.

    Raises:
        AlreadyExists: Its id is taken.
    """
    if exists(tx, project.id):
        raise AlreadyExists(f'project "{project.id}" already exists')
    moment = now()
    tx.execute(
        "INSERT INTO projects (id, name, description, labels, state, created_at, updated_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (project.id, project.name, project.description, _labels(project), int(project.state), moment, moment),
    )


def update(tx: Transaction, project: Project) -> None:
    """Overwrite every field of a project, empty ones too.

    Raises:
        NotFound: There is no such project.
    """
    done = tx.execute(
        "UPDATE projects SET name = ?, description = ?, labels = ?, state = ?, updated_at = ? WHERE id = ?",
        (project.name, project.description, _labels(project), int(project.state), now(), project.id),
    )
    if not done.rowcount:
        raise not_found(project.id)


def get(tx: Transaction, name: str, domains: Iterable[str]) -> Project:
    """One project with the domains that every project has.

    Raises:
        NotFound: There is no such project.
    """
    row = tx.execute("SELECT * FROM projects WHERE id = ?", (name,)).fetchone()
    if row is None:
        raise not_found(name)
    return _message(row, domains)


def page(
    tx: Transaction, where: Where, order: str, limit: int | None, offset: int, domains: Iterable[str]
) -> list[Project]:
    """A page of the projects that match; None as limit means all of them."""
    rows = tx.execute(
        f"SELECT * FROM projects WHERE {where.sql} ORDER BY {order} LIMIT ? OFFSET ?",
        (*where.parameters, -1 if limit is None else limit, offset),
    )
    return [_message(row, domains) for row in rows]


def exists(tx: Transaction, name: str) -> bool:
    """Tell whether there is such a project; an archived one counts."""
    return tx.execute("SELECT 1 FROM projects WHERE id = ?", (name,)).fetchone() is not None


def require(tx: Transaction, name: str) -> None:
    """Refuse to go on without the project.

    Raises:
        NotFound: There is no such project.
    """
    if not exists(tx, name):
        raise not_found(name)


def not_found(name: str) -> NotFound:
    """The error for a project that is not there."""
    return NotFound(f'project "{name}" not found')


def _labels(project: Project) -> bytes:
    return b"" if project.labels is None else bytes(project.labels)


def _message(row: sqlite3.Row, domains: Iterable[str]) -> Project:
    return Project(
        id=row["id"],
        name=row["name"],
        domains=[Domain(id=domain, name=domain) for domain in domains],
        description=row["description"],
        labels=task.Labels.parse(row["labels"]) if row["labels"] else None,
        state=ProjectState(row["state"]),
    )
