"""Checks of what a method returns."""

from __future__ import annotations

from dataclasses import dataclass, replace

from remora_codegen import pytypes
from remora_codegen.manifest.call_format import ReturnsNode
from remora_codegen.manifest.format import MethodNode
from remora_codegen.manifest.model import FieldPath, Pages, Result
from remora_codegen.manifest.origins import adapter_name, resolve_pairs
from remora_codegen.manifest.scope import Scope
from remora_codegen.manifest.shapes import Text
from remora_codegen.manifest.values import describe, element_type, is_message_type, read_type
from remora_codegen.model import Kind, Method
from remora_codegen.pytypes import Builtin, EntityName, MessageName, SelfName, Type
from remora_codegen.signatures import Function

_NOTHING = "none"


@dataclass(frozen=True)
class _Origin:
    """Where a result is taken from: a path in the response or request, and how it is converted.

    Attributes:
        flat: the items of a repeated field come one by one, in a stream or a pager.
    """

    message: str
    path: FieldPath | None
    from_request: bool
    function: Function | None
    flat: bool

    @property
    def many(self) -> bool:
        return self.path is not None and self.path.leaf.is_repeated

    @property
    def given(self) -> str:
        """The full name of the message that is there; empty for anything else."""
        if self.path is None:
            return self.message
        return self.path.leaf.type_name if self.path.leaf.is_message and not self.path.leaf.is_map else ""

    def describe(self) -> str:
        return f"field '{self.path}' is {describe(self.path.leaf)}" if self.path else f"there is '{self.message}'"

    def listed(self, item: Type) -> Type:
        return pytypes.generic(Builtin("list"), item) if self.many and not self.flat else item


def resolve_result(
    scope: Scope, entity: str, rpc: Method, node: MethodNode, pages: Pages | None
) -> tuple[Result | None, Type]:
    """What the method returns and its type; None after reporting what is wrong."""
    wanted = node.returns
    if wanted is not None and wanted.entity is not None and wanted.entity.value == _NOTHING:
        if wanted.field or wanted.from_request or wanted.refresh or wanted.convert or pages:
            scope.report(wanted.at, "'none' goes with nothing else")
        return Result("none"), pytypes.NONE
    origin = _origin(scope, rpc, node, pages)
    if origin is None:
        return None, pytypes.NONE
    if wanted is not None and wanted.join is not None:
        return _joined(scope, rpc, wanted, wanted.join, origin)
    if wanted is not None and wanted.refresh:
        if wanted.entity is not None:
            scope.report(wanted.entity.at, "'refresh' returns the entity itself; leave 'entity' out")
        if origin.many:
            scope.report(wanted.at, f"'refresh' needs one message, but {origin.describe()}")
            return None, pytypes.NONE
        return _entity(scope, entity, Text(entity, wanted.at), origin, "refresh")
    if wanted is not None and wanted.entity is not None:
        result, type_ = _entity(scope, entity, wanted.entity, origin, "entity")
        return _keeping(scope, rpc, wanted, origin, result), type_
    if wanted is not None and wanted.keep:
        scope.report(wanted.keep[0][0].at, "'keep' is for methods that return an entity")
    return _value(origin)


def _keeping(scope: Scope, rpc: Method, wanted: ReturnsNode, origin: _Origin, result: Result | None) -> Result | None:
    """The result with what it keeps of the request."""
    if not wanted.keep or result is None:
        return result
    at = wanted.keep[0][0].at
    if origin.many or origin.flat or origin.from_request or rpc.client_streaming:
        scope.report(at, "'keep' is for one request and an entity made of its one answer")
        return None
    pairs = resolve_pairs(scope, scope.entities[result.entity].message.value, rpc.request, wanted.keep)
    return replace(result, kept=pairs)


