"""The straight-line decoder of a message: one shape per kind of field.

Inside a generated decoder these names have one meaning everywhere: `data` is the buffer, `pos` the position, `end` the
end of the message, `tag` the tag just read and `start` where it began; `value` is a number off the wire, `size` and
`stop` are the length and the end of a length-delimited value; `oneof_x` is the set member of oneof `x`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from remora_codegen.messages.formatting import bracketed, byte_string, call_inside, fits, indent
from remora_codegen.messages.wire import (
    DEFAULTS,
    LENGTH_DELIMITED,
    PACKABLE,
    STRUCT_CODES,
    WIDTHS,
    tag_bytes,
    tag_number,
)
from remora_codegen.model import Field, Kind, Message

# Kind -> what a varint stands for.
_VARINTS = {
    Kind.INT32: "value",
    Kind.INT64: "value",
    Kind.UINT32: "value",
    Kind.UINT64: "value",
    Kind.SINT32: "(value >> 1) ^ -(value & 1)",
    Kind.SINT64: "(value >> 1) ^ -(value & 1)",
    Kind.BOOL: "value != 0",
    Kind.ENUM: "",
}
# Kind -> (largest number that stands for itself, what a larger one stands for); only a long varint can be larger.
_NARROWED = {
    Kind.INT32: ("0x7FFFFFFF", "signed32(value)"),
    Kind.ENUM: ("0x7FFFFFFF", "signed32(value)"),
    Kind.INT64: ("0x7FFFFFFFFFFFFFFF", "signed64(value)"),
    Kind.UINT32: ("0xFFFFFFFF", "value & 0xFFFFFFFF"),
    Kind.SINT32: ("0xFFFFFFFF", "value & 0xFFFFFFFF"),
}

# Kind -> the runtime function that reads a packed list of it.
_LISTS = {
    Kind.INT32: "read_int32s",
    Kind.INT64: "read_int64s",
    Kind.UINT32: "read_uint32s",
    Kind.UINT64: "read_varints",
    Kind.SINT32: "read_sint32s",
    Kind.SINT64: "read_sint64s",
    Kind.BOOL: "read_bools",
    Kind.ENUM: "read_int32s",
}

_READ_SIZE = ["size = data[pos]", "pos += 1", "if size > 127:", "    size, pos = read_size(data, pos, size)"]
_READ_TAG = ["tag = data[pos]", "pos += 1", "if tag > 127:", "    tag, pos = read_tag(data, pos, tag)"]


@dataclass(frozen=True)
class _Target:
    """What to do with one value.

    Attributes:
        kind: its kind.
        type_name: its message or enum type.
        store: the statement that stores an expression.
        into: the expression of a message to merge into.
        below: the depth of a message inside.
        reject: the statement for a number that a closed enum does not have.
    """

    kind: Kind
    type_name: str
    store: Callable[[str], str]
    into: str = "None"
    below: str = "depth + 1"
    reject: str = "keep_piece(message, data[start:pos])"


@dataclass(frozen=True)
class Decoder:
    """Writes decoders; knows how the module refers to other types, and which enums are closed."""

    reference: Callable[[str], str]
    closed: Callable[[str], bool]

    def body(self, message: Message, depth: int) -> list[str]:
        """The statements of the tag dispatch, to stand at level `depth`."""
        lines = ["start = pos", *_READ_TAG]
        branches = [branch for field in message.fields for branch in self._branches(message, field, depth)]
        for index, (head, body) in enumerate(branches):
            lines += [head if index == 0 else f"el{head}", *indent(body, 1)]
        keep = "pos = keep_unknown(message, data, start, pos, end, tag, depth)"
        return [*lines, "else:", f"    {keep}"] if branches else [*lines, keep]

    def _branches(self, message: Message, field: Field, depth: int) -> list[tuple[str, list[str]]]:
        target = f"message.{field.python_name}"
        if field.is_map:
            arguments = ["message", "data", "start", "pos", "stop", "depth"]
            call = bracketed(f"{message.python_name}.{map_function(field)}(", arguments, ")", depth + 1)
            body = [*_READ_SIZE, "stop = pos + size", *call, "pos = stop"]
            return [_branch(field, LENGTH_DELIMITED, body)]
        if not field.is_repeated:
            into = target if field.is_message else "None"
            read = self._read(_Target(field.kind, field.type_name, f"{target} = {{}}".format, into), depth + 1)
            return [_branch(field, field.kind.wire_type, [*_switch(field, depth + 1), *read])]
        element = _Target(field.kind, field.type_name, f"{target}.append({{}})".format)
        found = [_branch(field, field.kind.wire_type, self._read(element, depth + 1))]
        if field.kind.wire_type in PACKABLE:
            found.append(_branch(field, LENGTH_DELIMITED, self._packed(field, depth + 1), ", packed"))
        return found

    def _read(self, target: _Target, depth: int) -> list[str]:
        """Read one value and store it."""
        kind = target.kind
        if kind in STRUCT_CODES:
            return [target.store(f"unpack_{kind.value}(data, pos)[0]"), f"pos += {WIDTHS[kind.wire_type]}"]
        if kind in _VARINTS:
            lines = [
                "value = data[pos]",
                "pos += 1",
                "if value > 127:",
                "    value, pos = read_varint(data, pos, value)",
            ]
            if kind in _NARROWED:
                limit, narrowed = _NARROWED[kind]
                lines += [f"    if value > {limit}:", f"        value = {narrowed}"]
            return [*lines, *(self._enum(target, depth) if kind is Kind.ENUM else [target.store(_VARINTS[kind])])]
        # Past the end is noticed behind the loop: then the position is not the end.
        lines = [*_READ_SIZE, "stop = pos + size"]
        if kind is Kind.MESSAGE:
            lines += self._call(target, ["data", "pos", "stop", target.below, target.into], depth)
        elif kind is Kind.STRING:
            lines.append(target.store("data[pos:stop].decode()"))
        else:
            lines.append(target.store("data[pos:stop]"))
        return [*lines, "pos = stop"]

    def _call(self, target: _Target, arguments: list[str], depth: int) -> list[str]:
        """Store what the `_decode` of the value's type gives."""
        head, tail = target.store("\0").split("\0")
        return call_inside(head, f"{self.reference(target.type_name)}._decode", arguments, tail, depth)

    def _enum(self, target: _Target, depth: int) -> list[str]:
        if not self.closed(target.type_name):
            return self._call(target, ["value"], depth)
        # proto2: a number that the enum does not have is an unknown field.
        store = indent(self._call(target, ["value"], depth + 1), 1)
        return [f"if {self.reference(target.type_name)}._knows(value):", *store, "else:", f"    {target.reject}"]

    def _packed(self, field: Field, depth: int) -> list[str]:
        target = f"message.{field.python_name}"
        lines = [*_READ_SIZE, "stop = pos + size"]
        if code := STRUCT_CODES.get(field.kind):
            width = WIDTHS[field.kind.wire_type]
            numbers = f'read_numbers("{code}", {width}, data, pos, stop)'
            return [*lines, *bracketed(f"{target}.extend(", [numbers], ")", depth), "pos = stop"]
        values = f"{_LISTS[field.kind]}(data, pos, stop)"
        if not field.is_enum:
            return [*lines, *bracketed(f"{target}.extend(", [values], ")", depth), "pos = stop"]
        reject = f"keep_piece(message, {byte_string(tag_bytes(field.number, 0))} + int32(value))"
        element = _Target(field.kind, field.type_name, f"{target}.append({{}})".format, reject=reject)
        return [*lines, f"for value in {values}:", *indent(self._enum(element, depth + 1), 1), "pos = stop"]

    def map_entry(self, field: Field) -> list[str]:
        """The body of the function that reads one entry of a map."""
        assert field.map_key is not None
        first = _Target(field.map_key, "", "key = {}".format)
        into = "item" if field.is_message else "None"
        second = _Target(field.kind, field.type_name, "item = {}".format, into, "depth + 2", "known = False")
        lines = [
            f"key = {DEFAULTS[field.map_key.python]}",
            f"item{self._initial(field)}",
            "known = True",
            "while pos < end:",
            *indent(_READ_TAG, 1),
            f"    if tag == {tag_number(1, field.map_key.wire_type)}:  # key",
            *indent(self._read(first, 4), 2),
            f"    elif tag == {tag_number(2, field.kind.wire_type)}:  # value",
            *indent(self._read(second, 4), 2),
            "    else:",
            "        pos = skip(data, pos, end, tag, depth + 1)",
            "        known = False",
            "if pos != end:",
            "    raise past_end(end)",
        ]
        if field.is_message:
            lines += ["if item is None:", f"    item = {self.reference(field.type_name)}()"]
        # An entry with more than a key and a value is kept as an unknown field, as the other implementations do.
        store = f"message.{field.python_name}[key] = item"
        return [*lines, "if known:", f"    {store}", "else:", "    keep_piece(message, data[start:end])"]

    def _initial(self, field: Field) -> str:
        if field.is_message:
            return f": {self.reference(field.type_name)} | None = None"
        if field.is_enum:
            return f" = {self.reference(field.type_name)}._decode(0)"
        return f" = {DEFAULTS[field.kind.python]}"


def map_function(field: Field) -> str:
    """The function that reads one entry of a map."""
    return f"_decode_{field.python_name}"


def _branch(field: Field, wire_type: int, body: list[str], note: str = "") -> tuple[str, list[str]]:
    head = f"if tag == {tag_number(field.number, wire_type)}:"
    comment = f"  # {field.name} = {field.number}{note}"
    return head + comment if fits(f"el{head}{comment}", 3) else head, body


def _switch(field: Field, depth: int) -> list[str]:
    """Clear the other member of the oneof, before a message merges into this one."""
    if not field.oneof:
        return []
    current, chosen = f"oneof_{field.oneof}", f'"{field.python_name}"'
    call = bracketed(f"{current} = switch(", ["message", current, chosen], ")", depth + 1)
    return [f"if {current} != {chosen}:", *indent(call, 1)]
