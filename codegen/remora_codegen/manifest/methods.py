"""Checks of methods that are bound to an RPC: request fields, result, pages, retry safety."""

from __future__ import annotations

from collections.abc import Sequence

from remora_codegen.diagnostics import did_you_mean
from remora_codegen.manifest.binding import bind
from remora_codegen.manifest.call_format import BuilderNode
from remora_codegen.manifest.failures import resolve_status
from remora_codegen.manifest.format import MethodNode
from remora_codegen.manifest.model import (
    Builder,
    Call,
    EntityMethod,
    Fill,
    FromParameter,
    FromSelf,
    Parameter,
    Source,
)
from remora_codegen.manifest.paging import resolve_pages
from remora_codegen.manifest.parameters import resolve_source
from remora_codegen.manifest.results import resolve_result
from remora_codegen.manifest.scope import METHOD_PARAMETERS, PAGE_PARAMETERS, Scope
from remora_codegen.manifest.shapes import Text
from remora_codegen.manifest.streaming import resolve_resume, resolve_sending
from remora_codegen.manifest.values import is_message_type
from remora_codegen.manifest.waits import resolve_wait
from remora_codegen.model import Method
from remora_codegen.pytypes import Imported, Type

_TO = "Path of a file, or a binary file; a file at a path appears when all of it has come."


def resolve_rpc_method(scope: Scope, entity: str, message: str, name: Text, node: MethodNode) -> EntityMethod | None:
    """The checked method, or None after reporting what is wrong."""
    assert node.rpc is not None
    called = scope.rpc(node.rpc)
    if called is None:
        return None
    service, rpc = called
    bound = bind(scope, message, rpc, node)
    parameters, fills, headers = list(bound.parameters), list(bound.fills), bound.headers
    builder = None
    if node.builder is not None:
        builder = _builder(scope, message, rpc, node.builder, [item.name for item in parameters])
        if builder is not None:
            parameters = [*_builder_parameters(builder), *parameters]
    if node.requests is not None and not rpc.client_streaming:
        scope.report(node.requests.at, f"'{node.rpc}' takes one request, so there are no 'requests' to send")
        return None
    sending = None
    if node.requests is not None:
        what = resolve_sending(scope, rpc, node.requests, fills, parameters)
        if what is None:
            return None
        sending = what[0]
        parameters.append(what[1])
        if node.builder is not None or node.pages is not None or node.mask is not None:
            scope.report(node.requests.at, "a method with 'requests' takes no 'builder', 'pages' or 'mask'")
            return None
    if node.pages is not None and rpc.client_streaming:
        scope.report(node.pages.at, "an RPC that takes a stream of requests has no 'pages'")
        return None
    wait = resolve_wait(scope, rpc, node, node.wait) if node.wait else None
    if node.wait is not None and wait is None:
        return None
    resume = resolve_resume(scope, rpc, node, node.resume) if node.resume else None
    if node.resume is not None and node.pages is not None:
        scope.report(node.resume.at, "a list ends, so 'resume' does not go with 'pages'")
    if node.mask is not None and node.builder is not None:
        scope.report(node.mask.at, "a method with 'builder' takes no 'mask'; the function makes the request")
    pages = None
    if node.pages is not None:
        found = resolve_pages(scope, rpc, node, node.pages, fills)
        if found is None:
            return None
        pages, fills = found
    _check_overlaps(scope, node, rpc, fills)
    result, returns = resolve_result(scope, entity, rpc, node, pages)
    if result is None:
        return None
    if result.from_request and rpc.client_streaming:
        scope.report(node.at, "'from_request' needs one request, but this RPC takes a stream of them")
    sources = [*(fill.source for fill in fills), *(header.source for header in headers)]
    if builder is not None:
        sources += [source for _, source in builder.arguments]
    instance = any(isinstance(source, FromSelf) for source in sources)
    if result.kind == "refresh" and not instance:
        place = node.returns.at if node.returns else node.at
        scope.report(place, "'refresh' needs a method of an instance, but no request field comes from 'self'")
    if wait is not None and (result.join or result.from_request):
        scope.report(node.at, "a method with 'wait' returns something of the answer that ended the wait")
        return None
    streamed = rpc.server_streaming and not result.join and wait is None
    shape = "pages" if pages else "stream" if streamed else "unary"
    if result.join == "file":
        parameters.append(Parameter("to", Type((Imported("remora.chunks", "Target"),)), "positional", doc=_TO))
    parameters = _ordered(scope, name, node, parameters)
    call = Call(
        service=service,
        rpc=rpc,
        fills=tuple(fills),
        result=result,
        builder=builder,
        pages=pages,
        retry_safe=node.retry_safe,
        signature_test=node.signature_test,
        headers=headers,
        mask=bound.mask,
        sending=sending,
        resume=resume,
        wait=wait,
        status=resolve_status(scope, rpc, node.status),
    )
    return EntityMethod(
        entity=entity,
        name=name.value,
        level="instance" if instance else "class",
        shape=shape,
        parameters=tuple(parameters),
        returns=returns,
        binding=call,
        doc=node.doc.value if node.doc else (builder.function.doc if builder else "") or rpc.doc,
        example=node.example.value if node.example else "",
        aliases=tuple(alias.value for alias in node.aliases),
    )


