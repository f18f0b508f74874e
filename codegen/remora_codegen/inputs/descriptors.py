"""A schema as descriptors, made the same whichever way it came.

Sources differ in what they leave out. protoc writes `json_name` and keeps comments, a Python package does neither, a
server lists its files in any order. Whatever can be made equal is made equal here, so that the same schema gives the
same output; only comments cannot be brought back where a source has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from betterproto2_compiler.lib.google.protobuf import FileDescriptorSet
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto, SourceCodeInfo
from google.protobuf.message import DecodeError

from remora_codegen.diagnostics import Diagnostic, GeneratorError
from remora_codegen.model import Location
from remora_codegen.vendor.descriptors import default_json_name

WELL_KNOWN = "google/protobuf/"
"""The folder of the files that every protoc brings along."""

_NOT_PACKABLE = ("TYPE_STRING", "TYPE_BYTES", "TYPE_MESSAGE", "TYPE_GROUP")
_PACKABLE = frozenset(number for name, number in FieldDescriptorProto.Type.items() if name not in _NOT_PACKABLE)


@dataclass(frozen=True)
class Descriptors:
    """What a source gave.

    Attributes:
        files: with every import, imports first, as `normalized` makes them; without places and comments.
        sources: places and comments by file name, of the files that have any.
        wanted: names of the files to generate from; what they use comes along.
    """

    files: tuple[FileDescriptorProto, ...]
    sources: Mapping[str, SourceCodeInfo]
    wanted: tuple[str, ...]

    @classmethod
    def of(cls, files: Iterable[FileDescriptorProto], wanted: Iterable[str]) -> Descriptors:
        """Take the places and comments out of normalized files."""
        files = tuple(files)
        sources = {}
        for file in files:
            if file.HasField("source_code_info"):
                sources[file.name] = SourceCodeInfo()
                sources[file.name].CopyFrom(file.source_code_info)
                file.ClearField("source_code_info")
        return cls(files, sources, tuple(wanted))

    def parsed(self) -> FileDescriptorSet:
        """The descriptor set as betterproto2's typed objects.

        Without places and comments: those are six parts of seven of a set's messages, and google's codec reads them in
        no time.
        """
        return FileDescriptorSet.parse(descriptor_pb2.FileDescriptorSet(file=self.files).SerializeToString())


def read_set(content: bytes, origin: str) -> dict[str, FileDescriptorProto]:
    """The files of an encoded descriptor set by name.

    Raises:
        GeneratorError: it is something else.
    """
    try:
        found = list(descriptor_pb2.FileDescriptorSet.FromString(content).file)
    except DecodeError:
        found = []
    if not found or not all(file.name for file in found):
        hint = "make one with protoc --descriptor_set_out=FILE --include_imports --include_source_info"
        raise GeneratorError([Diagnostic(Location(origin), "this is not a descriptor set", hint)])
    return {file.name: file for file in found}


def normalized(files: Iterable[FileDescriptorProto], origin: str) -> list[FileDescriptorProto]:
    """The files in order, imports first, otherwise by name, and with all that protoc writes.

    Args:
        files: with everything that they import, in any order; they are changed.
        origin: the source, for messages.

    Raises:
        GeneratorError: an imported file is missing.
    """
    by_name = {file.name: file for file in files}
    result = _sorted(by_name, origin)
    for file in result:
        _complete(file)
    return result


def missing_imports(files: Mapping[str, FileDescriptorProto]) -> set[str]:
    """Names of imported files that are not among the files."""
    return {name for file in files.values() for name in file.dependency if name not in files}


def _sorted(files: Mapping[str, FileDescriptorProto], origin: str) -> list[FileDescriptorProto]:
    problems = [
        Diagnostic(Location(origin), f"'{name}', which is imported, is missing", "protoc needs --include_imports")
        for name in sorted(missing_imports(files))
    ]
    if problems:
        raise GeneratorError(problems)
    placed: dict[str, FileDescriptorProto] = {}
    for name in sorted(files):
        # Without recursion: a chain of imports may be longer than Python's stack.
        pending = [name]
        opened: set[str] = set()
        while pending:
            current = pending[-1]
            before = sorted(item for item in files[current].dependency if item not in placed)
            if current in placed or not before or current in opened:
                placed.setdefault(current, files[pending.pop()])
            else:
                opened.add(current)
                pending += reversed(before)
    return list(placed.values())


def _complete(file: FileDescriptorProto) -> None:
    """Write down what protoc does, and `packed` on every field that is packed, also where that is the default.

    Repeated numbers are packed by default in proto3 (encoding specification, "Packed Repeated Fields"). betterproto2's
    descriptor classes cannot tell `packed = false` from an option that was not given, so the default is applied here.
    """
    if file.syntax == "proto2":
        file.ClearField("syntax")
    packs = file.syntax == "proto3"
    for message in _messages(file.message_type):
        for item in message.field:
            if not item.json_name:
                item.json_name = default_json_name(item.name)
            packable = item.label == item.LABEL_REPEATED and item.type in _PACKABLE
            if packs and packable and not item.options.HasField("packed"):
                item.options.packed = True


def _messages(messages: Iterable[DescriptorProto]) -> Iterator[DescriptorProto]:
    pending = list(messages)
    while pending:
        message = pending.pop()
        pending += message.nested_type
        yield message
