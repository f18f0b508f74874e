"""Which files of a source are generated from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto

from remora_codegen.diagnostics import Diagnostic, GeneratorError, did_you_mean
from remora_codegen.inputs.descriptors import WELL_KNOWN
from remora_codegen.model import Location

_OPTIONS = re.compile(r"\.google\.protobuf\.\w+Options")


def matching(found: Iterable[str], patterns: Sequence[str], origin: str) -> list[str]:
    """The files that match one of the patterns.

    Raises:
        GeneratorError: a pattern matches nothing.
    """
    names = sorted(found)
    problems, chosen = [], set()
    for pattern in patterns:
        matches = [name for name in names if _matches(name, pattern)]
        chosen.update(matches)
        if not matches:
            hint = did_you_mean(pattern, names)
            problems.append(Diagnostic(Location(origin), f"no .proto file matches '{pattern}'", hint))
    if problems:
        raise GeneratorError(problems)
    return sorted(chosen)


def _matches(name: str, pattern: str) -> bool:
    """Glob with `*` and `?` inside a path component, and `**/` for any number of components."""
    expression = ""
    for part in re.split(r"(\*\*/|\*|\?)", pattern):
        expression += {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}.get(part) or re.escape(part)
    return re.fullmatch(expression, name) is not None


def worth_generating(names: Iterable[str], files: Mapping[str, FileDescriptorProto]) -> list[str]:
    """The named files without those that are there for custom options alone, and without google's own.

    A file such as `google/api/annotations.proto` is imported for the options that it declares; Python code has no use
    for it unless a message uses one of its types. The same goes for files that only such files import.
    """
    kept = [name for name in names if not name.startswith(WELL_KNOWN)]
    importers: dict[str, set[str]] = {}
    for file in files.values():
        for name in file.dependency:
            importers.setdefault(name, set()).add(file.name)
    dropped: set[str] = set()
    while True:
        used = _used_files([files[name] for name in kept if name not in dropped], files)
        more = {
            name
            for name in kept
            if name not in dropped
            and name not in used
            and not files[name].service
            and importers.get(name)
            and (_declares_options(files[name]) or importers[name] <= dropped)
        }
        if not more:
            return sorted(name for name in kept if name not in dropped)
        dropped |= more


def _declares_options(file: FileDescriptorProto) -> bool:
    return any(_OPTIONS.fullmatch(item.extendee) for item in file.extension)


def _used_files(users: Iterable[FileDescriptorProto], files: Mapping[str, FileDescriptorProto]) -> set[str]:
    """Files of which another one uses a type."""
    owner: dict[str, str] = {}
    for file in files.values():
        prefix = f".{file.package}" if file.package else ""
        for name in (*(item.name for item in file.message_type), *(item.name for item in file.enum_type)):
            owner[f"{prefix}.{name}"] = file.name
    found = set()
    for file in users:
        for used in _used_types(file):
            name = used
            # A nested type belongs to the file of the type around it.
            while name and name not in owner:
                name = name.rpartition(".")[0]
            if name and owner[name] != file.name:
                found.add(owner[name])
    return found


def _used_types(file: FileDescriptorProto) -> Iterator[str]:
    pending: list[DescriptorProto] = list(file.message_type)
    while pending:
        message = pending.pop()
        pending += message.nested_type
        yield from (item.type_name for item in message.field if item.type_name)
    for service in file.service:
        for method in service.method:
            yield method.input_type
            yield method.output_type
