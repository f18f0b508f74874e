"""CreateUploadLocation, UploadInputs and CreateDownloadLink: ways into and out of the object store."""

from __future__ import annotations

import base64
import time

from remora.channel.service import ServerContext
from remora.dev.clock import nanoseconds, timestamp
from remora.dev.literals.durations import format_duration
from remora.dev.objects.keys import InvalidKey, join_key, key_of, native_url
from remora.dev.plane import Plane
from remora.dev.services.identifiers import action_key
from remora.dev.services.inputs import FILE, inputs_hash
from remora.dev.services.task_choice import choose_task
from remora.dev.store import actions, events, objects, projects, tasks
from remora.dev.store.attempts import attempts
from remora.dev.store.database import Transaction
from remora.errors import AlreadyExists, InvalidArgument, NotFound
from remora_api.flyteidl2.common import OffloadedInputData
from remora_api.flyteidl2.dataproxy import (
    ArtifactType,
    CreateDownloadLinkRequest,
    CreateDownloadLinkResponse,
    CreateUploadLocationRequest,
    CreateUploadLocationResponse,
    DataProxyServiceBase,
    PreSignedURLs,
    UploadInputsRequest,
    UploadInputsResponse,
)
from remora_api.flyteidl2.task import Inputs
from remora_api.google.protobuf import Duration

PREFIX = "uploads"
_MD5_SIZE = 16
_MD5_HEADER = "x-amz-meta-flyteContentMD5"


