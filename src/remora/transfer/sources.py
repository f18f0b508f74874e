"""What a user named as the thing to upload."""

from __future__ import annotations

import os

from remora.errors import InvalidArgument
from remora.transfer.names import store_name
from remora.transfer.tree import Item


def file_item(fp: str | os.PathLike[str], fname: str | None) -> Item:
    """The file that was named.

    Raises:
        InvalidArgument: it is not a file, or the name is not allowed.
        TypeError: it is not a path.
    """
    path = path_of(fp, "fp")
    if not os.path.isfile(path):
        raise InvalidArgument(f"fp: {path} is not a file", hint=_hint(path))
    name = store_name(os.path.basename(path) if fname is None else fname, "fname")
    return Item(path, name, os.path.getsize(path), follow=True)


def directory(dir_path: str | os.PathLike[str]) -> tuple[str, str]:
    """The directory that was named, and what to call it.

    Raises:
        InvalidArgument: it is not a directory.
        TypeError: it is not a path.
    """
    path = path_of(dir_path, "dir_path")
    if not os.path.isdir(path):
        raise InvalidArgument(f"dir_path: {path} is not a directory", hint=_hint(path))
    return path, os.path.basename(os.path.abspath(path)) or path


def is_directory(path: str | os.PathLike[str], *, for_a_file: bool, for_a_directory: bool) -> bool:
    """Whether a directory was named.

    Args:
        path: What was named.
        for_a_file: A parameter was given that only files have.
        for_a_directory: A parameter was given that only directories have.

    Raises:
        InvalidArgument: it is neither a file nor a directory, or a parameter is for the other kind.
        TypeError: it is not a path.
    """
    text = path_of(path, "path")
    found = os.path.isdir(text)
    if not found and not os.path.isfile(text):
        raise InvalidArgument(f"path: {text} is neither a file nor a directory", hint=_hint(text))
    if found and for_a_file:
        raise InvalidArgument(f"{text} is a directory; fname= and content_type= are for a file")
    if not found and for_a_directory:
        raise InvalidArgument(f"{text} is a file; prefix=, ignore= and follow_symlinks= are for a directory")
    return found


def path_of(path: str | os.PathLike[str], parameter: str) -> str:
    """A path as text.

    Raises:
        TypeError: it is none.
    """
    text = os.fspath(path)
    if not isinstance(text, str):
        raise TypeError(f"{parameter}: expected a path as text, got {type(text).__name__}")
    return text


def _hint(path: str) -> str | None:
    return None if os.path.exists(path) else "it does not exist"
