"""Fetching what an action leaves in the object store: its report, and the code that it ran."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from remora.errors import DownloadError, InvalidArgument, NotFound, RemoraError
from remora.flyte.calls import action_id_of, client_of, label
from remora.flyte.code import bundle_of
from remora.flyte.data import details_for
from remora.flyte.deadline import Deadline
from remora.flyte.routing import routed
from remora.transfer.targets import LOOPBACK
from remora_api.flyteidl2 import cluster, common, dataproxy

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import httpx

    from remora.client import Client
    from remora.flyte.parameters import Seconds
    from remora_api.entities import Action, Run

LARGEST_REPORT = 64 * 1024 * 1024
"""Bytes of a report that are read into memory."""

_CHUNK = 256 * 1024


async def get_report(self: Action | Run, attempt: int | None = None, *, timeout: Seconds | None = None) -> str:
    """The HTML report that the action has written; for a run that of its root action.

    Args:
        self: The run or action.
        attempt: Number of the attempt, counted from 1; None for the latest.
        timeout: How long the whole call may take, in seconds or as a `timedelta`.

    Raises:
        NotFound: the action has no report.
        RemoraError: the object store refused it, or could not be reached.
        InvalidArgument: `attempt` is less than 1.

    Example:
        >>> Path("report.html").write_text(run.get_report())
    """
    deadline = Deadline(timeout)
    url = await _link(self, dataproxy.ArtifactType.REPORT, attempt, "report", deadline)
    parts: list[bytes] = []
    async with contextlib.aclosing(_chunks(client_of(self), url, "report", deadline)) as chunks:
        async for part in chunks:
            parts.append(part)
            if sum(map(len, parts)) > LARGEST_REPORT:
                raise RemoraError(f"the report of {label(action_id_of(self))} is larger than {LARGEST_REPORT} bytes")
    return b"".join(parts).decode("utf-8", errors="replace")


async def download_code(
    self: Action | Run,
    dest: str | os.PathLike[str] | None = None,
    extract: bool = True,
    attempt: int | None = None,
    *,
    timeout: Seconds | None = None,
) -> Path:
    """Download the code that the action ran, where it is not part of its image.

    For a run it is that of its root action. Files that are there are not replaced. Members of the archive that would
    land outside of `dest`, links and special files are refused.

    Args:
        self: The run or action.
        dest: Directory to put it in; a new temporary one when None.
        extract: Unpack the archive; otherwise it is left as it is.
        attempt: Number of the attempt, counted from 1; None for the latest.
        timeout: How long the whole call may take, in seconds or as a `timedelta`.

    Returns:
        The directory, or the archive when it is not unpacked.

    Raises:
        NotFound: the action ran what is in its image, or the backend does not have the code.
        DownloadError: the archive is damaged, or has a member that is refused.
        RemoraError: the object store refused it or could not be reached.
        InvalidArgument: `attempt` is less than 1.

    Example:
        >>> run.download_code("code")
        PosixPath('code')
    """
    deadline = Deadline(timeout)
    details = await details_for(self, deadline)
    bundle = bundle_of(details)
    name = label(action_id_of(self))
    if bundle is None or bundle.tgz is None:
        raise NotFound(f"{name} ran what is in its image; there is no code to download")
    url = await _link(self, dataproxy.ArtifactType.CODE_BUNDLE, attempt, "code", deadline)
    folder = await asyncio.to_thread(_directory, dest)
    archive = folder / (Path(urlsplit(bundle.tgz).path).name or "code.tar.gz")
    handle, part = tempfile.mkstemp(dir=folder, prefix=".remora-")
    try:
        with os.fdopen(handle, "wb") as file:
            async with contextlib.aclosing(_chunks(client_of(self), url, "code", deadline)) as chunks:
                async for data in chunks:
                    await asyncio.to_thread(file.write, data)
        if not extract:
            os.replace(part, archive)
            return archive
        await asyncio.to_thread(_unpack, Path(part), folder, name)
        return folder
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(part)


def _directory(dest: str | os.PathLike[str] | None) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="remora-code-") if dest is None else dest)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _unpack(archive: Path, folder: Path, name: str) -> None:
    from remora.transfer.archive import unpack

    try:
        unpack(str(archive), str(folder))
    except DownloadError as error:
        told = error.message.replace(str(archive), f"the code of {name}")
        raise DownloadError(told, path=str(folder)) from None


async def _link(
    entity: Action | Run, kind: dataproxy.ArtifactType, attempt: int | None, what: str, deadline: Deadline
) -> str:
    """A signed address of something that an attempt has left."""
    if attempt is not None and (isinstance(attempt, bool) or not isinstance(attempt, int)):
        raise TypeError(f"attempt: expected an int, got {type(attempt).__name__}")
    if attempt is not None and attempt < 1:
        raise InvalidArgument(f"attempt must be at least 1, got {attempt}")
    client, action_id = client_of(entity), action_id_of(entity)
    if attempt is None:
        details = await details_for(entity, deadline)
        attempt = max([1, *(item.attempt for item in details.attempts)])
    operation = cluster.SelectClusterRequestOperation.CREATE_DOWNLOAD_LINK
    caller = await routed(client, operation, action_id, timeout=deadline.left())
    identifier = common.ActionAttemptIdentifier(action_id=action_id, attempt=attempt)
    request = dataproxy.CreateDownloadLinkRequest(artifact_type=kind, action_attempt_id=identifier)
    stub = dataproxy.DataProxyServiceStub(caller)
    urls = (await stub.create_download_link(request, timeout=deadline.left())).pre_signed_urls
    if urls is None or not urls.signed_url:
        raise NotFound(f"attempt {attempt} of {label(action_id)} has no {what}")
    return urls.signed_url[0]


async def _chunks(client: Client, url: str, what: str, deadline: Deadline) -> AsyncGenerator[bytes, None]:
    """What is at a signed address, piece by piece. Errors say nothing of the address but its host."""
    import httpx

    host = urlsplit(url).hostname
    try:
        async with _store(client, url, deadline) as http, http.stream("GET", url) as response:
            if response.status_code == 404:
                raise NotFound(f"the object store does not have the {what}")
            if response.status_code != 200:
                raise RemoraError(f"the object store at {host} refused the {what}: HTTP {response.status_code}")
            async for part in response.aiter_bytes(_CHUNK):
                yield part
    except httpx.HTTPError as error:
        raise RemoraError(f"the {what} could not be fetched from {host}: {type(error).__name__}") from None


def _store(client: Client, url: str, deadline: Deadline) -> httpx.AsyncClient:
    """An HTTP client for the object store: no redirects, no cookies and no credentials of the control plane.

    Raises:
        RemoraError: the address is no HTTP address, or plaintext to another machine although the control plane itself
            is reached with TLS.
    """
    import httpx

    target = urlsplit(url)
    config = client.config
    if target.scheme not in ("http", "https") or not target.hostname:
        raise RemoraError("the control plane gave no HTTP address to download from")
    if target.scheme == "http" and config.endpoint.tls and target.hostname not in LOOPBACK:
        raise RemoraError(f"the control plane wants a download from {target.hostname} without TLS")
    left = deadline.left()
    timeout = httpx.Timeout(300.0 if left is None else left, connect=30.0 if left is None else min(30.0, left))
    return httpx.AsyncClient(timeout=timeout, **config.security.async_http_options(url))
