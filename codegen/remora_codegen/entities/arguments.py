"""The parameters of methods: how they are written in a definition, and how they are handed on."""

from __future__ import annotations

from dataclasses import dataclass

from remora_codegen.entities.names import SELF, ModuleNames
from remora_codegen.literals import literal
from remora_codegen.manifest import EntityMethod
from remora_codegen.manifest.model import Call, Delegate
from remora_codegen.signatures import Function


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


@dataclass(frozen=True)
class _Item:
    name: str
    annotation: str
    kind: str
    default: str | None

    @property
    def definition(self) -> str:
        star = {"var_positional": "*", "var_keyword": "**"}.get(self.kind, "")
        default = "" if self.default is None else f" = {self.default}"
        return f"{star}{self.name}: {self.annotation}{default}"

    def passing(self, variadic: bool) -> str:
        """By position what can only be given so, what must be, and what comes before `*args`; else by name."""
        if self.kind == "var_positional":
            return f"*{self.name}"
        if self.kind == "var_keyword":
            return f"**{self.name}"
        by_position = self.kind == "positional_only" or (self.kind == "positional" and (variadic or not self.default))
        return self.name if by_position else f"{self.name}={self.name}"


def arguments(names: ModuleNames, method: EntityMethod) -> Arguments:
    """The parameters of a method, with those that every method bound to an RPC has."""
    items = [
        _Item(item.name, names.type(item.type), item.kind, names.contract("UNSET") if item.change else item.default)
        for item in method.parameters
    ]
    binding = method.binding.method.binding if isinstance(method.binding, Delegate) else method.binding
    if isinstance(binding, Call):
        items += _extra(names, method, binding)
    kinds = [item.kind for item in items]
    variadic = "var_positional" in kinds
    definition: list[str] = []
    if isinstance(method.binding, Function) and method.binding.first_by_position and "positional_only" not in kinds:
        definition.append("/")
    for index, item in enumerate(items):
        if item.kind == "keyword" and not variadic and "keyword" not in kinds[:index]:
            definition.append("*")
        definition.append(item.definition)
        if item.kind == "positional_only" and kinds[index + 1 : index + 2] != ["positional_only"]:
            definition.append("/")
    return Arguments(
        tuple(definition), tuple(item.passing(variadic) for item in items), tuple(item.name for item in items)
    )


def _extra(names: ModuleNames, method: EntityMethod, binding: Call) -> list[_Item]:
    """The parameters that methods bound to an RPC have besides their own."""
    found: list[_Item] = []
    integer, number = (names.builtin(name, names.members, type_only=True) for name in ("int", "float"))
    if binding.pages is not None:
        found.append(_Item("limit", f"{integer} | None", "keyword", literal(binding.pages.limit)))
        if binding.pages.page_size is not None:
            found.append(_Item("page_size", integer, "keyword", literal(binding.pages.page_size)))
    if binding.takes_request:
        message = names.message(binding.rpc.request, type_only=True)
        found.append(_Item("request", f"{message} | None", "keyword", "None"))
    wait = binding.wait
    if wait is not None and wait.poll_interval is not None:
        found.append(_Item("poll_interval", number, "keyword", literal(wait.poll_interval)))
    found.append(_Item("timeout", f"{number} | None", "keyword", literal(wait.timeout) if wait else "None"))
    if method.level == "class":
        found.append(_Item("client", f"{names.contract('Client', type_only=True)} | None", "keyword", "None"))
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
