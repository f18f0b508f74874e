"""`download_dir`: a code bundle or a report as a folder."""

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


class _DownloadDir:
    """Download the code that an attempt ran, or its report, as a folder.

    An archive is unpacked; members that lead out of the folder, links and devices are refused. The folder appears
    under its name when it is complete.
    """

    __slots__ = ()
    __name__ = "download_dir"

    def __call__(
        self,
        source: Source,
        dest: str | os.PathLike[str],
        artifact: Artifact = "code",
        *,
        attempt: int | None = None,
        verify: bool | str | ssl.SSLContext = True,
        progress: Progress = None,
        timeout: Seconds | None = None,
        client: Client | None = None,
    ) -> Path:
        """Download a folder and wait until it is complete.

        Args:
            source: A run, action or task, the identifier of an attempt, task or app, or a URL that can be read as it
                is.
            dest: The folder to make; it may be there already if it is empty.
            artifact: "code" for the code bundle, or "report".
            attempt: Of a run or action: which attempt, counted from 1; the latest by default.
            verify: Check the store's TLS certificate: True (as the client's settings say), False, the path of a CA
                bundle, or an SSL context.
            progress: A function that is told of each step, True for a bar on stderr, False for nothing, None for a bar
                if stderr is a terminal and `rich` is installed.
            timeout: How long the download may take, in seconds or as a `timedelta`.
            client: The client to use, if not that of the source or the current one.

        Returns:
            The folder.

        Raises:
            NotFound: there is no such attempt, or it has no such artifact.
            InvalidArgument: the control plane gives no links to it, or `dest` cannot be.
            DownloadError: the store could not be reached, or what came was not complete, damaged,
                or not safe to unpack.

        Example:
            >>> folder = remora.download_dir(run, "code")
        """
        from remora.dual import run_sync

        call = _download(source, dest, artifact, attempt, verify, progress, timeout, client)
        return run_sync(call, "download_dir")

    async def aio(
        self,
        source: Source,
        dest: str | os.PathLike[str],
        artifact: Artifact = "code",
        *,
        attempt: int | None = None,
        verify: bool | str | ssl.SSLContext = True,
        progress: Progress = None,
        timeout: Seconds | None = None,
        client: Client | None = None,
    ) -> Path:
        """Download a folder on the caller's event loop.

        Args:
            source: A run, action or task, the identifier of an attempt, task or app, or a URL that can be read as it
                is.
            dest: The folder to make; it may be there already if it is empty.
            artifact: "code" for the code bundle, or "report".
            attempt: Of a run or action: which attempt, counted from 1; the latest by default.
            verify: Check the store's TLS certificate: True (as the client's settings say), False, the path of a CA
                bundle, or an SSL context.
            progress: A function that is told of each step, True for a bar on stderr, False for nothing, None for a bar
                if stderr is a terminal and `rich` is installed.
            timeout: How long the download may take, in seconds or as a `timedelta`.
            client: The client to use, if not that of the source or the current one.

        Returns:
            The folder.

        Raises:
            NotFound: there is no such attempt, or it has no such artifact.
            InvalidArgument: the control plane gives no links to it, or `dest` cannot be.
            DownloadError: the store could not be reached, or what came was not complete, damaged,
                or not safe to unpack.
        """
        return await _download(source, dest, artifact, attempt, verify, progress, timeout, client)


download_dir = _DownloadDir()
"""Download a folder: `download_dir(run, folder)` blocks, `await download_dir.aio(run, folder)` does not."""


async def _download(
    source: Source,
    dest: str | os.PathLike[str],
    artifact: Artifact,
    attempt: int | None,
    verify: bool | str | ssl.SSLContext,
    progress: Progress,
    timeout: Seconds | None,
    client: Client | None,
) -> Path:
    from remora.transfer.downloads import Download

    return await Download(source, artifact, attempt, verify, progress, timeout, client).to_folder(dest)
