"""Messages: classes with straight-line codecs, one module per .proto file, and the packages that hold them."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from remora_codegen.messages.formatting import exploded, fits, indent
from remora_codegen.messages.packages import packages
from remora_codegen.messages.scope import Scope, home
from remora_codegen.messages.validation import checked_messages
from remora_codegen.messages.views import ModuleView
from remora_codegen.messages.well_known import WELL_KNOWN_FILES
from remora_codegen.model import File, Schema
from remora_codegen.render import Options, Output, Templates

__all__ = ["RUNTIME_MODULE", "WELL_KNOWN_FILES", "home", "outputs"]

RUNTIME_MODULE = "remora.contract.v1.messages"
"""The only module of the runtime that generated messages import."""

# What generated modules may use of it, in the order of an import statement.
_RUNTIME_NAMES = (
    "BOOL",
    "MAX_DEPTH",
    "SMALL",
    "ZERO_32",
    "ZERO_64",
    "AnyBase",
    "DurationBase",
    "Enum",
    "FieldMaskBase",
    "ListValueBase",
    "Message",
    "RuleBroken",
    "StructBase",
    "TimestampBase",
    "ValueBase",
    "WrapperBase",
    "as_pair",
    "check_oneof",
    "elements",
    "expect",
    "int32",
    "int64",
    "is_address",
    "is_email",
    "is_hostname",
    "is_ip",
    "is_uri",
    "is_uri_reference",
    "is_uuid",
    "keep_piece",
    "keep_unknown",
    "matches",
    "new",
    "one_member",
    "pack_double",
    "pack_fixed32",
    "pack_fixed64",
    "pack_float",
    "pack_sfixed32",
    "pack_sfixed64",
    "past_end",
    "read_bools",
    "read_int32s",
    "read_int64s",
    "read_numbers",
    "read_sint32s",
    "read_sint64s",
    "read_size",
    "read_tag",
    "read_uint32s",
    "read_varint",
    "read_varints",
    "signed32",
    "signed64",
    "sint32",
    "sint64",
    "skip",
    "switch",
    "too_deep",
    "uint32",
    "uint64",
    "unpack_double",
    "unpack_fixed32",
    "unpack_fixed64",
    "unpack_float",
    "unpack_sfixed32",
    "unpack_sfixed64",
    "varint",
)


def outputs(schema: Schema, templates: Templates, options: Options, known: Container[str] = ()) -> Iterator[Output]:
    """The modules of all messages and enums of a schema, and the packages around them.

    Files of google.protobuf that the runtime package ships are left out, unless it is the package being generated.
    Modules whose paths are `known` are left out too.
    """
    templates.add_filters({"at": _at})
    checked = checked_messages(schema)
    for file in schema.files:
        if home(file, options) == options.package and _path(file, options) not in known:
            yield _module(file, schema, templates, options, checked)
    yield from packages(schema, templates, options)


def _module(file: File, schema: Schema, templates: Templates, options: Options, checked: frozenset[str]) -> Output:
    scope = Scope(file, schema, options, checked)
    module = ModuleView(file, scope)
    body = templates.render("messages/classes.py.jinja", module=module)
    text = templates.render(
        "messages/module.py.jinja",
        module=module,
        imports=scope.imports(),
        runtime=[*_runtime_import(body), *scope.foreign_imports()],
        body=body.strip("\n"),
    )
    return Output(_path(file, options), text.rstrip("\n") + "\n", (file.name,))


def _path(file: File, options: Options) -> str:
    return "/".join((options.package.replace(".", "/"), *file.package_path, f"{file.module}.py"))


def _runtime_import(body: str) -> list[str]:
    # Names that stand alone, or before the first dot.
    words = {token.partition(".")[0] for token in set(re.findall(r"[.\w]+", body))}
    names = [name for name in _RUNTIME_NAMES if name in words]
    if not names:
        return []
    line = f"from {RUNTIME_MODULE} import {', '.join(names)}"
    return [line] if fits(line, 0) else exploded(f"from {RUNTIME_MODULE} import (", names, ")")


def _at(lines: list[str], depth: int) -> str:
    """A template filter: lines at a level of indentation."""
    return "\n".join(indent(lines, depth))
