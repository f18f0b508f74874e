"""`upload_dir` as union.remote has it: with a digest beside the location."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from remora.client import Client
    from remora.flyte.parameters import Seconds
    from remora.transfer.reports import UploadReport


class _UploadDir:
    """Upload a directory to the object store of the control plane; `remora.upload` has all options and tells more."""

    __slots__ = ()
    __name__ = "upload_dir"

    def __call__(
        self, dir_path: str | os.PathLike[str], *, timeout: Seconds | None = None, client: Client | None = None
    ) -> tuple[str, str]:
        """Upload a directory and wait until the store has all of it.

        Args:
            dir_path: The directory.
            timeout: How long the whole upload may take, in seconds or as a `timedelta`.
            client: The client to use, if not the current one.

        Returns:
            A digest of the tree, and the URI of the directory. The digest is the MD5, in hexadecimal, of one line for
            each file, sorted by path: its own MD5, two spaces, its path below the directory.

        Raises:
            InvalidArgument: `dir_path` is not a directory, has no files, or something in it cannot be uploaded.
            UploadIncomplete: some files could not be uploaded; it names them.

        Example:
            >>> digest, uri = upload_dir("corpus")
        """
        from remora.transfer.functions.upload import upload

        return _with_digest(upload(dir_path, timeout=timeout, client=client))

    async def aio(
        self, dir_path: str | os.PathLike[str], *, timeout: Seconds | None = None, client: Client | None = None
    ) -> tuple[str, str]:
        """Upload a directory on the caller's event loop.

        Args:
            dir_path: The directory.
            timeout: How long the whole upload may take, in seconds or as a `timedelta`.
            client: The client to use, if not the current one.

        Returns:
            A digest of the tree, and the URI of the directory, as the blocking form gives them.

        Raises:
            InvalidArgument: `dir_path` is not a directory, has no files, or something in it cannot be uploaded.
            UploadIncomplete: some files could not be uploaded; it names them.
        """
        from remora.transfer.functions.upload import upload

        return _with_digest(await upload.aio(dir_path, timeout=timeout, client=client))


upload_dir = _UploadDir()
"""Upload a directory: `upload_dir(path)` blocks, `await upload_dir.aio(path)` does not."""


def _with_digest(report: UploadReport) -> tuple[str, str]:
    import hashlib

    lines = "".join(f"{digest}  {path}\n" for path, digest in sorted(report.digests.items()))
    return hashlib.md5(lines.encode(), usedforsecurity=False).hexdigest(), report.uri
