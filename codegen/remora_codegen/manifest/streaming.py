"""Checks of streams: what is sent, and how a dropped stream goes on."""

from __future__ import annotations

from collections.abc import Sequence

from remora_codegen import pytypes
from remora_codegen.manifest.call_format import RequestsNode, ResumeNode
from remora_codegen.manifest.format import MethodNode
from remora_codegen.manifest.model import Conversion, FieldPath, Fill, Parameter, Resume, Sending
from remora_codegen.manifest.scope import FILE_PARAMETERS, METHOD_PARAMETERS, Scope
from remora_codegen.manifest.shapes import Text
from remora_codegen.manifest.values import describe, is_message_type, write_type
from remora_codegen.model import Kind, Method
from remora_codegen.pytypes import Imported, MessageName, Type

_GIVE_UP = 60
_POSITIONS = ("int", "str", "bytes")


def resolve_sending(
    scope: Scope, rpc: Method, node: RequestsNode, fills: Sequence[Fill], parameters: Sequence[Parameter]
) -> tuple[Sending, Parameter] | None:
    """What is sent and the parameter that gives it; None after reporting what is wrong."""
    name = node.parameter
    usable = scope.name(name, "parameter", METHOD_PARAMETERS | FILE_PARAMETERS)
    if any(item.name == name.value for item in parameters):
        scope.report(name.at, f"there are two parameters '{name}'")
        usable = False
    path = scope.path(rpc.request, node.field) if node.field is not None else None
    if not usable or (node.field is not None and path is None):
        return None
    if node.chunk_size is not None:
        return _content(scope, node, path, fills)
    type_, conversion = Type((MessageName(rpc.request),)), Conversion()
    if path is not None:
        type_, conversion = write_type(path.leaf)
    function = None
    if node.convert is not None:
        function = scope.converter(node.convert)
        if function is None:
            return None
        if path is None and not is_message_type(scope.schema, function.returns, rpc.request):
            scope.report(
                node.convert.at,
                f"function '{function.name}' returns {function.returns}, but the RPC takes '{rpc.request}'",
            )
            return None
        type_ = function.arguments[0].type
    others = _others(scope, node, path, fills)
    sending = Sending(
        name.value,
        type_,
        path,
        conversion=conversion,
        function=function,
        others=others,
    )
    iterable = pytypes.generic(Imported("collections.abc", "Iterable"), type_)
    asynchronous = pytypes.generic(Imported("collections.abc", "AsyncIterable"), type_)
    return sending, _parameter(node, pytypes.merged(*iterable.parts, " | ", *asynchronous.parts))


def _content(
    scope: Scope, node: RequestsNode, path: FieldPath | None, fills: Sequence[Fill]
) -> tuple[Sending, Parameter] | None:
    if path is None or path.leaf.kind is not Kind.BYTES or path.leaf.is_repeated or path.leaf.is_map:
        found = "there is no 'field'" if path is None else f"field '{path}' is {describe(path.leaf)}"
        scope.report(node.at, f"'chunk_size' needs a 'field' of bytes, but {found}")
        return None
    if node.convert is not None:
        scope.report(node.convert.at, "'chunk_size' takes no 'convert'; the content is bytes")
    assert node.chunk_size is not None
    others = _others(scope, node, path, fills)
    sending = Sending(node.parameter.value, pytypes.builtin("bytes"), path, chunk_size=node.chunk_size, others=others)
    return sending, _parameter(node, Type((Imported("remora.chunks", "Content"),)))


def _parameter(node: RequestsNode, type_: Type) -> Parameter:
    return Parameter(node.parameter.value, type_, "positional", doc=node.doc.value if node.doc else "")


def _others(scope: Scope, node: RequestsNode, path: FieldPath | None, fills: Sequence[Fill]) -> str:
    """Where the other fills go; checked against the field of the items."""
    if not fills:
        if node.others is not None:
            scope.report(node.others.at, "'others' says nothing: the method fills no other field")
        return ""
    others = node.others.value if node.others is not None else "each"
    if path is None and others == "each":
        hint = "say 'others: alone' or 'others: first'"
        scope.report(node.at, "the items are whole requests, so other parameters cannot go into each of them", hint)
    if path is not None and others != "alone":
        for fill in fills:
            if fill.path.steps[0].oneof and fill.path.steps[0].oneof == path.steps[0].oneof:
                problem = f"fields '{fill.path}' and '{path}' belong to oneof '{path.steps[0].oneof}'"
                scope.report(node.at, f"{problem}, so one request cannot hold both", "say 'others: alone'")
    return others


def resolve_resume(scope: Scope, rpc: Method, node: MethodNode, resume: ResumeNode) -> Resume | None:
    """The checked rule, or None after reporting what is wrong."""
    if not rpc.server_streaming:
        scope.report(resume.at, "'resume' is for an RPC that answers with a stream")
        return None
    if node.requests is not None:
        scope.report(resume.at, "a stream with 'requests' cannot be resumed; they can be sent only once")
        return None
    after = _position(scope, rpc.response, resume.after, through_repeated=True)
    into = _position(scope, rpc.request, resume.into, through_repeated=False)
    first = _position(scope, rpc.response, resume.first, through_repeated=False) if resume.first else None
    if after is None or into is None or (resume.first is not None and first is None):
        return None
    wanted = into.leaf.kind.python
    for text, path in ((resume.after, after), (resume.first, first)):
        if text is not None and path is not None and path.leaf.kind.python != wanted:
            what = f"field '{into}' of the request is {describe(into.leaf)}"
            scope.report(text.at, f"{what}, but '{path}' is {describe(path.leaf)}")
            return None
    if resume.plus and wanted != "int":
        scope.report(resume.at, f"'plus' is for numbers, but field '{into}' is {describe(into.leaf)}")
    plus = (1 if resume.plus is None else resume.plus) if wanted == "int" else 0
    return Resume(after, into, plus, first, resume.give_up or _GIVE_UP)


def _position(scope: Scope, message: str, text: Text, *, through_repeated: bool) -> FieldPath | None:
    path = scope.path(message, text, through_repeated=through_repeated)
    if path is None:
        return None
    leaf = path.leaf
    if leaf.is_repeated or leaf.is_map or leaf.type_name or leaf.kind.python not in _POSITIONS:
        scope.report(text.at, f"a position is a number, a string or bytes, but field '{path}' is {describe(leaf)}")
        return None
    return path
