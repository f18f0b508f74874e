"""What the object store does with a request: upload an object, or send one."""

from __future__ import annotations

import asyncio
import base64
import binascii
import os
import stat
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from typing import TypeVar
from urllib.parse import unquote_to_bytes

from remora.dev.faults import Faults
from remora.dev.objects.failures import error_document, fail
from remora.dev.objects.files import Conflict, Incoming, ObjectFiles
from remora.dev.objects.http import HttpRequest, HttpResponse
from remora.dev.objects.keys import InvalidKey
from remora.dev.objects.signing import PREFIX, Refused, Signer
from remora.dev.store import objects
from remora.dev.store.database import Database

T = TypeVar("T")

# Bytes that are handed to a worker thread at a time; this, not the object, is what an upload holds in memory.
_BLOCK = 1024 * 1024
_STATUS = {
    "AccessDenied": 403,
    "SignatureDoesNotMatch": 403,
    "BadDigest": 400,
    "InvalidDigest": 400,
    "IncompleteBody": 400,
    "EntityTooLarge": 400,
    "InvalidURI": 400,
    "MissingContentLength": 411,
    "NoSuchKey": 404,
    "MethodNotAllowed": 405,
    "OperationAborted": 409,
}
_OCTETS = "application/octet-stream"


class ObjectHandlers:
    """Handler of the object store's HTTP server."""

    def __init__(
        self, files: ObjectFiles, signer: Signer, database: Database, faults: Faults, workers: Executor, max_size: int
    ) -> None:
        self._files = files
        self._signer = signer
        self._database = database
        self._faults = faults
        self._workers = workers
        self._max_size = max_size

    async def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer a request; errors look like those of S3."""
        for fault in self._faults.take("http", request.method):
            return await fail(fault, request, self._answer)
        return await self._answer(request)

    async def _answer(self, request: HttpRequest) -> HttpResponse:
        try:
            return await self._handle(request)
        except Refused as refused:
            body = error_document(refused.code, str(refused))
            return HttpResponse(_STATUS[refused.code], {"Content-Type": "application/xml"}, body)

    async def _handle(self, request: HttpRequest) -> HttpResponse:
        path, _, query = request.target.partition("?")
        if not path.startswith(PREFIX):
            raise Refused("NoSuchKey", "there is nothing here")
        if request.method not in ("GET", "HEAD", "PUT"):
            raise Refused("MethodNotAllowed", f"{request.method} is not supported")
        self._signer.check(request.method, path, query, request.headers)
        try:
            key = unquote_to_bytes(path[len(PREFIX) :]).decode()
            self._files.path(key)
        except (UnicodeDecodeError, InvalidKey) as error:
            raise Refused("InvalidURI", str(error)) from error
        if request.method == "PUT":
            return await self._put(key, request)
        return await self._get(key)

    async def _put(self, key: str, request: HttpRequest) -> HttpResponse:
        length = _content_length(request, self._max_size)
        wanted = _content_md5(request)
        incoming = await self._work(self._files.open_incoming, key)
        try:
            block = bytearray()
            async for piece in request.body:
                block += piece
                if incoming.size + len(block) > length:
                    raise Refused("IncompleteBody", "the body is longer than Content-Length says")
                if len(block) >= _BLOCK:
                    await self._work(incoming.write, block)
                    block = bytearray()
            await self._work(incoming.write, block)
            if incoming.size != length:
                raise Refused("IncompleteBody", "the body is shorter than Content-Length says")
            if wanted is not None and incoming.md5 != wanted:
                raise Refused("BadDigest", "The Content-MD5 you specified did not match what we received.")
            await self._commit(incoming, key, request.headers.get("content-type", _OCTETS))
        finally:
            await asyncio.shield(self._work(incoming.__exit__, None, None, None))
        return HttpResponse(200, {"ETag": f'"{incoming.md5.hex()}"'})

    async def _commit(self, incoming: Incoming, key: str, content_type: str) -> None:
        # What is known of an older object goes first: should this process die in between, nothing wrong is known.
        await self._database.run(lambda tx: objects.forget(tx, key))
        try:
            await self._work(incoming.commit)
        except Conflict as error:
            raise Refused("OperationAborted", "the name is that of a folder, or below an object") from error
        row = objects.ObjectRow(key, incoming.size, incoming.md5, content_type)
        await self._database.run(lambda tx: objects.put(tx, row))

    async def _get(self, key: str) -> HttpResponse:
        try:
            file = await self._work(os.open, self._files.path(key), os.O_RDONLY)
        except OSError:
            raise Refused("NoSuchKey", "The specified key does not exist.") from None
        body = _FileBody(file, self._workers)
        try:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise Refused("NoSuchKey", "The specified key does not exist.")
            row = await self._database.run(lambda tx: objects.get(tx, key))
        except BaseException:
            body.close()
            raise
        headers = {"Content-Type": _OCTETS}
        if row is not None and row.size == body.length:
            headers = {"Content-Type": row.content_type, "ETag": f'"{row.md5.hex()}"'}
        return HttpResponse(200, headers, body)

    def _work(self, function: Callable[..., T], *arguments: object) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._workers, lambda: function(*arguments))


class _FileBody:
    def __init__(self, file: int, workers: Executor) -> None:
        self._file = file
        self._workers = workers
        self.length = os.fstat(file).st_size

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = self.length
        while left > 0:
            loop = asyncio.get_running_loop()
            data = await loop.run_in_executor(
                self._workers, os.pread, self._file, min(_BLOCK, left), self.length - left
            )
            if not data:  # cannot happen: objects are replaced, never changed
                raise ConnectionAbortedError("an object became shorter while it was sent")
            left -= len(data)
            yield data

    def close(self) -> None:
        os.close(self._file)


def _content_length(request: HttpRequest, maximum: int) -> int:
    text = request.headers.get("content-length")
    if text is None:
        raise Refused("MissingContentLength", "You must provide the Content-Length HTTP header.")
    if int(text) > maximum:
        raise Refused("EntityTooLarge", f"at most {maximum} bytes can be uploaded")
    return int(text)


def _content_md5(request: HttpRequest) -> bytes | None:
    text = request.headers.get("content-md5")
    if text is None:
        return None
    try:
        digest = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != 16:
        raise Refused("InvalidDigest", "The Content-MD5 you specified is not valid.")
    return digest
