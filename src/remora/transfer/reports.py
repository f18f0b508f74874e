"""What a transfer tells: while it runs, and when it has ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

TransferPhase: TypeAlias = Literal["hashing", "uploading", "downloading", "done"]
"""What is being done with a file."""


@dataclass(frozen=True)
class TransferProgress:
    """How far a transfer has come.

    Attributes:
        path: The file that this is about: its path below the directory, or its name.
        phase: What is being done with it; "done" comes once for each file.
        done: Bytes of the file that this phase has got through; an attempt that is repeated starts at 0 again.
        total: Bytes of the file; 0 when the store has not said.
        bytes_done: Bytes of all files that were sent or received, or were in the store already.
        bytes_total: Bytes of all files.
        files_done: Files that are finished.
        files_total: All files.
    """

    path: str
    phase: TransferPhase
    done: int
    total: int
    bytes_done: int
    bytes_total: int
    files_done: int
    files_total: int


Progress: TypeAlias = bool | Callable[[TransferProgress], None] | None
"""A function that is called with each step, on the thread that does the work; True for a bar on stderr, False for
nothing, None for a bar if stderr is a terminal and `rich` is installed."""


@dataclass(frozen=True)
class UploadedFile:
    """One file that the store has.

    Attributes:
        path: Its path below the directory that was uploaded, with `/`; its name when it was uploaded alone.
        uri: Where it is in the store.
        md5: MD5 digest of its content, in hexadecimal.
        size: Size in bytes.
        retries: How many attempts failed before the one that succeeded.
        sent: Whether it was sent now; False when the store had the same content under this name already.
    """

    path: str
    uri: str
    md5: str
    size: int
    retries: int = 0
    sent: bool = True


@dataclass(frozen=True)
class UploadReport:
    """What an upload did.

    Attributes:
        uri: Where the file or the directory is in the store.
        prefix: Name of the directory in the store, to go on with the same one; empty when it was one file.
        files: All files, sorted by path.
        seconds: How long it took.
    """

    uri: str
    prefix: str
    files: tuple[UploadedFile, ...]
    seconds: float

    @property
    def bytes(self) -> int:
        """Size of all files together."""
        return sum(file.size for file in self.files)

    @property
    def sent_bytes(self) -> int:
        """Size of the files that were sent now."""
        return sum(file.size for file in self.files if file.sent)

    @property
    def retries(self) -> int:
        """Attempts that failed and were repeated."""
        return sum(file.retries for file in self.files)

    @property
    def digests(self) -> dict[str, str]:
        """MD5 digests in hexadecimal, by path."""
        return {file.path: file.md5 for file in self.files}

    @property
    def uris(self) -> dict[str, str]:
        """Locations in the store, by path."""
        return {file.path: file.uri for file in self.files}
