"""Asking the control plane where something can be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from remora.bindings import RetrySafe
from remora.errors import InvalidArgument, NotFound
from remora.flyte.calls import action_id_of, label
from remora.flyte.data import details_for
from remora.flyte.deadline import Deadline
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

    def __post_init__(self) -> None:
        check_attempt(self.attempt)

    async def get(self) -> list[str]:
        """Signed URLs, in the order in which the control plane gives them.

        Raises:
            InvalidArgument: the source has no such artifact, or the control plane gives no links to it.
            NotFound: there is no such attempt, or it has none.
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
            raise NotFound(f"{_told(source)} has no {self.artifact}")
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
        attempt = await _latest(entity) if self.attempt is None else self.attempt
        return common.ActionAttemptIdentifier(action_id=action_id, attempt=attempt)


async def _latest(entity: Run | RunDetails | Action | ActionDetails) -> int:
    """Number of the latest attempt."""
    details = await details_for(entity, Deadline(None))
    counted = 0 if details.status is None else details.status.attempts
    return max(1, counted, *(item.attempt for item in details.attempts))


def check_attempt(attempt: int | None) -> None:
    """Refuse what is no number of an attempt.

    Raises:
        InvalidArgument: it is less than 1.
        TypeError: it is no number.
    """
    if attempt is None:
        return
    if isinstance(attempt, bool) or not isinstance(attempt, int):
        raise TypeError(f"attempt: expected an int, got {type(attempt).__name__}")
    if attempt < 1:
        raise InvalidArgument(f"attempt must be at least 1, got {attempt}")


def _told(source: Identifier) -> str:
    """How an error calls what an artifact is of."""
    if isinstance(source, common.ActionAttemptIdentifier):
        action_id = source.action_id
        return f"attempt {source.attempt}" if action_id is None else f"attempt {source.attempt} of {label(action_id)}"
    return f"{'app' if isinstance(source, app.Identifier) else 'task'} {source.name}"


def _routed_by(source: Identifier) -> common.ActionIdentifier | Identifier:
    """What says which cluster has it: of an attempt its action, about which other calls ask as well."""
    action = source.action_id if isinstance(source, common.ActionAttemptIdentifier) else None
    return source if action is None else action


def client_for(source: Source, client: Client | None) -> Client:
    """The given client, else that of the entity, else the current one."""
    from remora.client import resolve_client

    return resolve_client(client or getattr(source, "_client", None))
