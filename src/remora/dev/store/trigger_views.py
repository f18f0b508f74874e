"""Stored triggers as the messages that services answer with."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from remora.dev.clock import optional_timestamp, timestamp
from remora_api.flyteidl2 import task
from remora_api.flyteidl2.common import EnrichedIdentity, TriggerIdentifier, TriggerName
from remora_api.flyteidl2.task import TriggerAutomationSpec, TriggerAutomationSpecType
from remora_api.flyteidl2.trigger import (
    Trigger,
    TriggerDetails,
    TriggerMetadata,
    TriggerRevision,
    TriggerRevisionAction,
    TriggerSpec,
    TriggerStatus,
)

if TYPE_CHECKING:
    from remora.dev.store.triggers import TriggerKey


def automation_type(automation: TriggerAutomationSpec | None) -> TriggerAutomationSpecType:
    """What starts a trigger, whatever its type field says."""
    if automation is not None and automation.schedule is not None:
        return TriggerAutomationSpecType.TYPE_SCHEDULE
    if automation is not None and automation.artifact is not None:
        return TriggerAutomationSpecType.TYPE_ARTIFACT
    return TriggerAutomationSpecType.TYPE_NONE


def details(row: sqlite3.Row) -> TriggerDetails:
    """Everything about a trigger."""
    stored = task.TaskTrigger.parse(row["trigger"])
    given = stored.spec or task.TaskTriggerSpec()
    spec = TriggerSpec(
        run_spec=given.run_spec,
        active=bool(row["active"]),
        task_version=row["task_version"],
        description=given.description,
    )
    if given.offloaded_input_data is not None:
        spec.offloaded_input_data = given.offloaded_input_data
    else:
        spec.inputs = given.inputs
    return TriggerDetails(
        id=_identifier(row),
        metadata=_metadata(row),
        spec=spec,
        status=_status(row),
        automation_spec=_automation(stored),
        description=given.description or None,
    )


def trigger(row: sqlite3.Row) -> Trigger:
    """A trigger as lists show it."""
    return Trigger(
        id=_identifier(row),
        metadata=_metadata(row),
        status=_status(row),
        active=bool(row["active"]),
        automation_spec=_automation(task.TaskTrigger.parse(row["trigger"])),
    )


def revision(row: sqlite3.Row) -> TriggerRevision:
    """A row of the history."""
    found = TriggerDetails.parse(row["details"])
    return TriggerRevision(
        id=found.id,
        metadata=found.metadata,
        status=found.status,
        action=TriggerRevisionAction(row["action"]),
        created_at=timestamp(row["updated_at"]),
    )


def key(row: sqlite3.Row) -> TriggerKey:
    """The identity of a row."""
    from remora.dev.store.triggers import TriggerKey

    return TriggerKey(row["project"], row["domain"], row["task_name"], row["name"])


def _identifier(row: sqlite3.Row) -> TriggerIdentifier:
    name = TriggerName(project=row["project"], domain=row["domain"], task_name=row["task_name"], name=row["name"])
    return TriggerIdentifier(name=name, revision=row["revision"])


def _metadata(row: sqlite3.Row) -> TriggerMetadata:
    return TriggerMetadata(deployed_by=_identity(row["deployed_by"]), updated_by=_identity(row["updated_by"]))


def _identity(data: bytes | None) -> EnrichedIdentity | None:
    return None if data is None else EnrichedIdentity.parse(data)


def _status(row: sqlite3.Row) -> TriggerStatus:
    return TriggerStatus(
        deployed_at=timestamp(row["deployed_at"]),
        updated_at=timestamp(row["updated_at"]),
        triggered_at=optional_timestamp(row["triggered_at"]),
        deleted_at=optional_timestamp(row["deleted_at"]),
    )


def _automation(stored: task.TaskTrigger) -> TriggerAutomationSpec:
    given = stored.automation_spec or TriggerAutomationSpec()
    found = TriggerAutomationSpec(type=automation_type(given))
    if given.schedule is not None:
        found.schedule = given.schedule
    elif given.artifact is not None:
        found.artifact = given.artifact
    return found
