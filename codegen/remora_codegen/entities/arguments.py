"""The parameters of methods: how they are written in a definition, and how they are handed on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from remora_codegen.entities.names import SELF, ModuleNames
from remora_codegen.literals import literal
from remora_codegen.manifest import EntityMethod
from remora_codegen.manifest.model import Call, Delegate, Parameter
from remora_codegen.pytypes import Imported, MessageName, builtin, named, optional
from remora_codegen.signatures import Function

CLIENT = Imported("remora.client", "Client")


@dataclass(frozen=True)
class Arguments:
    """The parameters of one method.

    Attributes:
        definition: the items between the brackets of `def`, without `self` or `cls`.
        passing: the items of a call that hands all of them on.
        names: the parameters' names, in order.
    """

    definition: tuple[str, ...]
    passing: tuple[str, ...]
    names: tuple[str, ...]


def parameters(method: EntityMethod) -> tuple[Parameter, ...]:
    """All parameters of a method: its own, and those that every method bound to an RPC has."""
    binding = method.binding.method.binding if isinstance(method.binding, Delegate) else method.binding
    return (*method.parameters, *(_extra(method, binding) if isinstance(binding, Call) else ()))


def arguments(names: ModuleNames, method: EntityMethod) -> Arguments:
    """The parameters of a method as text."""
    items = parameters(method)
    variadic = any(item.kind == "var_positional" for item in items)
    texts = [
        (_definition(item, names.type(item.type), names.contract("UNSET") if item.change else item.default), item.kind)
        for item in items
    ]
    return Arguments(
        tuple(with_markers(texts, first_by_position(method))),
        tuple(_passing(item, variadic) for item in items),
        tuple(item.name for item in items),
    )


def first_by_position(method: EntityMethod) -> bool:
    """Whether what the method is called on cannot be given by name."""
    return isinstance(method.binding, Function) and method.binding.first_by_position


def with_markers(items: Sequence[tuple[str, str]], first_by_position: bool) -> list[str]:
    """What stands between the brackets of `def`, after `self` or `cls`: parameters, and the `/` and `*` among them.

    Args:
        items: how each parameter is written, and its kind.
        first_by_position: whether `self` or `cls` cannot be given by name.
    """
    kinds = [kind for _, kind in items]
    found = ["/"] if first_by_position and "positional_only" not in kinds else []
    for index, (text, kind) in enumerate(items):
        if kind == "keyword" and not {"keyword", "var_positional"} & {*kinds[:index]}:
            found.append("*")
        found.append(text)
        if kind == "positional_only" and kinds[index + 1 : index + 2] != ["positional_only"]:
            found.append("/")
    return found


def _definition(item: Parameter, annotation: str, default: str | None) -> str:
    star = {"var_positional": "*", "var_keyword": "**"}.get(item.kind, "")
    return f"{star}{item.name}: {annotation}{'' if default is None else f' = {default}'}"


def _passing(item: Parameter, variadic: bool) -> str:
    """By position what can only be given so, what must be, and what comes before `*args`; else by name."""
    if item.kind == "var_positional":
        return f"*{item.name}"
    if item.kind == "var_keyword":
        return f"**{item.name}"
    has_default = bool(item.default) or item.change
    by_position = item.kind == "positional_only" or (item.kind == "positional" and (variadic or not has_default))
    return item.name if by_position else f"{item.name}={item.name}"


def _extra(method: EntityMethod, binding: Call) -> list[Parameter]:
    """The parameters that methods bound to an RPC have besides their own."""
    found: list[Parameter] = []
    integer, number = builtin("int"), builtin("float")
    if binding.pages is not None:
        found.append(Parameter("limit", optional(integer), "keyword", literal(binding.pages.limit)))
        if binding.pages.page_size is not None:
            found.append(Parameter("page_size", integer, "keyword", literal(binding.pages.page_size)))
    if binding.takes_request:
        found.append(Parameter("request", optional(named(MessageName(binding.rpc.request))), "keyword", "None"))
    wait = binding.wait
    if wait is not None and wait.poll_interval is not None:
        found.append(Parameter("poll_interval", number, "keyword", literal(wait.poll_interval)))
    found.append(Parameter("timeout", optional(number), "keyword", literal(wait.timeout) if wait else "None"))
    if method.level == "class":
        found.append(Parameter("client", optional(named(CLIENT)), "keyword", "None"))
    return found


def follows_subclass(method: EntityMethod) -> bool:
    """Whether a subclass of the entity shows in the method's types."""
    return method.returns.uses_self or any(item.type.uses_self for item in method.parameters)


def first_parameter(names: ModuleNames, method: EntityMethod) -> str:
    """How the first parameter of the implementation is written."""
    if method.level == "class":
        return f"cls: {names.builtin('type', names.members, type_only=True)}[{SELF}]"
    return f"self: {SELF}" if follows_subclass(method) else "self"


def return_type(names: ModuleNames, method: EntityMethod) -> str:
    """The annotation of the implementation's result."""
    item = names.type(method.returns)
    if method.shape == "pages":
        binding = method.binding.method.binding if isinstance(method.binding, Delegate) else method.binding
        streamed = isinstance(binding, Call) and binding.pages and binding.pages.style == "stream"
        return f"{names.contract('StreamSource' if streamed else 'PageSource')}[{item}]"
    if method.shape == "stream":
        return f"{names.use('collections.abc', 'AsyncGenerator', type_only=True)}[{item}, None]"
    return item
