"""What was rendered against what is on disk: write it, or say how they differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from remora_codegen import banner, transaction
from remora_codegen.config import Settings
from remora_codegen.diagnostics import Diagnostic, GeneratorError
from remora_codegen.model import Location
from remora_codegen.tree import below, files, package_directory

if TYPE_CHECKING:
    from remora_codegen.generate import Rendered

TYPED_MARKER = "py.typed"


@dataclass(frozen=True)
class Report:
    """How many files a write touched."""

    written: int
    removed: int
    unchanged: int

    def __str__(self) -> str:
        if not self.written and not self.removed:
            return f"fresh, {self.unchanged} files"
        return f"{self.written} files written, {self.removed} removed, {self.unchanged} unchanged"


@dataclass(frozen=True)
class Finding:
    """One file that is not as it would be written."""

    path: Path
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


@dataclass(frozen=True)
class Part:
    """A directory that belongs to the generator.

    Attributes:
        directory: everything in it is generated.
        root: where paths start; `directory` or one above it.
        tree: content by `/`-separated path below `root`.
        present: the files that are there.
    """

    directory: Path
    root: Path
    tree: Mapping[str, bytes]
    present: frozenset[str]

    @classmethod
    def package(cls, out: Path, package: str, tree: Mapping[str, bytes]) -> Part:
        """The generated package, below the directory `out`."""
        return cls(package_directory(out, package), out, tree, frozenset(files(out, package)))

    @classmethod
    def folder(cls, directory: Path, tree: Mapping[str, bytes]) -> Part:
        """A directory for itself: reference pages, contract tests."""
        return cls(directory, directory, tree, frozenset(below(directory)))


def parts(settings: Settings, rendered: Rendered) -> list[Part]:
    """What one generation writes: the package, and reference pages and contract tests where they are wanted."""
    found = [Part.package(settings.out, settings.package, rendered.tree)]
    for directory, tree in ((settings.reference, rendered.pages), (settings.tests, rendered.tests)):
        if directory is not None:
            found.append(Part.folder(directory, tree))
    return found


def write(out: Path, package: str, tree: Mapping[str, bytes]) -> Report:
    """`write_all` for a package alone."""
    return write_all([Part.package(out, package, tree)])[0]


def check(out: Path, package: str, tree: Mapping[str, bytes]) -> list[Finding]:
    """`check_all` for a package alone."""
    return check_all([Part.package(out, package, tree)])


def write_all(parts: Sequence[Part]) -> list[Report]:
    """Make every part exactly what was rendered, or leave all of them as they are; a report for each.

    Raises:
        GeneratorError: a part holds a file that the generator did not write.
        OSError: something could not be written; nothing was changed.
    """
    foreign = [problem for part in parts for problem in _foreign(part)]
    if foreign:
        raise GeneratorError(foreign)
    changes = []
    for part in parts:
        changed = {path: content for path, content in part.tree.items() if _differs(part, path, content)}
        changes.append(transaction.Change(part.root, changed, sorted(part.present - part.tree.keys())))
    transaction.apply_all(changes)
    return [
        Report(len(change.writes), len(change.deletes), len(part.tree) - len(change.writes))
        for part, change in zip(parts, changes, strict=True)
    ]


def _differs(part: Part, path: str, content: bytes) -> bool:
    return path not in part.present or (part.root / path).read_bytes() != content


def _foreign(part: Part) -> Iterator[Diagnostic]:
    hint = f"move it out of '{part.directory}'"
    for path in sorted(part.present):
        if not _is_ours(path, (part.root / path).read_bytes()):
            yield Diagnostic(Location(str(part.root / path)), "this file was not generated", hint)
    for path in sorted(part.tree):
        if (part.root / path).is_dir():
            problem = "a file must go where there is a directory"
            yield Diagnostic(Location(str(part.root / path)), problem, "remove the directory")


def check_all(parts: Sequence[Part]) -> list[Finding]:
    """What `write_all` would do, file by file in alphabetical order; nothing when the output is fresh."""
    return [
        Finding(part.root / path, reason)
        for part in parts
        for path in sorted(part.present | part.tree.keys())
        if (reason := _reason(part.root / path, present=path in part.present, content=part.tree.get(path)))
    ]


def _reason(path: Path, *, present: bool, content: bytes | None) -> str:
    if content is None:
        return "extra, nothing in the sources gives this file"
    if not present:
        return "missing"
    found = path.read_bytes()
    if found == content:
        return ""
    return f"stale, differs from line {_first_difference(found.splitlines(), content.splitlines())} on"


def _first_difference(found: Iterable[bytes], expected: Iterable[bytes]) -> int:
    line = 0
    for line, (one, other) in enumerate(zip(found, expected, strict=False), 1):
        if one != other:
            return line
    return line + 1


def _is_ours(path: str, content: bytes) -> bool:
    if path.rsplit("/", 1)[-1] == TYPED_MARKER:
        return not content
    return banner.is_ours(content)
