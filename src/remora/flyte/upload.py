"""Uploading one file to the control plane's object store."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from remora.errors import InvalidArgument
from remora.flyte.deadline import Deadline
from remora.flyte.parameters import Seconds

if TYPE_CHECKING:
    import ssl

    from remora.client import Client


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
        project: str | None = None,
        domain: str | None = None,
        timeout: Seconds | None = None,
        client: Client | None = None,
    ) -> tuple[str, str]:
        """Upload a file and wait until the store has it.

        Args:
            fp: The file.
            verify: Check the store's TLS certificate: True, False, the path of a CA bundle, or an SSL context.
            fname: Name in the store; the file's own name by default.
            content_type: Media type to store with it.
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

        call = _upload(fp, verify, fname, content_type, project, domain, timeout, client)
        return run_sync(call, "upload_file")

    async def aio(
        self,
        fp: str | os.PathLike[str],
        verify: bool | str | ssl.SSLContext = True,
        fname: str | None = None,
        content_type: str | None = None,
        *,
        project: str | None = None,
        domain: str | None = None,
        timeout: Seconds | None = None,
        client: Client | None = None,
    ) -> tuple[str, str]:
        """Upload a file on the caller's event loop.

        Args:
            fp: The file.
            verify: Check the store's TLS certificate: True, False, the path of a CA bundle, or an SSL context.
            fname: Name in the store; the file's own name by default.
            content_type: Media type to store with it.
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
        return await _upload(fp, verify, fname, content_type, project, domain, timeout, client)


upload_file = _UploadFile()
"""Upload one file: `upload_file(path)` blocks, `await upload_file.aio(path)` does not."""


async def _upload(
    fp: str | os.PathLike[str],
    verify: bool | str | ssl.SSLContext,
    fname: str | None,
    content_type: str | None,
    project: str | None,
    domain: str | None,
    timeout: Seconds | None,
    client: Client | None,
) -> tuple[str, str]:
    from remora.client import resolve_client
    from remora.flyte.upload_call import Upload

    path, name = _checked(fp, fname)
    found = resolve_client(client)
    upload = Upload(
        client=found,
        path=path,
        name=name,
        content_type=content_type,
        org=found.value("org", None, required=False),
        project=found.value("project", project),
        domain=found.value("domain", domain),
        verify=verify,
        deadline=Deadline(timeout),
    )
    return await upload.run()


def _checked(fp: str | os.PathLike[str], fname: str | None) -> tuple[str, str]:
    """The file's path, and its name in the store.

    Raises:
        InvalidArgument: it is not a file, or the name is not allowed.
    """
    path = os.fspath(fp)
    if not isinstance(path, str):
        raise TypeError(f"fp: expected a path as text, got {type(path).__name__}")
    if not os.path.isfile(path):
        raise InvalidArgument(f"fp: {path} is not a file", hint=None if os.path.exists(path) else "it does not exist")
    name = os.path.basename(path) if fname is None else fname
    if not name or "\0" in name or any(part in ("", ".", "..") for part in name.split("/")):
        raise InvalidArgument(f"fname: {name!r} cannot be a name in the store")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise InvalidArgument("fname: the name is not valid Unicode", hint="give another one as fname=") from None
    return path, name
