"""What the templates see: messages and enums with every statement ready, so that templates decide nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from remora_codegen.layout import natural
from remora_codegen.messages.decoder import Decoder, map_function
from remora_codegen.messages.documentation import docstring
from remora_codegen.messages.encoder import Encoder
from remora_codegen.messages.formatting import bracketed, exploded, fits, indent, quoted, sequence
from remora_codegen.messages.scope import Scope
from remora_codegen.messages.validation import Validator
from remora_codegen.messages.well_known import SPECIAL
from remora_codegen.messages.wire import DEFAULTS
from remora_codegen.model import Enum, EnumValue, Field, File, Message, Oneof

_GOOGLE = "google.protobuf."


@dataclass(frozen=True)
class MapEntryView:
    """The function that reads one entry of a map."""

    signature: list[str]
    body: list[str]


@dataclass(frozen=True)
class MessageView:
    """One message class. Lists of lines stand without the indentation of their place in the template."""

    message: Message
    scope: Scope
    decoder: Decoder
    encoder: Encoder
    validator: Validator

    @property
    def name(self) -> str:
        """The class."""
        return self.message.python_name

    @property
    def full_name(self) -> str:
        """The full proto name."""
        return self.message.full_name

    @property
    def fields(self) -> tuple[Field, ...]:
        """Fields in the order of the proto."""
        return self.message.fields

    @property
    def oneofs(self) -> tuple[Oneof, ...]:
        """The oneofs."""
        return self.message.oneofs

    @property
    def base(self) -> str:
        """The base class, which carries the conversions of a well-known type."""
        special = SPECIAL.get(self.full_name)
        return special.base if special else "Message"

    @property
    def doc(self) -> list[str]:
        """The docstring, with the fields that have comments."""
        summary, comment, attributes = _about(self.message, "message")
        for rule in self.message.foreign_rules:
            comment = f"{comment or summary}\n\nNot checked by `validate`: {rule}"
        if not self.full_name.startswith(_GOOGLE):
            attributes += [(field.python_name, _commented(field)) for field in self.fields]
            for oneof in self.message.oneofs:
                if oneof.doc:
                    members = ", ".join(f"`{self.message.by_name[name].python_name}`" for name in oneof.fields)
                    comment = f"{comment or summary}\n\nAt most one of {members} is set: {oneof.doc}"
        return docstring(summary, comment, [item for item in attributes if item[1]], 1)

    @property
    def slots(self) -> list[str]:
        """`__slots__`, sorted."""
        names = sorted((field.python_name for field in self.fields), key=natural)
        return sequence("__slots__ = (", [quoted(name) for name in names], ")", 1)

    @property
    def match_args(self) -> list[str]:
        """`__match_args__`, in the order of the proto."""
        return sequence("__match_args__ = (", [quoted(field.python_name) for field in self.fields], ")", 1)

    @property
    def table(self) -> list[str]:
        """`_fields`: what JSON, `repr` and error reports know about the fields."""
        rows = [_row(field, self.scope) for field in self.fields]
        if len(rows) <= 1:
            one = f"_fields = (({', '.join(rows[0])}),)" if rows else "_fields = ()"
            if fits(one, 1):
                return [one]
        lines: list[str] = []
        for row in rows:
            one = f"({', '.join(row)}),"
            lines += [one] if fits(one, 2) else exploded("(", row, "),")
        return ["_fields = (", *indent(lines, 1), ")"]

    @property
    def signature(self) -> list[str]:
        """`def __init__` up to the colon."""
        parameters = [f"{field.python_name}: {self._parameter(field)}" for field in self.fields]
        return bracketed("def __init__(", ["self", "*", *parameters] if parameters else ["self"], ") -> None:", 1)

    def _parameter(self, field: Field) -> str:
        own = self._type(field)
        if field.is_map:
            assert field.map_key is not None
            return f"dict[{field.map_key.python}, {own}] | None = None"
        if field.is_repeated:
            return f"list[{own}] | None = None"
        return f"{own} | None = None" if field.presence else f"{own} = {self._default(field)}"

    def _type(self, field: Field) -> str:
        return field.kind.python if field.kind.is_scalar else self.scope.reference(field.type_name)

    def _default(self, field: Field) -> str:
        if not field.is_enum:
            return DEFAULTS[field.kind.python]
        enum = self.scope.schema.enums[field.type_name]
        zero = next(value for value in enum.values if value.number == 0)
        name = self.scope.reference(field.type_name)
        return f"{f'_{name}' if name in self.hidden else name}.{zero.python_name}"

    @property
    def hidden(self) -> set[str]:
        """Enums that a checker cannot see inside the class, because a field's slot is called the same."""
        fields = {field.python_name for field in self.fields}
        return {self.scope.reference(field.type_name) for field in self.fields if field.is_enum} & fields

    @property
    def assignments(self) -> list[str]:
        """The body of `__init__`."""
        lines: list[str] = []
        for oneof in self.oneofs:
            members = [self.message.by_name[name].python_name for name in oneof.fields]
            lines += bracketed("check_oneof(", ["self", quoted(oneof.name), *members], ")", 2)
        for field in self.fields:
            name = field.python_name
            empty = {"map": "{}", "repeated": "[]"}.get(field.label.value)
            value = f"{empty} if {name} is None else {name}" if empty else name
            line = f"self.{name} = {value}"
            lines += [line] if fits(line, 2) else [f"self.{name} = (", *indent([value], 1), ")"]
        return [*lines, "self._unknown = ()"]

    @property
    def defaults(self) -> list[str]:
        """What a decoder puts into a new message."""
        lines = []
        for field in self.fields:
            if field.is_map or field.is_repeated:
                default = "{}" if field.is_map else "[]"
            else:
                default = "None" if field.presence else self._default(field)
            lines.append(f"message.{field.python_name} = {default}")
        return [*lines, "message._unknown = ()", *(f"oneof_{oneof.name}: str | None = None" for oneof in self.oneofs)]

    @property
    def decode_signature(self) -> list[str]:
        """`def _decode` up to the colon."""
        parameters = ["data: bytes", "pos: int", "end: int", "depth: int", f"message: {self.name} | None"]
        return bracketed("def _decode(", parameters, f") -> {self.name}:", 1)

    @property
    def decode(self) -> list[str]:
        """The body of the decoder's loop."""
        return self.decoder.body(self.message, 3)

    @property
    def map_entries(self) -> list[MapEntryView]:
        """For every map field the function that reads one entry."""
        found = []
        for field in self.fields:
            if field.is_map:
                positions = ["data: bytes", "start: int", "pos: int", "end: int", "depth: int"]
                head = f"def {map_function(field)}("
                signature = bracketed(head, [f"message: {self.name}", *positions], ") -> None:", 1)
                found.append(MapEntryView(signature, self.decoder.map_entry(field)))
        return found

    @property
    def encode(self) -> list[str]:
        """The body of the encoder."""
        return self.encoder.body(self.message)

    @property
    def validate(self) -> list[str]:
        """The body of `_validate`; empty when there is nothing to check."""
        return self.validator.body(self.message)


