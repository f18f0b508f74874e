"""Artifacts: versions under a name, with partitions and metadata to search by."""

from __future__ import annotations

import json
import sqlite3
from typing import NamedTuple

from remora.dev.clock import now, optional_timestamp, timestamp
from remora.dev.store import firings
from remora.dev.store.artifact_partitions import Partition, describe, partitions_message, same_schema
from remora.dev.store.database import Transaction
from remora.dev.store.paging import PageRequest
from remora.dev.store.query import Column, Kind, Where
from remora_api.flyteidl2.artifact import (
    Artifact,
    ArtifactGroup,
    ArtifactIdentifier,
    ArtifactName,
    ArtifactPartitionSchema,
    ArtifactSpec,
    PartitionSchemaMismatch,
)
from remora_api.flyteidl2.common import EnrichedIdentity
from remora_api.flyteidl2.core import Partitions

DEFAULT_ORDER = "created_at DESC, id DESC"
TIEBREAK = "id DESC"
GROUP_ORDER = "latest_at DESC, name"
# The newest version of each partition of a name.
NEWEST_OF_PARTITION = Where(
    (
        "id = (SELECT other.id FROM artifacts AS other WHERE other.project = artifacts.project"
        " AND other.domain = artifacts.domain AND other.name = artifacts.name"
        " AND other.partition = artifacts.partition ORDER BY other.created_at DESC, other.id DESC LIMIT 1)",
    )
)


class ArtifactColumns(dict[str, Column]):
    """What lists can be filtered and sorted by: columns, and any partition or metadata key."""

    def get(self, name: str, default: Column | None = None) -> Column | None:  # type: ignore[override]
        """The column of a field."""
        kind, dot, key = name.partition(".")
        if dot and key and "\0" not in key and kind in ("partition", "user_metadata"):
            quoted = key.replace("'", "''")
            return Column(
                f"(SELECT value FROM artifact_values WHERE artifact = artifacts.id AND kind = '{kind}'"
                f" AND key = '{quoted}')"
            )
        return super().get(name, default)


COLUMNS = ArtifactColumns(
    {
        **{name: Column(name) for name in ("name", "version", "source_run", "source_action", "source_external_ref")},
        **{name: Column(name, Kind.TIME) for name in ("created_at", "time_partition")},
    }
)
GROUP_COLUMNS = {"name": Column("name"), "created_at": Column("latest_at", Kind.TIME)}


class ArtifactKey(NamedTuple):
    """Identity of a name. Organisations are not told apart."""

    project: str
    domain: str
    name: str

    def __str__(self) -> str:
        return f'artifact "{self.name}" of {self.project}/{self.domain}'

    @property
    def message(self) -> ArtifactName:
        """The identity as a message."""
        return ArtifactName(project=self.project, domain=self.domain, name=self.name)


_KEY = "project = ? AND domain = ? AND name = ?"


class Schema(NamedTuple):
    """The partition keys of a name, and whether they were declared or come from its first version."""

    keys: ArtifactPartitionSchema
    declared: bool


def schema(tx: Transaction, key: ArtifactKey) -> Schema | None:
    """The schema of a name; None when it has neither a declaration nor ever had a version."""
    row = tx.execute(f"SELECT schema, declared FROM artifact_schemas WHERE {_KEY}", key).fetchone()
    return None if row is None else Schema(ArtifactPartitionSchema.parse(row["schema"]), bool(row["declared"]))


def keep_schema(tx: Transaction, key: ArtifactKey, keys: ArtifactPartitionSchema, *, declared: bool) -> None:
    """Fix the schema of a name, or note that it was declared after all."""
    tx.execute(
        "INSERT INTO artifact_schemas (project, domain, name, schema, declared) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (project, domain, name) DO UPDATE SET declared = max(declared, excluded.declared)",
        (*key, bytes(keys), declared),
    )


def create(
    tx: Transaction,
    key: ArtifactKey,
    version: str,
    spec: ArtifactSpec,
    partition: Partition,
    creator: EnrichedIdentity | None,
) -> Artifact | None:
    """Add a version; None when there is one of that name."""
    if get(tx, key, version) is not None:
        return None
    expected = schema(tx, key)
    if expected is None:
        keep_schema(tx, key, partition.schema, declared=False)
        expected = Schema(partition.schema, declared=False)
    moment = now()
    artifact = Artifact(
        artifact_id=ArtifactIdentifier(name=key.message, version=version),
        spec=spec,
        created_at=timestamp(moment),
        created_by=creator,
        partition_schema_mismatch=_mismatch(expected.keys, partition.schema),
    )
    source = spec.source
    action = source.task_action.action if source is not None and source.task_action is not None else None
    done = tx.execute(
        "INSERT INTO artifacts (project, domain, name, version, created_at, partition, time_partition, source_run,"
        " source_action, source_external_ref, artifact) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *key,
            version,
            moment,
            partition.identity,
            partition.time,
            action.run.name if action is not None and action.run is not None else "",
            action.name if action is not None else "",
            source.external_ref if source is not None and source.external_ref is not None else "",
            bytes(artifact),
        ),
    )
    metadata = spec.info.user_metadata if spec.info is not None else {}
    # What does not fit the schema is found by version and not by partition.
    values = {} if artifact.partition_schema_mismatch is not None else partition.by_key
    tx.executemany(
        "INSERT INTO artifact_values (artifact, kind, key, value) VALUES (?, ?, ?, ?)",
        [
            *((done.lastrowid, "partition", name, value) for name, value in values.items()),
            *((done.lastrowid, "user_metadata", name, value) for name, value in metadata.items()),
        ],
    )
    assert done.lastrowid is not None
    firings.note(tx, key.project, key.domain, done.lastrowid, artifact, values)
    return artifact


