"""Fetching what an action leaves in the object store: its report, and the code that it ran."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from typing import TYPE_CHECKING

from remora.errors import DownloadError, InvalidArgument, NotFound
from remora.flyte.calls import action_id_of, label
from remora.flyte.code import bundle_of
from remora.flyte.data import details_for
from remora.flyte.deadline import Deadline

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from remora.flyte.parameters import Seconds
    from remora.transfer.downloads import Download
    from remora.transfer.links import Artifact
    from remora_api.entities import Action, Run

LARGEST_REPORT = 64 * 1024 * 1024
"""Bytes of a report that are read into memory."""


async def get_report(self: Action | Run, attempt: int | None = None, *, timeout: Seconds | None = None) -> str:
    """The HTML report that the action has written; for a run that of its root action.

    Args:
        self: The run or action.
        attempt: Number of the attempt, counted from 1; None for the latest.
        timeout: How long the whole call may take, in seconds or as a `timedelta`.

    Raises:
        NotFound: the action has no report.
        DownloadError: the object store refused it, or could not be reached.
        InvalidArgument: `attempt` is less than 1.

    Example:
        >>> Path("report.html").write_text(run.get_report())
    """
    with _missing("report"):
        download = _download(self, "report", attempt, Deadline(timeout))
        content = await download.content(LARGEST_REPORT, f"the report of {label(action_id_of(self))}")
    return content.decode("utf-8", errors="replace")


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
        DownloadError: the object store refused it or could not be reached, or the archive is damaged or has a member
            that is refused.
        InvalidArgument: `attempt` is less than 1, or `dest` cannot be a directory.

    Example:
        >>> run.download_code("code")
        PosixPath('code')
    """
    from remora.transfer import archive
    from remora.transfer.downloads import name_in
    from remora.transfer.links import check_attempt

    check_attempt(attempt)
    deadline = Deadline(timeout)
    bundle = bundle_of(await details_for(self, deadline))
    name = label(action_id_of(self))
    if bundle is None or bundle.tgz is None:
        raise NotFound(f"{name} ran what is in its image; there is no code to download")
    folder = await asyncio.to_thread(_directory, dest)
    try:
        with _missing("code"):
            download = _download(self, "code", attempt, deadline)
            if extract:
                return await download.unpacked_in(folder, f"the code of {name}")
            return await download.to_file(os.path.join(folder, name_in(bundle.tgz)))
    except BaseException:
        if dest is None:  # nobody knows of it
            await asyncio.to_thread(archive.remove, folder)
        raise


def _download(entity: Action | Run, artifact: Artifact, attempt: int | None, deadline: Deadline) -> Download:
    from remora.transfer.downloads import Download

    return Download(entity, artifact, attempt, True, False, deadline.left(), None)


@contextlib.contextmanager
def _missing(what: str) -> Iterator[None]:
    """What the store does not have is not found."""
    try:
        yield
    except DownloadError as error:
        if error.status != 404:
            raise
        raise NotFound(f"the object store does not have the {what}") from None


def _directory(dest: str | os.PathLike[str] | None) -> str:
    if dest is None:
        return tempfile.mkdtemp(prefix="remora-code-")
    try:
        os.makedirs(dest, exist_ok=True)
    except OSError as error:
        raise InvalidArgument(f"dest: {os.fspath(dest)} cannot be made a directory: {error.strerror}") from None
    return os.fspath(dest)
