"""A change, and how much it hurts."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from remora_codegen.model import Location


class Level(enum.IntEnum):
    """What a change does to those who use the package, from harmless to bad."""

    ADDS = 0
    BEHAVES = 1
    PYTHON = 2
    WIRE = 3

    @property
    def title(self) -> str:
        """The level in words."""
        return _TITLES[self]

    @property
    def option(self) -> str:
        """The level as `--fail-on` and JSON write it."""
        return self.name.lower()

    @property
    def exit_code(self) -> int:
        """The exit code of a comparison whose worst change has this level; 1 and 2 mean other things."""
        return 3 + self


_TITLES = {
    Level.ADDS: "adds",
    Level.BEHAVES: "behaves differently",
    Level.PYTHON: "breaks the Python surface",
    Level.WIRE: "breaks the wire",
}


@dataclass(frozen=True)
class Change:
    """One change.

    Attributes:
        rule: a stable name for the kind of change, for example `field-number`.
        subject: what changed, for example `field acme.Order.total` or `method Order.get`.
        message: what happened to it.
        old: where it stood in the old protos.
        new: where it stands in the new protos.
        manifest: where the manifest has to do with it; that of the new side if it is there still.
    """

    level: Level
    rule: str
    subject: str
    message: str
    old: Location | None = None
    new: Location | None = None
    manifest: Location | None = None
