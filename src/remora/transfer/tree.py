"""Which files a directory upload consists of."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from remora.errors import InvalidArgument
from remora.transfer.ignore import ignored
from remora.transfer.names import store_name

_SHOWN = 10


@dataclass(frozen=True)
class Item:
    """One file that is to be uploaded.

    Attributes:
        path: Where it is; not a symbolic link.
        name: Its name in the store, below the directory's.
        size: Its size when it was found.
        follow: Whether `path` may be a symbolic link.
    """

    path: str
    name: str
    size: int
    follow: bool = False


@dataclass(frozen=True)
class _Folder:
    path: str
    name: str  # with a slash at the end, or empty
    above: frozenset[tuple[int, int]]  # device and inode of the folders that it is in, and its own


def list_tree(root: str, patterns: Sequence[str], *, follow_symlinks: bool) -> list[Item]:
    """Find the files of a directory, sorted by name. Blocks.

    Everything is looked at before anything is sent, and what cannot be uploaded is an error that names all of it:
    silence would lose files.

    Args:
        root: The directory.
        patterns: What to leave out, beside what `.flyteignore` says.
        follow_symlinks: Upload what a link points to, if that is inside the directory.

    Raises:
        InvalidArgument: it has no files, or some of what it holds cannot be uploaded.
        ConfigError: there are patterns, and the library that understands them is not installed.
    """
    walk = _Walk(root, ignored(root, patterns), follow_symlinks)
    walk.run()
    if walk.problems:
        shown = sorted(walk.problems)
        more = f"; and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
        raise InvalidArgument(
            f"{root} cannot be uploaded as it is: {'; '.join(shown[:_SHOWN])}{more}",
            hint="nothing was sent; ignore= leaves out what should not be uploaded",
        )
    if not walk.items:
        raise InvalidArgument(f"{root} has no files to upload", hint="the store knows files only, no empty directories")
    return [walk.items[name] for name in sorted(walk.items)]


class _Walk:
    def __init__(self, root: str, is_ignored: Callable[[str], bool], follow: bool) -> None:
        self._root = os.path.realpath(root)
        self._is_ignored = is_ignored
        self._follow = follow
        self.items: dict[str, Item] = {}
        self.problems: list[str] = []

    def run(self) -> None:
        found = os.stat(self._root)
        folders = [_Folder(self._root, "", frozenset([(found.st_dev, found.st_ino)]))]
        while folders:
            folder = folders.pop()
            try:
                with os.scandir(folder.path) as entries:
                    for entry in entries:
                        below = self._entry(folder, entry)
                        if below is not None:
                            folders.append(below)
            except OSError as error:
                self.problems.append(f"{folder.name or '.'}: {error.strerror}")

    def _entry(self, folder: _Folder, entry: os.DirEntry[str]) -> _Folder | None:
        """Take note of a file; a folder is returned, to be looked into."""
        name, path = folder.name + entry.name, entry.path
        if self._is_ignored(f"{name}/" if entry.is_dir(follow_symlinks=False) else name):
            return None
        if entry.is_symlink():
            target = self._resolved(name, path)
            if target is None:
                return None
            path = target
        try:
            found = os.stat(path, follow_symlinks=False)
        except OSError as error:
            self.problems.append(f"{name}: {error.strerror}")
            return None
        if stat.S_ISDIR(found.st_mode):
            identity = (found.st_dev, found.st_ino)
            if identity in folder.above:
                self.problems.append(f"{name}: a link to a folder that it is in")
                return None
            return _Folder(path, f"{name}/", folder.above | {identity})
        if stat.S_ISREG(found.st_mode):
            self._add(Item(path, name, found.st_size))
        else:
            self.problems.append(f"{name}: {_kind(found.st_mode)}, not a file")
        return None

    def _resolved(self, name: str, path: str) -> str | None:
        """What a link points to, if it may be uploaded."""
        if not self._follow:
            self.problems.append(f"{name}: a symbolic link, and follow_symlinks is False")
            return None
        target = os.path.realpath(path)
        if os.path.commonpath([target, self._root]) != self._root:
            self.problems.append(f"{name}: a symbolic link to the outside, which is never followed")
            return None
        return target

    def _add(self, item: Item) -> None:
        try:
            name = store_name(item.name, "name")
        except InvalidArgument as error:
            self.problems.append(f"{item.name!a}: {error.message.partition(': ')[2]}")
            return
        other = self.items.get(name)
        if other is not None:
            self.problems.append(f"{name}: two files have this name, in different spellings of the same letters")
            return
        self.items[name] = Item(item.path, name, item.size)


def _kind(mode: int) -> str:
    for test, name in (
        (stat.S_ISFIFO, "a named pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISBLK, "a block device"),
        (stat.S_ISCHR, "a character device"),
    ):
        if test(mode):
            return name
    return "of an unknown kind"
