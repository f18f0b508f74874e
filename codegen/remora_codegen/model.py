"""The schema model: what templates and later stages may ask about a set of .proto files.

Everything here is frozen and already named for Python; nothing downstream looks at descriptors again. Names of
messages and enums are full proto names without the leading dot, for example `flyteidl2.workflow.RunDetails`.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from remora_codegen import names
from remora_codegen.rules import NO_RULES, Rules


@dataclass(frozen=True, order=True)
class Location:
    """A place in a source file, counted from 1; line 0 means that only the file is known."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


class Kind(enum.Enum):
    """The type of a field's value, by its proto keyword."""

    DOUBLE = "double"
    FLOAT = "float"
    INT64 = "int64"
    UINT64 = "uint64"
    INT32 = "int32"
    FIXED64 = "fixed64"
    FIXED32 = "fixed32"
    BOOL = "bool"
    STRING = "string"
    MESSAGE = "message"
    BYTES = "bytes"
    UINT32 = "uint32"
    ENUM = "enum"
    SFIXED32 = "sfixed32"
    SFIXED64 = "sfixed64"
    SINT32 = "sint32"
    SINT64 = "sint64"

    @property
    def python(self) -> str:
        """The Python type of a scalar; messages and enums have classes instead."""
        if self in (Kind.DOUBLE, Kind.FLOAT):
            return "float"
        if self in (Kind.STRING, Kind.BOOL, Kind.BYTES):
            return {"string": "str", "bool": "bool", "bytes": "bytes"}[self.value]
        return "int"

    @property
    def wire_type(self) -> int:
        """The wire type of one value, as in the encoding specification: 0 varint, 1 i64, 2 len, 5 i32."""
        if self in (Kind.DOUBLE, Kind.FIXED64, Kind.SFIXED64):
            return 1
        if self in (Kind.FLOAT, Kind.FIXED32, Kind.SFIXED32):
            return 5
        if self in (Kind.STRING, Kind.BYTES, Kind.MESSAGE):
            return 2
        return 0

    @property
    def is_scalar(self) -> bool:
        """True for everything but messages and enums."""
        return self not in (Kind.MESSAGE, Kind.ENUM)


class Label(enum.Enum):
    """How many values a field holds."""

    SINGULAR = "singular"
    REPEATED = "repeated"
    MAP = "map"


@dataclass(frozen=True)
class Field:
    """One field of a message.

    Attributes:
        type_name: full name of the message or enum (for a map: of its value), empty for scalars.
        presence: True when "not set" differs from the default: messages, oneof members, `optional`, proto2 singular.
        oneof: the name of the real oneof that the field belongs to; a proto3 `optional` has none.
        map_key: the kind of a map's key; `kind` and `type_name` then describe the map's value.
        packed: True when a repeated field is written packed.
        rules: what its value has to fulfil.
        required: True for proto2's `required`.
    """

    name: str
    python_name: str
    json_name: str
    number: int
    kind: Kind
    label: Label
    type_name: str = ""
    presence: bool = False
    oneof: str | None = None
    map_key: Kind | None = None
    packed: bool = False
    rules: Rules = NO_RULES
    required: bool = False
    deprecated: bool = False
    doc: str = ""
    location: Location = field(default=Location(""), compare=False)

    @property
    def is_map(self) -> bool:
        """True for `map<K, V>`."""
        return self.label is Label.MAP

    @property
    def is_repeated(self) -> bool:
        """True for a list, not for a map."""
        return self.label is Label.REPEATED

    @property
    def is_message(self) -> bool:
        """True when the value (of each element, or of a map) is a message."""
        return self.kind is Kind.MESSAGE

    @property
    def is_enum(self) -> bool:
        """True when the value (of each element, or of a map) is an enum."""
        return self.kind is Kind.ENUM


@dataclass(frozen=True)
class Oneof:
    """A oneof: at most one of its fields is set; when it is required, a valid message has one of them."""

    name: str
    fields: tuple[str, ...]
    required: bool = False
    doc: str = ""


@dataclass(frozen=True)
class Message:
    """A message type; map entries are not messages here.

    Attributes:
        foreign_rules: validation rules that cannot be written as plain checks, for people to read.
        reserved: ranges of numbers that no field may have, both ends included.
    """

    full_name: str
    python_name: str
    file: str
    fields: tuple[Field, ...]
    oneofs: tuple[Oneof, ...] = ()
    foreign_rules: tuple[str, ...] = ()
    reserved: tuple[tuple[int, int], ...] = ()
    deprecated: bool = False
    doc: str = ""
    location: Location = field(default=Location(""), compare=False)

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """Fields by proto name."""
        return {item.name: item for item in self.fields}