@dataclass(frozen=True)
class EnumView:
    """One enum class."""

    enum: Enum

    @property
    def name(self) -> str:
        """The class."""
        return self.enum.python_name

    @property
    def values(self) -> tuple[EnumValue, ...]:
        """The members."""
        return self.enum.values

    @property
    def doc(self) -> list[str]:
        """The docstring, with the values that have comments."""
        summary, comment, attributes = _about(self.enum, "enum")
        if not self.enum.full_name.startswith(_GOOGLE):
            attributes += [(value.python_name, _commented(value)) for value in self.values]
        return docstring(summary, comment, [item for item in attributes if item[1]], 1)

    @property
    def head(self) -> list[str]:
        """The class statement."""
        arguments = ["Enum", f"full_name={quoted(self.enum.full_name)}"]
        prefix = self._prefix
        if prefix is None:
            proto_names = ", ".join(quoted(value.name) for value in self.values)
            arguments.append(
                f"proto_names=({proto_names},)" if len(self.values) == 1 else f"proto_names=({proto_names})"
            )
        elif prefix:
            arguments.append(f"prefix={quoted(prefix)}")
        if self.enum.closed:
            arguments.append("closed=True")
        return bracketed(f"class {self.name}(", arguments, "):", 0)

    @cached_property
    def _prefix(self) -> str | None:
        """What every proto name has in front of its member's name; None when a member was renamed otherwise."""
        first = self.values[0]
        prefix = first.name.removesuffix(first.python_name)
        return prefix if all(value.name == prefix + value.python_name for value in self.values) else None


@dataclass(frozen=True)
class ModuleView:
    """One generated module."""

    file: File
    scope: Scope

    @property
    def doc(self) -> list[str]:
        """The docstring of the module."""
        comment = "" if self.file.package == "google.protobuf" else self.file.doc
        return docstring(f"Messages of `{self.file.name}`.", comment, [], 0)

    @property
    def enums(self) -> list[EnumView]:
        """The enums; they come first, because messages have them as defaults."""
        return [EnumView(enum) for enum in self.file.enums]

    @property
    def second_names(self) -> list[str]:
        """Assignments that give an enum another name, for classes that hide its own."""
        hidden = {name for message in self.messages for name in message.hidden}
        return [f"_{name} = {name}" for name in sorted(hidden)]

    @property
    def messages(self) -> list[MessageView]:
        """The messages."""
        reference = self.scope.reference
        decoder = Decoder(reference, lambda name: self.scope.schema.enums[name].closed)
        encoder = Encoder(reference)
        validator = Validator(reference, self.scope.schema, self.scope.checked)
        return [MessageView(message, self.scope, decoder, encoder, validator) for message in self.file.messages]


def _about(item: Message | Enum, what: str) -> tuple[str, str, list[tuple[str, str]]]:
    summary, comment = f"The {what} `{item.full_name}`.", item.doc
    if item.full_name.startswith(_GOOGLE):
        special = SPECIAL.get(item.full_name)
        summary, comment = special.doc if special else summary, ""
    if item.deprecated:
        comment = f"{comment or summary}\n\nDeprecated."
    return summary, comment, []


def _commented(item: Field | EnumValue) -> str:
    return f"{item.doc} (deprecated)".strip() if item.deprecated else item.doc


def _row(field: Field, scope: Scope) -> Sequence[str]:
    label = field.label.value
    extra = field.map_key.value if field.map_key else field.oneof or ""
    if label == "singular":
        label = "oneof" if field.oneof else "optional" if field.presence else "implicit"
    reference = scope.reference(field.type_name) if field.type_name else ""
    texts = [field.python_name, field.name, field.json_name]
    return [
        *map(quoted, texts),
        str(field.number),
        *map(quoted, (label, field.kind.value, reference, extra)),
    ]