class TransferMethods(DataProxyServiceBase):
    """The part of DataProxyService that moves files."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane

    async def create_upload_location(
        self, request: CreateUploadLocationRequest, context: ServerContext
    ) -> CreateUploadLocationResponse:
        """Answer with a URL to which one object can be sent.

        Raises:
            InvalidArgument: The request has no name, a bad digest, or reaches past a limit.
            NotFound: There is no such project.
            AlreadyExists: Another object has the name; if it has the same content that is no error.
        """
        expires = self._expiry(request.expires_in)
        md5 = request.content_md5
        _check_upload(request, self._plane.options.max_upload)
        root = request.filename_root or base64.b32encode(md5).decode()
        try:
            key = join_key(PREFIX, request.project, request.domain, root, request.filename)
        except InvalidKey as error:
            raise InvalidArgument(f"filename: {error}") from error

        def work(tx: Transaction) -> objects.ObjectRow | None:
            projects.require(tx, request.project)
            return objects.get(tx, key)

        existing = await self._plane.database.run(work)
        if existing is not None and request.filename and request.filename_root and existing.md5 != md5:
            url = native_url(key)
            raise AlreadyExists(f"file already exists at [{url}] with different content (hash mismatch)")
        digest = base64.b64encode(md5).decode()
        headers = {_MD5_HEADER: digest} if md5 and request.add_content_md5_metadata else {}
        signed = dict(headers)
        if md5:
            signed["Content-MD5"] = digest
        if request.content_length > 0:
            signed["Content-Length"] = str(request.content_length)
        return CreateUploadLocationResponse(
            signed_url=self._plane.addresses.object_store + self._plane.signer.sign("PUT", key, expires, signed),
            native_url=native_url(key),
            expires_at=timestamp(expires * 1_000_000_000),
            headers=headers,
        )

    async def upload_inputs(self, request: UploadInputsRequest, context: ServerContext) -> UploadInputsResponse:
        """Store inputs for a run that is created afterwards.

        Raises:
            InvalidArgument: The project or the task is not given, or the folder is not in this store.
            NotFound: There is no such project, task or trigger.
        """
        if request.run_id is not None:
            org, project, domain = request.run_id.org, request.run_id.project, request.run_id.domain
        elif request.project_id is not None:
            owner = request.project_id
            org, project, domain = owner.organization, owner.name, owner.domain
        else:
            raise InvalidArgument("id is required: run_id or project_id")
        inputs = request.inputs or Inputs()

        def work(tx: Transaction) -> list[str]:
            projects.require(tx, project)
            choice = choose_task(tx, request.task_id, request.task_spec, request.trigger_name, quirks=False)
            template = choice.spec.task_template
            metadata = template.metadata if template is not None else None
            return metadata.cache_ignore_input_vars if metadata is not None else []

        digest = inputs_hash(inputs, await self._plane.database.run(work))
        try:
            base = key_of(request.base_dir.rstrip("/")) if request.base_dir else join_key(PREFIX, org, project, domain)
            folder = join_key(base, "offloaded-inputs", digest)
        except InvalidKey as error:
            raise InvalidArgument(f"base_dir: {error}") from error
        await self._plane.work(self._plane.files.write, join_key(folder, FILE), bytes(inputs))
        return UploadInputsResponse(offloaded_input_data=OffloadedInputData(uri=native_url(folder), inputs_hash=digest))

    async def create_download_link(
        self, request: CreateDownloadLinkRequest, context: ServerContext
    ) -> CreateDownloadLinkResponse:
        """Answer with a URL from which a report or a code bundle can be read.

        Raises:
            InvalidArgument: Something else is asked for, or not by attempt or task. The open-source backend gives
                reports alone.
            NotFound: There is no such attempt or task, or it has none.
        """
        if request.artifact_type == ArtifactType.REPORT:
            find = _find_report
        elif request.artifact_type == ArtifactType.CODE_BUNDLE and not self._plane.options.oss_quirks:
            find = _find_code
        else:
            raise InvalidArgument("artifact_type is required")
        uri = await self._plane.database.run(lambda tx: find(tx, request))
        try:
            object_key = key_of(uri)
        except InvalidKey as error:
            raise NotFound(str(error)) from error
        if not self._plane.files.path(object_key).is_file():
            raise NotFound(f"there is no object at {uri}")
        expires = self._expiry(request.expires_in, capped=False)
        url = self._plane.addresses.object_store + self._plane.signer.sign("GET", object_key, expires, {})
        return CreateDownloadLinkResponse(
            pre_signed_urls=PreSignedURLs(signed_url=[url], expires_at=timestamp(expires * 1_000_000_000))
        )

    def _expiry(self, expires_in: Duration | None, *, capped: bool = True) -> int:
        limit = int(self._plane.options.max_expiry * 1e9)
        span = limit if expires_in is None else nanoseconds(expires_in)
        if span <= 0:
            raise InvalidArgument(f"invalid expires_in: {format_duration(span)} is not positive")
        if capped and span > limit:
            raise InvalidArgument(
                f"expires_in ({format_duration(span)}) exceeds maximum allowed duration of {format_duration(limit)}"
            )
        # Whole seconds, never fewer than were asked for.
        return int(-(-(time.time_ns() + span) // 1_000_000_000))


def _find_report(tx: Transaction, request: CreateDownloadLinkRequest) -> str:
    source = request.action_attempt_id
    if source is None:
        raise InvalidArgument("action_attempt_id is required")
    key = action_key(source.action_id, "action_attempt_id.action_id")
    row = actions.get(tx, key)
    found = [] if row is None else attempts(events.of_action(tx, row.id))
    attempt = next((one for one in found if one.attempt == source.attempt), None)
    if attempt is None:
        raise NotFound(f"attempt {source.attempt} of action {key.name} not found")
    if attempt.outputs is None or not attempt.outputs.report_uri:
        raise NotFound(f"attempt {source.attempt} of action {key.name} has no report")
    return attempt.outputs.report_uri


def _find_code(tx: Transaction, request: CreateDownloadLinkRequest) -> str:
    if request.action_attempt_id is not None:
        key = action_key(request.action_attempt_id.action_id, "action_attempt_id.action_id")
        row = actions.get(tx, key)
        if row is None:
            raise NotFound(f"action {key.name} not found")
        spec, whose = actions.task_spec(tx, row), f"the task of action {key.name}"
    elif request.task_id is not None:
        spec, whose = tasks.spec_of(tx, request.task_id), f'task "{request.task_id.name}"'
    else:
        raise InvalidArgument("action_attempt_id or task_id is required")
    template = None if spec is None else spec.task_template
    metadata = None if template is None else template.metadata
    if metadata is None or not metadata.code_bundle_uri:
        raise NotFound(f"{whose} has no code bundle")
    return metadata.code_bundle_uri


def _check_upload(request: CreateUploadLocationRequest, maximum: int) -> None:
    md5 = request.content_md5
    if not request.filename_root and not md5:
        raise InvalidArgument("filename_root or content_md5 is required")
    if md5 and len(md5) != _MD5_SIZE:
        raise InvalidArgument(f"content_md5 must be {_MD5_SIZE} bytes, not {len(md5)}")
    if request.content_length > maximum:
        raise InvalidArgument(
            f"content_length ({request.content_length} bytes) exceeds maximum allowed size of {maximum} bytes"
        )
