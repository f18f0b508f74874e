"""Identifiers of runs and actions, and the few reads that several behaviours make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remora.errors import Internal, RemoraError
from remora.flyte.parameters import required_name
from remora.flyte.routing import routed
from remora.flyte.scope import scope_of
from remora_api.flyteidl2 import cluster, common, dataproxy, workflow

if TYPE_CHECKING:
    from remora.client import Client
    from remora_api.entities import Action, ActionDetails, Run, RunDetails

LONGEST_RUN_NAME = 100
"""Characters of a run's name that are sent; backends take 30, but that is their rule for names of new runs."""

ROOT_ACTION = "a0"
"""Name of the action that a run starts with; its phase is the phase of the run."""


def client_of(entity: Action | ActionDetails | Run | RunDetails) -> Client:
    """The client that made an entity, else the current or default one."""
    from remora.client import resolve_client

    return resolve_client(entity._client)


def action_id_of(entity: Action | ActionDetails | Run | RunDetails) -> common.ActionIdentifier:
    """The action that an entity is about; for a run its root action.

    Raises:
        RemoraError: the entity's message does not say which one it is.
    """
    pb2 = entity.pb2
    action = pb2.action if isinstance(pb2, (workflow.Run, workflow.RunDetails)) else pb2
    found = None if action is None else action.id
    if found is None or found.run is None or not found.run.name:
        raise RemoraError(f"this {type(entity).__name__} has no identifier; was it made by hand?")
    return found if found.name else common.ActionIdentifier(run=found.run, name=ROOT_ACTION)


def run_id_of(entity: Action | ActionDetails | Run | RunDetails) -> common.RunIdentifier:
    """The run that an entity belongs to.

    Raises:
        RemoraError: the entity's message does not say which one it is.
    """
    run = action_id_of(entity).run
    assert run is not None  # action_id_of has checked it
    return run


def status_of(entity: Action | ActionDetails | Run | RunDetails) -> workflow.ActionStatus | None:
    """The status of the action that an entity is about, as last read."""
    pb2 = entity.pb2
    action = pb2.action if isinstance(pb2, (workflow.Run, workflow.RunDetails)) else pb2
    return None if action is None else action.status


def label(action_id: common.ActionIdentifier) -> str:
    """How messages call an action: the run's name, and the action's unless it is the root."""
    run = action_id.run.name if action_id.run is not None else ""
    return run if action_id.name in ("", ROOT_ACTION) else f"{run}/{action_id.name}"


def make_run_id(client: Client, name: str, project: str | None, domain: str | None) -> common.RunIdentifier:
    """Identifier of a run from its name and, where they are not given, the client's settings.

    Raises:
        ConfigError: neither a parameter nor a setting names project or domain.
        InvalidArgument: the name is empty.
    """
    required_name(name, "name", longest=LONGEST_RUN_NAME)
    return common.RunIdentifier(**scope_of(client, project, domain)._asdict(), name=name)


async def action_details(
    client: Client, action_id: common.ActionIdentifier, *, timeout: float | None = None
) -> workflow.ActionDetails:
    """Read the details of one action."""
    stub = workflow.RunServiceStub(client)
    response = await stub.get_action_details(workflow.GetActionDetailsRequest(action_id=action_id), timeout=timeout)
    if response.details is None:
        raise Internal(f"the answer about {label(action_id)} holds no details")
    return response.details


async def run_details(
    client: Client, run_id: common.RunIdentifier, *, timeout: float | None = None
) -> workflow.RunDetails:
    """Read the details of one run."""
    stub = workflow.RunServiceStub(client)
    response = await stub.get_run_details(workflow.GetRunDetailsRequest(run_id=run_id), timeout=timeout)
    if response.details is None or response.details.action is None:
        raise Internal(f"the answer about run {run_id.name} holds no details")
    return response.details


async def action_data(
    client: Client, action_id: common.ActionIdentifier, *, timeout: float | None = None
) -> dataproxy.GetActionDataResponse:
    """Read inputs and outputs of one action, from the cluster that has them."""
    operation = cluster.SelectClusterRequestOperation.GET_ACTION_DATA
    stub = dataproxy.DataProxyServiceStub(await routed(client, operation, action_id, timeout=timeout))
    return await stub.get_action_data(dataproxy.GetActionDataRequest(action_id=action_id), timeout=timeout)
