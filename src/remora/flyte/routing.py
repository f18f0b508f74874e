"""Which cluster serves a call about data, secrets or logs.

A deployment can have many clusters. `ClusterService/SelectCluster` says which of them has the data of an action or the
secrets of a project; a backend that is one cluster answers with itself, with nothing, or UNIMPLEMENTED.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from remora.bindings import RetrySafe
from remora.channel.endpoint import parse_endpoint
from remora.errors import Unimplemented
from remora_api.flyteidl2 import cluster

if TYPE_CHECKING:
    from typing import TypeAlias

    from remora.client import Client
    from remora_api.flyteidl2 import app, common, task

    Operation: TypeAlias = cluster.SelectClusterRequestOperation
    Resource: TypeAlias = (
        app.Identifier
        | common.ActionIdentifier
        | common.ActionAttemptIdentifier
        | common.ClusterPoolIdentifier
        | common.DomainIdentifier
        | common.OrgIdentifier
        | common.ProjectIdentifier
        | task.TaskIdentifier
    )

EXPIRY = 300.0
"""Seconds after which the control plane is asked again: data moves when a cluster is taken out of service."""

MOST = 1000
"""Answers that one client keeps; the oldest go first."""

_KEPT = "clusters"
# By message name: the messages themselves are loaded when the first of them is routed.
_FIELDS = {
    "flyteidl2.app.Identifier": "app_id",
    "flyteidl2.common.ActionAttemptIdentifier": "action_attempt_id",
    "flyteidl2.common.ActionIdentifier": "action_id",
    "flyteidl2.common.ClusterPoolIdentifier": "cluster_pool_id",
    "flyteidl2.common.DomainIdentifier": "domain_id",
    "flyteidl2.common.OrgIdentifier": "org_id",
    "flyteidl2.common.ProjectIdentifier": "project_id",
    "flyteidl2.task.TaskIdentifier": "task_id",
}


class Routes:
    """Answers that a client has had, for as long as they are good."""

    def __init__(self) -> None:
        # When an answer expires, and the endpoint that it names; "" for the client's own.
        self._answers: dict[bytes, tuple[float, str]] = {}
        # Until when the control plane is taken to have one cluster only.
        self._alone = 0.0

    def get(self, key: bytes, now: float) -> str | None:
        """The endpoint for a request, or None if it is not known."""
        if now < self._alone:
            return ""
        expires, endpoint = self._answers.get(key, (0.0, ""))
        return endpoint if now < expires else None

    def put(self, key: bytes, endpoint: str, now: float) -> None:
        """Remember an answer."""
        self._answers.pop(key, None)
        while len(self._answers) >= MOST:
            del self._answers[next(iter(self._answers))]
        self._answers[key] = (now + EXPIRY, endpoint)

    def alone(self, now: float) -> None:
        """Remember that the backend knows of no clusters."""
        self._alone = now + EXPIRY


async def routed(client: Client, operation: Operation, resource: Resource, *, timeout: float | None = None) -> Client:
    """The client to make a call with: the given one, or one with its settings for the cluster that has the data.

    Args:
        client: The client of the control plane.
        operation: What the call is.
        resource: What the call is about.
        timeout: Deadline in seconds of the question, if it has to be asked.

    Raises:
        ConfigError: the control plane names a cluster in plaintext while it is reached with TLS itself.
    """
    routes = client.kept.get(_KEPT)
    if not isinstance(routes, Routes):
        routes = client.kept[_KEPT] = Routes()
    request = cluster.SelectClusterRequest(operation=operation)
    setattr(request, _FIELDS[resource._full_name], resource)
    key = bytes(request)
    endpoint = routes.get(key, time.monotonic())
    if endpoint is None:
        try:
            stub = cluster.ClusterServiceStub(RetrySafe(client))
            endpoint = (await stub.select_cluster(request, timeout=timeout)).cluster_endpoint
        except Unimplemented:
            routes.alone(time.monotonic())
            return client
        if _is_own(client, endpoint):
            endpoint = ""
        routes.put(key, endpoint, time.monotonic())
    return client.at(endpoint) if endpoint else client


def _is_own(client: Client, endpoint: str) -> bool:
    """Whether an endpoint is the client's own; a backend behind a TLS proxy calls itself http, so that says nothing."""
    if not endpoint:
        return True
    other, own = parse_endpoint(endpoint), parse_endpoint(client.endpoint)
    # Without a port of its own the name decides; its scheme's port need not be the one that the proxy listens on.
    return (other.host, other.path) == (own.host, own.path) and other.port in (None, own.port, 80, 443)
