"""One upload: hash the file, ask where it may go, send it, repeat what may be repeated."""

from __future__ import annotations

import asyncio
import hashlib
import random
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit

from remora.errors import UploadError
from remora.flyte.upload_http import check_target, send_headers, store_client
from remora_api.flyteidl2 import dataproxy
from remora_api.google import protobuf

if TYPE_CHECKING:
    import ssl

    import httpx

    from remora.client import Client
    from remora.flyte.deadline import Deadline

CHUNK = 256 * 1024
"""Bytes that are read at a time; two pieces are in memory at most."""

ATTEMPTS = 5
_FIRST_DELAY, _LARGEST_DELAY, _LARGEST_RETRY_AFTER = 0.5, 10.0, 60.0
_EXPIRES_SECONDS = 900

_RETRIED_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
_CODE = re.compile(rb"<Code>([A-Za-z0-9]{1,60})</Code>")
_EXPIRED = re.compile(
    rb"request has expired|expiredtoken|signature not valid in the specified time frame", re.IGNORECASE
)


class _FileChanged(Exception):
    """The file is not the one that was hashed."""


@dataclass(frozen=True)
class _Content:
    """What a file held when it was hashed."""

    md5: bytes
    size: int


@dataclass
class _Failed(Exception):
    """An attempt that may be repeated.

    Attributes:
        reason: What went wrong, for the error when there are no attempts left.
        status: HTTP status, if the store answered.
        retry_after: Seconds that the store asks to wait.
        expired: The signed URL has run out; a new one is needed.
        changed: The file is another one than was hashed.
    """

    reason: str
    status: int | None = None
    retry_after: float | None = None
    expired: bool = False
    changed: bool = False


@dataclass
class Upload:
    """One upload of one file; `run` does it."""

    client: Client
    path: str
    name: str
    content_type: str | None
    org: str
    project: str
    domain: str
    verify: bool | str | ssl.SSLContext
    deadline: Deadline

    async def run(self) -> tuple[str, str]:
        """Upload; the MD5 digest in hexadecimal and the URI."""
        try:
            return await asyncio.wait_for(self._run(), self.deadline.left())
        except asyncio.TimeoutError:
            raise UploadError(f"{self.path} was not uploaded in time", path=self.path) from None
        except OSError as error:
            raise UploadError(f"{self.path} cannot be read: {error.strerror}", path=self.path) from None

    async def _run(self) -> tuple[str, str]:
        content = await asyncio.to_thread(_hashed, self.path)
        location = await self._location(content)
        async with store_client(self.client, location.signed_url, self.verify) as http:
            attempt = 1
            while (failed := await self._attempt(http, location, content)) is not None:
                if attempt == ATTEMPTS:
                    raise UploadError(
                        f"{self.path} was not uploaded after {ATTEMPTS} attempts: {failed.reason}",
                        path=self.path,
                        status=failed.status,
                    )
                await asyncio.sleep(_delay(attempt, failed.retry_after))
                attempt += 1
                if failed.changed:
                    content = await asyncio.to_thread(_hashed, self.path)
                if failed.changed or failed.expired:
                    location = await self._location(content)
        return content.md5.hex(), location.native_url

    async def _attempt(
        self, http: httpx.AsyncClient, location: dataproxy.CreateUploadLocationResponse, content: _Content
    ) -> _Failed | None:
        """Send the file once; what went wrong if it may be sent again, None if the store has it."""
        try:
            await self._put(http, location, content)
        except _FileChanged:
            return _Failed("the file changes while it is being read", changed=True)
        except _Failed as failed:
            return failed
        return None

    async def _location(self, content: _Content) -> dataproxy.CreateUploadLocationResponse:
        request = dataproxy.CreateUploadLocationRequest(
            project=self.project,
            domain=self.domain,
            org=self.org,
            filename=self.name,
            content_md5=content.md5,
            content_length=content.size,
            expires_in=protobuf.Duration(seconds=_EXPIRES_SECONDS),
            add_content_md5_metadata=True,
        )
        stub = dataproxy.DataProxyServiceStub(self.client)
        location = await stub.create_upload_location(request)
        check_target(location.signed_url, self.path, plaintext_ok=not self.client.config.endpoint.tls)
        return location

    async def _put(
        self, http: httpx.AsyncClient, location: dataproxy.CreateUploadLocationResponse, content: _Content
    ) -> None:
        import httpx

        headers = send_headers(location, self.path, content.md5, content.size, self.content_type)
        changed = False

        async def body() -> AsyncIterator[bytes]:
            nonlocal changed
            try:
                async for piece in _pieces(self.path, content):
                    yield piece
            except _FileChanged:
                changed = True
                raise

        try:
            response = await http.put(location.signed_url, content=body(), headers=headers)
        except _FileChanged:
            raise
        except httpx.HTTPError as error:
            if changed:
                raise _FileChanged from None
            raise _Failed(f"{type(error).__name__} while talking to {_host(location.signed_url)}") from None
        if response.status_code in (200, 201, 204):
            return
        self._refused(response, location)

    def _refused(self, response: httpx.Response, location: dataproxy.CreateUploadLocationResponse) -> None:
        """Raise for an answer that is not success."""
        body = response.content[:4096]
        found = _CODE.search(body)
        code = found[1].decode() if found else ""
        status = response.status_code
        reason = f"{_host(location.signed_url)} answered HTTP {status}{f' {code}' if code else ''}"
        if status in (400, 403) and _EXPIRED.search(body):
            raise _Failed(reason, status, expired=True)
        if status in _RETRIED_STATUSES or (status == 400 and code == "RequestTimeout"):
            raise _Failed(reason, status, _retry_after(response.headers.get("retry-after")))
        raise UploadError(f"{self.path} was not uploaded: {reason}", path=self.path, status=status)


def _hashed(path: str) -> _Content:
    """Digest and size, read in pieces. Blocks: belongs on a worker thread."""
    digest, size = hashlib.md5(usedforsecurity=False), 0
    with open(path, "rb") as file:
        while piece := file.read(CHUNK):
            digest.update(piece)
            size += len(piece)
    return _Content(digest.digest(), size)


async def _pieces(path: str, content: _Content) -> AsyncIterator[bytes]:
    """The file in pieces. The last one is held back until all of it is known to be what was hashed.

    Raises:
        _FileChanged: it is not; the store has not got a complete body then.
    """
    digest, size = hashlib.md5(usedforsecurity=False), 0
    held = b""
    file: BinaryIO = await asyncio.to_thread(open, path, "rb")
    try:
        while piece := await asyncio.to_thread(file.read, CHUNK):
            digest.update(piece)
            size += len(piece)
            if size > content.size:
                raise _FileChanged
            if held:
                yield held
            held = piece
        if size != content.size or digest.digest() != content.md5:
            raise _FileChanged
        if held:
            yield held
    finally:
        file.close()


def _host(url: str) -> str:
    """Host of a signed URL: all of it that may be shown."""
    return urlsplit(url).hostname or "the object store"


def _delay(attempt: int, retry_after: float | None) -> float:
    if retry_after is not None:
        return min(retry_after, _LARGEST_RETRY_AFTER)
    return random.uniform(0, min(_LARGEST_DELAY, _FIRST_DELAY * 2 ** (attempt - 1)))


def _retry_after(value: str | None) -> float | None:
    """Seconds of a Retry-After header (RFC 9110 §10.2.3): a number or a date."""
    if not value:
        return None
    if value.strip().isdigit():
        return float(value)
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError):
        return None
