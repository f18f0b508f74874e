"""Settings of the generator: the command line over `[tool.remora]` in pyproject.toml over defaults."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from remora_codegen.diagnostics import Diagnostic, GeneratorError, did_you_mean
from remora_codegen.model import Location

# The same parser, which the standard library has from 3.11 on.
_toml = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")

_LISTS = ("files", "include")
_KNOWN = ("protos", "files", "include", "manifest", "surfaces", "out", "package", "runtime-package", "templates")


@dataclass(frozen=True)
class Settings:
    """What to generate from what.

    Attributes:
        protos: directory of .proto files; import paths start here.
        files: patterns of the files below `protos` that are wanted; all of them when empty.
        include: further directories to find imports in.
        manifest: the manifest of entities, if any.
        surfaces: further manifests over the same messages, by the name of the subpackage that each becomes.
        out: the directory that holds the generated package.
        package: the generated package.
        runtime_package: the package that has the well-known types already.
        templates: directory with templates that replace the shipped ones.
    """

    protos: Path = Path("protos")
    files: tuple[str, ...] = ()
    include: tuple[Path, ...] = ()
    manifest: Path | None = None
    surfaces: tuple[tuple[str, Path], ...] = ()
    out: Path = Path("generated")
    package: str = ""
    runtime_package: str = "remora_api"
    templates: Path | None = None

    def override(
        self,
        *,
        protos: Path | None = None,
        files: Sequence[str] | None = None,
        include: Sequence[Path] | None = None,
        manifest: Path | None = None,
        out: Path | None = None,
        package: str | None = None,
        templates: Path | None = None,
    ) -> Settings:
        """A copy with the values that are given, that is, not None.

        Other protos are another source: what was set for the old ones (files, imports, manifests) stays with them.
        """
        base = (
            self if protos is None else replace(self, protos=protos, files=(), include=(), manifest=None, surfaces=())
        )
        return replace(
            base,
            files=base.files if files is None else tuple(files),
            include=base.include if include is None else tuple(include),
            manifest=base.manifest if manifest is None else manifest,
            out=base.out if out is None else out,
            package=base.package if package is None else package,
            templates=base.templates if templates is None else templates,
        )

    def with_surfaces(self, surfaces: Mapping[str, Path]) -> Settings:
        """A copy with these further manifests."""
        return replace(self, surfaces=tuple(sorted(surfaces.items())))


def load(directory: Path) -> Settings:
    """The settings of the nearest pyproject.toml that has a `[tool.remora]` table; its paths are relative to it.

    Raises:
        GeneratorError: the file is not TOML, or the table has an unknown key or a value of the wrong type.
    """
    for parent in (directory, *directory.parents):
        path = parent / "pyproject.toml"
        if path.is_file():
            table = _table(_display(path, directory), path.read_text("utf-8"))
            if table is not None:
                return _settings(table, parent, directory)
    return Settings()


@dataclass(frozen=True)
class _Table:
    path: Path
    text: str
    values: Mapping[str, object]

    def at(self, key: str) -> Location:
        """Where a key of the table stands; a table that is not written out line by line gives the file alone."""
        inside = False
        for number, line in enumerate(self.text.splitlines(), 1):
            if line.strip().startswith("["):
                inside = line.strip().startswith("[tool.remora]")
            elif inside and line.split("=")[0].strip().strip("\"'") == key:
                return Location(str(self.path), number, 1)
        return Location(str(self.path))


def _table(path: Path, text: str) -> _Table | None:
    try:
        values = _toml.loads(text).get("tool", {}).get("remora")
    except ValueError as error:
        raise GeneratorError([Diagnostic(Location(str(path)), f"not TOML: {error}")]) from None
    if values is not None and not isinstance(values, dict):
        raise GeneratorError([Diagnostic(Location(str(path)), "[tool.remora] must be a table")])
    return None if values is None else _Table(path, text, values)


def _settings(table: _Table, root: Path, directory: Path) -> Settings:
    problems = []
    for key, value in table.values.items():
        if key not in _KNOWN:
            hint = did_you_mean(key, _KNOWN)
            problems.append(Diagnostic(table.at(key), f"[tool.remora] has no setting '{key}'", hint))
        elif key == "surfaces":
            if not (isinstance(value, dict) and all(isinstance(item, str) for item in value.values())):
                problems.append(Diagnostic(table.at(key), "'surfaces' must be a table of names and manifests"))
        elif key in _LISTS and not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
            problems.append(Diagnostic(table.at(key), f"'{key}' must be a list of strings"))
        elif key not in _LISTS and not isinstance(value, str):
            problems.append(Diagnostic(table.at(key), f"'{key}' must be a string"))
    if problems:
        raise GeneratorError(problems)

    def text(key: str) -> str | None:
        value = table.values.get(key)
        return value if isinstance(value, str) else None

    def texts(key: str) -> list[str] | None:
        value = table.values.get(key)
        return [str(item) for item in value] if isinstance(value, list) else None

    def path(value: str | None) -> Path | None:
        return None if value is None else _display(root / value, directory)

    includes = texts("include")
    surfaces = table.values.get("surfaces")
    return (
        Settings(
            protos=_display(root / "protos", directory),
            out=_display(root / "generated", directory),
            runtime_package=text("runtime-package") or Settings.runtime_package,
        )
        .override(
            protos=path(text("protos")),
            files=texts("files"),
            include=None if includes is None else [_display(root / item, directory) for item in includes],
            manifest=path(text("manifest")),
            out=path(text("out")),
            package=text("package"),
            templates=path(text("templates")),
        )
        .with_surfaces(
            {str(name): _display(root / str(item), directory) for name, item in surfaces.items()}
            if isinstance(surfaces, dict)
            else {}
        )
    )


def _display(path: Path, directory: Path) -> Path:
    """Relative to the working directory when it lies below it: messages then show what the user typed."""
    try:
        return path.relative_to(directory)
    except ValueError:
        return path
