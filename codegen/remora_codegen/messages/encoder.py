"""The straight-line encoder of a message: one shape per kind of field, in the order of field numbers.

Inside a generated encoder `out` collects the pieces; `value` is encoded content and `size` its length, `number` an
integer; `oneof_x` tells that a member of oneof `x` was written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from remora_codegen.messages.formatting import bracketed, byte_string, fits, indent
from remora_codegen.messages.wire import LENGTH_DELIMITED, STRUCT_CODES, tag_bytes
from remora_codegen.model import Field, Kind, Message

_ONE_BYTE = "SMALL[number] if 0 <= number < 128 else"
_PREFIX = "out.append(SMALL[size] if (size := len(value)) < 128 else varint(size))"

# The runtime function that writes an integer; enums are int32 on the wire.
_INTEGERS = {
    Kind.INT32: "int32",
    Kind.INT64: "int64",
    Kind.UINT32: "uint32",
    Kind.UINT64: "uint64",
    Kind.SINT32: "sint32",
    Kind.SINT64: "sint64",
    Kind.ENUM: "int32",
}
# How one element of a packed list is written.
_ELEMENT = {
    Kind.BOOL: "BOOL[item]",
    **{kind: f"pack_{kind.value}(item)" for kind in STRUCT_CODES},
    **{kind: f"SMALL[item] if 0 <= item < 128 else {name}(item)" for kind, name in _INTEGERS.items()},
    Kind.SINT32: "sint32(item)",
    Kind.SINT64: "sint64(item)",
}
_ZIGZAG = (Kind.SINT32, Kind.SINT64)


@dataclass(frozen=True)
class Encoder:
    """Writes encoders; knows how the module refers to other types."""

    reference: Callable[[str], str]

    def body(self, message: Message) -> list[str]:
        """The statements between `out = []` and the unknown fields."""
        lines = [f"oneof_{oneof.name} = False" for oneof in message.oneofs]
        for field in sorted(message.fields, key=lambda item: item.number):
            lines += self._field(field)
        # The annotation lets the variable hold enums and integers in turn; it costs nothing at run time.
        return ["number: int", *lines] if any("number = " in line for line in lines) else lines

    def _field(self, field: Field) -> list[str]:
        source = f"self.{field.python_name}"
        if field.is_map:
            return [f"if len({source}):", *indent(self._map(field, source), 1)]
        if field.is_repeated:
            return [f"if len({source}):", *indent(self._repeated(field, source), 1)]
        tag = byte_string(tag_bytes(field.number, field.kind.wire_type))
        if field.presence:
            return [
                f"if {source} is not None:",
                *indent([*_one_member(field), *self._write(field.kind, field.type_name, source, tag, 3)], 1),
            ]
        if field.kind in (Kind.FLOAT, Kind.DOUBLE):
            # Compared as bits, because -0.0 is not the default.
            zero = "ZERO_32" if field.kind is Kind.FLOAT else "ZERO_64"
            return [
                f"value = pack_{field.kind.value}({source})",
                f"if value != {zero}:",
                f"    out.append({tag})",
                "    out.append(value)",
            ]
        return [
            f"if {source} {_NOT_DEFAULT[field.kind.python]}:",
            *indent(self._write(field.kind, field.type_name, source, tag, 3), 1),
        ]

    def _write(self, kind: Kind, type_name: str, source: str, tag: str, depth: int, out: str = "out") -> list[str]:
        """Write a tag and one value."""
        if kind is Kind.BOOL:
            return [f"{out}.append({tag})", f"{out}.append(BOOL[{source}])"]
        if kind in STRUCT_CODES:
            return [f"{out}.append({tag})", f"{out}.append(pack_{kind.value}({source}))"]
        if kind in _INTEGERS:
            return [f"{out}.append({tag})", *_integer(kind, source, f"{out}.append({{}})".format)]
        if kind is Kind.STRING:
            content = [f"value = {source}.encode()"]
        elif kind is Kind.MESSAGE:
            content = bracketed(f"value = {self.reference(type_name)}._encode(", [source], ")", depth)
        else:
            content = [f"value = {source}"]
        return [
            *content,
            f"{out}.append({tag})",
            _PREFIX.replace("out", out, 1),
            f"{out}.append(value)",
        ]

    def _repeated(self, field: Field, source: str) -> list[str]:
        if not field.packed:
            item = local_name(field, "item")
            tag = byte_string(tag_bytes(field.number, field.kind.wire_type))
            body = self._write(field.kind, field.type_name, item, tag, 4)
            return [f"for {item} in elements({source}):", *indent(body, 1)]
        return [
            *_joined(_ELEMENT[field.kind], f"for item in elements({source})"),
            f"out.append({byte_string(tag_bytes(field.number, LENGTH_DELIMITED))})",
            _PREFIX,
            "out.append(value)",
        ]

    def _map(self, field: Field, source: str) -> list[str]:
        assert field.map_key is not None
        key, item, entry = (local_name(field, what) for what in ("key", "item", "entry"))
        key_tag = byte_string(tag_bytes(1, field.map_key.wire_type))
        item_tag = byte_string(tag_bytes(2, field.kind.wire_type))
        return [
            f"for {key}, {item} in {source}.items():",
            f"    {entry}: list[bytes] = []",
            *indent(self._write(field.map_key, "", key, key_tag, 4, entry), 1),
            *indent(self._write(field.kind, field.type_name, item, item_tag, 4, entry), 1),
            f'    value = b"".join({entry})',
            f"    out.append({byte_string(tag_bytes(field.number, LENGTH_DELIMITED))})",
            f"    {_PREFIX}",
            "    out.append(value)",
        ]


def local_name(field: Field, what: str) -> str:
    """A local variable of one field; its type is never that of another field's."""
    return f"{field.python_name}_{what}" if len(field.python_name) <= 24 else f"{what}_{field.number}"


def _joined(expression: str, loop: str) -> list[str]:
    """`value = b"".join([...])`, three levels deep."""
    head, whole = 'value = b"".join(', f"[{expression} {loop}]"
    if fits(f"{head}{whole})", 3):
        return [f"{head}{whole})"]
    inner = [whole] if fits(whole, 4) else ["[", *indent([expression, loop], 1), "]"]
    return [head, *indent(inner, 1), ")"]


_NOT_DEFAULT = {"str": '!= ""', "bytes": '!= b""', "bool": "is not False", "int": "!= 0"}


def _integer(kind: Kind, source: str, store: Callable[[str], str]) -> list[str]:
    if kind in _ZIGZAG:
        return [store(f"{_INTEGERS[kind]}({source})")]
    return [f"number = {source}", store(f"{_ONE_BYTE} {_INTEGERS[kind]}(number)")]


def _one_member(field: Field) -> list[str]:
    if not field.oneof:
        return []
    return [f"if oneof_{field.oneof}:", "    raise one_member()", f"oneof_{field.oneof} = True"]
