"""Bytes that travel in pieces: taken from memory, a file or an iterable, and put together or into a file again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncGenerator, AsyncIterable, Iterable
from typing import IO, TYPE_CHECKING, Any, TypeAlias

from remora.errors import UploadError, ValidationError
from remora.sending import each

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

Content: TypeAlias = "bytes | str | os.PathLike[str] | IO[bytes] | Iterable[bytes] | AsyncIterable[bytes]"
"""What can be sent: bytes, the path of a file (text or `Path`), a binary file, or pieces of bytes."""

Target: TypeAlias = "str | os.PathLike[str] | IO[bytes]"
"""Where received bytes go: the path of a file, or a binary file."""


async def chunks(content: Content, size: int) -> AsyncGenerator[bytes, None]:
    """The content in pieces of at most so many bytes. Files are read in a thread, a piece at a time.

    Raises:
        UploadError: The file cannot be read.
        ValidationError: The content is of another type.
    """
    if isinstance(content, (bytes, bytearray, memoryview)):
        for piece in _cut(bytes(content), size):
            yield piece
    elif isinstance(content, (str, os.PathLike)):
        path = os.fspath(content)
        try:
            with await asyncio.to_thread(open, path, "rb") as file:
                while piece := await asyncio.to_thread(file.read, size):
                    yield piece
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise UploadError(f"{path} cannot be read: {reason}", path=str(path)) from error
    elif (reading := getattr(content, "read", None)) is not None:
        while piece := _checked(await asyncio.to_thread(reading, size)):
            yield piece
    else:
        pieces: Any = content
        if not isinstance(pieces, (Iterable, AsyncIterable)):
            raise _not_bytes(pieces)
        source: AsyncGenerator[Any, None] = each(pieces)
        try:
            async for item in source:
                for piece in _cut(_checked(item), size):
                    yield piece
        finally:
            await source.aclose()


def _cut(data: bytes, size: int) -> Iterable[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def _checked(data: Any) -> bytes:
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise _not_bytes(data)
    return bytes(data)


def _not_bytes(data: object) -> ValidationError:
    return ValidationError(
        f"content must be bytes, not {type(data).__name__}",
        hint="give bytes, a path, a file opened with 'rb', or an iterable of bytes",
    )


class Saving:
    """Puts received bytes into a file, in an `async with` block. Of a call that fails no half file is left.

    Args:
        to: A path, which is written beside its place and moved there at the end; or a binary file.

    Raises:
        ValidationError: The place cannot be written, or is of another type.

    Attributes:
        size: How many bytes were written.
    """

    def __init__(self, to: Target) -> None:
        self.size = 0
        self._path = os.fspath(to) if isinstance(to, (str, os.PathLike)) else None
        self._file: IO[bytes] | None = None if isinstance(to, (str, os.PathLike)) else to
        if self._path is None and not hasattr(to, "write"):
            raise ValidationError(f"to must be a path or a binary file, not {type(to).__name__}", field="to")

    async def __aenter__(self) -> Self:
        if self._path is not None:
            self._file = await asyncio.to_thread(self._open, self._path)
        return self

    def _open(self, path: str) -> IO[bytes]:
        try:
            directory, name = os.path.split(os.path.abspath(path))
            return tempfile.NamedTemporaryFile(dir=directory, prefix=f".{name}.", delete=False)
        except OSError as error:
            raise self._failed(error) from error

    async def write(self, data: bytes) -> None:
        """Append some bytes."""
        assert self._file is not None
        try:
            await asyncio.to_thread(self._file.write, data)
        except OSError as error:
            raise self._failed(error) from error
        self.size += len(data)

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._path is not None and self._file is not None:
            self._finish(self._file, self._path, keep=exc is None)

    def _finish(self, file: IO[bytes], path: str, *, keep: bool) -> None:
        try:
            file.close()
            if keep:
                os.replace(file.name, path)
        except OSError as error:
            keep = False
            raise self._failed(error) from error
        finally:
            if not keep:
                with contextlib.suppress(OSError):
                    os.unlink(file.name)

    def _failed(self, error: OSError) -> ValidationError:
        where = self._path or "the file"
        return ValidationError(f"{where} cannot be written: {error.strerror or type(error).__name__}", field="to")
