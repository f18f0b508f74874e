"""The rendered tree against the tree on disk: write it, or say how they differ."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from remora_codegen import banner, transaction
from remora_codegen.diagnostics import Diagnostic, GeneratorError
from remora_codegen.model import Location
from remora_codegen.tree import files, package_directory

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
class Target:
    """A package, or a directory of tests, that belongs to the generator.

    Attributes:
        out: the directory that holds it.
        package: its name.
        tree: what it shall be: content by `/`-separated path below `out`.
    """

    out: Path
    package: str
    tree: Mapping[str, bytes]


def write(out: Path, package: str, tree: Mapping[str, bytes]) -> Report:
    """Make `out/package` exactly the rendered tree, or leave it as it is; see `write_all`."""
    (report,) = write_all([Target(out, package, tree)])
    return report


def write_all(targets: Sequence[Target]) -> list[Report]:
    """Make each target exactly its tree.

    Raises:
        GeneratorError: one holds a file that the generator did not write; nothing was changed.
        OSError: something could not be written; what holds it was not changed.
    """
    present = [set(files(item.out, item.package)) for item in targets]
    foreign = [problem for item, names in zip(targets, present, strict=True) for problem in _foreign(item, names)]
    if foreign:
        raise GeneratorError(foreign)
    return [_written(item, names) for item, names in zip(targets, present, strict=True)]


def _foreign(target: Target, present: Iterable[str]) -> Iterator[Diagnostic]:
    """Files that the generator did not write, and directories where it must write one."""
    hint = f"move it out of '{package_directory(target.out, target.package)}'"
    for path in sorted(present):
        if not _is_ours(path, (target.out / path).read_bytes()):
            yield Diagnostic(Location(str(target.out / path)), "this file was not generated", hint)
    for path in sorted(target.tree):
        if (target.out / path).is_dir():
            message = "a file must go where there is a directory"
            yield Diagnostic(Location(str(target.out / path)), message, "remove the directory")


def _written(target: Target, present: Collection[str]) -> Report:
    out, tree = target.out, target.tree
    changed = {path: tree[path] for path in tree if path not in present or (out / path).read_bytes() != tree[path]}
    extra = set(present) - tree.keys()
    transaction.apply(out, changed, extra)
    return Report(len(changed), len(extra), len(tree) - len(changed))


def check(out: Path, package: str, tree: Mapping[str, bytes]) -> list[Finding]:
    """What `write` would do, file by file in alphabetical order; nothing when the output is fresh."""
    present = set(files(out, package))
    return [
        Finding(out / path, reason)
        for path in sorted(present | tree.keys())
        if (reason := _reason(out / path, present=path in present, content=tree.get(path)))
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
