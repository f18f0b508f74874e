"""Tables of what stands beside tasks and runs. Each constant is one step of the schema."""

from __future__ import annotations

import sqlite3

from remora.dev.store import trigger_views
from remora_api.flyteidl2.task import TaskSpec, TaskTrigger
from remora_api.flyteidl2.trigger import TriggerRevisionAction

SECRETS = (
    """
    CREATE TABLE secrets (
        project TEXT NOT NULL,           -- "" for all projects of the domain
        domain TEXT NOT NULL,            -- "" for all domains
        name TEXT NOT NULL,
        type INTEGER NOT NULL,
        sealed BLOB NOT NULL,            -- the value, encrypted
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        PRIMARY KEY (project, domain, name)
    ) WITHOUT ROWID
    """,
)


def _begin_history(connection: sqlite3.Connection) -> None:
    """Give triggers of the first step what later ones expect: a type, and their present revision as history."""
    for row in connection.execute("SELECT * FROM triggers").fetchall():
        kind = trigger_views.automation_type(TaskTrigger.parse(row["trigger"]).automation_spec)
        action = TriggerRevisionAction.DELETE if row["deleted"] else TriggerRevisionAction.DEPLOY
        key = tuple(trigger_views.key(row))
        connection.execute(
            "UPDATE triggers SET automation_type = ?, due_after = updated_at,"
            " deleted_at = CASE WHEN deleted THEN updated_at END"
            " WHERE project = ? AND domain = ? AND task_name = ? AND name = ?",
            (kind.name, *key),
        )
        connection.execute(
            "INSERT INTO trigger_revisions (project, domain, task_name, name, revision, action, deployed_at,"
            " updated_at, details) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *key,
                row["revision"],
                int(action),
                row["deployed_at"],
                row["updated_at"],
                bytes(trigger_views.details(row)),
            ),
        )


TRIGGERS = (
    "ALTER TABLE triggers ADD COLUMN automation_type TEXT NOT NULL DEFAULT 'TYPE_NONE'",
    "ALTER TABLE triggers ADD COLUMN deployed_by BLOB",  # flyteidl2.common.EnrichedIdentity, as updated_by
    "ALTER TABLE triggers ADD COLUMN updated_by BLOB",
    "ALTER TABLE triggers ADD COLUMN triggered_at INTEGER",
    "ALTER TABLE triggers ADD COLUMN deleted_at INTEGER",
    # The schedule was seen to up to this time.
    "ALTER TABLE triggers ADD COLUMN due_after INTEGER NOT NULL DEFAULT 0",
    """
    CREATE TABLE trigger_revisions (
        project TEXT NOT NULL,
        domain TEXT NOT NULL,
        task_name TEXT NOT NULL,
        name TEXT NOT NULL,
        revision INTEGER NOT NULL,
        action INTEGER NOT NULL,
        deployed_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        details BLOB NOT NULL,           -- flyteidl2.trigger.TriggerDetails
        PRIMARY KEY (project, domain, task_name, name, revision)
    ) WITHOUT ROWID
    """,
    _begin_history,
)

APPS = (
    """
    CREATE TABLE apps (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        project TEXT NOT NULL,
        domain TEXT NOT NULL,
        name TEXT NOT NULL,
        revision INTEGER NOT NULL,
        metadata BLOB NOT NULL,          -- flyteidl2.app.Meta
        spec BLOB NOT NULL,              -- flyteidl2.app.Spec
        status BLOB NOT NULL,            -- flyteidl2.app.Status
        status_phase TEXT NOT NULL,      -- name of the newest deployment status
        created_by_subject TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        UNIQUE (project, domain, name)
    )
    """,
    """
    CREATE TABLE app_log_lines (
        app INTEGER NOT NULL,
        number INTEGER NOT NULL,
        time INTEGER NOT NULL,
        originator INTEGER NOT NULL,
        message TEXT NOT NULL,
        PRIMARY KEY (app, number)
    ) WITHOUT ROWID
    """,
)

SETTINGS = (
    """
    CREATE TABLE settings (
        domain TEXT NOT NULL,            -- "" for the organisation
        project TEXT NOT NULL,           -- "" for all projects of the domain
        settings BLOB NOT NULL,          -- flyteidl2.settings.Settings
        version INTEGER NOT NULL,
        PRIMARY KEY (domain, project)
    ) WITHOUT ROWID
    """,
)

ARTIFACTS = (
    """
    CREATE TABLE artifacts (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        project TEXT NOT NULL,
        domain TEXT NOT NULL,
        name TEXT NOT NULL,
        version TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        partition TEXT NOT NULL,         -- the same text for the same partition
        time_partition INTEGER,
        source_run TEXT NOT NULL,
        source_action TEXT NOT NULL,
        source_external_ref TEXT NOT NULL,
        artifact BLOB NOT NULL,          -- flyteidl2.artifact.Artifact
        UNIQUE (project, domain, name, version)
    )
    """,
    "CREATE INDEX artifact_partitions ON artifacts (project, domain, name, partition, created_at)",
    """
    CREATE TABLE artifact_values (
        artifact INTEGER NOT NULL,
        kind TEXT NOT NULL,              -- partition or user_metadata
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (artifact, kind, key)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE artifact_schemas (
        project TEXT NOT NULL,
        domain TEXT NOT NULL,
        name TEXT NOT NULL,
        schema BLOB NOT NULL,            -- flyteidl2.artifact.ArtifactPartitionSchema
        declared INTEGER NOT NULL,
        PRIMARY KEY (project, domain, name)
    ) WITHOUT ROWID
    """,
)


def _find_entrypoints(connection: sqlite3.Connection) -> None:
    for row in connection.execute("SELECT rowid, spec FROM tasks").fetchall():
        template = TaskSpec.parse(row["spec"]).task_template
        if template is not None and template.metadata is not None and template.metadata.is_entrypoint:
            connection.execute("UPDATE tasks SET is_entrypoint = 1 WHERE rowid = ?", (row["rowid"],))


ENTRYPOINTS = ("ALTER TABLE tasks ADD COLUMN is_entrypoint INTEGER NOT NULL DEFAULT 0", _find_entrypoints)

FIRINGS = (
    """
    CREATE TABLE artifact_firings (
        project TEXT NOT NULL,
        domain TEXT NOT NULL,
        task_name TEXT NOT NULL,
        name TEXT NOT NULL,
        artifact INTEGER NOT NULL,
        PRIMARY KEY (project, domain, task_name, name, artifact)
    ) WITHOUT ROWID
    """,
)
