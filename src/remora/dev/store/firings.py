"""Runs that triggers owe for artifacts: noted together with the version, and removed when the run exists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from remora.dev.store import trigger_views
from remora.dev.store.database import Transaction
from remora.dev.store.triggers import TRIGGERS, TriggerKey
from remora_api.flyteidl2.artifact import Artifact
from remora_api.flyteidl2.task import ArtifactTrigger
from remora_api.flyteidl2.trigger import TriggerDetails

_KEY = "project = ? AND domain = ? AND task_name = ? AND name = ?"


@dataclass(frozen=True)
class Firing:
    """A trigger and the version that it was due for; `number` is that of the version in the store."""

    key: TriggerKey
    number: int
    details: TriggerDetails
    artifact: Artifact


def note(
    tx: Transaction, project: str, domain: str, number: int, artifact: Artifact, values: Mapping[str, str]
) -> None:
    """Note what active triggers of the project and domain owe for a new version.

    Args:
        tx: The transaction that adds the version.
        project: Its project.
        domain: Its domain.
        number: Its number in the store.
        artifact: The version.
        values: Its partition values by key.
    """
    rows = tx.execute(
        "SELECT * FROM triggers WHERE project = ? AND domain = ? AND active AND NOT deleted"
        " AND automation_type = 'TYPE_ARTIFACT'",
        (project, domain),
    ).fetchall()
    for row in rows:
        automation = trigger_views.details(row).automation_spec
        wanted = automation.artifact if automation is not None else None
        if wanted is not None and _matches(wanted, artifact, values):
            tx.execute(
                "INSERT INTO artifact_firings (project, domain, task_name, name, artifact) VALUES (?, ?, ?, ?, ?)",
                (*trigger_views.key(row), number),
            )
            tx.changed.add(TRIGGERS)


def _matches(wanted: ArtifactTrigger, artifact: Artifact, values: Mapping[str, str]) -> bool:
    identifier = artifact.artifact_id
    if identifier is None or identifier.name is None or identifier.name.name != wanted.artifact_name:
        return False
    if wanted.version not in ("", identifier.version):
        return False
    return all(values.get(key) == value for key, value in wanted.partitions.items())


def pending(tx: Transaction) -> list[Firing]:
    """What is owed, the oldest first. What is owed by a trigger, or for a version, that is gone is forgotten."""
    rows = tx.execute(
        "SELECT artifact_firings.artifact AS number, artifacts.artifact AS data, triggers.*"
        " FROM artifact_firings JOIN artifacts ON artifacts.id = artifact_firings.artifact"
        " JOIN triggers USING (project, domain, task_name, name) WHERE active AND NOT deleted ORDER BY number"
    ).fetchall()
    if not rows:
        tx.execute("DELETE FROM artifact_firings")
    return [
        Firing(trigger_views.key(row), row["number"], trigger_views.details(row), Artifact.parse(row["data"]))
        for row in rows
    ]


def done(tx: Transaction, firing: Firing, moment: int) -> None:
    """Note that the run exists, or that there cannot be one."""
    tx.execute(f"DELETE FROM artifact_firings WHERE {_KEY} AND artifact = ?", (*firing.key, firing.number))
    tx.execute(f"UPDATE triggers SET triggered_at = ? WHERE {_KEY}", (moment, *firing.key))
