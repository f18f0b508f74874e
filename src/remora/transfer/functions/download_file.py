"""`download_file`: a report or a code bundle as one file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

    from remora.client import Client
    from remora.flyte.parameters import Seconds
    from remora.transfer.links import Artifact, Source
    from remora.transfer.reports import Progress


class _DownloadFile:
    """Download the report of an attempt, or the code that it ran, as one file.

    The file appears under its name when it is complete and its size and digest are right.
    """

    __slots__ = ()
    __name__ = "download_file"

    def __call__(
        self,
        source: Source,
        dest: str | os.PathLike[str] | None = None,
        artifact: Artifact = "report",
        *,
        attempt: int | None = None,
        verify: bool | str | ssl.SSLContext = True,
        progress: Progress = None,
        timeout: Seconds | None = None,
        client: Client | None = None,
    ) -> Path:
        """Download a file and wait until it is there.

        Args:
            source: A run, action or task, the identifier of an attempt, task or app, or a URL that can be read as it
                is.
            dest: The file to write, or a folder to write it into; the working directory by default.
            artifact: "report", or "code" for the code bundle.
            attempt: Of a run or action: which attempt, counted from 1; the latest by default.
            verify: Check the store's TLS certificate: True (as the client's settings say), False, the path of a CA
                bundle, or an SSL context.
            progress: A function that is told of each step, True for a bar on stderr, False for nothing, None for a bar
                if stderr is a terminal and `rich` is installed.
            timeout: How long the download may take, in seconds or as a `timedelta`.
            client: The client to use, if not that of the source or the current one.

        Returns:
            Where the file is.

        Raises:
            NotFound: there is no such attempt, or it has no such artifact.
            InvalidArgument: the control plane gives no links to it, or `dest` cannot be.
            DownloadError: the store could not be reached, or what came was not complete or damaged.

        Example:
            >>> path = remora.download_file(run, "report.html")
        """
        from remora.dual import run_sync

        call = _download(source, dest, artifact, attempt, verify, progress, timeout, client)
        return run_sync(call, "download_file")

    async def aio(
        self,
        source: Source,
        dest: str | os.PathLike[str] | None = None,
        artifact: Artifact = "report",
        *,
        attempt: int | None = None,
        verify: bool | str | ssl.SSLContext = True,
        progress: Progress = None,
        timeout: Seconds | None = None,
        client: Client | None = None,
    ) -> Path:
        """Download a file on the caller's event loop.

        Args:
            source: A run, action or task, the identifier of an attempt, task or app, or a URL that can be read as it
                is.
            dest: The file to write, or a folder to write it into; the working directory by default.
            artifact: "report", or "code" for the code bundle.
            attempt: Of a run or action: which attempt, counted from 1; the latest by default.
            verify: Check the store's TLS certificate: True (as the client's settings say), False, the path of a CA
                bundle, or an SSL context.
            progress: A function that is told of each step, True for a bar on stderr, False for nothing, None for a bar
                if stderr is a terminal and `rich` is installed.
            timeout: How long the download may take, in seconds or as a `timedelta`.
            client: The client to use, if not that of the source or the current one.

        Returns:
            Where the file is.

        Raises:
            NotFound: there is no such attempt, or it has no such artifact.
            InvalidArgument: the control plane gives no links to it, or `dest` cannot be.
            DownloadError: the store could not be reached, or what came was not complete or damaged.
        """
        return await _download(source, dest, artifact, attempt, verify, progress, timeout, client)


download_file = _DownloadFile()
"""Download one file: `download_file(run)` blocks, `await download_file.aio(run)` does not."""


async def _download(
    source: Source,
    dest: str | os.PathLike[str] | None,
    artifact: Artifact,
    attempt: int | None,
    verify: bool | str | ssl.SSLContext,
    progress: Progress,
    timeout: Seconds | None,
    client: Client | None,
) -> Path:
    from remora.transfer.downloads import Download

    return await Download(source, artifact, attempt, verify, progress, timeout, client).to_file(dest)
