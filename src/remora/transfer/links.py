"""Asking the control plane where something can be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from remora.bindings import RetrySafe
from remora.errors import DownloadError, InvalidArgument
from remora.flyte.calls import action_details, action_id_of, status_of
from remora.flyte.routing import routed
from remora_api.flyteidl2 import app, cluster, common, dataproxy, task

if TYPE_CHECKING:
    from remora.client import Client
    from remora_api.entities import Action, ActionDetails, Run, RunDetails, TaskDetails

    Identifier: TypeAlias = common.ActionAttemptIdentifier | task.TaskIdentifier | app.Identifier
    Source: TypeAlias = Run | RunDetails | Action | ActionDetails | TaskDetails | Identifier | str
    """Whose artifact: a run, action or task, the identifier of an attempt, task or app; or a URL to read as it is."""

Artifact: TypeAlias = Literal["report", "code"]
"""What can be downloaded: the report that an attempt has written, or the code bundle that it ran."""

_KINDS = {"report": dataproxy.ArtifactType.REPORT, "code": dataproxy.ArtifactType.CODE_BUNDLE}


@dataclass(frozen=True)
class Links:
    """Asks for the URLs of one artifact.

    Attributes:
        client: Whom to ask.
        source: Whose artifact.
        artifact: Which one.
        attempt: Of a run or action: which attempt, counted from 1; None for the latest.
    """

    client: Client
    source: Source
    artifact: Artifact
    attempt: int | None

    async def get(self) -> list[str]:
        """Signed URLs, in the order in which the control plane gives them.

        Raises:
            InvalidArgument: the source has no such artifact, or the control plane gives no links to it.
            NotFound: there is no such attempt, or it has none.
            DownloadError: the answer holds no URL.
        """
        if isinstance(self.source, str):
            return [self.source]
        kind = _KINDS.get(self.artifact)
        if kind is None:
            raise InvalidArgument(f"artifact: {self.artifact!r} is unknown", hint="use 'report' or 'code'")
        request = dataproxy.CreateDownloadLinkRequest(artifact_type=kind)
        source = await self._identifier()
        if isinstance(source, task.TaskIdentifier):
            request.task_id = source
        elif isinstance(source, app.Identifier):
            request.app_id = source
        else:
            request.action_attempt_id = source
        operation = cluster.SelectClusterRequestOperation.CREATE_DOWNLOAD_LINK
        caller = await routed(self.client, operation, _routed_by(source))
        # It only makes URLs, so it may be asked again.
        stub = dataproxy.DataProxyServiceStub(RetrySafe(caller))
        answer = await stub.create_download_link(request)
        urls = [] if answer.pre_signed_urls is None else list(answer.pre_signed_urls.signed_url)
        if not urls:
            raise DownloadError(f"the control plane gave no link to the {self.artifact}")
        return urls

    async def _identifier(self) -> Identifier:
        source = self.source
        if isinstance(source, (common.ActionAttemptIdentifier, task.TaskIdentifier, app.Identifier)):
            return source
        pb2 = getattr(source, "pb2", None)
        if isinstance(pb2, task.TaskDetails) and pb2.task_id is not None:
            return pb2.task_id
        if pb2 is None or isinstance(pb2, task.TaskDetails):
            raise TypeError(f"source: expected a run, action, task, identifier or URL, got {type(source).__name__}")
        entity = cast("Run | RunDetails | Action | ActionDetails", source)
        action_id = action_id_of(entity)
        attempt = self.attempt
        if attempt is None:
            status = status_of(entity)
            if status is None or not status.attempts:
                status = (await action_details(self.client, action_id)).status
            attempt = max(1, status.attempts if status is not None else 1)
        return common.ActionAttemptIdentifier(action_id=action_id, attempt=attempt)


def _routed_by(source: Identifier) -> common.ActionIdentifier | Identifier:
    """What says which cluster has it: of an attempt its action, about which other calls ask as well."""
    action = source.action_id if isinstance(source, common.ActionAttemptIdentifier) else None
    return source if action is None else action


def client_for(source: Source, client: Client | None) -> Client:
    """The given client, else that of the entity, else the current one."""
    from remora.client import resolve_client

    return resolve_client(client or getattr(source, "_client", None))
