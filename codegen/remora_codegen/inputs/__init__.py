"""Where a schema comes from: .proto files, a descriptor set, an installed package, or a running server."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorProto

from remora_codegen import protoc, reads
from remora_codegen.config import Settings
from remora_codegen.diagnostics import Diagnostic, GeneratorError
from remora_codegen.inputs import choice
from remora_codegen.inputs.descriptors import WELL_KNOWN, Descriptors, missing_imports, normalized, read_set
from remora_codegen.model import Location

__all__ = ["Descriptors", "from_files", "read"]


def read(settings: Settings, *, also: Iterable[str] = ()) -> Descriptors:
    """The descriptors of the source that the settings name.

    Args:
        settings: exactly one source.
        also: names of files of google.protobuf to generate from as well.

    Raises:
        GeneratorError: the source cannot be read, or protoc refuses its files.
    """
    if settings.descriptor_set is not None:
        files, origin = _set_file(settings.descriptor_set), str(settings.descriptor_set)
    elif settings.from_package:
        from remora_codegen.inputs.package import package_files

        files, origin = package_files(settings.from_package), settings.from_package
    elif settings.from_reflection:
        from remora_codegen.inputs.reflection import server_files

        files, origin = server_files(settings.from_reflection, settings.connection), settings.from_reflection
    else:
        return _directory(settings, also)
    return from_files(files, origin, patterns=settings.files, also=also)


def from_files(
    files: dict[str, FileDescriptorProto],
    origin: str,
    *,
    wanted: Iterable[str] | None = None,
    patterns: tuple[str, ...] = (),
    also: Iterable[str] = (),
) -> Descriptors:
    """Descriptors that are in memory already.

    Args:
        files: by name, with all that they import but for google.protobuf; added to where those are missing.
        origin: the source, for messages.
        wanted: the files to generate from; all of them when omitted.
        patterns: patterns of the wanted files instead.
        also: names of files of google.protobuf to generate from as well.

    Raises:
        GeneratorError: a pattern matches nothing, or an imported file is missing.
    """
    if patterns:
        chosen = choice.matching(files, patterns, origin)
    else:
        chosen = choice.worth_generating(files if wanted is None else wanted, files)
    extra = [name for name in also if name not in chosen]
    missing = [name for name in {*missing_imports(files), *extra} if name.startswith(WELL_KNOWN) and name not in files]
    if missing:
        files.update(read_set(protoc.well_known_set(sorted(missing)), origin))
    return Descriptors.of(normalized(files.values(), origin), (*chosen, *extra))


def _directory(settings: Settings, also: Iterable[str]) -> Descriptors:
    found = protoc.find_protos(settings.protos)
    names = choice.matching(found, settings.files, str(settings.protos)) if settings.files else sorted(found)
    extra = [name for name in also if name not in names]
    content = protoc.serialized_set(settings.protos, [*names, *extra], settings.include)
    files = read_set(content, str(settings.protos))
    _note(files, (settings.protos, *settings.include))
    chosen = names if settings.files else choice.worth_generating(names, files)
    return Descriptors.of(normalized(files.values(), str(settings.protos)), (*chosen, *extra))


def _note(names: Iterable[str], directories: tuple[Path, ...]) -> None:
    """Remember where each file was found, and where it would have been found before."""
    for name in names:
        for directory in directories:
            path = directory / name
            if reads.exists(path):
                reads.note(path, path.read_bytes())
                break


def _set_file(path: Path) -> dict[str, FileDescriptorProto]:
    try:
        content = path.read_bytes()
        reads.note(path, content)
    except FileNotFoundError:
        raise GeneratorError([Diagnostic(Location(str(path)), "the descriptor set does not exist")]) from None
    except OSError as error:
        problem = f"the descriptor set cannot be read: {error.strerror}"
        raise GeneratorError([Diagnostic(Location(str(path)), problem)]) from None
    return read_set(content, str(path))
