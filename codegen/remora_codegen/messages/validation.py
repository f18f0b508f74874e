"""The checks of a message: its validation rules as plain comparisons, in the order of the proto.

Inside a generated `_validate`, `path` is the path of the message inside the one that is checked, with a dot behind it,
or empty. Of a list `index` is the position of an element, and `x_item` an element of field `x`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from remora_codegen.messages.conditions import conditions
from remora_codegen.messages.encoder import local_name
from remora_codegen.messages.formatting import bracketed, fits, indent, quoted
from remora_codegen.messages.wire import DEFAULTS
from remora_codegen.model import Field, Kind, Message, Oneof, Schema
from remora_codegen.rules import NO_RULES, Rules


def checked_messages(schema: Schema) -> frozenset[str]:
    """The messages that have something to check, in themselves or in a message inside."""
    found = {message.full_name for message in schema.messages.values() if _has_rules(message)}
    while True:
        holders = {
            message.full_name
            for message in schema.messages.values()
            if any(item.is_message and not item.rules.ignored and item.type_name in found for item in message.fields)
        }
        if holders <= found:
            return frozenset(found)
        found |= holders


def _has_rules(message: Message) -> bool:
    fields = any(not item.rules.ignored and not item.rules.is_empty for item in message.fields)
    return fields or any(oneof.required for oneof in message.oneofs)


@dataclass(frozen=True)
class _Test:
    """One rule: what breaks it (all of these), and what to say then."""

    conditions: tuple[str, ...]
    path: str
    rule: str
    reason: str

    def lines(self, depth: int, guard: Sequence[str] = ()) -> list[str]:
        lines = _if([*guard, *self.conditions], depth)
        reason = self.reason if len(self.reason) <= _LONGEST_REASON else _VAGUE
        arguments = [f'f"{self.path}"', quoted(self.rule), quoted(reason)]
        return [*lines, *indent(bracketed("raise RuleBroken(", arguments, ")", depth + 1), 1)]


@dataclass(frozen=True)
class _Inside:
    """The check of a message inside."""

    source: str
    path: str

    def lines(self, depth: int, guard: Sequence[str] = ()) -> list[str]:
        call = f'{self.source}._validate(f"{self.path}.")'
        return [*_if(guard, depth), *indent([call], 1)] if guard else [call]


# What is longer would not fit on a line of its own.
_LONGEST_REASON = 90
_LEAST = ("min_len", "min_bytes", "min_items", "min_pairs")
_VAGUE = "does not fit its rule in the .proto file"
_Step = _Test | _Inside


def _if(tests: Sequence[str], depth: int) -> list[str]:
    line = f"if {' and '.join(tests)}:"
    return (
        [line] if fits(line, depth) else ["if (", *indent([tests[0], *(f"and {test}" for test in tests[1:])], 1), "):"]
    )


def _lines(steps: Sequence[_Step], depth: int, guard: Sequence[str] = ()) -> list[str]:
    """Steps as statements, all of them behind one condition if there is a guard."""
    if not guard:
        return [line for step in steps for line in step.lines(depth)]
    if len(steps) == 1:
        return steps[0].lines(depth, guard)
    return [*_if(guard, depth), *indent(_lines(steps, depth + 1), 1)] if steps else []


@dataclass(frozen=True)
class Validator:
    """Writes checks; knows how the module refers to other types, and which of them have checks."""

    reference: Callable[[str], str]
    schema: Schema
    checked: frozenset[str]

    def body(self, message: Message) -> list[str]:
        """The statements of `_validate`; none when the message has nothing to check."""
        if message.full_name not in self.checked:
            return []
        lines = [line for oneof in message.oneofs if oneof.required for line in _oneof(message, oneof).lines(2)]
        for field in message.fields:
            if not field.rules.ignored:
                lines += self._field(field)
        return lines

    def _field(self, field: Field) -> list[str]:
        source, path = f"self.{field.python_name}", f"{{path}}{field.python_name}"
        rules = field.rules
        if field.is_map or field.is_repeated:
            empty = _Test((f"len({source}) == 0",), path, "required", "must not be empty")
            lines = _lines([empty], 2) if rules.required else []
            guard = [f"len({source}) != 0"] if rules.skip_empty else []
            lines += _lines(self._own(field, rules, source, path), 2, guard)
            return lines + (self._entries(field) if field.is_map else self._elements(field))
        if not field.presence:
            return self._plain(field, rules, source, path, 2)
        guard = [_set_and_missing(field, source)[0]] if rules.skip_empty and not field.is_message else []
        steps = self._value(field, rules, source, path)
        if rules.required:
            absent = _Test((f"{source} is None",), path, "required", "must be set")
            return [*_lines([absent], 2), *_lines(steps, 2, guard)]
        return _lines(steps, 2, [f"{source} is not None", *guard])

    def _plain(self, field: Field, rules: Rules, source: str, path: str, depth: int) -> list[str]:
        """The checks of a scalar or an enum without presence."""
        is_set, missing = _set_and_missing(field, source)
        required: list[_Step] = [_Test((missing,), path, "required", "must be set")] if rules.required else []
        steps = self._value(field, rules, source, path)
        return [*_lines(required, depth), *_lines(steps, depth, [is_set] if rules.skip_empty else [])]

    def _value(self, field: Field, rules: Rules, source: str, path: str) -> list[_Step]:
        """The checks of one value that is there."""
        inside: list[_Step] = []
        if field.is_message and field.type_name in self.checked:
            inside.append(_Inside(source, path))
        return [*self._own(field, rules, source, path), *inside]

    def _own(self, field: Field, rules: Rules, source: str, path: str) -> list[_Step]:
        enum, numbers = "", {}
        if field.is_enum:
            enum = self.reference(field.type_name)
            numbers = {value.number: value.name for value in reversed(self.schema.enums[field.type_name].values)}
        # Behind a test that a value is not empty, the rule that it must not be says nothing.
        own = [rule for rule in rules.own if not (rules.skip_empty and rule.short_name in _LEAST and rule.value == 1)]
        return [
            _Test((condition,), path, name, reason)
            for name, condition, reason in conditions(own, source, enum, numbers)
        ]

    def _elements(self, field: Field) -> list[str]:
        item = local_name(field, "item")
        body = self._one(field, field.rules.items or NO_RULES, item, f"{{path}}{field.python_name}[{{index}}]")
        return [f"for index, {item} in enumerate(self.{field.python_name}):", *indent(body, 1)] if body else []

    def _entries(self, field: Field) -> list[str]:
        assert field.map_key is not None
        key, item = local_name(field, "key"), local_name(field, "item")
        of_key = replace(field, kind=field.map_key, type_name="")
        for_key = self._one(of_key, field.rules.keys or NO_RULES, key, f"{{path}}{field.python_name} (key)")
        path = f"{{path}}{field.python_name}[{{{key}!r}}]"
        for_item = self._one(field, field.rules.items or NO_RULES, item, path)
        if not for_key and not for_item:
            return []
        source = f"self.{field.python_name}"
        head = f"for {key}, {item} in {source}.items():" if for_item else f"for {key} in {source}:"
        return [head, *indent([*for_key, *for_item], 1)]

    def _one(self, field: Field, rules: Rules, source: str, path: str) -> list[str]:
        """The checks of one element, key or value of a map."""
        if rules.ignored:
            return []
        if field.is_message:
            return _lines(self._value(field, rules, source, path), 3)
        return self._plain(field, rules, source, path, 3)


def _set_and_missing(field: Field, source: str) -> tuple[str, str]:
    """The tests that a scalar differs from its default, and that it does not."""
    if field.kind is Kind.BOOL:
        return source, f"not {source}"
    default = "0" if field.is_enum else DEFAULTS[field.kind.python]
    return f"{source} != {default}", f"{source} == {default}"


def _oneof(message: Message, oneof: Oneof) -> _Test:
    members = [message.by_name[name].python_name for name in oneof.fields]
    absent = tuple(f"self.{member} is None" for member in members)
    reason = f"one of {', '.join(members)} must be set" if len(members) > 1 else f"{members[0]} must be set"
    if len(reason) > _LONGEST_REASON:
        reason = f"one of its {len(members)} fields must be set"
    return _Test(absent, f"{{path}}{oneof.name}", "required", reason)
