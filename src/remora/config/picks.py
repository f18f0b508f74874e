"""What was picked for one setting: its value, which kind of source gave it, and what else to know."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from remora.errors import ConfigError, ConfigWarning

from .secret import MASK, Secret
from .values import is_unset

if TYPE_CHECKING:
    from typing import TypeAlias

    from .files import Found
    from .model import Line
    from .settings import Setting
    from .yaml_file import Entry

ARGUMENT, ENVIRONMENT, FILE, DEFAULT = 3, 2, 1, 0
"""Kinds of sources; the larger one wins."""


class Pick(NamedTuple):
    """What was picked for one setting.

    Attributes:
        value: The value as its setting reads it; None when nothing sets it.
        rank: Which kind of source gave it.
        source: That source, for people.
        note: What else to know.
    """

    value: object
    rank: int
    source: str
    note: str = ""

    def drop(self, note: str) -> Pick:
        """Nothing in place of this value, and why."""
        return Pick(None, DEFAULT, "not set", note)

    @property
    def text(self) -> str:
        """The value of a setting that is text, "" when nothing sets it."""
        return "" if self.value is None else str(self.value)


Picks: TypeAlias = "dict[str, Pick]"


def pick(
    setting: Setting,
    arguments: Mapping[str, object],
    environ: Mapping[str, str],
    found: Found | None,
    entries: Mapping[str, Entry],
) -> Pick:
    """Look for a setting in the arguments, then in the environment, then in the file.

    Raises:
        ConfigError: The value that wins is malformed.
    """
    argument = arguments.get(setting.name)
    if argument is not None:
        return Pick(setting.read(argument, f"the argument {setting.name}"), ARGUMENT, "argument")
    variables = [name for name in setting.variables if not is_unset(environ.get(name))]
    if variables:
        value = setting.read(environ[variables[0]], f"the environment variable {variables[0]}")
        others = [name for name in variables[1:] if environ[name] != environ[variables[0]]]
        for name in others:
            warn(f"{variables[0]} and {name} are both set and differ; {variables[0]} is used")
        note = f"{', '.join(others)} left out: {variables[0]} is set" if others else ""
        return Pick(value, ENVIRONMENT, f"environment variable {variables[0]}", note)
    entry = entries.get(setting.key) if setting.key else None
    if found is not None and entry is not None and not is_unset(entry.value):
        where = f"{found.path}:{entry.line}"
        return Pick(setting.read(entry.value, f"{where}: {setting.key}"), FILE, f"file {where}")
    return Pick(None, DEFAULT, "not set")


def contradiction(first: str, second: str, picks: Picks, hint: str) -> ConfigError:
    """The error for two settings that cannot both hold."""
    return ConfigError(
        f"{first} ({picks[first].source}) contradicts {second} ({picks[second].source})",
        hint=hint,
    )


def line(name: str, pick: Pick) -> Line:
    """A setting as `explain()` shows it; what is or may hold a secret is masked here already."""
    value = pick.value
    if value is None:
        shown = ""
    elif isinstance(value, bool):
        shown = "true" if value else "false"
    elif isinstance(value, Secret):
        shown = MASK if value else ""
    elif isinstance(value, tuple):
        shown = _command(value) if name.endswith("command") else " ".join(value)
    else:
        shown = str(value)
    return name, shown, pick.source, pick.note


def _command(words: tuple[str, ...]) -> str:
    """A command without its arguments, because people write passwords into them."""
    if len(words) < 2:
        return " ".join(words)
    return f"{words[0]} (and {len(words) - 1} argument{'s' if len(words) > 2 else ''})"


def warn(text: str) -> None:
    """Warn about a setting, at the line of the program that made the client."""
    warnings.warn(text, ConfigWarning, stacklevel=_outside())


def _outside() -> int:
    """The `stacklevel` of the first frame outside this library, seen from `warn`."""
    import sys

    level = 1
    frame = sys._getframe(1)
    while frame.f_back is not None and str(frame.f_globals.get("__name__", "")).startswith("remora."):
        frame = frame.f_back
        level += 1
    return level