def _mismatch(expected: ArtifactPartitionSchema, actual: ArtifactPartitionSchema) -> PartitionSchemaMismatch | None:
    if same_schema(expected, actual):
        return None
    message = f"the version has {describe(actual)}, the artifact {describe(expected)}"
    return PartitionSchemaMismatch(expected=expected, actual=actual, message=message)


def get(tx: Transaction, key: ArtifactKey, version: str) -> Artifact | None:
    """One version, or the newest for ""."""
    row = tx.execute(
        f"SELECT artifact FROM artifacts WHERE {_KEY} AND (? = '' OR version = ?) ORDER BY {DEFAULT_ORDER} LIMIT 1",
        (*key, version, version),
    ).fetchone()
    return None if row is None else Artifact.parse(row["artifact"])


def delete(tx: Transaction, key: ArtifactKey, version: str) -> None:
    """Remove a version; one that is not there is no error. The schema of the name stays."""
    which = f"SELECT id FROM artifacts WHERE {_KEY} AND version = ?"
    tx.execute(f"DELETE FROM artifact_values WHERE artifact IN ({which})", (*key, version))
    tx.execute(f"DELETE FROM artifacts WHERE {_KEY} AND version = ?", (*key, version))


def page(tx: Transaction, where: Where, order: str, request: PageRequest) -> tuple[list[Artifact], str]:
    """A page of versions and the token of the next one; "" when this is the last."""
    rows = tx.execute(
        f"SELECT artifact FROM artifacts WHERE {where.sql} ORDER BY {order} LIMIT ? OFFSET ?",
        (*where.parameters, request.limit + 1, request.offset),
    ).fetchall()
    found = [Artifact.parse(row["artifact"]) for row in rows[: request.limit]]
    return found, request.next_token if len(rows) > request.limit else ""


def groups(
    tx: Transaction, scope: Where, where: Where, order: str, request: PageRequest
) -> tuple[list[ArtifactGroup], str]:
    """A page of names and the token of the next one; "" when this is the last."""
    rows = tx.execute(
        "SELECT * FROM (SELECT project, domain, name, count(*) AS versions, max(created_at) AS latest_at,"
        f" max(time_partition) AS latest_time FROM artifacts WHERE {scope.sql} GROUP BY project, domain, name)"
        f" WHERE {where.sql} ORDER BY {order} LIMIT ? OFFSET ?",
        (*scope.parameters, *where.parameters, request.limit + 1, request.offset),
    ).fetchall()
    found = [_group(tx, row) for row in rows[: request.limit]]
    return found, request.next_token if len(rows) > request.limit else ""


def _group(tx: Transaction, row: sqlite3.Row) -> ArtifactGroup:
    key = ArtifactKey(row["project"], row["domain"], row["name"])
    keys = schema(tx, key)
    partitioned = keys is not None and (keys.keys.time_partition is not None or keys.keys.partition_keys)
    return ArtifactGroup(
        latest=get(tx, key, ""),
        versions=row["versions"],
        partition_schema=keys.keys if keys is not None and partitioned else None,
        latest_time_partition=optional_timestamp(row["latest_time"]),
        latest_partitions=[] if row["latest_time"] is None else _at_time(tx, key, row["latest_time"]),
    )


def _at_time(tx: Transaction, key: ArtifactKey, moment: int) -> list[Partitions]:
    rows = tx.execute(
        f"SELECT DISTINCT partition FROM artifacts WHERE {_KEY} AND time_partition = ? ORDER BY partition LIMIT 100",
        (*key, moment),
    )
    values = (dict(json.loads(row["partition"])[1]) for row in rows)
    return [partitions_message(each) for each in values if each]


def metadata_keys(tx: Transaction, scope: Where) -> list[str]:
    """The metadata keys of all versions in a scope, in order."""
    rows = tx.execute(
        "SELECT DISTINCT key FROM artifact_values WHERE kind = 'user_metadata' AND artifact IN"
        f" (SELECT id FROM artifacts WHERE {scope.sql}) ORDER BY key",
        scope.parameters,
    )
    return [row["key"] for row in rows]


def partition_values(tx: Transaction, where: Where, key: str, limit: int, offset: int) -> list[str]:
    """The values that a partition key has among the versions that match, in order."""
    rows = tx.execute(
        "SELECT DISTINCT value FROM artifact_values WHERE kind = 'partition' AND key = ? AND artifact IN"
        f" (SELECT id FROM artifacts WHERE {where.sql}) ORDER BY value LIMIT ? OFFSET ?",
        (key, *where.parameters, limit, offset),
    )
    return [row["value"] for row in rows]
