"""What a trigger tells without asking the server again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remora.errors import RemoraError
from remora.flyte.urls import console
from remora_api.flyteidl2 import common, trigger

if TYPE_CHECKING:
    from remora_api.entities import Trigger, TriggerDetails


def trigger_message(self: TriggerDetails) -> trigger.Trigger:
    """The trigger as lists show it, made from the details."""
    return summary(self.pb2)


def trigger_url(self: Trigger | TriggerDetails) -> str:
    """Address of the trigger in the web console. No call is made."""
    from remora.client import resolve_client

    found = name_of(self)
    links = console(resolve_client(self._client))
    return links.trigger_url(found.project, found.domain, found.task_name, found.name)


def name_of(entity: Trigger | TriggerDetails) -> common.TriggerName:
    """Which trigger an entity is about.

    Raises:
        RemoraError: the entity's message does not say so.
    """
    found = None if entity.pb2.id is None else entity.pb2.id.name
    if found is None or not found.name:
        raise RemoraError(f"this {type(entity).__name__} has no identifier; was it made by hand?")
    return found


def summary(details: trigger.TriggerDetails) -> trigger.Trigger:
    """What lists show of a trigger."""
    return trigger.Trigger(
        id=details.id,
        metadata=details.metadata,
        status=details.status,
        active=details.spec is not None and details.spec.active,
        automation_spec=details.automation_spec,
    )
