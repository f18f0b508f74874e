"""Settings of the generator: the command line over `[tool.remora]` in pyproject.toml over defaults."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from remora_codegen.diagnostics import Diagnostic, GeneratorError, did_you_mean
from remora_codegen.model import Location

# The same parser, which the standard library has from 3.11 on.
_toml = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")

_SOURCES = ("protos", "descriptor-set", "from-package", "from-reflection")
_LISTS = ("files", "include", "may-be-empty", "only", "reference-modules")
_TEXTS = ("manifest", "out", "package", "tests", "runtime-package", "templates", "reference")
_KNOWN = (*_SOURCES, *_LISTS, *_TEXTS, "surfaces")


@dataclass(frozen=True)
class Connection:
    """How to connect to a server for its reflection.

    Attributes:
        plaintext: no TLS; when None, plaintext on this machine and TLS elsewhere.
        ca_cert: PEM file with the certificates to trust instead of the system's.
        metadata: headers of every call.
    """

    plaintext: bool | None = None
    ca_cert: Path | None = None
    metadata: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Settings:
    """What to generate from what.

    Attributes:
        protos: directory of .proto files; import paths start here. Used when no other source is named.
        descriptor_set: file with an encoded descriptor set, the source instead.
        from_package: installed Python package that carries descriptors, the source instead.
        from_reflection: address of a server that has reflection, the source instead.
        connection: how to connect to that server.
        files: patterns of the files of the source that are wanted; all of them when empty.
        include: further directories to find imports in.
        only: patterns of the entities, services, messages and enums that are wanted, with all they need.
            Further surfaces are left out then.
        may_be_empty: patterns of full field names whose validation rules are not for the empty value.
        manifest: the manifest of entities, if any.
        surfaces: further manifests over the same messages, by the name of the subpackage that each becomes.
        out: the directory that holds the generated package.
        package: the generated package.
        tests: the directory for contract tests, which is theirs alone; None for no tests.
        runtime_package: the package that has the well-known types already.
        templates: directory with templates that replace the shipped ones.
        reference: the directory of reference pages, if there shall be any.
        reference_modules: hand-written modules that get a page too.
    """

    protos: Path = Path("protos")
    files: tuple[str, ...] = ()
    include: tuple[Path, ...] = ()
    may_be_empty: tuple[str, ...] = ()
    manifest: Path | None = None
    surfaces: tuple[tuple[str, Path], ...] = ()
    out: Path = Path("generated")
    package: str = ""
    tests: Path | None = None
    runtime_package: str = "remora_api"
    templates: Path | None = None
    descriptor_set: Path | None = None
    from_package: str = ""
    from_reflection: str = ""
    connection: Connection = Connection()
    only: tuple[str, ...] = ()
    reference: Path | None = None
    reference_modules: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """The source as a person would name it."""
        return str(self.descriptor_set or self.from_package or self.from_reflection or self.protos)

    def override(
        self,
        *,
        protos: Path | None = None,
        descriptor_set: Path | None = None,
        from_package: str | None = None,
        from_reflection: str | None = None,
        connection: Connection | None = None,
        files: Sequence[str] | None = None,
        include: Sequence[Path] | None = None,
        manifest: Path | None = None,
        out: Path | None = None,
        package: str | None = None,
        tests: Path | None = None,
        templates: Path | None = None,
        only: Sequence[str] | None = None,
        reference: Path | None = None,
    ) -> Settings:
        """A copy with the values that are given, that is, not None.

        Another source starts anew: what was set for the old one (files, imports, relaxed rules, manifests, tests, only)
        does not go with it. Pages of another package, or of one that goes elsewhere, are only written where it is said.
        """
        base = self if out is None and package is None else replace(self, reference=None)
        if not (protos is None and descriptor_set is None and from_package is None and from_reflection is None):
            base = replace(
                base,
                protos=protos or self.protos,
                descriptor_set=descriptor_set,
                from_package=from_package or "",
                from_reflection=from_reflection or "",
                files=(),
                include=(),
                may_be_empty=(),
                manifest=None,
                surfaces=(),
                tests=None,
                only=(),
                reference=None,
                reference_modules=(),
            )
        return replace(
            base,
            connection=base.connection if connection is None else connection,
            only=base.only if only is None else tuple(only),
            files=base.files if files is None else tuple(files),
            include=base.include if include is None else tuple(include),
            manifest=base.manifest if manifest is None else manifest,
            out=base.out if out is None else out,
            package=base.package if package is None else package,
            # A part, or a package elsewhere, is not what the tests of the table are for.
            tests=base.tests if tests is None and out is None and package is None and only is None else tests,
            templates=base.templates if templates is None else templates,
            reference=base.reference if reference is None else reference,
        )

    def with_surfaces(self, surfaces: Mapping[str, Path]) -> Settings:
        """A copy with these further manifests."""
        return replace(self, surfaces=tuple(sorted(surfaces.items())))


def load(directory: Path) -> Settings:
    """The settings of the nearest pyproject.toml that has a `[tool.remora]` table; its paths are relative to it.

    Raises:
        GeneratorError: the file is not TOML, or the table has an unknown key or a value of the wrong type.
    """
    found = _nearest(directory)
    return Settings() if found is None else _settings(found[1], found[0], directory)


def table_directory(directory: Path) -> Path | None:
    """Where the nearest pyproject.toml with a `[tool.remora]` table is; None when there is none.

    Raises:
        GeneratorError: the file is not TOML.
    """
    found = _nearest(directory)
    return None if found is None else found[0]


def _nearest(directory: Path) -> tuple[Path, _Table] | None:
    for parent in (directory, *directory.parents):
        path = parent / "pyproject.toml"
        if path.is_file():
            table = _table(_display(path, directory), path.read_text("utf-8"))
            if table is not None:
                return parent, table
    return None


def has_table(path: Path) -> bool:
    """Whether a pyproject.toml has a `[tool.remora]` table.

    Raises:
        GeneratorError: the file is not TOML.
    """
    return _table(path, path.read_text("utf-8")) is not None


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


def toml(text: str) -> dict[str, Any]:
    """Parse TOML.

    Raises:
        ValueError: it is none.
    """
    found: dict[str, Any] = _toml.loads(text)
    return found


def _table(path: Path, text: str) -> _Table | None:
    try:
        values = toml(text).get("tool", {}).get("remora")
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
    sources = [key for key in table.values if key in _SOURCES]
    problems += [
        Diagnostic(table.at(key), f"'{key}' and '{sources[0]}' are both sources; name one") for key in sources[1:]
    ]
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
    found = Settings(
        protos=_display(root / "protos", directory),
        out=_display(root / "generated", directory),
        runtime_package=text("runtime-package") or Settings.runtime_package,
    ).override(
        protos=path(text("protos")),
        descriptor_set=path(text("descriptor-set")),
        from_package=text("from-package"),
        from_reflection=text("from-reflection"),
        files=texts("files"),
        include=None if includes is None else [_display(root / item, directory) for item in includes],
        manifest=path(text("manifest")),
        out=path(text("out")),
        package=text("package"),
        tests=path(text("tests")),
        templates=path(text("templates")),
        only=texts("only"),
        reference=path(text("reference")),
    )
    surfaces = table.values.get("surfaces")
    if isinstance(surfaces, dict):
        found = found.with_surfaces({name: _display(root / item, directory) for name, item in surfaces.items()})
    return replace(
        found,
        may_be_empty=tuple(texts("may-be-empty") or ()),
        reference_modules=tuple(texts("reference-modules") or ()),
    )


def _display(path: Path, directory: Path) -> Path:
    """Relative to the working directory when it lies below it: messages then show what the user typed."""
    try:
        return path.relative_to(directory)
    except ValueError:
        return path
