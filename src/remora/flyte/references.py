"""Values that stay where they are: references to files, directories, tables and other data of a run.

A reference is made from what a literal says, and can be given as an input. Nothing is downloaded, and nothing that a
task pickled is ever unpickled.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from remora.errors import redact

if TYPE_CHECKING:
    from remora_api.flyteidl2 import core


class _Reference:
    """Shows every field, and no secret: a URI may be a signed one."""

    def __repr__(self) -> str:
        shown = (f"{f.name}={getattr(self, f.name)!r}" for f in fields(self) if f.repr)  # type: ignore[arg-type]
        return redact(f"{type(self).__name__}({', '.join(shown)})")


@dataclass(frozen=True, repr=False)
class File(_Reference):
    """One file in the control plane's object store, or anywhere a task can read.

    Attributes:
        uri: Where it is: `s3://bucket/key`, what `upload_file` returned, ...
        format: Format as the task declares it, such as `"csv"`; empty when it does not say.

    Example:
        >>> _, uri = remora.upload_file("documents.zip")
        >>> task.run(documents=remora.File(uri))
    """

    uri: str
    format: str = ""


@dataclass(frozen=True, repr=False)
class Dir(_Reference):
    """A directory (a prefix of many objects) in the object store.

    Attributes:
        uri: The prefix.
        format: Format as the task declares it; empty when it does not say.
    """

    uri: str
    format: str = ""


@dataclass(frozen=True, repr=False)
class StructuredDataset(_Reference):
    """A table in the object store.

    Attributes:
        uri: Where it is.
        format: Format of the files, such as `"parquet"`; empty when it is not known.
        columns: Column names and what the backend says of their types, in order; empty when the task does not say.
    """

    uri: str
    format: str = ""
    columns: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, repr=False)
class Schema(_Reference):
    """A table in the older form that `StructuredDataset` replaced.

    Attributes:
        uri: Where it is.
        columns: Column names and types, in order.
    """

    uri: str
    columns: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, repr=False)
class Binary(_Reference):
    """Bytes in a serialization that this library does not read.

    Attributes:
        value: The bytes as they are.
        tag: Name of the serialization, as the task gave it.
    """

    value: bytes = field(repr=False)
    tag: str = ""


@dataclass(frozen=True, repr=False)
class Offloaded(_Reference):
    """A value too large for a message: the backend keeps it in a file of its own.

    Attributes:
        uri: Where the literal is stored.
        size_bytes: Size of the stored literal in bytes.
        type: Type of the value, if the backend knows it.
    """

    uri: str
    size_bytes: int = 0
    type: core.LiteralType | None = field(default=None, repr=False)


@dataclass(frozen=True, repr=False)
class LiteralError(_Reference):
    """A failure that travels as a value.

    Attributes:
        message: What failed.
        failed_node_id: Where it failed.
    """

    message: str
    failed_node_id: str = ""
