"""Options that every command has: which control plane, and how the result is shown."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from remora.commands.declarations import Program
from remora.commands.show import FORMATS

if TYPE_CHECKING:
    from remora.client import Client

_SETTINGS = {
    "project": "Project of the call, if not that of the settings.",
    "domain": "Domain of the call, if not that of the settings.",
    "org": "Organization of the call, if not that of the settings.",
}
# What stands in front of names of options here; no parameter of a command begins so.
_PREFIX = "_client_"


def options(program: Program, taken: Collection[str]) -> Iterator[click.Option]:
    """The options; `taken` are those that the command has itself, which then also count for the client."""
    for name in program.settings:
        yield from _setting(name, _SETTINGS[name], taken)
    for entry in program.context:
        yield from _setting(entry.name, entry.help, taken)
    yield click.Option(
        ["--endpoint", f"{_PREFIX}endpoint"], metavar="URL", help="Where the server is, such as http://localhost:8090."
    )
    yield click.Option(
        ["--config", f"{_PREFIX}config_file"],
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Config file to read instead of looking for one.",
    )
    yield click.Option(
        ["--insecure/--no-insecure", f"{_PREFIX}insecure"], default=None, help="Plaintext instead of TLS."
    )
    yield click.Option(
        ["-o", "--output", f"{_PREFIX}output"],
        type=click.Choice(FORMATS),
        default="table",
        help="How the result is shown: for people, as JSON, or names alone.",
    )


def _setting(name: str, about: str, taken: Collection[str]) -> Iterator[click.Option]:
    flag = f"--{name.replace('_', '-')}"
    if flag not in taken and name not in taken:
        yield click.Option([flag, f"{_PREFIX}{name}"], help=about, metavar="NAME")


def split(values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values of the options of this module, and those of the command's own parameters."""
    ours = {name.removeprefix(_PREFIX): value for name, value in values.items() if name.startswith(_PREFIX)}
    return ours, {name: value for name, value in values.items() if not name.startswith(_PREFIX)}


def client(program: Program, ours: dict[str, Any], own: dict[str, Any]) -> Client:
    """The client of a command.

    Raises:
        ConfigError: A setting is malformed, or there is no endpoint.
    """
    from remora.client import Client

    def setting(name: str) -> str | None:
        value = ours.get(name, own.get(name))
        return value if isinstance(value, str) else None

    context = {entry.name: value for entry in program.context if (value := setting(entry.name))}
    config = ours.get("config_file")
    return Client(
        ours.get("endpoint"),
        insecure=ours.get("insecure"),
        project=setting("project"),
        domain=setting("domain"),
        org=setting("org"),
        context=context,
        config_file=None if config is None else str(config),
    )
