"""The parameters of a command: those of all its calls, each once, with the option or place that it gets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from remora_codegen import pytypes
from remora_codegen.diagnostics import did_you_mean
from remora_codegen.literals import literal
from remora_codegen.manifest.command_format import CommandNode, OptionNode
from remora_codegen.manifest.command_model import CommandParameter, Kind, Step
from remora_codegen.manifest.model import Call, EntityMethod, Parameter
from remora_codegen.manifest.option_kinds import Kinds
from remora_codegen.manifest.scope import SETTINGS, Scope
from remora_codegen.model import Location
from remora_codegen.signatures import Function

# What every command has besides its own options, see `remora.commands`.
STANDARD_OPTIONS = frozenset({"--output", "--help", "--endpoint", "--config", "--insecure"})

# What no option gives: the client is made of the standard options, and pages are nobody's business on a command line.
_NEVER = frozenset({"client", "request", "page_size"})

# Numbers that are seconds.
_LENGTHS = frozenset({"timeout", "poll_interval"})

# Parameters that mean the same in every call of a command.
_SHARED = frozenset({"timeout", *SETTINGS})


@dataclass
class Draft:
    """A step that is being put together.

    Attributes:
        at: where the manifest speaks of it.
        reads: it only gives the entity of which a method is called.
    """

    what: EntityMethod | Function
    at: Location
    entity: str = ""
    reads: bool = False
    takes: list[tuple[str, str]] = field(default_factory=list)
    fills: dict[str, Draft] = field(default_factory=dict)

    def step(self) -> Step:
        """The step, finished."""
        fills = tuple((name, draft.step()) for name, draft in self.fills.items())
        by_place = frozenset(item.name for item in self.parameters() if item.kind == "positional_only")
        return Step(self.what, tuple(self.takes), self.entity, fills, by_place)

    def parameters(self) -> Iterator[Parameter]:
        """What the call takes by name."""
        if isinstance(self.what, Function):
            found = [Parameter(item.name, item.type, item.kind, item.default) for item in self.what.arguments]
        else:
            found = [*self.what.parameters, *_standard(self.what)]
        return (item for item in found if not item.kind.startswith("var_") and item.name not in _NEVER)


def _standard(method: EntityMethod) -> Iterator[Parameter]:
    """Parameters that methods bound to an RPC have besides their own."""
    number = pytypes.builtin("float")
    if isinstance(method.binding, Call):
        if method.binding.pages is not None:
            limit = pytypes.optional(pytypes.builtin("int"))
            yield Parameter("limit", limit, "keyword", literal(method.binding.pages.limit))
        wait = method.binding.wait
        if wait is not None and wait.poll_interval is not None:
            yield Parameter("poll_interval", number, "keyword", literal(wait.poll_interval))
        default = literal(wait.timeout) if wait is not None else "None"
        yield Parameter("timeout", pytypes.optional(number), "keyword", default)


def resolve_parameters(
    scope: Scope, node: CommandNode, group: CommandNode | None, drafts: list[Draft]
) -> tuple[CommandParameter, ...]:
    """The parameters of a command; what each call takes is noted in its draft, and what is wrong is reported."""
    return _Resolver(scope, node, group, drafts).run()


class _Resolver:
    def __init__(self, scope: Scope, node: CommandNode, group: CommandNode | None, drafts: list[Draft]) -> None:
        self._scope = scope
        self._node = node
        self._drafts = drafts
        self._kinds = Kinds(scope.schema, scope.functions)
        self._options = dict(_by_name(group) if group is not None else ()) | dict(_by_name(node))
        self._flags = {name: item.name for name, item in self._options.items() if item.name is not None}
        everywhere = group.leave_out if group is not None else ()
        self._left_out = {item.value: item.at for item in (*everywhere, *node.leave_out)}
        self._found: dict[str, CommandParameter] = {}

    def run(self) -> tuple[CommandParameter, ...]:
        known = {item.name for draft in self._all() for item in draft.parameters()}
        self._check_names(known)
        for draft in self._drafts:
            self._take(draft, shares=_SHARED)
            for fill in draft.fills.values():
                self._take(fill, shares=self._found.keys())
        found = self._placed()
        self._check_flags(found)
        return found

    def _all(self) -> Iterator[Draft]:
        for draft in self._drafts:
            yield draft
            yield from draft.fills.values()

    def _check_names(self, known: set[str]) -> None:
        for name in (*self._node.leave_out, *(name for name, _ in self._node.options)):
            if name.value not in known:
                hint = did_you_mean(name.value, known)
                self._scope.report(name.at, f"the command has no parameter '{name}'", hint)

    def _take(self, draft: Draft, shares: Iterable[str]) -> None:
        later = {item.name for other in self._drafts if not other.reads for item in other.parameters()}
        for item in draft.parameters():
            if item.name in draft.fills:
                continue
            if item.name in self._left_out and not (draft.reads and item.name in later - _SHARED):
                if item.default is None:
                    problem = f"parameter '{item.name}' must be given"
                    self._scope.report(self._left_out[item.name], problem, "'fill' it with a function")
                continue
            if item.name in self._found and item.name in shares:
                draft.takes.append((item.name, item.name))
            else:
                self._add(draft, item)

    def _add(self, draft: Draft, item: Parameter) -> None:
        kind = self._kind(item)
        if kind is None:
            if item.default is None:
                problem = f"parameter '{item.name}' is {item.type}, which cannot be written on a command line"
                self._scope.report(draft.at, problem, "'fill' it with a function")
            return
        name = item.name
        # Where two calls have a parameter of one name, the option that is named is that of the second.
        named = name in self._flags and (name in self._found or name in _SHARED or self._count(name) == 1)
        flag = self._flags[name].value if named else option_name(name, kind)
        if name in self._found:
            if name not in self._flags:
                hint = f"leave it out, or give it an option of its own: options: {{{name}: --new-{name}}}"
                self._scope.report(draft.at, f"two calls of the command have a parameter '{name}'", hint)
                return
            name = flag.lstrip("-").replace("-", "_")
        option = self._options.get(item.name)
        about = option.help.value if option is not None and option.help is not None else ""
        preset = option.default.value if option is not None and option.default is not None else ""
        default = "None" if preset else item.default
        self._found[name] = CommandParameter(name, item.name, kind, flag, default, about, preset)
        draft.takes.append((item.name, name))

    def _kind(self, item: Parameter) -> Kind | None:
        """How the parameter is written."""
        kind = self._kinds.of(item.type)
        if kind is not None and kind.name == "number" and item.name in _LENGTHS:
            return Kind("seconds")
        if kind is not None and kind.name == "integer" and item.name == "limit" and item.type.is_optional:
            return Kind("limit")
        if kind is not None and kind.name == "flag" and item.default != "False":
            return Kind("switch")
        return kind

    def _count(self, name: str) -> int:
        """How many calls have a parameter of this name."""
        return sum(item.name == name for draft in self._all() for item in draft.parameters())

    def _placed(self) -> tuple[CommandParameter, ...]:
        """Arguments first, in their order, without options."""
        if self._node.arguments is None:
            names = [
                item.name
                for item in self._found.values()
                if item.default is None and item.kind.name not in ("switch", "pairs") and not self._is_named(item)
            ]
        else:
            names = []
            for text in self._node.arguments:
                if text.value in self._found and text.value not in names:
                    names.append(text.value)
                else:
                    hint = did_you_mean(text.value, self._found)
                    self._scope.report(text.at, f"the command has no parameter '{text}'", hint)
        several = [name for name in names if self._found[name].kind.many]
        if several and several != names[-1:]:
            self._scope.report(self._node.at, f"only the last argument can take several values, not '{several[0]}'")
        arguments = [self._found[name] for name in names]
        plain = [replace(item, flag="") for item in arguments]
        return (*plain, *(item for item in self._found.values() if item.name not in names))

    def _is_named(self, item: CommandParameter) -> bool:
        """Whether the manifest gives the parameter an option."""
        return item.parameter in self._flags and item.flag == self._flags[item.parameter].value

    def _check_flags(self, parameters: Iterable[CommandParameter]) -> None:
        seen: dict[str, CommandParameter] = {}
        for item in parameters:
            if not item.flag:
                continue
            known = [other for other in (item, seen.get(item.flag)) if other is not None and self._is_named(other)]
            at = self._flags[known[0].parameter].at if known else self._node.at
            hint = f"give it another one: options: {{{item.parameter}: --NAME}}"
            if not item.flag.startswith("--") or not item.flag[2:].replace("-", "").isalnum():
                self._scope.report(at, f"'{item.flag}' is not an option such as '--name'")
            elif item.flag in STANDARD_OPTIONS:
                problem = f"every command has the option '{item.flag}', which would be that of '{item.parameter}'"
                self._scope.report(at, problem, hint)
            elif item.flag in seen:
                problem = f"parameters '{seen[item.flag].parameter}' and '{item.parameter}' both get '{item.flag}'"
                self._scope.report(at, problem, hint)
            seen[item.flag] = item


def _by_name(node: CommandNode) -> Iterator[tuple[str, OptionNode]]:
    return ((name.value, item) for name, item in node.options)


def option_name(parameter: str, kind: Kind) -> str:
    """`--env-var` for `env_vars`: what is given one by one is called so."""
    name = parameter.strip("_")
    if kind.many and name.endswith("s") and not name.endswith(("ss", "us", "is")):
        name = name[:-1]
    return "--" + name.lower().replace("_", "-")
