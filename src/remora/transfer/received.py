"""A body that is being received: it is kept when it is complete and right."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import zlib
from collections.abc import Mapping
from typing import BinaryIO

from remora.transfer.attempts import Failed
from remora.transfer.places import Place

_HEX_MD5 = re.compile(r'"?([0-9a-fA-F]{32})"?')
_GOOGLE_MD5 = re.compile(r"(?:^|,)\s*md5=([A-Za-z0-9+/=]+)")
_OURS = "x-amz-meta-flytecontentmd5"


class Received:
    """Writes a body, and checks it. Everything here blocks and belongs on a worker thread.

    Args:
        place: Where it goes.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._file: BinaryIO | None = None

    def begin(self, headers: Mapping[str, str]) -> None:
        """Start anew, for an answer with these headers.

        Raises:
            Failed: its encoding is unknown.
            OSError: it cannot be written.
        """
        self.discard()
        self._headers = headers
        self._length = headers.get("content-length")
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._size = 0
        encoding = headers.get("content-encoding", "").strip().lower()
        if encoding not in ("", "identity", "gzip", "x-gzip"):
            raise Failed(f"it is encoded as {encoding[:40]!r}, which is not supported", repeat=False)
        self._unpack = zlib.decompressobj(31) if encoding.endswith("gzip") else None
        self._file = self._place.open()

    def write(self, data: bytes) -> None:
        """Add bytes of the body, as they came.

        Raises:
            Failed: they are not what their encoding says.
            OSError: it cannot be written.
        """
        assert self._file is not None
        self._md5.update(data)
        self._size += len(data)
        while data:
            if self._unpack is None:
                self._file.write(data)
                return
            try:
                self._file.write(self._unpack.decompress(data, _UNPACKED))
            except zlib.error:
                raise Failed("what came is damaged: it is not gzip") from None
            data = self._unpack.unconsumed_tail

    def commit(self) -> None:
        """Keep it, if size and digest are what the store said.

        Raises:
            Failed: they are not.
            OSError: it cannot be written.
        """
        assert self._file is not None
        if self._length is not None and self._size != int(self._length):
            raise Failed(f"{self._size} of {self._length} bytes came")
        if self._unpack is not None:
            self._file.write(self._unpack.flush())
            if not self._unpack.eof:
                raise Failed("what came is damaged: it ends too early")
        wanted = digest_of(self._headers)
        if wanted is not None and wanted != self._md5.digest():
            raise Failed("what came has another digest than the store says")
        file, self._file = self._file, None
        self._place.keep(file)

    def discard(self) -> None:
        """Remove what has come so far."""
        if self._file is not None:
            file, self._file = self._file, None
            self._place.drop(file)


_UNPACKED = 1024 * 1024  # bytes that are unpacked at a time


def digest_of(headers: Mapping[str, str]) -> bytes | None:
    """The MD5 digest of an object, if its store tells.

    Args:
        headers: Headers of the answer, by lower-case name.
    """
    google = _GOOGLE_MD5.search(headers.get("x-goog-hash", ""))
    for text in (headers.get("content-md5"), google[1] if google else None, headers.get(_OURS)):
        if text:
            try:
                digest = base64.b64decode(text, validate=True)
            except (binascii.Error, ValueError):
                continue
            if len(digest) == 16:
                return digest
    # S3's ETag is the MD5 of an object that was sent in one piece and is not encrypted with a key of its own.
    if any(name.startswith("x-amz-server-side-encryption") and value != "AES256" for name, value in headers.items()):
        return None
    etag = _HEX_MD5.fullmatch(headers.get("etag", "").strip())
    return bytes.fromhex(etag[1]) if etag else None
