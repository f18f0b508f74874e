"""Finding the config file, in the order that Flyte's own tools use."""

from __future__ import annotations

import os
import os.path
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from remora.errors import ConfigError

from .settings import SECTIONS

VARIABLES = ("UCTL_CONFIG", "FLYTECTL_CONFIG")


class Found(NamedTuple):
    """A config file that was found.

    Attributes:
        path: Where it is.
        text: What it says.
        trusted: Someone chose it: it was named, or lies in the home directory. A file that is merely found in the
            current directory is not trusted, because whoever made that directory wrote it.
    """

    path: str
    text: str
    trusted: bool


def find(explicit: str | os.PathLike[str] | None, environ: Mapping[str, str], cwd: str, home: str) -> Found | None:
    """Find the config file: the given one, else the first that exists.

    The order is `./config.yaml` (if it is one of ours), `./.flyte/config.yaml`, `<git root>/.flyte/config.yaml`,
    `$UCTL_CONFIG`, `$FLYTECTL_CONFIG`, `~/.union/config.yaml`, `~/.flyte/config.yaml`.

    Raises:
        ConfigError: A file that was named does not exist, or a file cannot be read.
    """
    if explicit is not None:
        return _named(cwd, os.fspath(explicit), "config_file")
    in_home = [os.path.join(home, folder, "config.yaml") for folder in (".union", ".flyte")]
    for path in _around(cwd):
        if path not in in_home and os.path.isfile(path):
            text = _read(path)
            if os.path.basename(os.path.dirname(path)) == ".flyte" or _is_ours(text):
                return Found(path, text, trusted=False)
    for variable in VARIABLES:
        if environ.get(variable):
            return _named(cwd, environ[variable], f"${variable}")
    for path in in_home:
        if os.path.isfile(path):
            return Found(path, _read(path), trusted=True)
    return None


def _is_ours(text: str) -> bool:
    """Whether a top-level key of the text is one of ours; decided without YAML, which may not be installed."""
    return any(line.partition(":")[0].rstrip() in SECTIONS for line in text.splitlines() if ":" in line)


def _around(cwd: str) -> Iterator[str]:
    yield os.path.join(cwd, "config.yaml")
    yield os.path.join(cwd, ".flyte", "config.yaml")
    folder = cwd
    while not os.path.exists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return
        folder = above
    yield os.path.join(folder, ".flyte", "config.yaml")


def _named(cwd: str, name: str, by: str) -> Found:
    path = os.path.normpath(os.path.join(cwd, os.path.expanduser(name)))
    if not os.path.isfile(path):
        raise ConfigError(f"{by} names {path}, which is not a file", hint="correct the path, or leave it out")
    return Found(path, _read(path), trusted=True)


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except UnicodeDecodeError as error:
        raise ConfigError(f"the config file {path} is not UTF-8 text") from error
    except OSError as error:
        raise ConfigError(f"the config file {path} cannot be read: {error.strerror}") from error
