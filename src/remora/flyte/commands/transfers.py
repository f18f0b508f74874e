"""Uploads from a command line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from remora.flyte.parameters import Seconds
    from remora.transfer.reports import UploadReport


def upload(
    path: Path,
    *,
    prefix: str | None = None,
    ignore: Sequence[str] = (),
    follow_symlinks: bool = False,
    concurrency: int = 8,
    fname: str | None = None,
    content_type: str | None = None,
    progress: bool | None = None,
    project: str | None = None,
    domain: str | None = None,
    timeout: Seconds | None = None,
) -> UploadReport:
    """Upload a file or a directory.

    Shows where everything is; a bar on stderr shows progress if that is a terminal.

    Args:
        path: The file or the directory.
        prefix: Of a directory: its name in the store; with the same one again, files that the store has already are
            not sent.
        ignore: Of a directory: a gitignore pattern of what to leave out, beside those in its .flyteignore.
        follow_symlinks: Of a directory: upload what symbolic links point to, but never the outside.
        concurrency: Of a directory: files that are sent at a time.
        fname: Of a file: its name in the store.
        content_type: Of a file: media type to store with it.
        progress: Show a bar on stderr, or none.
        project: Project that owns the upload, if not that of the settings.
        domain: Domain that owns the upload, if not that of the settings.
        timeout: How long the whole upload may take.

    Raises:
        InvalidArgument: nothing is at `path`, or something in it cannot be uploaded.
        UploadError: the upload did not get through.
    """
    from remora.transfer import upload as send

    return send(
        path,
        prefix=prefix,
        ignore=ignore,
        follow_symlinks=follow_symlinks,
        concurrency=concurrency,
        fname=fname,
        content_type=content_type,
        progress=progress,
        project=project,
        domain=domain,
        timeout=timeout,
    )
