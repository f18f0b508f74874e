"""What a .proto file says, one fact per line, so that two versions of it can be compared."""

from __future__ import annotations

from collections.abc import Iterator

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)
from google.protobuf.message import Message

from remora_codegen.vendor.options import option_texts

_LABELS = {
    FieldDescriptorProto.LABEL_OPTIONAL: "",
    FieldDescriptorProto.LABEL_REQUIRED: "required ",
    FieldDescriptorProto.LABEL_REPEATED: "repeated ",
}


def changes(old: FileDescriptorProto, new: FileDescriptorProto) -> list[str]:
    """What was added (+), removed (-) or changed (~), by full name, in alphabetical order of the names."""
    before, after = dict(_facts(old)), dict(_facts(new))
    lines = []
    for key in sorted(before.keys() | after.keys(), key=lambda key: (key.split(" ", 1)[1], key)):
        if key not in before:
            lines.append(f"+ {key}{after[key]}")
        elif key not in after:
            lines.append(f"- {key}")
        elif before[key] != after[key]:
            lines.append(f"~ {key}:{before[key]} ->{after[key]}")
    return lines


def _facts(file: FileDescriptorProto) -> Iterator[tuple[str, str]]:
    prefix = file.package + "." if file.package else ""
    yield f"file {file.name}", f" {file.syntax or 'proto2'} package {file.package}{_options(file.options)}"
    for message in file.message_type:
        yield from _message(message, prefix)
    for enum in file.enum_type:
        yield from _enum(enum, prefix)
    for extension in file.extension:
        yield f"extension {prefix}{extension.name}", f" of {extension.extendee.lstrip('.')}{_field(extension)}"
    for service in file.service:
        name = prefix + service.name
        yield f"service {name}", _options(service.options)
        for method in service.method:
            request = ("stream " if method.client_streaming else "") + method.input_type.lstrip(".")
            response = ("stream " if method.server_streaming else "") + method.output_type.lstrip(".")
            yield f"rpc {name}/{method.name}", f" ({request}) returns ({response}){_options(method.options)}"


def _message(message: DescriptorProto, prefix: str) -> Iterator[tuple[str, str]]:
    name = prefix + message.name
    reserved = [f"{item.start}..{item.end - 1}" for item in message.reserved_range]
    reserved += message.reserved_name
    extensions = [f"{item.start}..{item.end - 1}" for item in message.extension_range]
    details = (f" reserved {', '.join(reserved)}" if reserved else "") + _options(message.options)
    yield f"message {name}", details + (f" extensions {', '.join(extensions)}" if extensions else "")
    for item in message.field:
        oneof = ""
        if item.HasField("oneof_index") and not item.proto3_optional:
            oneof = f" in oneof {message.oneof_decl[item.oneof_index].name}"
        yield f"field {name}.{item.name}", _field(item) + oneof
    for declaration in message.oneof_decl:
        if declaration.HasField("options"):
            yield f"oneof {name}.{declaration.name}", _options(declaration.options)
    for nested in message.nested_type:
        yield from _message(nested, name + ".")
    for enum in message.enum_type:
        yield from _enum(enum, name + ".")
    for item in message.extension:
        yield f"extension {name}.{item.name}", f" of {item.extendee.lstrip('.')}{_field(item)}"


def _field(item: FieldDescriptorProto) -> str:
    kind = item.type_name.lstrip(".") or FieldDescriptorProto.Type.Name(item.type).removeprefix("TYPE_").lower()
    label = "optional " if item.proto3_optional else _LABELS[item.label]
    default = f" default {item.default_value}" if item.HasField("default_value") else ""
    json_name = f" json_name {item.json_name}" if item.HasField("json_name") else ""
    return f" {label}{kind} = {item.number}{default}{json_name}{_options(item.options)}"


def _enum(enum: EnumDescriptorProto, prefix: str) -> Iterator[tuple[str, str]]:
    name = prefix + enum.name
    reserved = [f"{item.start}..{item.end}" for item in enum.reserved_range]
    reserved += enum.reserved_name
    yield f"enum {name}", (f" reserved {', '.join(reserved)}" if reserved else "") + _options(enum.options)
    for value in enum.value:
        yield f"value {name}.{value.name}", f" = {value.number}{_options(value.options)}"


def _options(options: Message) -> str:
    texts = [" ".join(text.split()) for text in option_texts(options, lambda name: name)]
    return f" [{', '.join(texts)}]" if texts else ""
