"""Files of another revision, and which revision a branch started from. Nothing in the repository is changed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from remora_codegen.diagnostics import Diagnostic, GeneratorError
from remora_codegen.model import Location

_DEFAULT_BRANCHES = ("origin/HEAD", "origin/main", "origin/master", "main", "master")


@dataclass(frozen=True)
class Repository:
    """The repository that holds a directory."""

    root: Path

    @classmethod
    def around(cls, directory: Path, option: str) -> Repository:
        """Find it.

        Args:
            directory: somewhere inside.
            option: what asked for it, for messages.

        Raises:
            GeneratorError: git is not installed, or the directory belongs to no repository.
        """
        if shutil.which("git") is None:
            hint = "install git, or compare with a directory or a descriptor set"
            raise _error(option, "git is needed, and is not installed", hint)
        done = _git(directory, "rev-parse", "--show-toplevel")
        if done.returncode:
            raise _error(option, f"'{directory.resolve()}' is not in a git repository", "")
        return cls(Path(done.stdout.decode().strip()))

    def commit(self, reference: str, option: str) -> str:
        """The full name of a commit.

        Raises:
            GeneratorError: there is no such commit here.
        """
        done = _git(self.root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}")
        if done.returncode:
            hint = "fetch it first" if "/" in reference else "git branch -a and git tag list what there is"
            raise _error(option, f"git knows no commit '{reference}'", hint)
        return done.stdout.decode().strip()

    def merge_base(self, reference: str, option: str) -> str:
        """The commit at which the current branch left another one.

        Raises:
            GeneratorError: the two have nothing in common, as far as the history is here.
        """
        commit = self.commit(reference, option)
        done = _git(self.root, "merge-base", commit, "HEAD")
        if done.returncode:
            hint = "in CI, fetch the whole history (actions/checkout: fetch-depth: 0)"
            raise _error(option, f"'{reference}' and HEAD have no commit in common here", hint)
        return done.stdout.decode().strip()

    def default_branch(self, option: str) -> str:
        """The branch that others start from.

        Raises:
            GeneratorError: there is no branch of a usual name.
        """
        for name in _DEFAULT_BRANCHES:
            if not _git(self.root, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").returncode:
                return name
        raise _error(option, "the default branch is not known here", "name a commit or branch with --against")

    def extract(self, commit: str, paths: Iterable[str], target: Path, *, suffix: str = "") -> None:
        """Write the files of a commit below some paths into a directory; paths that it lacks are left out."""
        listed = _git(self.root, "ls-tree", "-r", "-z", "--full-tree", commit, "--", *paths).stdout.decode()
        found = []
        for line in filter(None, listed.split("\0")):
            facts, _, name = line.partition("\t")
            mode, kind, content = facts.split()
            if kind == "blob" and mode != "120000" and name.endswith(suffix):
                found.append((name, content))
        blobs = self._contents([content for _, content in found])
        for (name, _), data in zip(found, blobs, strict=True):
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    def _contents(self, names: Sequence[str]) -> list[bytes]:
        done = _git(self.root, "cat-file", "--batch", stdin="".join(f"{name}\n" for name in names).encode())
        blobs, rest = [], memoryview(done.stdout)
        for _ in names:
            head, _, _ = bytes(rest[:200]).partition(b"\n")
            size = int(head.split()[2])
            start = len(head) + 1
            blobs.append(bytes(rest[start : start + size]))
            rest = rest[start + size + 1 :]
        return blobs


def _git(directory: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", *arguments], cwd=directory, input=stdin, capture_output=True, check=False)


def _error(option: str, message: str, hint: str) -> GeneratorError:
    return GeneratorError([Diagnostic(Location(option), message, hint)])
