"""A set of file descriptors in which custom options are readable, and what makes two of them equal.

Descriptors of a package carry options such as `(buf.validate.field)` as raw bytes. They become readable once the
files that declare them are in the same pool, so every set here has a pool of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto

DESCRIPTOR_PROTO = "google/protobuf/descriptor.proto"


class DescriptorFiles:
    """File descriptors by name, imports first, parsed by one pool that knows their custom options."""

    def __init__(self, serialized: Iterable[bytes], pool: DescriptorFiles | None = None) -> None:
        """Read descriptors.

        Args:
            serialized: the bytes of `FileDescriptorProto`s, a file after everything that it imports.
            pool: another set that declares the custom options; its own files when omitted.
        """
        content = list(serialized)
        names = [FileDescriptorProto.FromString(data).name for data in content]
        if DESCRIPTOR_PROTO not in names:
            content.insert(0, descriptor_pb2.DESCRIPTOR.serialized_pb)
            names.insert(0, DESCRIPTOR_PROTO)
        self.file_class: type[FileDescriptorProto] = pool.file_class if pool else _file_class(names, content)
        self.by_name = {name: self.file_class.FromString(data) for name, data in zip(names, content, strict=True)}

    def __iter__(self) -> Iterator[FileDescriptorProto]:
        return iter(self.by_name.values())

    def closure(self, names: Iterable[str]) -> tuple[str, ...]:
        """The named files and all they import, imports first, otherwise in the given order."""
        found: dict[str, None] = {}

        def visit(name: str) -> None:
            if name not in found:
                for dependency in self.by_name[name].dependency:
                    visit(dependency)
                found[name] = None

        for name in names:
            visit(name)
        return tuple(found)

    def services(self) -> dict[str, str]:
        """Full service name -> name of its file."""
        return {
            f"{file.package}.{service.name}" if file.package else service.name: file.name
            for file in self
            for service in file.service
        }


def _file_class(names: list[str], content: list[bytes]) -> type[FileDescriptorProto]:
    pool = descriptor_pool.DescriptorPool()
    for data in content:
        pool.AddSerializedFile(data)
    # Building the classes is what registers the extensions in every implementation of the protobuf package.
    message_factory.GetMessageClassesForFiles(names, pool)
    found = message_factory.GetMessageClass(pool.FindMessageTypeByName("google.protobuf.FileDescriptorProto"))
    return cast("type[FileDescriptorProto]", found)


def canonical(file: FileDescriptorProto) -> FileDescriptorProto:
    """A copy without what two faithful descriptors of one file may differ in.

    That is: places and comments; `json_name` where it is what the field name gives anyway (protoc writes it, the
    Python plugin mostly does not); and the syntax `proto2`, which is the same as none.
    """
    copy = type(file)()
    copy.CopyFrom(file)
    copy.ClearField("source_code_info")
    if copy.syntax == "proto2":
        copy.ClearField("syntax")
    for extension in copy.extension:
        extension.ClearField("json_name")
    for message in copy.message_type:
        _drop_default_json_names(message)
    return copy


def _drop_default_json_names(message: DescriptorProto) -> None:
    for item in message.field:
        if not has_own_json_name(item):
            item.ClearField("json_name")
    for item in message.extension:
        item.ClearField("json_name")
    for nested in message.nested_type:
        _drop_default_json_names(nested)


def has_own_json_name(item: FieldDescriptorProto) -> bool:
    """True when the JSON name is not the one that the field's name gives."""
    return item.HasField("json_name") and item.json_name != default_json_name(item.name)


def default_json_name(name: str) -> str:
    """`created_at` gives `createdAt` (language guide, "JSON Mapping")."""
    head, *words = name.split("_")
    return head + "".join(word[:1].upper() + word[1:] for word in words)
