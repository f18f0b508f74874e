"""A plan as the text of a manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from remora_codegen.propose.plan import EntityPlan, MethodPlan, Plan

_HEAD = """\
# Proposed by `remora init` from the shapes of the services. It generates as it is, and it is yours: rename, remove,
# add `doc` and `example`, give parameters defaults. docs/manifest.md of Remora explains all the words.
"""


def text(plan: Plan) -> str:
    """The manifest; every line of a method can be found again by `Lines`."""
    return "\n".join(line for line, _ in lines(plan)) + "\n"


def lines(plan: Plan) -> Iterator[tuple[str, tuple[str, str]]]:
    """Every line with what it is about: an entity and its method or property, or empty strings."""
    nothing = ("", "")
    for line in _HEAD.splitlines():
        yield line, nothing
    yield "", nothing
    yield "entities:" if plan.entities else "entities: {}", nothing
    for number, (name, entity) in enumerate(plan.entities.items()):
        if number:
            yield "", nothing
        yield from _entity(name, entity)
    if plan.unplaced:
        yield "", nothing
        yield "# RPCs without a place; their stubs are generated all the same:", nothing
        for rpc, reason in sorted(plan.unplaced.items()):
            yield f"#   {rpc}: {reason}", nothing


def _entity(name: str, entity: EntityPlan) -> Iterator[tuple[str, tuple[str, str]]]:
    head = (name, "")
    yield f"  {name}:", head
    yield f"    message: {entity.message.full_name}", head
    if entity.properties:
        yield "    properties:", head
    for key, value in entity.properties.items():
        yield f"      {key}: {value}", (name, key)
    yield "    methods:", head
    for method in entity.methods.values():
        for line in _method(method):
            yield line, (name, method.name)


def _method(method: MethodPlan) -> Iterator[str]:
    rpc = method.rpc.method
    question = "a stream of " if rpc.client_streaming else ""
    answer = "a stream of " if rpc.server_streaming else ""
    yield f"      # {rpc.name} takes {question}{_last(rpc.request)}, gives {answer}{_last(rpc.response)}."
    yield f"      {method.name}:"
    yield f"        rpc: {method.rpc.path}"
    if method.mask:
        yield f"        mask: {method.mask}"
    if method.parameters:
        yield "        parameters:"
        yield from (f"          {key}: {value}" for key, value in method.parameters.items())
    if method.request:
        yield "        request:"
        yield from (f"          {key}: {value}" for key, value in method.request.items())
    if method.requests:
        yield f"        requests: {_flow(method.requests)}"
    if method.pages is not None:
        yield f"        pages: {_flow(method.pages)}"
    if method.returns:
        yield f"        returns: {method.returns}"


def _flow(values: Mapping[str, str]) -> str:
    return f"{{{', '.join(f'{key}: {value}' for key, value in values.items())}}}"


def _last(full_name: str) -> str:
    return full_name.rpartition(".")[2]
