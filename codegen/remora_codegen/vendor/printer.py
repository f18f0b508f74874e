"""File descriptors as .proto text."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    MethodDescriptorProto,
    ServiceDescriptorProto,
)
from google.protobuf.message import Message

from remora_codegen.diagnostics import Diagnostic, GeneratorError
from remora_codegen.mistakes import EDITIONS
from remora_codegen.model import Location
from remora_codegen.vendor.descriptors import has_own_json_name
from remora_codegen.vendor.options import option_texts, quoted
from remora_codegen.vendor.scopes import Scopes

_WIDTH = 100
_MAX_FIELD, _MAX_MESSAGE_SET, _MAX_ENUM = 536870911, 2147483646, 2147483647
_SCALARS = {
    number: name.removeprefix("TYPE_").lower()
    for name, number in FieldDescriptorProto.Type.items()
    if name not in ("TYPE_GROUP", "TYPE_MESSAGE", "TYPE_ENUM")
}


def print_file(file: FileDescriptorProto, scopes: Scopes, header: str) -> str:
    """The text of one .proto file.

    Args:
        file: the descriptor, with readable options (see `DescriptorFiles`).
        scopes: the symbols of this file and all it imports.
        header: a comment for the first line.

    Raises:
        GeneratorError: the file uses editions or groups.
    """
    return _Printer(file, scopes).text(header)


class _Printer:
    def __init__(self, file: FileDescriptorProto, scopes: Scopes) -> None:
        self.file = file
        self.scopes = scopes

    def text(self, header: str) -> str:
        file = self.file
        if file.syntax == "editions":
            raise GeneratorError([Diagnostic(Location(file.name), EDITIONS)])
        head = [[f"// {header}"], [f'syntax = "{file.syntax or "proto2"}";']]
        if file.package:
            head.append([f"package {file.package};"])
        head += [list(self.imports()), list(self.statements(file.options, file.package))]
        body = [
            *(list(self.enum(item, file.package)) for item in file.enum_type),
            *(list(self.message(item, file.package)) for item in file.message_type),
            *self.extends(file.extension, file.package),
            *(list(self.service(item)) for item in file.service),
        ]
        return "\n\n".join("\n".join(lines) for lines in (*head, *body) if lines) + "\n"

    def imports(self) -> Iterator[str]:
        for index, name in enumerate(self.file.dependency):
            public = "public " if index in self.file.public_dependency else ""
            weak = "weak " if index in self.file.weak_dependency else ""
            yield f"import {public}{weak}{quoted(name)};"

    def reference(self, target: str, scope: str) -> str:
        return self.scopes.name(target, scope, package=self.file.package)

    def options(self, options: Message, scope: str) -> list[str]:
        return list(option_texts(options, lambda name: self.reference(name, scope)))

    def statements(self, options: Message, scope: str) -> Iterator[str]:
        for text in self.options(options, scope):
            yield from f"option {text};".splitlines()

    def message(self, message: DescriptorProto, outer: str) -> Iterator[str]:
        scope = _join(outer, message.name)
        blocks = [
            [*self.message_options(message, scope), *self.reserved(message, scope)],
            *(list(self.enum(item, scope)) for item in message.enum_type),
            *self.members(message, scope),
            *self.extends(message.extension, scope),
        ]
        yield from _braces(f"message {message.name}", blocks)

    def message_options(self, message: DescriptorProto, scope: str) -> Iterator[str]:
        return self.statements(message.options, scope)

    def reserved(self, message: DescriptorProto, scope: str) -> Iterator[str]:
        last = _MAX_MESSAGE_SET if message.options.message_set_wire_format else _MAX_FIELD
        for item in message.extension_range:
            options = self.options(item.options, scope)
            yield from _with_options(f"extensions {_range(item.start, item.end - 1, last)}", options)
        if message.reserved_range:
            ranges = (_range(item.start, item.end - 1, last) for item in message.reserved_range)
            yield f"reserved {', '.join(ranges)};"
        if message.reserved_name:
            yield f"reserved {', '.join(map(quoted, message.reserved_name))};"

    def members(self, message: DescriptorProto, scope: str) -> Iterator[list[str]]:
        """Nested messages and fields, as blocks.

        A map field makes its entry type where it stands, so nested messages are placed around map fields such that
        protoc gives all of them the same order again.
        """
        entries = {
            f".{_join(scope, nested.name)}": index
            for index, nested in enumerate(message.nested_type)
            if nested.options.map_entry
        }
        printed = 0

        def nested_until(end: int) -> Iterator[list[str]]:
            nonlocal printed
            for nested in message.nested_type[printed:end]:
                if not nested.options.map_entry:
                    yield list(self.message(nested, scope))
            printed = max(printed, end)

        yield from nested_until(min(entries.values(), default=len(message.nested_type)))
        fields: list[str] = []
        for oneof, group in itertools.groupby(message.field, _oneof_index):
            if oneof is not None:
                declaration = message.oneof_decl[oneof]
                lines = [
                    *self.statements(declaration.options, scope),
                    *(line for item in group for line in self.field(item, message, scope, in_oneof=True)),
                ]
                if fields:
                    yield fields
                    fields = []
                yield list(_braces(f"oneof {declaration.name}", [lines]))
                continue
            for item in group:
                entry = entries.get(item.type_name)
                if entry is not None:
                    between = list(nested_until(entry))
                    if between:
                        if fields:
                            yield fields
                        fields = []
                        yield from between
                fields += self.field(item, message, scope)
        if fields:
            yield fields
        yield from nested_until(len(message.nested_type))

    def field(
        self, item: FieldDescriptorProto, message: DescriptorProto | None, scope: str, *, in_oneof: bool = False
    ) -> Iterator[str]:
        entry = _map_entry(item, message, scope)
        if entry is not None:
            key, value = (self.type_name(part, scope) for part in entry.field)
            declared = f"map<{key}, {value}>"
        else:
            declared = self.label(item, in_oneof=in_oneof) + self.type_name(item, scope)
        options = []
        if item.HasField("default_value"):
            options.append(f"default = {_default(item)}")
        if message is not None and has_own_json_name(item):
            options.append(f"json_name = {quoted(item.json_name)}")
        options += self.options(item.options, scope)
        yield from _with_options(f"{declared} {item.name} = {item.number}", options)

    def type_name(self, item: FieldDescriptorProto, scope: str) -> str:
        if item.type == FieldDescriptorProto.TYPE_GROUP:
            problem = f"field '{_join(scope, item.name)}' is a group, which is not supported"
            raise GeneratorError([Diagnostic(Location(self.file.name), problem)])
        return _SCALARS.get(item.type) or self.reference(item.type_name, scope)

    def label(self, item: FieldDescriptorProto, *, in_oneof: bool) -> str:
        if item.label == FieldDescriptorProto.LABEL_REPEATED:
            return "repeated "
        if item.label == FieldDescriptorProto.LABEL_REQUIRED:
            return "required "
        explicit = item.proto3_optional or (self.file.syntax != "proto3" and not in_oneof)
        return "optional " if explicit else ""

    def extends(self, extensions: Iterable[FieldDescriptorProto], scope: str) -> Iterator[list[str]]:
        for extendee, group in itertools.groupby(extensions, lambda item: item.extendee):
            lines = [line for item in group for line in self.field(item, None, scope)]
            yield list(_braces(f"extend {self.reference(extendee, scope)}", [lines]))

    def enum(self, enum: EnumDescriptorProto, outer: str) -> Iterator[str]:
        head = list(self.statements(enum.options, outer))
        if enum.reserved_range:
            ranges = (_range(item.start, item.end, _MAX_ENUM) for item in enum.reserved_range)
            head.append(f"reserved {', '.join(ranges)};")
        if enum.reserved_name:
            head.append(f"reserved {', '.join(map(quoted, enum.reserved_name))};")
        values = [
            line
            for value in enum.value
            for line in _with_options(f"{value.name} = {value.number}", self.options(value.options, outer))
        ]
        yield from _braces(f"enum {enum.name}", [head, values])

    def service(self, service: ServiceDescriptorProto) -> Iterator[str]:
        scope = _join(self.file.package, service.name)
        methods = [line for item in service.method for line in self.method(item, scope)]
        yield from _braces(f"service {service.name}", [list(self.statements(service.options, scope)), methods])

    def method(self, method: MethodDescriptorProto, scope: str) -> Iterator[str]:
        request = ("stream " if method.client_streaming else "") + self.reference(method.input_type, scope)
        response = ("stream " if method.server_streaming else "") + self.reference(method.output_type, scope)
        head = f"rpc {method.name}({request}) returns ({response})"
        options = list(self.statements(method.options, scope))
        if method.HasField("options"):  # even without an option: `{}` is there again
            yield from _braces(head, [options])
        else:
            yield f"{head};"


def _join(scope: str, name: str) -> str:
    return f"{scope}.{name}" if scope else name


def _oneof_index(item: FieldDescriptorProto) -> int | None:
    return item.oneof_index if item.HasField("oneof_index") and not item.proto3_optional else None


def _map_entry(item: FieldDescriptorProto, message: DescriptorProto | None, scope: str) -> DescriptorProto | None:
    for nested in message.nested_type if message is not None else ():
        if nested.options.map_entry and item.type_name == f".{_join(scope, nested.name)}":
            return nested
    return None


def _default(item: FieldDescriptorProto) -> str:
    if item.type == FieldDescriptorProto.TYPE_STRING:
        return quoted(item.default_value)
    if item.type == FieldDescriptorProto.TYPE_BYTES:
        return f'"{item.default_value}"'  # escaped in the descriptor already
    return item.default_value


def _range(start: int, last: int, maximum: int) -> str:
    if start == last:
        return str(start)
    return f"{start} to {'max' if last >= maximum else last}"


def _with_options(head: str, options: Sequence[str]) -> Iterator[str]:
    if not options:
        yield f"{head};"
        return
    line = f"{head} [{', '.join(options)}];"
    if "\n" not in line and len(line) <= _WIDTH:
        yield line
        return
    if len(options) == 1:
        yield from f"{head} [{options[0]}];".splitlines()
        return
    yield f"{head} ["
    for index, option in enumerate(options):
        comma = "," if index < len(options) - 1 else ""
        yield from (f"  {part}" for part in f"{option}{comma}".splitlines())
    yield "];"


def _braces(head: str, blocks: Iterable[Sequence[str]]) -> Iterator[str]:
    filled = [block for block in blocks if block]
    if not filled:
        yield f"{head} {{}}"
        return
    yield f"{head} {{"
    for index, block in enumerate(filled):
        if index:
            yield ""
        yield from (f"  {line}" if line else "" for line in block)
    yield "}"
