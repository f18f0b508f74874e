"""Descriptor set in, frozen schema model out."""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from betterproto2_compiler.lib.google.protobuf import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FieldDescriptorProtoLabel,
    FieldDescriptorProtoType,
    FileDescriptorProto,
    FileDescriptorSet,
    ServiceDescriptorProto,
)
from google.protobuf.descriptor_pb2 import SourceCodeInfo

from remora_codegen import names
from remora_codegen.diagnostics import Diagnostic, GeneratorError
from remora_codegen.mistakes import EDITIONS
from remora_codegen.model import (
    Enum,
    EnumValue,
    Field,
    File,
    Idempotency,
    Kind,
    Label,
    Location,
    Message,
    Method,
    Oneof,
    Schema,
    Service,
)
from remora_codegen.rule_options import RuleReader

# Field numbers inside descriptor.proto, which make up the paths of source_code_info.
_FILE_MESSAGE, _FILE_ENUM, _FILE_SERVICE, _FILE_PACKAGE, _FILE_SYNTAX = 4, 5, 6, 2, 12
_MESSAGE_FIELD, _MESSAGE_NESTED, _MESSAGE_ENUM, _MESSAGE_ONEOF = 2, 3, 4, 8
_ENUM_VALUE, _SERVICE_METHOD = 2, 2


class _Options(Protocol):
    """What the options of most things have."""

    deprecated: bool


def load(
    descriptors: FileDescriptorSet,
    wanted: Iterable[str] | None = None,
    sources: Mapping[str, SourceCodeInfo] | None = None,
) -> Schema:
    """Build the schema model.

    Args:
        descriptors: a descriptor set as `protoc.descriptor_set` gives it: with every import, imports first, and
            with `packed` on every field that is packed.
        wanted: names of the files to model. Files that their messages, enums or methods refer to come along; files
            that are imported for custom options alone do not. All files when omitted.
        sources: places and comments by file name, where the descriptors come without.

    Raises:
        GeneratorError: a construct that has no Python form (groups, editions), or two types with one Python name.
    """
    by_name = {file.name: file for file in descriptors.file}
    chosen = _closure(by_name, by_name if wanted is None else wanted)
    problems: list[Diagnostic] = []
    rules = RuleReader(descriptors.file)
    files = tuple(
        _File(file, rules, problems, (sources or {}).get(name)).build()
        for name, file in by_name.items()
        if name in chosen
    )
    problems += _name_clashes(files)
    if problems:
        raise GeneratorError(problems)
    return Schema(files)


def _closure(by_name: dict[str, FileDescriptorProto], wanted: Iterable[str]) -> set[str]:
    """The wanted files and, transitively, every file that defines a type which they use."""
    owner: dict[str, str] = {}
    for file in by_name.values():
        prefix = f".{file.package}" if file.package else ""
        for message in file.message_type:
            _own(owner, message, f"{prefix}.{message.name}", file.name)
        for enum in file.enum_type:
            owner[f"{prefix}.{enum.name}"] = file.name
    chosen: set[str] = set()
    pending = list(wanted)
    while pending:
        name = pending.pop()
        if name not in chosen:
            chosen.add(name)
            pending += [owner[used] for used in _used_types(by_name[name])]
    return chosen


def _own(owner: dict[str, str], message: DescriptorProto, full_name: str, file: str) -> None:
    owner[full_name] = file
    for enum in message.enum_type:
        owner[f"{full_name}.{enum.name}"] = file
    for nested in message.nested_type:
        _own(owner, nested, f"{full_name}.{nested.name}", file)


def _used_types(file: FileDescriptorProto) -> Iterable[str]:
    pending = list(file.message_type)
    while pending:
        message = pending.pop()
        pending += message.nested_type
        yield from (item.type_name for item in message.field if item.type_name)
    for service in file.service:
        for method in service.method:
            yield method.input_type
            yield method.output_type


def _name_clashes(files: Sequence[File]) -> Iterable[Diagnostic]:
    """Two things of one proto package that would have one Python name."""
    modules: dict[tuple[str, str], str] = {}
    classes: dict[tuple[str, str], str] = {}
    for file in files:
        other = modules.setdefault((file.package, file.module), file.name)
        if other != file.name:
            yield Diagnostic(Location(file.name), f"this file and '{other}' both become module '{file.module}'")
        for name, what, location in _classes(file):
            other = classes.setdefault((file.package, name), what)
            if other != what:
                yield Diagnostic(location, f"{what} and {other} both become the Python class '{name}'")


