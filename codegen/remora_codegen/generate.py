"""The whole way from .proto files and a manifest to the bytes of the generated tree; nothing is written here."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from remora_codegen import banner, messages, protoc, services
from remora_codegen.config import Settings
from remora_codegen.diagnostics import Diagnostic, GeneratorError, did_you_mean
from remora_codegen.load import load
from remora_codegen.model import Location, Schema
from remora_codegen.render import Options, Output, Templates
from remora_codegen.write import TYPED_MARKER


def render(settings: Settings) -> dict[str, bytes]:
    """Content by path below `settings.out`.

    Raises:
        GeneratorError: every mistake that was found in the protos, the manifest, the templates or the settings.
    """
    _check_settings(settings)
    options = Options(package=settings.package, runtime_package=settings.runtime_package)
    templates = Templates(settings.templates)
    try:
        schema = read_schema(settings, options)
        outputs = [
            *messages.outputs(schema, templates, options),
            *services.outputs(schema, templates, options),
            *_entities(schema, settings, templates, options),
        ]
        _check_paths(outputs)
    except GeneratorError as error:
        raise GeneratorError(_relocated(item, settings) for item in error.diagnostics) from None
    tree = {output.path: banner.with_banner(output, options) for output in outputs}
    tree[f"{options.package.replace('.', '/')}/{TYPED_MARKER}"] = b""
    return dict(sorted(tree.items()))


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
    if problems:
        raise GeneratorError(problems)


def read_schema(settings: Settings, options: Options) -> Schema:
    """The schema model of the wanted files and all they use."""
    wanted = _wanted(protoc.find_protos(settings.protos), settings)
    if options.package == options.runtime_package:
        wanted += [name for name in messages.WELL_KNOWN_FILES if name not in wanted]
    return load(protoc.descriptor_set(settings.protos, wanted, settings.include), wanted)


def _wanted(found: Sequence[str], settings: Settings) -> list[str]:
    if not settings.files:
        return sorted(found)
    problems, chosen = [], set()
    for pattern in settings.files:
        matches = [name for name in found if _matches(name, pattern)]
        chosen.update(matches)
        if not matches:
            hint = did_you_mean(pattern, found)
            problems.append(Diagnostic(Location(str(settings.protos)), f"no .proto file matches '{pattern}'", hint))
    if problems:
        raise GeneratorError(problems)
    return sorted(chosen)


def _matches(name: str, pattern: str) -> bool:
    """Glob with `*` and `?` inside a path component, and `**/` for any number of components."""
    expression = ""
    for part in re.split(r"(\*\*/|\*|\?)", pattern):
        expression += {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}.get(part) or re.escape(part)
    return re.fullmatch(expression, name) is not None


def _entities(schema: Schema, settings: Settings, templates: Templates, options: Options) -> Iterator[Output]:
    surfaces = [] if settings.manifest is None else [(options.entities, settings.manifest)]
    for name, path in [*surfaces, *settings.surfaces]:
        from remora_codegen import entities, manifest

        # The banner names the manifest by its file name alone, which is the same from every working directory.
        found = manifest.load(path, schema, name=path.name)
        yield from entities.outputs(schema, found, templates, replace(options, entities=name))


def _check_paths(outputs: Sequence[Output]) -> None:
    by_path: dict[str, Output] = {}
    problems = []
    for output in outputs:
        other = by_path.setdefault(output.path, output)
        if other is not output:
            problems.append(_path_clash(output, f"'{output.path}' is made twice, also from {_names(other.sources)}"))
        directory = output.path.removesuffix(".py") + "/__init__.py"
        if any(item.path == directory for item in outputs):
            problems.append(_path_clash(output, f"'{output.path}' and '{directory}' have one module name"))
    if problems:
        raise GeneratorError(problems)


def _path_clash(output: Output, message: str) -> Diagnostic:
    return Diagnostic(Location(output.sources[0] if output.sources else output.path), message)


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
