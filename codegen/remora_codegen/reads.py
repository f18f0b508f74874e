"""Which files a generation reads besides its protos, and which it looks for in vain.

A generation whose files are all as they were need not be done again; see `remora_codegen.stamp`.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path

_NOTES: ContextVar[dict[str, str] | None] = ContextVar("remora_reads", default=None)

ABSENT = ""
"""What stands for the digest of a file that does not exist."""


@contextlib.contextmanager
def recorded() -> Iterator[dict[str, str]]:
    """Collect what is read meanwhile: digests by absolute path."""
    notes: dict[str, str] = {}
    token = _NOTES.set(notes)
    try:
        yield notes
    finally:
        _NOTES.reset(token)


def note(path: Path, content: bytes) -> None:
    """A file was read."""
    notes = _NOTES.get()
    if notes is not None:
        notes[str(path.absolute())] = digest(content)


def exists(path: Path) -> bool:
    """Whether there is such a file; remembered when there is none."""
    if path.is_file():
        return True
    notes = _NOTES.get()
    if notes is not None:
        notes[str(path.absolute())] = ABSENT
    return False


def digest(content: bytes) -> str:
    """What stands for a content."""
    return hashlib.sha256(content).hexdigest()


def digest_of(path: Path) -> str:
    """The digest of a file as it is now."""
    try:
        return digest(path.read_bytes())
    except OSError:
        return ABSENT
