"""Checks of metadata: which headers a call has, and where their values come from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from remora_codegen import pytypes
from remora_codegen.manifest.call_format import SourceNode
from remora_codegen.manifest.model import FromConstant, FromContext, FromParameter, FromSelf, Header, Source
from remora_codegen.manifest.parameters import resolve_source
from remora_codegen.manifest.scope import Scope
from remora_codegen.manifest.shapes import Text
from remora_codegen.manifest.values import describe

_BINARY = "-bin"
_NAME = re.compile(r"[0-9a-z_.-]+")
_RESERVED = frozenset({"te", "content-type", "user-agent", "content-length", "host", "connection"})


def header_type(name: str) -> pytypes.Type:
    """The Python type of a header's value."""
    return pytypes.builtin("bytes" if name.endswith(_BINARY) else "str")


def check_name(scope: Scope, name: Text) -> bool:
    """Whether a header can be called so; reported otherwise."""
    if not _NAME.fullmatch(name.value):
        hint = f"use '{name.value.lower()}'" if _NAME.fullmatch(name.value.lower()) else ""
        scope.report(name.at, f"'{name}' is no name of a header: it has small letters, digits and '-', '_', '.'", hint)
    elif name.value in _RESERVED or name.value.startswith("grpc-"):
        scope.report(name.at, f"the header '{name}' belongs to the transport")
    else:
        return True
    return False


def common_headers(scope: Scope, given: Sequence[tuple[Text, SourceNode]]) -> tuple[Header, ...]:
    """Headers of every call of a manifest, which know no entity and no parameter."""
    found = []
    for name, node in given:
        if node.self_ is not None or node.template is not None:
            scope.report(node.at, "a header of every call comes from 'context' or 'value'")
        elif (header := resolve_header(scope, "", name, node, {})) is not None:
            found.append(header)
    return tuple(found)


def resolve_header(
    scope: Scope, message: str, name: Text, node: SourceNode, parts: Mapping[str, FromParameter]
) -> Header | None:
    """The checked header, or None after reporting what is wrong."""
    if not check_name(scope, name):
        return None
    source = resolve_source(scope, message, node, None, parts)
    if source is None or not _fits(scope, name, node, source):
        return None
    return Header(name.value, source, may_be_none=_may_be_none(source))


def _fits(scope: Scope, name: Text, node: SourceNode, source: Source) -> bool:
    wanted = header_type(name.value)
    if isinstance(source, FromSelf):
        leaf = source.path.leaf if source.path.steps else None
        if leaf is None or leaf.is_repeated or leaf.is_map or leaf.type_name or leaf.kind.python != str(wanted):
            found = "the whole message" if leaf is None else describe(leaf)
            scope.report(node.at, f"header '{name}' holds {_kind(wanted)}, but '{node.self_}' is {found}")
            return False
    elif isinstance(source, FromConstant):
        value = node.value.value if node.value else None
        if not isinstance(value, str) or wanted != pytypes.builtin("str"):
            scope.report(
                node.at, f"header '{name}' holds {_kind(wanted)}; a constant here is a string for a text header"
            )
            return False
    elif wanted != pytypes.builtin("str"):
        scope.report(node.at, f"header '{name}' holds bytes, but this source gives text")
        return False
    return True


def _kind(type_: pytypes.Type) -> str:
    return "text" if type_ == pytypes.builtin("str") else "bytes"


def _may_be_none(source: Source) -> bool:
    if isinstance(source, FromSelf):
        return source.path.leaf.presence
    return isinstance(source, FromContext) and source.optional
