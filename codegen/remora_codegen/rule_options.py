"""Reads the rules of buf.validate out of the options of descriptors.

The options are extensions, which betterproto2's descriptor classes keep as unknown bytes. Google's classes, built from
the copy of `validate.proto` that comes with the descriptors, read them; so a newer copy needs no change here, and a
rule that this generator does not know is seen, and told.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from betterproto2_compiler.lib.google.protobuf import FileDescriptorProto
from google.protobuf import descriptor_pool, message_factory, unknown_fields
from google.protobuf.message import Message as GoogleMessage

from remora_codegen.patterns import python_pattern
from remora_codegen.rules import NO_RULES, Rule, Rules, Scalar

_FILE = "buf/validate/validate.proto"
_SKIP_EMPTY, _IGNORED = 1, 3
# A longer pattern or list of values does not fit on a line of generated code.
_LONGEST = 80

_NUMBERS = frozenset({"const", "lt", "lte", "gt", "gte", "in", "not_in"})
_SIZES = frozenset({"len", "min_len", "max_len"})
_TEXTS = frozenset({"const", "in", "not_in", "pattern", "prefix", "suffix", "contains", "not_contains"})
_FORMATS = frozenset({"email", "hostname", "ip", "ipv4", "ipv6", "uri", "uri_ref", "address", "uuid"})
# Type of the rules -> what can be written as a plain check.
_KNOWN = {
    "float": _NUMBERS | {"finite"},
    "double": _NUMBERS | {"finite"},
    **dict.fromkeys(("int32", "int64", "uint32", "uint64", "sint32", "sint64"), _NUMBERS),
    **dict.fromkeys(("fixed32", "fixed64", "sfixed32", "sfixed64", "duration"), _NUMBERS),
    "bool": frozenset({"const"}),
    "string": _SIZES | {"len_bytes", "min_bytes", "max_bytes"} | _TEXTS | _FORMATS,
    "bytes": _SIZES | _TEXTS - {"pattern", "not_contains"},
    "enum": frozenset({"const", "in", "not_in", "defined_only"}),
    "repeated": frozenset({"min_items", "max_items", "unique"}),
    "map": frozenset({"min_pairs", "max_pairs"}),
    "any": frozenset({"in", "not_in"}),
    "timestamp": frozenset({"const", "lt", "lte", "gt", "gte"}),
}


class RuleReader:
    """Reads the rules of one set of files.

    Args:
        files: the set, imports first.
    """

    def __init__(self, files: Iterable[FileDescriptorProto]) -> None:
        self._files = {file.name: file for file in files}

    @functools.cached_property
    def _pool(self) -> descriptor_pool.DescriptorPool | None:
        if _FILE not in self._files:
            return None
        pool = descriptor_pool.DescriptorPool()
        for file in self._files.values():
            if file.name in (_FILE, *self._files[_FILE].dependency):
                pool.AddSerializedFile(bytes(file))
        return pool

    def _extension(self, options: Any, holder: str, name: str) -> Any:
        """The rules in some options, or None."""
        if options is None or self._pool is None or not bytes(options):
            return None
        extension: Any = self._pool.FindExtensionByName(f"buf.validate.{name}")
        cls = message_factory.GetMessageClass(self._pool.FindMessageTypeByName(f"google.protobuf.{holder}"))
        found = cls.FromString(bytes(options))
        return found.Extensions[extension] if found.HasExtension(extension) else None

    def field(self, options: Any) -> Rules:
        """The rules of a field, from its FieldOptions."""
        found = self._extension(options, "FieldOptions", "field")
        return NO_RULES if found is None else _rules(found)

    def oneof_required(self, options: Any) -> bool:
        """Whether a member of a oneof must be set, from its OneofOptions."""
        found = self._extension(options, "OneofOptions", "oneof")
        return found is not None and bool(found.required)

    def message(self, options: Any) -> tuple[str, ...]:
        """The rules of a message as a whole, for people: none of them is a plain check. From its MessageOptions."""
        found = self._extension(options, "MessageOptions", "message")
        if found is None:
            return ()
        groups = [
            f"message.oneof: {'one' if group.required else 'at most one'} of {', '.join(group.fields)}"
            for group in getattr(found, "oneof", ())
        ]
        return (*_expressions(found), *_unknown(found, "message"), *groups)


def _rules(found: GoogleMessage) -> Rules:
    rules = Rules(foreign=(*_expressions(found), *_unknown(found, "field")))
    for field, value in found.ListFields():
        if field.name == "required":
            rules = replace(rules, required=bool(value))
        elif field.name == "ignore":
            rules = replace(rules, skip_empty=value == _SKIP_EMPTY, ignored=value == _IGNORED)
        elif field.name in _KNOWN:
            rules = _typed(rules, field.name, value)
        elif not field.name.startswith("cel"):
            rules = replace(rules, foreign=(*rules.foreign, field.name))
    return rules


def _typed(rules: Rules, kind: str, found: GoogleMessage) -> Rules:
    own: list[Rule] = []
    foreign = [*_unknown(found, kind)]
    items, keys = rules.items, rules.keys
    for field, value in found.ListFields():
        if field.name in ("items", "values"):
            items = _rules(value)
        elif field.name == "keys":
            keys = _rules(value)
        elif field.name == "example" or value is False:
            # Not a rule, or one that is turned off.
            continue
        else:
            converted = _value(value)
            rule = None if converted is None else Rule(f"{kind}.{field.name}", converted)
            if field.name == "pattern" and python_pattern(str(value)) is None:
                rule = None
            if rule is None or field.name not in _KNOWN[kind] or len(str(rule.value)) > _LONGEST:
                foreign.append(f"{kind}.{field.name}")
            else:
                own.append(rule)
    return replace(rules, own=tuple(own), items=items, keys=keys, foreign=(*rules.foreign, *foreign))


def _value(value: Any) -> Scalar | tuple[Scalar, ...] | None:
    """The value of a rule; None when it cannot be written down."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (bool, int, str, bytes)):
        return value
    if isinstance(value, GoogleMessage):
        moment: Any = value
        return (int(moment.seconds), int(moment.nanos))
    items = [_value(item) for item in value]
    return None if None in items else tuple(items)  # type: ignore[arg-type]


def _expressions(found: Any) -> Iterator[str]:
    for rule in found.cel:
        yield f"{rule.id or 'cel'}: {rule.message or rule.expression}"
    expressions: Sequence[str] = getattr(found, "cel_expression", ())
    for expression in expressions:
        yield f"cel: {expression}"


def _unknown(found: GoogleMessage, kind: str) -> Iterator[str]:
    """Rules that `validate.proto` does not have: those that a user predefined, which are extensions."""
    fields: Any = unknown_fields.UnknownFieldSet(found)
    for field in fields:
        yield f"{kind}: a predefined rule, extension {field.field_number}"