@dataclass(frozen=True)
class EnumValue:
    """One value of an enum; an alias has a number that an earlier value has too."""

    name: str
    python_name: str
    number: int
    deprecated: bool = False
    doc: str = ""
    location: Location = field(default=Location(""), compare=False)


@dataclass(frozen=True)
class Enum:
    """An enum type.

    Attributes:
        closed: proto2's meaning: an unknown number is kept as an unknown field.
        reserved: ranges of numbers that no value may have, both ends included.
    """

    full_name: str
    python_name: str
    file: str
    values: tuple[EnumValue, ...]
    closed: bool = False
    reserved: tuple[tuple[int, int], ...] = ()
    deprecated: bool = False
    doc: str = ""
    location: Location = field(default=Location(""), compare=False)


class Idempotency(enum.Enum):
    """`idempotency_level` of a method (descriptor.proto, MethodOptions)."""

    UNKNOWN = 0
    NO_SIDE_EFFECTS = 1
    IDEMPOTENT = 2


@dataclass(frozen=True)
class Method:
    """One RPC."""

    name: str
    python_name: str
    request: str
    response: str
    client_streaming: bool = False
    server_streaming: bool = False
    idempotency: Idempotency = Idempotency.UNKNOWN
    deprecated: bool = False
    doc: str = ""
    location: Location = field(default=Location(""), compare=False)

    @property
    def shape(self) -> str:
        """`unary_unary`, `unary_stream`, `stream_unary` or `stream_stream`."""
        return f"{'stream' if self.client_streaming else 'unary'}_{'stream' if self.server_streaming else 'unary'}"


@dataclass(frozen=True)
class Service:
    """A service and its methods in the order of the file."""

    full_name: str
    python_name: str
    file: str
    methods: tuple[Method, ...]
    deprecated: bool = False
    doc: str = ""
    location: Location = field(default=Location(""), compare=False)

    @property
    def stub_name(self) -> str:
        """The class that calls the service."""
        return f"{self.python_name}Stub"

    @property
    def base_name(self) -> str:
        """The class that a server of the service inherits."""
        return f"{self.python_name}Base"

    @cached_property
    def by_name(self) -> Mapping[str, Method]:
        """Methods by proto name."""
        return {item.name: item for item in self.methods}


@dataclass(frozen=True)
class File:
    """One .proto file. Messages and enums are flattened: nested types follow the type that holds them."""

    name: str
    package: str
    syntax: str
    dependencies: tuple[str, ...]
    messages: tuple[Message, ...]
    enums: tuple[Enum, ...]
    services: tuple[Service, ...]
    doc: str = ""

    @property
    def module(self) -> str:
        """The Python module of this file, without its package."""
        return names.module_name(self.name)

    @property
    def service_module(self) -> str:
        """The Python module of this file's stubs and server bases, without its package."""
        return names.service_module_name(self.name)

    @property
    def package_path(self) -> tuple[str, ...]:
        """The Python package below the output root."""
        return names.package_path(self.package)


@dataclass(frozen=True)
class Schema:
    """All files, in dependency order: a file comes after everything that it imports."""

    files: tuple[File, ...]

    @cached_property
    def by_file(self) -> Mapping[str, File]:
        """Files by name."""
        return {item.name: item for item in self.files}

    @cached_property
    def messages(self) -> Mapping[str, Message]:
        """Messages by full name."""
        return {item.full_name: item for file in self.files for item in file.messages}

    @cached_property
    def enums(self) -> Mapping[str, Enum]:
        """Enums by full name."""
        return {item.full_name: item for file in self.files for item in file.enums}

    @cached_property
    def services(self) -> Mapping[str, Service]:
        """Services by full name."""
        return {item.full_name: item for file in self.files for item in file.services}

    def type_file(self, full_name: str) -> File:
        """The file that defines a message or enum."""
        found = self.messages.get(full_name) or self.enums[full_name]
        return self.by_file[found.file]

    def python_name(self, full_name: str) -> str:
        """The class of a message or enum."""
        return (self.messages.get(full_name) or self.enums[full_name]).python_name

    def packages(self) -> Iterator[tuple[str, tuple[File, ...]]]:
        """Proto packages in alphabetical order, each with its files in alphabetical order."""
        grouped: dict[str, list[File]] = {}
        for file in self.files:
            grouped.setdefault(file.package, []).append(file)
        for package in sorted(grouped):
            yield package, tuple(sorted(grouped[package], key=lambda file: file.name))
