"""Values of secrets, which never stand on a command line: other users of the machine could read them there."""

from __future__ import annotations

import sys
from pathlib import Path

from remora.errors import InvalidArgument


def read_value(*, value_file: Path | None = None) -> bytes:
    """The value of a secret, from a file, from stdin, or typed in unseen.

    Args:
        value_file: File that holds the value, taken byte by byte, or - for stdin. When it is not given, a person is
            asked; from a pipe, stdin is read without the line break at its end.

    Raises:
        InvalidArgument: the file cannot be read, or nobody gives a value.
    """
    if value_file is not None and str(value_file) != "-":
        try:
            return value_file.read_bytes()
        except OSError as error:
            raise InvalidArgument(f"--value-file {value_file}: {error.strerror}") from None
    if sys.stdin.isatty() and value_file is None:
        from getpass import getpass

        try:
            return getpass("value: ").encode()
        except EOFError:
            raise InvalidArgument("no value was given") from None
    found = sys.stdin.buffer.read()
    return found if value_file is not None else found.removesuffix(b"\n").removesuffix(b"\r")
