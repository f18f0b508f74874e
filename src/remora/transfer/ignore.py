"""What a directory upload leaves out: gitignore patterns, from a parameter and from `.flyteignore`."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from remora.errors import ConfigError, InvalidArgument

FILE = ".flyteignore"
"""Name of the file of patterns at the top of a directory."""


def ignored(root: str, patterns: Sequence[str]) -> Callable[[str], bool]:
    """A function that tells whether a path is left out. Blocks: it reads `.flyteignore`.

    Args:
        root: The directory.
        patterns: Patterns of the caller; they come after those of the file, so they win.

    Returns:
        A function of the path below the directory, with `/`, and a `/` at the end of a directory.

    Raises:
        ConfigError: there are patterns, and the library that understands them is not installed.
        InvalidArgument: a pattern is malformed, or `.flyteignore` is not text.
    """
    if isinstance(patterns, str):
        raise TypeError("ignore: expected a sequence of patterns, got one string")
    path = os.path.join(root, FILE)
    lines: list[str] = []
    if os.path.lexists(path):
        try:
            with open(path, encoding="utf-8") as file:
                lines = file.read().splitlines()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise InvalidArgument(f"{path} cannot be read: {reason}") from None
    if not lines and not patterns:
        return lambda name: False
    try:
        from pathspec import GitIgnoreSpec
    except ImportError:
        source = path if lines else "ignore="
        raise ConfigError(
            f"{source} says what to leave out, which needs the package `pathspec`", hint="pip install 'remora[ignore]'"
        ) from None
    try:
        return GitIgnoreSpec.from_lines([*lines, *patterns]).match_file
    except ValueError as error:
        raise InvalidArgument(f"a pattern of what to leave out is malformed: {error}") from None
