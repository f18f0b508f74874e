"""What generated commands import. Names here keep their meaning for as long as this is `v1`."""

from __future__ import annotations

from remora.commands.declarations import Argument, Call, Command, Entry, Group, Option, Program, Shown
from remora.commands.run import run

__all__ = ["Argument", "Call", "Command", "Entry", "Group", "Option", "Program", "Shown", "run"]
