"""`upload`: a file or a directory, with a report of everything."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

    from remora.client import Client
    from remora.flyte.parameters import Seconds
    from remora.transfer.reports import Progress, UploadReport


class _Upload:
    """Upload a file or a directory, and tell all about it: `upload_file` and `upload_dir` with a report."""

    __slots__ = ()
    __name__ = "upload"

    def __call__(
        self,
        path: str | os.PathLike[str],
        verify: bool | str | ssl.SSLContext = True,
        *,
        prefix: str | None = None,
        ignore: Sequence[str] = (),
        follow_symlinks: bool = False,
        concurrency: int = 8,
        fname: str | None = None,
        content_type: str | None = None,
        progress: Progress = None,
        project: str | None = None,
        domain: str | None = None,
        timeout: Seconds | None = None,
        client: Client | None = None,
    ) -> UploadReport:
        """Upload a file or a directory and wait until the store has it.

        Args:
            path: The file or the directory.
            verify: Check the store's TLS certificate: True (as the client's settings say), False, the path of a CA
                bundle, or an SSL context.
            prefix: Of a directory: its name in the store; with the same one again, files that the store has already
                are not sent.
            ignore: Of a directory: gitignore patterns of what to leave out, beside those in its `.flyteignore`.
            follow_symlinks: Of a directory: upload what symbolic links point to, but never the outside.
            concurrency: Of a directory: files that are sent at a time.
            fname: Of a file: its name in the store.
            content_type: Of a file: media type to store with it.
            progress: A function that is told of each step, True for a bar on stderr, False for nothing, None for a bar
                if stderr is a terminal and `rich` is installed.
            project: Project that owns the upload, if not the client's.
            domain: Domain that owns the upload, if not the client's.
            timeout: How long the whole upload may take, in seconds or as a `timedelta`.
            client: The client to use, if not the current one.

        Returns:
            Where everything is, with digests, sizes, retries and the time it took.

        Raises:
            InvalidArgument: nothing is at `path`, something in it cannot be uploaded, or a parameter is for the other
                kind.
            UploadError: the file could not be uploaded.
            UploadIncomplete: some files of the directory could not be uploaded.
            NotFound: the project does not exist.
            ConfigError: nothing says which project and domain own the upload, or patterns need `remora[ignore]`.

        Example:
            >>> report = remora.upload("corpus")
            >>> print(report.uri, len(report.files), report.bytes, report.seconds)
        """
        from remora.dual import run_sync

        call = _upload(
            path,
            verify,
            prefix,
            ignore,
            follow_symlinks,
            concurrency,
            fname,
            content_type,
            progress,
            project,
            domain,
            timeout,
            client,
        )
        return run_sync(call, "upload")

    async def aio(
        self,
        path: str | os.PathLike[str],
        verify: bool | str | ssl.SSLContext = True,
        *,
        prefix: str | None = None,
        ignore: Sequence[str] = (),
        follow_symlinks: bool = False,
        concurrency: int = 8,
        fname: str | None = None,
        content_type: str | None = None,
        progress: Progress = None,
        project: str | None = None,
        domain: str | None = None,
        timeout: Seconds | None = None,
        client: Client | None = None,
    ) -> UploadReport:
        """Upload a file or a directory on the caller's event loop.

        Args:
            path: The file or the directory.
            verify: Check the store's TLS certificate: True (as the client's settings say), False, the path of a CA
                bundle, or an SSL context.
            prefix: Of a directory: its name in the store; with the same one again, files that the store has already
                are not sent.
            ignore: Of a directory: gitignore patterns of what to leave out, beside those in its `.flyteignore`.
            follow_symlinks: Of a directory: upload what symbolic links point to, but never the outside.
            concurrency: Of a directory: files that are sent at a time.
            fname: Of a file: its name in the store.
            content_type: Of a file: media type to store with it.
            progress: A function that is told of each step, True for a bar on stderr, False for nothing, None for a bar
                if stderr is a terminal and `rich` is installed.
            project: Project that owns the upload, if not the client's.
            domain: Domain that owns the upload, if not the client's.
            timeout: How long the whole upload may take, in seconds or as a `timedelta`.
            client: The client to use, if not the current one.

        Returns:
            Where everything is, with digests, sizes, retries and the time it took.

        Raises:
            InvalidArgument: nothing is at `path`, something in it cannot be uploaded, or a parameter is for the other
                kind.
            UploadError: the file could not be uploaded.
            UploadIncomplete: some files of the directory could not be uploaded.
            NotFound: the project does not exist.
            ConfigError: nothing says which project and domain own the upload, or patterns need `remora[ignore]`.
        """
        return await _upload(
            path,
            verify,
            prefix,
            ignore,
            follow_symlinks,
            concurrency,
            fname,
            content_type,
            progress,
            project,
            domain,
            timeout,
            client,
        )


upload = _Upload()
"""Upload a file or a directory: `upload(path)` blocks, `await upload.aio(path)` does not."""


async def _upload(
    path: str | os.PathLike[str],
    verify: bool | str | ssl.SSLContext,
    prefix: str | None,
    ignore: Sequence[str],
    follow_symlinks: bool,
    concurrency: int,
    fname: str | None,
    content_type: str | None,
    progress: Progress,
    project: str | None,
    domain: str | None,
    timeout: Seconds | None,
    client: Client | None,
) -> UploadReport:
    from remora.transfer.sources import is_directory
    from remora.transfer.uploads import Manner, Owner, upload_one, upload_tree

    owner = Owner(client, project, domain)
    for_a_file = fname is not None or content_type is not None
    for_a_directory = prefix is not None or bool(ignore) or follow_symlinks
    if is_directory(path, for_a_file=for_a_file, for_a_directory=for_a_directory):
        manner = Manner(verify, timeout, progress, concurrency)
        return await upload_tree(path, owner, manner, prefix=prefix, ignore=ignore, follow_symlinks=follow_symlinks)
    manner = Manner(verify, timeout, progress)
    return await upload_one(path, owner, manner, fname=fname, content_type=content_type)
