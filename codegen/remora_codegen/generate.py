"""The whole way from .proto files and a manifest to the bytes of the generated tree; nothing is written here."""

from __future__ import annotations

import itertools
import keyword
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import FileDescriptorProto

from remora_codegen import banner, incremental, inputs, messages, services, testing
from remora_codegen.config import Settings
from remora_codegen.diagnostics import Diagnostic, GeneratorError
from remora_codegen.load import load
from remora_codegen.model import Location, Schema
from remora_codegen.relax import relaxed
from remora_codegen.render import Options, Output, Templates
from remora_codegen.selection import select
from remora_codegen.stamp import Stamp
from remora_codegen.tree import package_directory
from remora_codegen.write import TYPED_MARKER

if TYPE_CHECKING:
    from remora_codegen.manifest import Manifest


def _silent(item: Diagnostic) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Rendered:
    """What a generation gives.

    Attributes:
        tree: content by path below the output directory.
        modules: for outputs that come from one .proto file alone, what stands for all they depend on.
        pages: content by path below the directory of reference pages.
        tests: content by path below the directory of contract tests.
    """

    tree: dict[str, bytes]
    modules: dict[str, str]
    pages: dict[str, bytes] = field(default_factory=dict)
    tests: dict[str, bytes] = field(default_factory=dict)


def render(settings: Settings, note: Callable[[Diagnostic], None] = _silent) -> dict[str, bytes]:
    """Content by path below `settings.out`.

    Args:
        settings: what to generate.
        note: is told what the protos say and the output does not do.

    Raises:
        GeneratorError: every mistake that was found in the source, the manifest, the templates or the settings.
    """
    return render_again(settings, None, note).tree


def render_again(settings: Settings, stamp: Stamp | None, note: Callable[[Diagnostic], None] = _silent) -> Rendered:
    """The same, but modules that would come out as they are on disk are taken from there.

    Args:
        settings: what to generate from what.
        stamp: the last generation with these settings.
        note: as `render`.

    Raises:
        GeneratorError: as `render`.
    """
    _check_settings(settings)
    try:
        return _rendered(inputs.read(settings, also=_well_known(settings)), settings, stamp, note)
    except GeneratorError as error:
        raise GeneratorError(_relocated(item, settings) for item in error.diagnostics) from None


def render_files(
    files: dict[str, FileDescriptorProto],
    wanted: Iterable[str],
    settings: Settings,
    note: Callable[[Diagnostic], None] = _silent,
) -> dict[str, bytes]:
    """The same from descriptors that are in memory already, as protoc hands them to a plugin.

    Args:
        files: by name, with all that they import.
        wanted: names of the files to generate from.
        settings: everything but the source.
        note: is told what the protos say and the output does not do.

    Raises:
        GeneratorError: every mistake that was found in the manifest, the templates or the settings.
    """
    _check_settings(settings)
    return _rendered(
        inputs.from_files(files, "protoc", wanted=wanted, also=_well_known(settings)), settings, None, note
    ).tree


def _well_known(settings: Settings) -> tuple[str, ...]:
    """Files of google.protobuf that the generated package must have itself."""
    return messages.WELL_KNOWN_FILES if settings.package == settings.runtime_package else ()


def _rendered(
    descriptors: inputs.Descriptors, settings: Settings, stamp: Stamp | None, note: Callable[[Diagnostic], None]
) -> Rendered:
    options = Options(package=settings.package, runtime_package=settings.runtime_package, only=settings.only)
    templates = Templates(settings.templates)
    schema = load(descriptors.parsed(), descriptors.wanted, descriptors.sources)
    schema = relaxed(schema, settings.may_be_empty)
    manifest = read_manifest(schema, settings)
    if settings.only:
        schema, manifest = select(schema, manifest, settings.only, settings.package, _well_known(settings))
    modules = incremental.keys(descriptors, schema, options)
    kept = incremental.kept(modules, stamp, settings) if stamp else {}
    found = list(surfaces(schema, manifest, settings, options))
    outputs = itertools.chain(
        messages.outputs(schema, templates, options, kept.keys()),
        services.outputs(schema, templates, options, kept.keys()),
        testing.outputs(schema, templates, options),
        _entities(schema, found, templates, options),
    )
    tree = _assembled(outputs, kept, options)
    pages = _pages(schema, found, templates, options, settings) if settings.reference else {}
    tests = {}
    if settings.tests is not None:
        from remora_codegen import contracts

        made = contracts.outputs(schema, found, descriptors.files, templates, options, settings.out)
        tests = {output.path: banner.with_banner(output, options) for output in made}
    for item in _notes(schema, options):
        note(_relocated(item, settings))
    return Rendered(dict(sorted(tree.items())), modules, pages, tests)


def read_schema(settings: Settings) -> Schema:
    """The schema model of the wanted files and all they use.

    Raises:
        GeneratorError: the source cannot be read, or has something that has no Python form.
    """
    found = inputs.read(settings, also=_well_known(settings))
    return load(found.parsed(), found.wanted, found.sources)