def _classes(file: File) -> Iterable[tuple[str, str, Location]]:
    types: tuple[Message | Enum, ...] = (*file.messages, *file.enums)
    for item in types:
        yield item.python_name, f"'{item.full_name}'", item.location
    for service in file.services:
        yield service.stub_name, f"the stub of '{service.full_name}'", service.location
        yield service.base_name, f"the server base of '{service.full_name}'", service.location


class _File:
    """Builds the model of one file; knows where everything stands and which comments belong to it."""

    def __init__(
        self,
        proto: FileDescriptorProto,
        rules: RuleReader,
        problems: list[Diagnostic],
        source: SourceCodeInfo | None = None,
    ) -> None:
        self.proto = proto
        self.rules = rules
        self.source = source
        self.problems = problems
        self.messages: list[Message] = []
        self.enums: list[Enum] = []

    @functools.cached_property
    def places(self) -> dict[tuple[int, ...], tuple[Location, str]]:
        """Path -> (place, comment). The comment is the leading one, else the trailing one."""
        info = self.proto.source_code_info if self.source is None else self.source
        found = {}
        for item in info.location if info else ():
            span = item.span
            place = Location(self.proto.name, span[0] + 1, span[1] + 1)
            comment = item.leading_comments or item.trailing_comments
            found[tuple(item.path)] = (place, _clean(comment) if comment else "")
        return found

    def at(self, path: tuple[int, ...]) -> tuple[Location, str]:
        return self.places.get(path, (Location(self.proto.name), ""))

    def build(self) -> File:
        proto = self.proto
        if proto.syntax == "editions":
            self.problems.append(Diagnostic(Location(proto.name), EDITIONS))
        for index, message in enumerate(proto.message_type):
            self.message(message, (), (_FILE_MESSAGE, index))
        for index, enum in enumerate(proto.enum_type):
            self.enum(enum, (), (_FILE_ENUM, index))
        services = tuple(self.service(item, (_FILE_SERVICE, index)) for index, item in enumerate(proto.service))
        return File(
            name=proto.name,
            package=proto.package,
            syntax=proto.syntax or "proto2",
            dependencies=tuple(proto.dependency),
            messages=tuple(self.messages),
            enums=tuple(self.enums),
            services=services,
            doc=self.at((_FILE_SYNTAX,))[1] or self.at((_FILE_PACKAGE,))[1],
        )

    def full_name(self, path: Sequence[str]) -> str:
        return ".".join((*([self.proto.package] if self.proto.package else ()), *path))

    def message(self, proto: DescriptorProto, outer: tuple[str, ...], path: tuple[int, ...]) -> None:
        own = (*outer, proto.name)
        entries = {
            f".{self.full_name((*own, nested.name))}": nested
            for nested in proto.nested_type
            if nested.options is not None and nested.options.map_entry
        }
        fields = tuple(
            self.field(item, proto, entries, (*path, _MESSAGE_FIELD, index)) for index, item in enumerate(proto.field)
        )
        self._check_field_names(fields)
        place, doc = self.at(path)
        oneofs = tuple(
            Oneof(
                item.name,
                tuple(member.name for member in fields if member.oneof == item.name),
                self.rules.oneof_required(item.options),
                self.at((*path, _MESSAGE_ONEOF, index))[1],
            )
            for index, item in enumerate(proto.oneof_decl)
            if any(member.oneof == item.name for member in fields)
        )
        self.messages.append(
            Message(
                full_name=self.full_name(own),
                python_name=names.class_name(own),
                file=self.proto.name,
                fields=fields,
                oneofs=oneofs,
                foreign_rules=(
                    *self.rules.message(proto.options),
                    *(f"{item.name}: {text}" for item in fields for text in item.rules.all_foreign()),
                ),
                # The descriptor counts the end of a message's range as outside, that of an enum's range as inside.
                reserved=tuple((item.start, item.end - 1) for item in proto.reserved_range),
                deprecated=_is_deprecated(proto.options),
                doc=doc,
                location=place,
            )
        )
        for index, nested in enumerate(proto.nested_type):
            if nested.options is None or not nested.options.map_entry:
                self.message(nested, own, (*path, _MESSAGE_NESTED, index))
        for index, enum in enumerate(proto.enum_type):
            self.enum(enum, own, (*path, _MESSAGE_ENUM, index))

    def _check_field_names(self, fields: tuple[Field, ...]) -> None:
        seen: dict[str, str] = {}
        for item in fields:
            other = seen.setdefault(item.python_name, item.name)
            if other != item.name:
                self.problems.append(
                    Diagnostic(
                        item.location, f"fields '{item.name}' and '{other}' both become attribute '{item.python_name}'"
                    )
                )

    def _check_method_names(self, methods: Iterable[Method]) -> None:
        seen: dict[str, str] = {}
        for item in methods:
            other = seen.setdefault(item.python_name, item.name)
            if other != item.name:
                self.problems.append(
                    Diagnostic(item.location, f"'{item.name}' and '{other}' both become method '{item.python_name}'")
                )

    def field(
        self,
        proto: FieldDescriptorProto,
        message: DescriptorProto,
        entries: dict[str, DescriptorProto],
        path: tuple[int, ...],
    ) -> Field:
        place, doc = self.at(path)
        value, label, map_key = proto, Label.SINGULAR, None
        if proto.label == FieldDescriptorProtoLabel.REPEATED:
            label = Label.REPEATED
            if entry := entries.get(proto.type_name):
                label, map_key, value = Label.MAP, _kind(entry.field[0]), entry.field[1]
        if proto.type == FieldDescriptorProtoType.GROUP:
            self.problems.append(Diagnostic(place, f"field '{proto.name}' is a group, which is not supported"))
        kind = _kind(value)
        synthetic = proto.proto3_optional
        in_oneof = proto.is_set("oneof_index") and not synthetic
        proto2 = self.proto.syntax != "proto3"
        return Field(
            name=proto.name,
            python_name=names.field_name(proto.name),
            json_name=proto.json_name,
            number=proto.number,
            kind=kind,
            label=label,
            type_name=value.type_name.lstrip("."),
            presence=label is Label.SINGULAR and (kind is Kind.MESSAGE or in_oneof or synthetic or proto2),
            oneof=message.oneof_decl[proto.oneof_index or 0].name if in_oneof else None,
            map_key=map_key,
            packed=label is Label.REPEATED and proto.options is not None and proto.options.packed,
            rules=self.rules.field(proto.options),
            required=proto.label == FieldDescriptorProtoLabel.REQUIRED,
            deprecated=_is_deprecated(proto.options),
            doc=doc,
            location=place,
        )

    def enum(self, proto: EnumDescriptorProto, outer: tuple[str, ...], path: tuple[int, ...]) -> None:
        own = (*outer, proto.name)
        place, doc = self.at(path)
        python_names = names.enum_members(proto.name, tuple(value.name for value in proto.value))
        values = tuple(
            EnumValue(
                name=value.name,
                python_name=python_name,
                number=value.number,
                deprecated=_is_deprecated(value.options),
                doc=self.at((*path, _ENUM_VALUE, index))[1],
                location=self.at((*path, _ENUM_VALUE, index))[0],
            )
            for index, (value, python_name) in enumerate(zip(proto.value, python_names, strict=True))
        )
        self.enums.append(
            Enum(
                full_name=self.full_name(own),
                python_name=names.class_name(own),
                file=self.proto.name,
                values=values,
                closed=self.proto.syntax != "proto3",
                reserved=tuple((item.start, item.end) for item in proto.reserved_range),
                deprecated=_is_deprecated(proto.options),
                doc=doc,
                location=place,
            )
        )

    def service(self, proto: ServiceDescriptorProto, path: tuple[int, ...]) -> Service:
        place, doc = self.at(path)
        methods = []
        for index, item in enumerate(proto.method):
            method_place, method_doc = self.at((*path, _SERVICE_METHOD, index))
            options = item.options
            methods.append(
                Method(
                    name=item.name,
                    python_name=names.method_name(item.name),
                    request=item.input_type.lstrip("."),
                    response=item.output_type.lstrip("."),
                    client_streaming=item.client_streaming,
                    server_streaming=item.server_streaming,
                    idempotency=Idempotency(0 if options is None else int(options.idempotency_level)),
                    deprecated=_is_deprecated(options),
                    doc=method_doc,
                    location=method_place,
                )
            )
        self._check_method_names(methods)
        return Service(
            full_name=self.full_name((proto.name,)),
            python_name=names.class_name((proto.name,)),
            file=self.proto.name,
            methods=tuple(methods),
            deprecated=_is_deprecated(proto.options),
            doc=doc,
            location=place,
        )


def _is_deprecated(options: _Options | None) -> bool:
    # The truth of a message of betterproto2 is that of any of its fields, which takes long to find out.
    return options is not None and options.deprecated


def _kind(proto: FieldDescriptorProto) -> Kind:
    name = FieldDescriptorProtoType(proto.type).name
    assert name is not None
    return Kind.MESSAGE if name == "GROUP" else Kind(name.lower())


def _clean(comment: str) -> str:
    """The lines of a comment, of which only code in it is indented."""
    return textwrap.dedent("\n".join(line.rstrip() for line in comment.splitlines())).strip("\n")
