"""Where a body goes that is received: a file, or memory. Everything here blocks and belongs on a worker thread."""

from __future__ import annotations

import contextlib
import io
import os
import secrets
from typing import TYPE_CHECKING, BinaryIO, Protocol

from remora.transfer.attempts import Failed

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Place(Protocol):
    """Takes a body. What it opens is either kept or dropped, which closes it."""

    def open(self) -> BinaryIO:
        """Begin.

        Raises:
            OSError: nothing can be written here.
        """
        ...

    def keep(self, stream: BinaryIO) -> None:
        """Take what was written, which is complete and right.

        Raises:
            OSError: it cannot be kept.
        """

    def drop(self, stream: BinaryIO) -> None:
        """Forget what was written."""


class FilePlace:
    """A file that appears, or is replaced, in one step: until then a temporary one beside it is written.

    Args:
        target: Where the file belongs.
    """

    def __init__(self, target: str) -> None:
        self._target = target
        folder, name = os.path.split(os.path.abspath(target))
        self._temporary = os.path.join(folder, f".{name[:100]}.{secrets.token_hex(8)}.part")

    def open(self) -> BinaryIO:
        """Make the temporary file."""
        return open(self._temporary, "xb")

    def keep(self, stream: BinaryIO) -> None:
        """Give the file its name."""
        try:
            stream.close()
            os.replace(self._temporary, self._target)
        except OSError:
            self.drop(stream)
            raise

    def drop(self, stream: BinaryIO) -> None:
        """Remove the temporary file."""
        # What a full disk did not take is not missed.
        with contextlib.suppress(OSError):
            stream.close()
        os.unlink(self._temporary)


class Memory:
    """Bytes in memory.

    Args:
        most: So many of them at most; more are refused.

    Attributes:
        content: What was kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.content = b""

    def open(self) -> BinaryIO:
        """Begin with nothing."""
        return _Limited(self._most)

    def keep(self, stream: BinaryIO) -> None:
        """Take what was written."""
        stream.seek(0)
        self.content = stream.read()
        stream.close()

    def drop(self, stream: BinaryIO) -> None:
        """Give the memory back."""
        stream.close()


class _Limited(io.BytesIO):
    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def write(self, data: ReadableBuffer, /) -> int:
        size = memoryview(data).nbytes
        if self.tell() + size > self._most:
            raise Failed(f"it is larger than {self._most} bytes", repeat=False)
        return super().write(data)
