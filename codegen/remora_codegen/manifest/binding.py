"""Checks of what fills a request: parameters, other sources, headers."""

from __future__ import annotations

from dataclasses import dataclass

from remora_codegen import pytypes
from remora_codegen.manifest.call_format import ParameterNode
from remora_codegen.manifest.format import MethodNode
from remora_codegen.manifest.headers import check_name, header_type, resolve_header
from remora_codegen.manifest.masks import mask_target, resolve_mask
from remora_codegen.manifest.model import Fill, FromParameter, Header, Mask, Parameter
from remora_codegen.manifest.parameters import resolve_loose, resolve_parameter, resolve_source
from remora_codegen.manifest.resource_names import method_parts
from remora_codegen.manifest.scope import FILE_PARAMETERS, METHOD_PARAMETERS, PAGE_PARAMETERS, WAIT_PARAMETERS, Scope
from remora_codegen.manifest.shapes import Text
from remora_codegen.model import Method


@dataclass(frozen=True)
class Binding:
    """What a method takes and where it goes."""

    parameters: tuple[Parameter, ...]
    fills: tuple[Fill, ...]
    headers: tuple[Header, ...]
    mask: Mask | None


def bind(scope: Scope, message: str, rpc: Method, node: MethodNode) -> Binding:
    """The checked parameters, request fields and headers of a method; what is wrong is reported and left out."""
    parameters: list[Parameter] = []
    fills: list[Fill] = []
    headers: dict[str, Header] = {}
    parts: dict[str, FromParameter] = {}
    named = method_parts(node)
    reserved = METHOD_PARAMETERS | (PAGE_PARAMETERS if node.pages else frozenset())
    if node.wait is not None:
        reserved |= WAIT_PARAMETERS
    if node.returns is not None and node.returns.join is not None:
        reserved |= FILE_PARAMETERS
    target = mask_target(scope, rpc, node, node.mask) if node.mask else None
    for name, item in node.parameters:
        usable = scope.name(name, "parameter", reserved)
        if item.metadata is not None or (name.value in named and item.field is None):
            loose = _loose(scope, name, item, headers, part=name.value in named)
            if loose is None or not usable:
                continue
            parameters.append(loose[0])
            if name.value in named:
                parts[name.value] = loose[1]
            continue
        bound = resolve_parameter(scope, rpc.request, name, item, target[0] if target else None)
        if bound is not None and usable:
            parameters.append(bound.parameter)
            fills.append(bound.fill)
    for path_text, source_node in node.request:
        path = scope.path(rpc.request, path_text)
        source = resolve_source(scope, message, source_node, path, parts)
        if path is not None and source is not None:
            fills.append(Fill(path, source))
    for name, source_node in node.metadata:
        header = resolve_header(scope, message, name, source_node, parts)
        if header is not None and header.name in headers:
            scope.report(name.at, f"header '{name}' is given by a parameter, too")
        elif header is not None:
            headers[header.name] = header
    for header in scope.headers:
        headers.setdefault(header.name, header)
    mask = None
    if node.mask is not None and target is not None:
        mask = resolve_mask(scope, node.mask, target[0], parameters, fills)
        fills.append(target[1])
    return Binding(tuple(parameters), tuple(fills), tuple(headers.values()), mask)


def _loose(
    scope: Scope, name: Text, node: ParameterNode, headers: dict[str, Header], *, part: bool
) -> tuple[Parameter, FromParameter] | None:
    """A parameter without a field, whose header is added to `headers` if it has one."""
    if node.metadata is not None:
        if node.field is not None:
            scope.report(node.at, f"parameter '{name}' has 'field' and 'metadata'; it fills one of them")
        if not check_name(scope, node.metadata):
            return None
    type_ = header_type(node.metadata.value) if node.metadata else pytypes.builtin("str")
    loose = resolve_loose(scope, name, node, type_, part=part)
    if loose is None:
        return None
    if node.metadata is not None:
        if node.metadata.value in headers:
            scope.report(node.metadata.at, f"two parameters give the header '{node.metadata}'")
        headers[node.metadata.value] = Header(node.metadata.value, loose.source, may_be_none=node.optional)
    return loose.parameter, loose.source
