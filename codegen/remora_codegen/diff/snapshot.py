"""One side of a comparison: a schema, perhaps a manifest, and where everything stands."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from remora_codegen import config, generate, protoc
from remora_codegen.config import Settings
from remora_codegen.diagnostics import Diagnostic, GeneratorError
from remora_codegen.diff.git import Repository
from remora_codegen.diff.places import Places
from remora_codegen.manifest import Manifest
from remora_codegen.manifest_files import manifest_files, source_directories
from remora_codegen.model import Location, Schema
from remora_codegen.render import Options

GIT = "git:"
REFLECTION = "reflection:"
_HERE = "the working tree"
_PINNED = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*==\S+$")


@dataclass(frozen=True)
class Snapshot:
    """One side.

    Attributes:
        label: how people call it, for example `git:main`.
        project: it says itself whether it has a manifest; protos alone do not.
        directories: where its .proto files are.
        source: how files of it are shown; the empty string for files that are where they are said to be.
        root: the top of a revision's files, which paths are shown relative to.
    """

    label: str
    schema: Schema
    manifest: Manifest | None
    places: Places
    directories: tuple[Path, ...] = ()
    source: str = ""
    root: Path | None = None
    project: bool = False

    def shown(self, place: Location | None) -> Location | None:
        """The place by a path that leads there, or by its name in a source that is no directory."""
        if place is None or not place.file:
            return None
        for directory in self.directories:
            path = directory / place.file
            if path.is_file() or Path(place.file).is_absolute():
                return replace(place, file=self._named(path))
        if self.root is not None and Path(place.file).is_absolute():
            return replace(place, file=self._named(Path(place.file)))
        return replace(place, file=f"{self.source}{place.file}") if self.source else place

    def _named(self, path: Path) -> str:
        if self.root is not None:
            with contextlib.suppress(ValueError):
                return f"{self.source}{path.relative_to(self.root).as_posix()}"
        return str(path)


@contextlib.contextmanager
def snapshot(text: str, settings: Settings, manifest: Path | None) -> Iterator[Snapshot]:
    """Read one side.

    Args:
        text: a directory of .proto files or of a project, a descriptor set, `git:REF`, `NAME==VERSION` or
            `reflection:HOST:PORT`; the empty string for the sources as the settings name them.
        settings: those of the project around.
        manifest: the manifest of this side; that of the project where the side is a project, else none, when omitted.

    Yields:
        The side; files of another revision are there for as long as the context is.

    Raises:
        GeneratorError: it cannot be read.
    """
    if text.startswith(GIT):
        with protoc.scratch_directory() as scratch:
            yield replace(_revision(text, settings, manifest, scratch), project=True)
        return
    if not text:
        yield replace(_read(_HERE, replace(settings, manifest=manifest or settings.manifest)), project=True)
        return
    path = Path(text)
    plain = replace(settings, manifest=manifest, descriptor_set=None, from_package="", from_reflection="", only=())
    if path.is_dir():
        table = path / "pyproject.toml"
        if table.is_file() and config.has_table(table):
            found = config.load(path.resolve())
            yield replace(_read(text, replace(found, manifest=manifest or found.manifest)), project=True)
        else:
            own = path.resolve() == settings.protos.resolve()
            yield _read(text, replace(plain, protos=path, manifest=manifest or (settings.manifest if own else None)))
    elif path.is_file():
        yield _read(text, replace(plain, descriptor_set=path, files=settings.files), f"{path}!")
    elif _PINNED.match(text):
        yield _read(text, replace(plain, from_package=text), f"{text}!")
    elif text.startswith(REFLECTION):
        yield _read(text, replace(plain, from_reflection=text.removeprefix(REFLECTION)), f"{text}!")
    else:
        hint = f"a revision is written {GIT}{text}, a package NAME==VERSION"
        raise GeneratorError([Diagnostic(Location(text), "there is no such directory or file", hint)])


def _read(
    label: str, settings: Settings, source: str = "", root: Path | None = None, roots: tuple[Path, ...] = ()
) -> Snapshot:
    # The runtime's own package ships google's types; in a comparison they are only in the way.
    settings = replace(settings, package=settings.package or "package", runtime_package=Options.runtime_package + "_")
    directories = () if source.endswith("!") else (settings.protos, *settings.include)
    try:
        schema = generate.read_schema(settings)
        manifest = generate.read_manifest(schema, settings, roots=roots)
    except GeneratorError as error:
        empty = Snapshot(label, Schema(()), None, Places(None, None), directories, source, root)
        if root is None:
            raise
        raise GeneratorError(
            replace(item, location=empty.shown(item.location) or item.location) for item in error.diagnostics
        ) from None
    return Snapshot(label, schema, manifest, Places(settings.manifest, manifest), directories, source, root)


def _revision(text: str, settings: Settings, manifest: Path | None, scratch: Path) -> Snapshot:
    reference = text.removeprefix(GIT)
    here = config.table_directory(Path.cwd()) or Path.cwd()
    repository = Repository.around(here, text)
    commit = repository.commit(reference, text)
    # Resolved, as paths of the repository are compared with it.
    root = scratch.resolve()
    project = here.resolve().relative_to(repository.root.resolve())
    table = project / "pyproject.toml"
    repository.extract(commit, [table.as_posix()], root)
    if (root / table).is_file() and config.has_table(root / table):
        old = config.load(root / project)
        old = _absolute(old, root / project)
    else:
        old = _moved(settings, repository.root, root, text)
    if manifest is not None:
        old = replace(old, manifest=_inside(manifest, repository.root, root, text))
    if not (old.from_package or old.from_reflection):
        wanted = [old.protos, *old.include] if old.descriptor_set is None else [old.descriptor_set]
        repository.extract(commit, _relative([*wanted, *([old.manifest] if old.manifest else [])], root), root)
    if old.manifest is not None:
        _extract_manifest(repository, commit, old.manifest, root)
    return _read(text, old, f"{text}:", root, _python_path(repository, commit, root))


def _absolute(settings: Settings, directory: Path) -> Settings:
    return replace(
        settings,
        protos=directory / settings.protos,
        include=tuple(directory / item for item in settings.include),
        manifest=directory / settings.manifest if settings.manifest else None,
        descriptor_set=directory / settings.descriptor_set if settings.descriptor_set else None,
    )


def _moved(settings: Settings, top: Path, root: Path, text: str) -> Settings:
    """The settings of today, for files of another day."""

    def inside(path: Path) -> Path:
        return _inside(path, top, root, text)

    return replace(
        settings,
        protos=inside(settings.protos),
        include=tuple(inside(item) for item in settings.include),
        manifest=inside(settings.manifest) if settings.manifest else None,
        descriptor_set=inside(settings.descriptor_set) if settings.descriptor_set else None,
    )


def _inside(path: Path, top: Path, root: Path, text: str) -> Path:
    try:
        return root / path.resolve().relative_to(top.resolve())
    except ValueError:
        problem = f"'{path}' is outside of the git repository, so it has no older revision"
        raise GeneratorError([Diagnostic(Location(text), problem)]) from None


def _relative(paths: list[Path], root: Path) -> list[str]:
    """Paths inside the revision as git has them; what lies outside of the repository has no revision."""
    inside = [path.resolve() for path in paths]
    return [path.relative_to(root).as_posix() for path in inside if path.is_relative_to(root)]


def _extract_manifest(repository: Repository, commit: str, manifest: Path, root: Path) -> None:
    """Bring what a manifest names: other manifests, which may name more, and directories of functions."""
    there: list[Path] = []
    while (files := manifest_files(manifest)) != there:
        there = files
        repository.extract(commit, _relative(files, root), root)
    repository.extract(commit, _relative(source_directories(manifest), root), root)


def _python_path(repository: Repository, commit: str, root: Path) -> tuple[Path, ...]:
    """Where hand-written functions of that revision are: the parts of Python's path that the repository holds."""
    found = []
    top = repository.root.resolve()
    for entry in dict.fromkeys(sys.path):
        with contextlib.suppress(ValueError):
            inside = Path(entry or ".").resolve().relative_to(top)
            if "site-packages" not in inside.parts:
                repository.extract(commit, [inside.as_posix()], root, suffix=".py")
                found.append(root / inside)
    return tuple(found)