def _origin(scope: Scope, rpc: Method, node: MethodNode, pages: Pages | None) -> _Origin | None:
    wanted = node.returns
    flat = pages is not None or (rpc.server_streaming and node.wait is None)
    function = None
    if wanted is not None and wanted.convert is not None:
        function = scope.converter(wanted.convert)
        if function is None:
            return None
    if pages is not None:
        if wanted is not None and (wanted.field or wanted.from_request or wanted.refresh):
            scope.report(wanted.at, "a method with 'pages' says with 'items' what it returns")
        return _Origin(rpc.response, pages.items, False, function, flat)
    if wanted is None or (wanted.field is None and wanted.from_request is None):
        return _Origin(rpc.response, None, False, function, flat)
    if wanted.from_request is None:
        assert wanted.field is not None
        path = scope.path(rpc.response, wanted.field)
        return None if path is None else _Origin(rpc.response, path, False, function, flat)
    if wanted.field is not None or rpc.server_streaming:
        scope.report(wanted.from_request.at, "'from_request' is for a single answer, and excludes 'field'")
    path = scope.path(rpc.request, wanted.from_request)
    return None if path is None else _Origin(rpc.request, path, True, function, flat)


def _joined(scope: Scope, rpc: Method, wanted: ReturnsNode, join: Text, origin: _Origin) -> tuple[Result | None, Type]:
    if not rpc.server_streaming or wanted.entity or wanted.refresh or wanted.convert or wanted.from_request:
        scope.report(join.at, "'join' is for a field of an RPC that answers with a stream, and takes only 'field'")
        return None, pytypes.NONE
    leaf = origin.path.leaf if origin.path else None
    if leaf is None or leaf.kind is not Kind.BYTES or leaf.is_repeated or leaf.is_map:
        scope.report(join.at, f"'join' needs a 'field' of bytes, but {origin.describe()}")
        return None, pytypes.NONE
    type_ = pytypes.builtin("bytes" if join.value == "bytes" else "int")
    return Result("value", origin.path, join=join.value), type_


def _value(origin: _Origin) -> tuple[Result, Type]:
    path, function = origin.path, origin.function
    if function is not None:
        type_ = function.returns
        if path is not None and read_type(path.leaf)[0].is_optional:
            type_ = pytypes.optional(type_)
        result = Result("value", path, function=function, many=origin.many, from_request=origin.from_request)
        return result, origin.listed(type_)
    if path is None:
        return Result("value"), Type((MessageName(origin.message),))
    inner, conversion = element_type(path.leaf, converted=True)
    type_ = inner if origin.many else read_type(path.leaf)[0]
    result = Result("value", path, conversion, many=origin.many, from_request=origin.from_request)
    return result, origin.listed(type_)


def _entity(scope: Scope, entity: str, wrapper: Text, origin: _Origin, kind: str) -> tuple[Result | None, Type]:
    node = scope.entity(wrapper)
    if node is None:
        return None, pytypes.NONE
    wraps = node.message.value
    function, adapter = origin.function, ""
    if function is not None and wraps in scope.schema.messages:
        if not is_message_type(scope.schema, function.returns, wraps):
            scope.report(
                wrapper.at,
                f"entity '{wrapper}' wraps '{wraps}', but function '{function.name}' returns {function.returns}",
            )
            return None, pytypes.NONE
    elif function is None and origin.given in {item.value for item, _ in node.from_}:
        adapter = adapter_name(scope, origin.given) if origin.given in scope.schema.messages else ""
    elif origin.given != wraps:
        scope.report(wrapper.at, f"entity '{wrapper}' wraps '{wraps}', but {origin.describe()}")
        return None, pytypes.NONE
    own = wrapper.value == entity
    item = Type((SelfName(),)) if own else Type((EntityName(wrapper.value),))
    result = Result(
        kind,
        origin.path,
        function=function,
        entity=wrapper.value,
        many=origin.many,
        own=own,
        from_request=origin.from_request,
        adapter=adapter,
    )
    return result, origin.listed(item)