def _check_settings(settings: Settings) -> None:
    problems = [
        Diagnostic(Location(str(directory)), "the directory of imports does not exist")
        for directory in settings.include
        if not directory.is_dir()
    ]
    if not settings.package:
        hint = "use --package NAME, or package in [tool.remora] of pyproject.toml"
        problems.append(Diagnostic(Location("--package"), "the name of the package to write is missing", hint))
    elif not all(part.isidentifier() and not keyword.iskeyword(part) for part in settings.package.split(".")):
        problem = f"'{settings.package}' is not the name of a Python package"
        problems.append(Diagnostic(Location("--package"), problem))
    else:
        problems += _places(settings)
    if problems:
        raise GeneratorError(problems)


def _places(settings: Settings) -> Iterator[Diagnostic]:
    """What is wrong with the places of pages and tests, each of which belongs to the generator alone."""
    places = [("the package", package_directory(settings.out, settings.package))]
    for option, directory in (("--reference", settings.reference), ("--tests", settings.tests)):
        if directory is None:
            continue
        for what, other in places:
            here, there = directory.resolve(), other.resolve()
            if here.is_relative_to(there) or there.is_relative_to(here):
                problem = f"'{directory}' and {what} lie in each other, and each belongs to the generator alone"
                yield Diagnostic(Location(option), problem, "name a directory of its own")
        places.append((f"'{directory}'", directory))
    if settings.tests is not None and not settings.tests.name.isidentifier():
        problem = f"'{settings.tests}' cannot hold tests: its name is not that of a Python package"
        yield Diagnostic(Location("--tests"), problem, "use a name such as tests/contract")


def read_manifest(schema: Schema, settings: Settings, roots: Iterable[Path] = ()) -> Manifest | None:
    """The manifest of the settings, checked against the schema; None when there is none.

    Args:
        schema: the services and messages that it speaks of.
        settings: name the manifest.
        roots: directories where modules of hand-written functions are looked for, before Python's own path.

    Raises:
        GeneratorError: the manifest is wrong.
    """
    if settings.manifest is None:
        return None
    from remora_codegen import manifest

    # The banner names the manifest by its file name alone, which is the same from every working directory.
    return manifest.load(settings.manifest, schema, roots=roots, name=settings.manifest.name)


def surfaces(
    schema: Schema, manifest: Manifest | None, settings: Settings, options: Options
) -> Iterator[tuple[str, Manifest]]:
    """Every manifest, by the subpackage that it becomes; a part that was chosen is of the first one alone."""
    if manifest is not None:
        yield options.entities, manifest
    if not settings.only:
        from remora_codegen.manifest import load as load_manifest

        for name, path in settings.surfaces:
            yield name, load_manifest(path, schema, name=path.name)


def _entities(
    schema: Schema, surfaces: Iterable[tuple[str, Manifest]], templates: Templates, options: Options
) -> Iterator[Output]:
    for name, manifest in surfaces:
        from remora_codegen import commands, entities

        chosen = replace(options, entities=name)
        yield from entities.outputs(schema, manifest, templates, chosen)
        yield from commands.outputs(schema, manifest, templates, chosen)


def _pages(
    schema: Schema,
    surfaces: Sequence[tuple[str, Manifest]],
    templates: Templates,
    options: Options,
    settings: Settings,
) -> dict[str, bytes]:
    from remora_codegen import reference

    made = reference.outputs(schema, surfaces, templates, options, settings.reference_modules)
    return {page.path: banner.page(page.text) for page in made}


def _notes(schema: Schema, options: Options) -> Iterable[Diagnostic]:
    """Validation rules that cannot be generated as plain checks."""
    for file in schema.files:
        if messages.home(file, options) == options.package:
            for item in file.messages:
                for rule in item.foreign_rules:
                    text = f"a validation rule of '{item.full_name}' is not generated: {rule}"
                    yield Diagnostic(item.location, text, severity="note")


def _assembled(outputs: Iterable[Output], kept: Mapping[str, bytes], options: Options) -> dict[str, bytes]:
    """Every file of the package with its content; an output's text is not kept beside it."""
    tree = dict(kept)
    sources: dict[str, tuple[str, ...]] = {}
    problems = []
    for output in outputs:
        if output.path in sources:
            other = _names(sources[output.path])
            problems.append(
                _path_clash(output.sources, output.path, f"'{output.path}' is made twice, also from {other}")
            )
        sources[output.path] = output.sources
        tree[output.path] = banner.with_banner(output, options)
    for path in tree:
        package = path.removesuffix(".py") + "/__init__.py"
        if package in tree:
            message = f"'{path}' and '{package}' have one module name"
            problems.append(_path_clash(sources.get(path, ()), path, message))
    if problems:
        raise GeneratorError(problems)
    tree[f"{options.package.replace('.', '/')}/{TYPED_MARKER}"] = b""
    return tree


def _path_clash(sources: Sequence[str], path: str, message: str) -> Diagnostic:
    return Diagnostic(Location(sources[0] if sources else path), message)


def _names(sources: Sequence[str]) -> str:
    return ", ".join(sources) or "nothing"


def _relocated(item: Diagnostic, settings: Settings) -> Diagnostic:
    """Show a file by a path that leads to it: .proto files are known by import names, the manifest by its own."""
    for manifest in (settings.manifest, *(path for _, path in settings.surfaces)):
        if manifest is not None and item.location.file == manifest.name:
            return replace(item, location=replace(item.location, file=str(manifest)))
    for directory in (settings.protos, *settings.include):
        path = directory / item.location.file
        if path.is_file():
            return replace(item, location=replace(item.location, file=str(path)))
    return item
