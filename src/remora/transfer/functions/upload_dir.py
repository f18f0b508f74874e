"""`upload_dir`: a directory with all that is in it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

    from remora.client import Client
    from remora.flyte.parameters import Seconds
    from remora.transfer.reports import Progress


class _UploadDir:
    """Upload a directory to the object store of the control plane.

    Files keep their paths below the directory. Everything is looked at before anything is sent: links, pipes and what
    else cannot be uploaded is an error that names it, and so is a directory without files.
    """

    __slots__ = ()
    __name__ = "upload_dir"

    def __call__(
        self,
        dir_path: str | os.PathLike[str],
        verify: bool | str | ssl.SSLContext = True,
        prefix: str | None = None,
        *,
        ignore: Sequence[str] = (),
        follow_symlinks: bool = False,
        concurrency: int = 8,
        progress: Progress = None,
        project: str | None = None,
        domain: str | None = None,
        timeout: Seconds | None = None,
        client: Client | None = None,
    ) -> str:
        """Upload a directory and wait until the store has all of it.

        Args:
            dir_path: The directory.
            verify: Check the store's TLS certificate: True (as the client's settings say), False, the path of a CA
                bundle, or an SSL context.
            prefix: Name of the directory in the store; a random one by default. With the same one again, files that
                the store has already are not sent.
            ignore: Gitignore patterns of what to leave out, beside those in the directory's `.flyteignore`.
            follow_symlinks: Upload what symbolic links point to. Links to the outside are never followed.
            concurrency: Files that are sent at a time.
            progress: A function that is told of each step, True for a bar on stderr, False for nothing, None for a bar
                if stderr is a terminal and `rich` is installed.
            project: Project that owns the upload, if not the client's.
            domain: Domain that owns the upload, if not the client's.
            timeout: How long the whole upload may take, in seconds or as a `timedelta`.
            client: The client to use, if not the current one.

        Returns:
            The URI of the directory: `remora.Dir(uri)` can be an input.

        Raises:
            InvalidArgument: `dir_path` is not a directory, has no files, or something in it cannot be uploaded.
            UploadIncomplete: some files could not be uploaded; it names them, and has the `prefix` to go on with.
            NotFound: the project does not exist.
            ConfigError: nothing says which project and domain own the upload, or patterns need `remora[ignore]`.

        Example:
            >>> uri = remora.upload_dir("corpus", ignore=["*.tmp"])
            >>> task.run(documents=remora.Dir(uri))
        """
        from remora.dual import run_sync

        call = _upload(
            dir_path, verify, prefix, ignore, follow_symlinks, concurrency, progress, project, domain, timeout, client
        )
        return run_sync(call, "upload_dir")

    async def aio(
        self,
        dir_path: str | os.PathLike[str],
        verify: bool | str | ssl.SSLContext = True,
        prefix: str | None = None,
        *,
        ignore: Sequence[str] = (),
        follow_symlinks: bool = False,
        concurrency: int = 8,
        progress: Progress = None,
        project: str | None = None,
        domain: str | None = None,
        timeout: Seconds | None = None,
        client: Client | None = None,
    ) -> str:
        """Upload a directory on the caller's event loop.

        Args:
            dir_path: The directory.
            verify: Check the store's TLS certificate: True (as the client's settings say), False, the path of a CA
                bundle, or an SSL context.
            prefix: Name of the directory in the store; a random one by default. With the same one again, files that
                the store has already are not sent.
            ignore: Gitignore patterns of what to leave out, beside those in the directory's `.flyteignore`.
            follow_symlinks: Upload what symbolic links point to. Links to the outside are never followed.
            concurrency: Files that are sent at a time.
            progress: A function that is told of each step, True for a bar on stderr, False for nothing, None for a bar
                if stderr is a terminal and `rich` is installed.
            project: Project that owns the upload, if not the client's.
            domain: Domain that owns the upload, if not the client's.
            timeout: How long the whole upload may take, in seconds or as a `timedelta`.
            client: The client to use, if not the current one.

        Returns:
            The URI of the directory.

        Raises:
            InvalidArgument: `dir_path` is not a directory, has no files, or something in it cannot be uploaded.
            UploadIncomplete: some files could not be uploaded; it names them, and has the `prefix` to go on with.
            NotFound: the project does not exist.
            ConfigError: nothing says which project and domain own the upload, or patterns need `remora[ignore]`.
        """
        return await _upload(
            dir_path, verify, prefix, ignore, follow_symlinks, concurrency, progress, project, domain, timeout, client
        )


upload_dir = _UploadDir()
"""Upload a directory: `upload_dir(path)` blocks, `await upload_dir.aio(path)` does not."""


async def _upload(
    dir_path: str | os.PathLike[str],
    verify: bool | str | ssl.SSLContext,
    prefix: str | None,
    ignore: Sequence[str],
    follow_symlinks: bool,
    concurrency: int,
    progress: Progress,
    project: str | None,
    domain: str | None,
    timeout: Seconds | None,
    client: Client | None,
) -> str:
    from remora.transfer.uploads import Manner, Owner, upload_tree

    owner = Owner(client, project, domain)
    manner = Manner(verify, timeout, progress, concurrency)
    report = await upload_tree(dir_path, owner, manner, prefix=prefix, ignore=ignore, follow_symlinks=follow_symlinks)
    return report.uri
