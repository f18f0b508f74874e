"""Two schemas compared: messages, enums, services.

A field is the field of its number, since that is all the wire knows; a method is the method of its name. Compatible
changes of types are those of the encoding specification ("Updating A Message Type").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from remora_codegen.diff.changes import Change, Level
from remora_codegen.model import Enum, EnumValue, Field, Kind, Label, Message, Method, Schema, Service

_T = TypeVar("_T", Message, Enum, Service)

# Kinds that read each other's bytes.
_GROUPS = (
    {Kind.INT32, Kind.UINT32, Kind.INT64, Kind.UINT64, Kind.BOOL, Kind.ENUM},
    {Kind.SINT32, Kind.SINT64},
    {Kind.FIXED32, Kind.SFIXED32},
    {Kind.FIXED64, Kind.SFIXED64},
    {Kind.STRING, Kind.BYTES},
)


def compare(old: Schema, new: Schema) -> Iterator[Change]:
    """Every change, in no particular order; places are those of the models."""
    yield from _Comparison(old, new).run()


class _Comparison:
    def __init__(self, old: Schema, new: Schema) -> None:
        self.old = old
        self.new = new

    def run(self) -> Iterator[Change]:
        for message, other in _pairs(self.old.messages, self.new.messages):
            yield from self._message(message, other)
        for enum, other_enum in _pairs(self.old.enums, self.new.enums):
            yield from self._enum(enum, other_enum)
        for service, other_service in _pairs(self.old.services, self.new.services):
            yield from self._service(service, other_service)

    # Messages --------------------------------------------------------------------------------------------------------

    def _message(self, old: Message | None, new: Message | None) -> Iterator[Change]:
        if old is None or new is None:
            yield _came_or_went("message", old, new, Level.PYTHON)
            return
        yield from _deprecation("message", old, new)
        numbers = {item.number: item for item in new.fields}
        for item in old.fields:
            other = numbers.get(item.number)
            if other is not None:
                yield from self._field(old, new, item, other)
            else:
                yield self._lost_field(old, new, item)
        known = {item.number for item in old.fields}
        names = {item.name for item in old.fields}
        for item in new.fields:
            if item.number not in known and item.name not in names:
                yield self._new_field(old, item)

    def _lost_field(self, old: Message, new: Message, item: Field) -> Change:
        subject = f"field {old.full_name}.{item.name}"
        moved = new.by_name.get(item.name)
        if moved is not None:
            message = f"its number was {item.number} and is {moved.number}"
            return Change(Level.WIRE, "field-number", subject, message, item.location, moved.location)
        if _is_reserved(item.number, new.reserved):
            message = f"removed; its number {item.number} is reserved"
            return Change(Level.PYTHON, "field-removed", subject, message, item.location, new.location)
        message = f"removed without reserving its number {item.number}, which another field could take"
        return Change(Level.WIRE, "field-removed-unreserved", subject, message, item.location, new.location)

    def _new_field(self, old: Message, item: Field) -> Change:
        subject = f"field {old.full_name}.{item.name}"
        if _is_reserved(item.number, old.reserved):
            message = f"added with number {item.number}, which was reserved"
            return Change(Level.WIRE, "field-reserved-number", subject, message, None, item.location)
        if item.required:
            message = "added as required; older senders leave it out"
            return Change(Level.WIRE, "field-required", subject, message, None, item.location)
        return Change(Level.ADDS, "field-added", subject, "added", None, item.location)

    def _field(self, owner: Message, new_owner: Message, old: Field, new: Field) -> Iterator[Change]:
        subject = f"field {owner.full_name}.{old.name}"

        def change(level: Level, rule: str, message: str) -> Change:
            return Change(level, rule, subject, message, old.location, new.location)

        if old.name != new.name:
            yield change(Level.PYTHON, "field-renamed", f"renamed to '{new.name}', in Python and in JSON")
        elif old.json_name != new.json_name:
            yield change(Level.BEHAVES, "field-json-name", f"its JSON name was '{old.json_name}', is '{new.json_name}'")
        if old.label is not new.label or old.map_key is not new.map_key:
            yield change(_label_level(old, new), "field-label", f"it was {_describe(old)} and is {_describe(new)}")
        elif (old.kind, old.type_name) != (new.kind, new.type_name):
            yield change(self._type_level(old, new), "field-type", f"it was {_describe(old)} and is {_describe(new)}")
        elif old.presence != new.presence:
            state = "can be unset now, and is None then" if new.presence else "cannot be unset any more"
            yield change(Level.PYTHON, "field-presence", f"it {state}")
        if old.oneof != new.oneof:
            yield change(*self._oneof(owner, new_owner, old, new))
        if old.required != new.required:
            yield change(Level.WIRE, "field-required", "it is required now" if new.required else "no longer required")
        if old.packed != new.packed and old.label is new.label:
            how = "packed" if new.packed else "not packed"
            yield change(Level.BEHAVES, "field-packed", f"it is written {how} now; both forms are read")
        yield from _deprecation("field", old, new, subject)

    def _oneof(self, owner: Message, new_owner: Message, old: Field, new: Field) -> tuple[Level, str, str]:
        numbers = {item.number for item in owner.fields}
        message = f"it belonged to {_oneof_text(old)} and belongs to {_oneof_text(new)}"
        others = [item for item in new_owner.fields if new.oneof and item.oneof == new.oneof and item is not new]
        mates = {item.number for item in owner.fields if old.oneof and item.oneof == old.oneof}
        if any(item.number in numbers and item.number not in mates for item in others):
            # Data that sets both is read as one of them.
            return Level.WIRE, "field-oneof", message
        return Level.BEHAVES, "field-oneof", message

    def _type_level(self, old: Field, new: Field) -> Level:
        if old.kind is new.kind is Kind.MESSAGE:
            same = self._same_form(self.old.messages.get(old.type_name), self.new.messages.get(new.type_name))
            return Level.PYTHON if same else Level.WIRE
        if not any({old.kind, new.kind} <= group for group in _GROUPS):
            return Level.WIRE
        if old.is_enum or new.is_enum or old.kind.python != new.kind.python:
            return Level.PYTHON
        return Level.BEHAVES

    def _same_form(self, old: Message | None, new: Message | None) -> bool:
        """Whether a message under another name has the same fields on the wire."""
        if old is None or new is None:
            return False
        return {_wire_form(item) for item in old.fields} == {_wire_form(item) for item in new.fields}

    # Enums -----------------------------------------------------------------------------------------------------------

    def _enum(self, old: Enum | None, new: Enum | None) -> Iterator[Change]:
        if old is None or new is None:
            yield _came_or_went("enum", old, new, Level.PYTHON)
            return
        yield from _deprecation("enum", old, new)
        if old.closed != new.closed:
            how = "kept aside as unknown fields" if new.closed else "kept as numbers"
            message = f"values that it does not know are {how} now"
            yield Change(Level.BEHAVES, "enum-closed", f"enum {old.full_name}", message, old.location, new.location)
        by_name = {item.name: item for item in new.values}
        numbers: dict[int, EnumValue] = {}
        for item in new.values:
            numbers.setdefault(item.number, item)
        for item in old.values:
            yield from self._value(old, new, item, by_name.get(item.name), numbers.get(item.number))
        known = {item.name for item in old.values}
        old_numbers = {item.number for item in old.values}
        for item in new.values:
            if item.name not in known and item.number not in old_numbers:
                subject = f"value {new.full_name}.{item.name}"
                if _is_reserved(item.number, old.reserved):
                    message = f"added with number {item.number}, which was reserved"
                    yield Change(Level.WIRE, "value-reserved-number", subject, message, None, item.location)
                else:
                    yield Change(Level.ADDS, "value-added", subject, "added", None, item.location)

    def _value(
        self, old: Enum, new: Enum, item: EnumValue, same_name: EnumValue | None, same_number: EnumValue | None
    ) -> Iterator[Change]:
        subject = f"value {old.full_name}.{item.name}"
        if same_name is not None and same_name.number == item.number:
            if item.python_name != same_name.python_name:
                message = f"its Python name was {item.python_name} and is {same_name.python_name}"
                yield Change(Level.PYTHON, "value-renamed", subject, message, item.location, same_name.location)
            yield from _deprecation("value", item, same_name, subject)
        elif same_name is not None:
            message = f"its number was {item.number} and is {same_name.number}"
            yield Change(Level.WIRE, "value-number", subject, message, item.location, same_name.location)
        elif same_number is not None:
            message = f"renamed to '{same_number.name}', in Python and in JSON"
            yield Change(Level.PYTHON, "value-renamed", subject, message, item.location, same_number.location)
        elif _is_reserved(item.number, new.reserved):
            message = f"removed; its number {item.number} is reserved"
            yield Change(Level.PYTHON, "value-removed", subject, message, item.location, new.location)
        else:
            message = f"removed without reserving its number {item.number}, which another value could take"
            yield Change(Level.WIRE, "value-removed-unreserved", subject, message, item.location, new.location)

    # Services --------------------------------------------------------------------------------------------------------

    def _service(self, old: Service | None, new: Service | None) -> Iterator[Change]:
        if old is None or new is None:
            yield _came_or_went("service", old, new, Level.WIRE)
            return
        yield from _deprecation("service", old, new)
        for item in old.methods:
            other = new.by_name.get(item.name)
            subject = f"rpc {old.full_name}/{item.name}"
            if other is None:
                yield Change(Level.WIRE, "rpc-removed", subject, "removed", item.location, new.location)
            else:
                yield from self._method(subject, item, other)
        for item in new.methods:
            if item.name not in old.by_name:
                subject = f"rpc {new.full_name}/{item.name}"
                yield Change(Level.ADDS, "rpc-added", subject, "added", None, item.location)

    def _method(self, subject: str, old: Method, new: Method) -> Iterator[Change]:
        def change(level: Level, rule: str, message: str) -> Change:
            return Change(level, rule, subject, message, old.location, new.location)

        if old.shape != new.shape:
            yield change(Level.WIRE, "rpc-streaming", f"it was {_shape(old)} and is {_shape(new)}")
        for what, before, after in (("request", old.request, new.request), ("response", old.response, new.response)):
            if before != after:
                same = self._same_form(self.old.messages.get(before), self.new.messages.get(after))
                level = Level.PYTHON if same else Level.WIRE
                yield change(level, f"rpc-{what}", f"its {what} was '{before}' and is '{after}'")
        if old.idempotency is not new.idempotency:
            message = (
                f"its idempotency_level was {old.idempotency.name} and is {new.idempotency.name}; retries follow it"
            )
            yield change(Level.BEHAVES, "rpc-idempotency", message)
        yield from _deprecation("rpc", old, new, subject)


def _pairs(old: Mapping[str, _T], new: Mapping[str, _T]) -> Iterator[tuple[_T | None, _T | None]]:
    for name in sorted(old.keys() | new.keys()):
        yield old.get(name), new.get(name)


def _came_or_went(
    what: str, old: Message | Enum | Service | None, new: Message | Enum | Service | None, level: Level
) -> Change:
    if new is not None:
        return Change(Level.ADDS, f"{what}-added", f"{what} {new.full_name}", "added", None, new.location)
    assert old is not None
    return Change(level, f"{what}-removed", f"{what} {old.full_name}", "removed", old.location, None)


_Deprecatable = Message | Enum | Service | Field | EnumValue | Method


def _deprecation(what: str, old: _Deprecatable, new: _Deprecatable, subject: str = "") -> Iterator[Change]:
    if old.deprecated != new.deprecated:
        if isinstance(new, (Message, Enum, Service)):
            subject = f"{what} {new.full_name}"
        message = "deprecated now" if new.deprecated else "no longer deprecated"
        yield Change(Level.BEHAVES, f"{what}-deprecated", subject, message, old.location, new.location)


def _is_reserved(number: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= number <= last for first, last in ranges)


def _label_level(old: Field, new: Field) -> Level:
    """Between one and many: strings, bytes and messages read each other's bytes, numbers may be packed."""
    labels = {old.label, new.label}
    plain = labels == {Label.SINGULAR, Label.REPEATED} and (old.kind, old.type_name) == (new.kind, new.type_name)
    return Level.PYTHON if plain and old.kind.wire_type == 2 else Level.WIRE


def _wire_form(item: Field) -> tuple[object, ...]:
    return item.number, item.kind, item.label, item.map_key, item.type_name, item.oneof


def _describe(item: Field) -> str:
    value = item.type_name or item.kind.value
    if item.map_key is not None:
        return f"map<{item.map_key.value}, {value}>"
    return f"repeated {value}" if item.is_repeated else value


def _oneof_text(item: Field) -> str:
    return f"oneof '{item.oneof}'" if item.oneof else "no oneof"


def _shape(method: Method) -> str:
    return {
        "unary_unary": "a single call",
        "unary_stream": "a stream of responses",
        "stream_unary": "a stream of requests",
        "stream_stream": "a stream both ways",
    }[method.shape]