def _builder(scope: Scope, message: str, rpc: Method, node: BuilderNode, others: Sequence[str]) -> Builder | None:
    function = scope.function(node.function, "'builder'")
    if function is None:
        return None
    if function.shape != "plain" or not function.arguments or function.arguments[0].name != "client":
        scope.report(
            node.function.at,
            f"function '{function.name}' cannot build a request",
            "it must be a plain function whose first parameter is `client`",
        )
        return None
    if not is_message_type(scope.schema, function.returns, rpc.request):
        scope.report(
            node.function.at,
            f"function '{function.name}' returns {function.returns}, but the RPC takes '{rpc.request}'",
        )
        return None
    names = [item.name for item in function.arguments[1:]]
    bound: list[tuple[str, Source]] = []
    for argument, source_node in node.arguments:
        if argument.value not in names:
            hint = did_you_mean(argument.value, names)
            scope.report(argument.at, f"function '{function.name}' has no parameter '{argument}'", hint)
            continue
        source = resolve_source(scope, message, source_node, None)
        if source is not None:
            bound.append((argument.value, source))
    taken = {name for name, _ in bound}
    for argument_ in function.arguments[1:]:
        if argument_.kind.startswith("var_"):
            scope.report(
                node.function.at, f"function '{function.name}' takes '*{argument_.name}', which cannot be copied"
            )
        elif argument_.name in METHOD_PARAMETERS | PAGE_PARAMETERS or argument_.name in others:
            scope.report(
                node.function.at,
                f"parameter '{argument_.name}' of function '{function.name}' is one of the method's own",
            )
    return Builder(function, tuple(bound), tuple(name for name in names if name not in taken))


def _builder_parameters(builder: Builder) -> list[Parameter]:
    return [
        Parameter(item.name, item.type, item.kind, item.default)
        for item in builder.function.arguments
        if item.name in builder.parameters
    ]


def _check_overlaps(scope: Scope, node: MethodNode, rpc: Method, fills: Sequence[Fill]) -> None:
    """Two values for one field, for a message and a field in it, or for two members of one oneof."""
    places = {
        **{name.value: name.at for name, _ in node.parameters},
        **{path.value: path.at for path, _ in node.request},
    }
    seen: list[Fill] = []
    for fill in fills:
        source = fill.source
        at = places.get(source.name if isinstance(source, FromParameter) else str(fill.path), node.at)
        for other in seen:
            if problem := _conflict(fill, other):
                scope.report(at, f"{problem} of '{rpc.request}'")
                break
        seen.append(fill)


def _conflict(fill: Fill, other: Fill) -> str:
    mine, theirs = fill.path.steps, other.path.steps
    shared = 0
    while shared < min(len(mine), len(theirs)) and mine[shared].name == theirs[shared].name:
        shared += 1
    if shared == min(len(mine), len(theirs)):
        longer, shorter = (fill, other) if len(mine) >= len(theirs) else (other, fill)
        if len(mine) == len(theirs):
            return f"field '{fill.path}' is filled twice; it is one field"
        return f"field '{longer.path}' is filled, and so is '{shorter.path}', which holds it, both"
    one, two = mine[shared], theirs[shared]
    if one.oneof and one.oneof == two.oneof and not (_may_be_unset(fill) or _may_be_unset(other)):
        return f"fields '{fill.path}' and '{other.path}' are filled, but both belong to oneof '{one.oneof}'"
    return ""


def _may_be_unset(fill: Fill) -> bool:
    return isinstance(fill.source, FromParameter) and fill.source.optional


def _ordered(scope: Scope, name: Text, node: MethodNode, parameters: list[Parameter]) -> list[Parameter]:
    """Positional parameters before the others; a required one may not follow one with a default."""
    order = ("positional_only", "positional", "var_positional", "keyword", "var_keyword")
    ordered = sorted(parameters, key=lambda item: order.index(item.kind))
    optional = ""
    for item in ordered:
        if not item.kind.startswith("positional"):
            break
        if item.default is not None:
            optional = optional or item.name
        elif optional:
            place = next((key.at for key, _ in node.parameters if key.value == item.name), node.at)
            scope.report(place, f"required parameter '{item.name}' follows '{optional}', which has a default")
    return ordered
