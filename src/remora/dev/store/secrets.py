"""Secrets: what is known about them, and their encrypted values."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from remora.dev.clock import now, timestamp
from remora.dev.store.database import Transaction
from remora.dev.store.query import Where
from remora_api.flyteidl2.secret import (
    OverallStatus,
    Secret,
    SecretIdentifier,
    SecretMetadata,
    SecretStatus,
    SecretType,
)


class SecretKey(NamedTuple):
    """Identity of a secret: of a project and domain, of a domain, or of everybody. Organisations are not told apart."""

    project: str
    domain: str
    name: str

    def __str__(self) -> str:
        scope = "/".join(part for part in (self.project, self.domain) if part)
        return f"secret {self.name} of {scope}" if scope else f"secret {self.name}"

    @property
    def candidates(self) -> tuple[SecretKey, ...]:
        """Where a task of this project and domain finds the secret, the nearest first."""
        return (self, self._replace(project=""), self._replace(project="", domain=""))


_KEY = "project = ? AND domain = ? AND name = ?"


def create(tx: Transaction, key: SecretKey, kind: int, sealed: bytes) -> bool:
    """Add a secret; False when there is one of that name."""
    moment = now()
    done = tx.execute(
        "INSERT OR IGNORE INTO secrets (project, domain, name, type, sealed, created_at, updated_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (*key, kind, sealed, moment, moment),
    )
    return bool(done.rowcount)


def update(tx: Transaction, key: SecretKey, kind: int, sealed: bytes) -> bool:
    """Replace the value of a secret; False when there is no such secret."""
    done = tx.execute(
        f"UPDATE secrets SET type = ?, sealed = ?, updated_at = ? WHERE {_KEY}", (kind, sealed, now(), *key)
    )
    return bool(done.rowcount)


def delete(tx: Transaction, key: SecretKey) -> bool:
    """Remove a secret; False when there is no such secret."""
    return bool(tx.execute(f"DELETE FROM secrets WHERE {_KEY}", key).rowcount)


def get(tx: Transaction, key: SecretKey) -> Secret | None:
    """What may be told about a secret."""
    row = tx.execute(f"SELECT * FROM secrets WHERE {_KEY}", key).fetchone()
    return None if row is None else _message(row)


def page(tx: Transaction, where: Where, limit: int, offset: int) -> list[Secret]:
    """Secrets in the order of their names; a negative limit means all."""
    rows = tx.execute(
        f"SELECT * FROM secrets WHERE {where.sql} ORDER BY name, project, domain LIMIT ? OFFSET ?",
        (*where.parameters, limit, offset),
    )
    return [_message(row) for row in rows]


def sealed(tx: Transaction, key: SecretKey) -> tuple[SecretKey, bytes] | None:
    """The encrypted value that a task finds under a name, and whose it is."""
    for candidate in key.candidates:
        row = tx.execute(f"SELECT sealed FROM secrets WHERE {_KEY}", candidate).fetchone()
        if row is not None:
            return candidate, row["sealed"]
    return None


def _message(row: sqlite3.Row) -> Secret:
    return Secret(
        id=SecretIdentifier(name=row["name"], domain=row["domain"], project=row["project"]),
        secret_metadata=SecretMetadata(
            created_time=timestamp(row["created_at"]),
            secret_status=SecretStatus(overall_status=OverallStatus.FULLY_PRESENT),
            type=SecretType(row["type"]),
        ),
    )
