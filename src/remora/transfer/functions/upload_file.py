"""`upload_file`: one file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

    from remora.client import Client
    from remora.flyte.parameters import Seconds
    from remora.transfer.reports import Progress


class _UploadFile:
    """Upload one file to the object store of the control plane.

    The file is read in pieces, so memory does not grow with its size, and hashed away from the event loop. The same
    content under the same name gets the same address again.
    """

    __slots__ = ()
    __name__ = "upload_file"

    def __call__(
        self,
        fp: str | os.PathLike[str],
        verify: bool | str | ssl.SSLContext = True,
        fname: str | None = None,
        content_type: str | None = None,
        *,
        progress: Progress = None,
        project: str | None = None,
        domain: str | None = None,
        timeout: Seconds | None = None,
        client: Client | None = None,
    ) -> tuple[str, str]:
        """Upload a file and wait until the store has it.

        Args:
            fp: The file.
            verify: Check the store's TLS certificate: True (as the client's settings say), False, the path of a CA
                bundle, or an SSL context.
            fname: Name in the store; the file's own name by default.
            content_type: Media type to store with it.
            progress: A function that is told of each step, True for a bar on stderr, False for nothing, None for a bar
                if stderr is a terminal and `rich` is installed.
            project: Project that owns the upload, if not the client's.
            domain: Domain that owns the upload, if not the client's.
            timeout: How long the whole upload may take, in seconds or as a `timedelta`.
            client: The client to use, if not the current one.

        Returns:
            The MD5 digest in hexadecimal, and the URI of the file: `remora.File(uri)` can be an input.

        Raises:
            InvalidArgument: `fp` is not a file, or the name is not allowed.
            UploadError: the store refused the file, could not be reached, or the file changed meanwhile.
            NotFound: the project does not exist.
            ConfigError: nothing says which project and domain own the upload.

        Example:
            >>> digest, uri = remora.upload_file("report.csv")
            >>> task.run(table=remora.File(uri))
        """
        from remora.dual import run_sync

        call = _upload(fp, verify, fname, content_type, progress, project, domain, timeout, client)
        return run_sync(call, "upload_file")

    async def aio(
        self,
        fp: str | os.PathLike[str],
        verify: bool | str | ssl.SSLContext = True,
        fname: str | None = None,
        content_type: str | None = None,
        *,
        progress: Progress = None,
        project: str | None = None,
        domain: str | None = None,
        timeout: Seconds | None = None,
        client: Client | None = None,
    ) -> tuple[str, str]:
        """Upload a file on the caller's event loop.

        Args:
            fp: The file.
            verify: Check the store's TLS certificate: True (as the client's settings say), False, the path of a CA
                bundle, or an SSL context.
            fname: Name in the store; the file's own name by default.
            content_type: Media type to store with it.
            progress: A function that is told of each step, True for a bar on stderr, False for nothing, None for a bar
                if stderr is a terminal and `rich` is installed.
            project: Project that owns the upload, if not the client's.
            domain: Domain that owns the upload, if not the client's.
            timeout: How long the whole upload may take, in seconds or as a `timedelta`.
            client: The client to use, if not the current one.

        Returns:
            The MD5 digest in hexadecimal, and the URI of the file.

        Raises:
            InvalidArgument: `fp` is not a file, or the name is not allowed.
            UploadError: the store refused the file, could not be reached, or the file changed meanwhile.
            NotFound: the project does not exist.
            ConfigError: nothing says which project and domain own the upload.
        """
        return await _upload(fp, verify, fname, content_type, progress, project, domain, timeout, client)


upload_file = _UploadFile()
"""Upload one file: `upload_file(path)` blocks, `await upload_file.aio(path)` does not."""


async def _upload(
    fp: str | os.PathLike[str],
    verify: bool | str | ssl.SSLContext,
    fname: str | None,
    content_type: str | None,
    progress: Progress,
    project: str | None,
    domain: str | None,
    timeout: Seconds | None,
    client: Client | None,
) -> tuple[str, str]:
    from remora.transfer.uploads import Manner, Owner, upload_one

    owner = Owner(client, project, domain)
    manner = Manner(verify, timeout, progress)
    report = await upload_one(fp, owner, manner, fname=fname, content_type=content_type)
    (file,) = report.files
    return file.md5, file.uri
