"""Field rules of the protos, enforced where the control plane is told to be strict."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Any

from remora.contract.v1.messages import Message
from remora.errors import InvalidArgument
from remora_api.flyteidl2 import (
    app,
    artifact,
    cluster,
    common,
    dataproxy,
    project,
    secret,
    settings,
    task,
    trigger,
    workflow,
)

_PATTERN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?\Z")

_ANY = 2**31

# Shortest and longest text of a field. An organisation may be empty: clients of a backend without any send none.
_LENGTHS: dict[type[Message], dict[str, tuple[int, int]]] = {
    common.RunIdentifier: {"org": (0, 63), "project": (1, 63), "domain": (1, 63), "name": (1, 30)},
    common.ActionIdentifier: {"name": (1, 30)},
    common.ProjectIdentifier: {"organization": (0, 63), "domain": (1, 63), "name": (1, 63)},
    common.TriggerName: {
        "org": (0, 63),
        "project": (1, 63),
        "domain": (1, 63),
        "name": (1, 255),
        "task_name": (1, 255),
    },
    task.TaskIdentifier: {
        "org": (0, 63),
        "project": (1, 63),
        "domain": (1, 63),
        "name": (1, 255),
        "version": (1, 63),
    },
    task.TaskName: {"org": (0, 63), "project": (1, 63), "domain": (1, 63), "name": (1, 255)},
    task.TaskSpec: {"short_name": (0, 63)},
    task.Environment: {"name": (1, 63), "description": (0, 255)},
    task.DocumentationEntity: {"short_description": (0, 255), "long_description": (0, 2048)},
    task.TaskTrigger: {"name": (1, 255)},
    task.TaskTriggerSpec: {"description": (0, 255)},
    dataproxy.CreateUploadLocationRequest: {"project": (1, 63), "domain": (1, 63)},
    project.Project: {"id": (1, 63)},
    app.Identifier: {"project": (1, _ANY), "domain": (1, _ANY), "name": (1, 30)},
    workflow.ConditionAction: {"name": (1, _ANY), "prompt": (0, 4096), "description": (0, 2048)},
    workflow.TraceAction: {"name": (1, _ANY)},
    app.UpdateRequest: {"reason": (0, 100)},
    app.Input: {"name": (1, _ANY)},
    app.Link: {"path": (1, _ANY)},
    app.Profile: {"short_description": (0, 100)},
    app.ReplicaIdentifier: {"name": (1, _ANY)},
    artifact.ArtifactName: {"org": (0, 63), "project": (1, 64), "domain": (1, 64), "name": (1, 255)},
    artifact.ArtifactIdentifier: {"version": (1, 255)},
    artifact.TimePartitionKey: {"key": (1, 64)},
    artifact.ListPartitionValuesRequest: {"name": (1, 255), "key": (1, 64)},
    trigger.TriggerSpec: {"task_version": (1, 63)},
    secret.SecretIdentifier: {"name": (1, _ANY)},
}

_REQUIRED: dict[type[Message], tuple[str, ...]] = {
    workflow.AbortRunRequest: ("run_id",),
    workflow.GetRunDetailsRequest: ("run_id",),
    workflow.ListActionsRequest: ("run_id",),
    workflow.GetActionDetailsRequest: ("action_id",),
    workflow.SignalEventRequest: ("action_id", "payload"),
    workflow.WatchClusterEventsRequest: ("id",),
    workflow.WatchGroupsRequest: ("start_date",),
    workflow.RecordActionRequest: ("action_id",),
    workflow.UpdateActionStatusRequest: ("action_id", "status"),
    workflow.TaskAction: ("spec",),
    task.DeployTaskRequest: ("task_id", "spec"),
    task.GetTaskDetailsRequest: ("task_id",),
    task.ListVersionsRequest: ("task_name",),
    common.ActionIdentifier: ("run",),
    app.CreateRequest: ("app",),
    app.UpdateRequest: ("app",),
    app.UpdateStatusRequest: ("app",),
    app.DeleteRequest: ("app_id",),
    app.App: ("metadata", "spec"),
    app.Meta: ("id",),
    app.ReplicaIdentifier: ("app_id",),
    artifact.ArtifactIdentifier: ("name",),
    artifact.CreateArtifactRequest: ("artifact_id", "spec"),
    artifact.GetArtifactRequest: ("name",),
    artifact.DeleteArtifactRequest: ("artifact_id",),
    artifact.DeclareArtifactRequest: ("name", "partition_schema"),
    artifact.GetArtifactSchemaRequest: ("name",),
    artifact.ListArtifactsRequest: ("project_id",),
    artifact.ListArtifactNamesRequest: ("project_id",),
    artifact.ListArtifactMetadataKeysRequest: ("project_id",),
    artifact.ListPartitionValuesRequest: ("project_id",),
    artifact.ArtifactSpec: ("value", "type"),
    settings.GetSettingsRequest: ("key",),
    settings.GetSettingsForEditRequest: ("key",),
    settings.CreateSettingsRequest: ("key", "settings"),
    settings.UpdateSettingsRequest: ("key", "settings"),
    trigger.DeployTriggerRequest: ("name", "spec"),
    trigger.GetTriggerDetailsRequest: ("name",),
    trigger.GetTriggerRevisionDetailsRequest: ("id",),
    trigger.GetTriggerRevisionHistoryRequest: ("name",),
    secret.CreateSecretRequest: ("id",),
    secret.UpdateSecretRequest: ("id",),
    secret.GetSecretRequest: ("id",),
    secret.DeleteSecretRequest: ("id",),
}

_ONEOFS: dict[type[Message], tuple[str, ...]] = {
    workflow.CreateRunRequest: ("id", "task"),
    workflow.ListRunsRequest: ("scope_by",),
    workflow.WatchRunsRequest: ("target",),
    workflow.WatchGroupsRequest: ("scope_by",),
    workflow.EventPayload: ("value",),
    cluster.SelectClusterRequest: ("resource",),
    task.ListTasksRequest: ("scope_by",),
    dataproxy.UploadInputsRequest: ("id", "task"),
    app.GetRequest: ("identifier",),
    app.ListRequest: ("filter_by",),
    app.WatchRequest: ("target",),
    app.TailLogsRequest: ("target",),
    app.Spec: ("app_payload",),
    app.Input: ("value",),
    trigger.ListTriggersRequest: ("scope_by",),
    task.Schedule: ("expression",),
    secret.SecretSpec: ("value",),
}


def _attempt(message: Any, path: str) -> None:
    if message.attempt == 0:
        raise InvalidArgument(f"{path}attempt: must be greater than 0")


def _organization(message: Any, path: str) -> None:
    if message.name and not (_PATTERN.match(message.name) and len(message.name) <= 63):
        raise InvalidArgument(f"{path}name: must match {_PATTERN.pattern[:-2]} and have at most 63 characters")


def _description(message: Any, path: str) -> None:
    if message.description is not None and len(message.description) > 255:
        raise InvalidArgument(f"{path}description: must have at most 255 characters, not {len(message.description)}")


def _names(message: Any, path: str) -> None:
    if not message.names:
        raise InvalidArgument(f"{path}names: must have at least 1 item")


_OTHER: dict[type[Message], Callable[[Any, str], None]] = {
    dataproxy.TailLogsRequest: _attempt,
    workflow.WatchClusterEventsRequest: _attempt,
    common.ActionAttemptIdentifier: _attempt,
    common.OrgIdentifier: _organization,
    trigger.TriggerDetails: _description,
    trigger.UpdateTriggersRequest: _names,
    trigger.DeleteTriggersRequest: _names,
}


def check(message: Message, path: str = "") -> None:
    """Check a request and everything in it.

    Raises:
        InvalidArgument: A rule is broken; says which field, and what it should be.
    """
    kind = type(message)
    for name, (shortest, longest) in _LENGTHS.get(kind, {}).items():
        length = len(getattr(message, name))
        if length < shortest:
            raise InvalidArgument(f"{path}{name}: must have at least {shortest} character")
        if length > longest:
            raise InvalidArgument(f"{path}{name}: must have at most {longest} characters, not {length}")
    for name in _REQUIRED.get(kind, ()):
        if getattr(message, name) is None:
            raise InvalidArgument(f"{path}{name}: is required")
    for name in _ONEOFS.get(kind, ()):
        if message.which_oneof(name) is None:
            raise InvalidArgument(f"{path}{name}: one of its fields is required")
    other = _OTHER.get(kind)
    if other is not None:
        other(message, path)
    for field in dataclasses.fields(message):
        value = getattr(message, field.name)
        if isinstance(value, Message):
            check(value, f"{path}{field.name}.")
        elif isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, Message):
                    check(item, f"{path}{field.name}[{index}].")
        elif isinstance(value, dict):
            for key, item in value.items():
                if isinstance(item, Message):
                    check(item, f"{path}{field.name}[{key!r}].")
