"""How values are written on a command line, by the `kind` of their declaration."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from remora.commands.declarations import Argument
from remora.commands.written import content, json_value, moment, pair, seconds
from remora.errors import RemoraError

if TYPE_CHECKING:
    ParamType = click.ParamType[Any]
else:
    # Not every version of click has it as a generic class.
    ParamType = click.ParamType


ALL = object()
"""What `all` means for a number of items: no limit."""


class Kind(ParamType):
    """A type whose values a function reads."""

    def __init__(self, name: str, read: Callable[[str], Any], metavar: str) -> None:
        self.name = name
        self._read = read
        self._metavar = metavar

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """What stands for a value in help texts."""
        return self._metavar

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The value that a text means; anything else was converted before."""
        if not isinstance(value, str):
            return value
        try:
            return self._read(value)
        except RemoraError as error:
            self.fail(str(error), param, ctx)
        except (ValueError, OverflowError) as error:
            self.fail(str(error) or f"{value!r} is not {self.name}", param, ctx)


def of(parameter: Argument) -> ParamType:
    """The type of a parameter."""
    if parameter.kind in ("choice", "enum"):
        choices = click.Choice(parameter.choices, case_sensitive=False)
        return choices if parameter.kind == "choice" else _Enum(parameter)
    if parameter.kind == "message":
        return Kind("message", lambda text: _message(parameter.of, text), "JSON")
    plain = {
        "text": click.STRING,
        "integer": click.INT,
        "number": click.FLOAT,
        "flag": click.BOOL,
        "switch": click.BOOL,
    }
    return plain[parameter.kind] if parameter.kind in plain else _KINDS[parameter.kind]()


class _Enum(click.Choice[str]):
    """The names of an enum's values; gives the value."""

    def __init__(self, parameter: Argument) -> None:
        super().__init__(parameter.choices, case_sensitive=False)
        self._of = parameter.of

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The value of a name."""
        return _class(self._of)[super().convert(value, param, ctx)]


def _class(where: str) -> Any:
    module, _, name = where.partition(":")
    return getattr(import_module(module), name)


def _message(where: str, text: str) -> Any:
    return _class(where).from_json(content(text).decode())


def _limit(text: str) -> object:
    if text == "all":
        return ALL
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{text!r} is neither a number nor 'all'") from None


_KINDS: dict[str, Callable[[], ParamType]] = {
    "text": lambda: click.STRING,
    "integer": lambda: click.INT,
    "limit": lambda: Kind("limit", _limit, "NUMBER|all"),
    "number": lambda: click.FLOAT,
    "flag": lambda: click.BOOL,
    "switch": lambda: click.BOOL,
    "bytes": lambda: Kind("bytes", content, "TEXT|@FILE"),
    "duration": lambda: Kind("duration", lambda text: timedelta(seconds=seconds(text)), "TIME"),
    "json": lambda: Kind("JSON", json_value, "JSON|@FILE"),
    "pairs": lambda: Kind("pair", pair, "KEY=VALUE"),
    "path": lambda: click.Path(path_type=Path),
    "seconds": lambda: Kind("seconds", seconds, "SECONDS"),
    "time": lambda: Kind("time", moment, "TIME"),
}
