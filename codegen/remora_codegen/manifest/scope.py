"""What every check of a manifest shares: the schema, the hand-written functions, the entities, and the mistakes."""

from __future__ import annotations

import keyword
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from remora_codegen.diagnostics import Diagnostic, did_you_mean
from remora_codegen.manifest.call_format import StatusNode
from remora_codegen.manifest.format import EntityNode
from remora_codegen.manifest.model import FieldPath, Header
from remora_codegen.manifest.shapes import Text
from remora_codegen.manifest.values import describe
from remora_codegen.model import Field, Location, Message, Method, Schema, Service
from remora_codegen.signatures import Function, Functions, SignatureError, split_reference

# What the base class of entities has, and what class bodies of generated entities use.
ENTITY_MEMBERS = frozenset({"pb2", "client", "to_dict", "to_json", "property", "classmethod"})

# What `Client.value` knows of every client.
SETTINGS = ("domain", "org", "project")

# Parameters that generated methods add, or use themselves.
METHOD_PARAMETERS = frozenset({"self", "cls", "timeout", "client", "request"})
WAIT_PARAMETERS = frozenset({"poll_interval"})
FILE_PARAMETERS = frozenset({"to"})
PAGE_PARAMETERS = frozenset({"limit", "page_size"})

# So many names are read at a glance.
_FEW = 8


@dataclass
class Scope:
    """The surroundings of a manifest while it is checked."""

    schema: Schema
    functions: Functions
    entities: Mapping[str, EntityNode] = field(default_factory=dict)
    problems: list[Diagnostic] = field(default_factory=list)
    settings: tuple[str, ...] = SETTINGS
    headers: tuple[Header, ...] = ()
    status: StatusNode | None = None
    errors: tuple[str, ...] = ()

    def report(self, at: Location, message: str, hint: str = "") -> None:
        """Keep one mistake for the end."""
        self.problems.append(Diagnostic(at, message, hint))

    def message(self, name: Text) -> Message | None:
        """A message by full name."""
        found = self.schema.messages.get(name.value)
        if found is None:
            self.report(name.at, f"there is no message '{name}'", similar_full_name(name.value, self.schema.messages))
        return found

    def rpc(self, name: Text) -> tuple[Service, Method] | None:
        """An RPC by `package.Service/Method`."""
        service_name, separator, method_name = name.value.partition("/")
        if not separator:
            head, _, tail = name.value.rpartition(".")
            hint = f"did you mean '{head}/{tail}'?" if head in self.schema.services else ""
            self.report(name.at, f"'{name}' is not of the form package.Service/Method", hint)
            return None
        service = self.schema.services.get(service_name)
        if service is None:
            hint = similar_full_name(service_name, self.schema.services)
            self.report(name.at, f"there is no service '{service_name}'", hint)
            return None
        method = service.by_name.get(method_name)
        if method is None:
            hint = did_you_mean(method_name, service.by_name)
            self.report(name.at, f"service '{service_name}' has no method '{method_name}'", hint)
            return None
        return service, method

    def path(self, message: str, text: Text, what: str = "", *, through_repeated: bool = False) -> FieldPath | None:
        """A field path, starting at a message. `what` goes before the message, for example "parameter 'x': "."""
        steps: list[Field] = []
        current = message
        parts = text.value.split(".")
        for index, part in enumerate(parts):
            fields = self.schema.messages[current].by_name
            step = fields.get(part)
            if step is None:
                hint = did_you_mean(part, fields) or _all_of(fields)
                self.report(text.at, f"{what}message '{current}' has no field '{part}'", hint)
                return None
            steps.append(step)
            if index + 1 < len(parts):
                if (step.is_repeated and not through_repeated) or step.is_map or not step.is_message:
                    reached = ".".join(parts[: index + 1])
                    self.report(text.at, f"{what}'{reached}' is {describe(step)}; a path cannot go on through it")
                    return None
                current = step.type_name
        return FieldPath(message, tuple(steps))

    def function(self, reference: Text, what: str) -> Function | None:
        """A hand-written function by `module:function`."""
        try:
            module, name = split_reference(reference.value)
            return self.functions.read(module, name)
        except SignatureError as error:
            self.report(reference.at, f"{what}: {error}", error.hint)
            return None

    def owned(self, entity: str, reference: Text, function: Function) -> None:
        """Check that a function is for this entity: by the classes that its first parameter names."""
        known = [name for name in function.owners if name in self.entities]
        if known and entity not in known:
            listed = ", ".join(f"'{name}'" for name in known)
            self.report(reference.at, f"function '{function.name}' is for {listed}, not for '{entity}'")

    def converter(self, reference: Text) -> Function | None:
        """A hand-written function of one value."""
        function = self.function(reference, "'convert'")
        if function is None:
            return None
        required = [item for item in function.arguments if item.default is None]
        bound = function.first in ("self", "cls")
        if function.shape != "plain" or bound or not function.arguments or len(required) > 1:
            self.report(
                reference.at,
                f"function '{function.name}' cannot convert a value",
                "it must be plain and take one value",
            )
            return None
        return function

    def entity(self, name: Text) -> EntityNode | None:
        """An entity of this manifest by name."""
        found = self.entities.get(name.value)
        if found is None:
            self.report(name.at, f"there is no entity '{name}'", did_you_mean(name.value, self.entities))
        return found

    def setting(self, name: Text) -> bool:
        """Whether the client has a setting of this name; reported otherwise."""
        if name.value in self.settings:
            return True
        known = ", ".join(sorted(self.settings))
        hint = did_you_mean(name.value, self.settings) or "declare it at the top, under 'context'"
        self.report(name.at, f"'{name}' is none of {known}", hint)
        return False

    def name(self, name: Text, what: str, reserved: Collection[str] = ()) -> bool:
        """Whether a name can be used in Python; `what` it names is said in the message."""
        if not name.value.isidentifier():
            self.report(name.at, f"{what} '{name}' is not a Python name")
        elif keyword.iskeyword(name.value):
            self.report(name.at, f"{what} '{name}' is a Python keyword", f"use '{name}_'")
        elif name.value.startswith("_"):
            self.report(name.at, f"{what} '{name}' starts with an underscore, which is kept for generated code")
        elif name.value in reserved:
            self.report(name.at, f"{what} '{name}' is reserved", f"use '{name}_'")
        else:
            return True
        return False


def _all_of(names: Iterable[str]) -> str:
    """A hint that lists what there is, when nothing is near and it is short."""
    names = list(names)
    return f"it has {', '.join(names)}" if 0 < len(names) <= _FEW else ""


def similar_full_name(name: str, known: Iterable[str]) -> str:
    """A hint for a full name: the closest one, or one with the same last part in another package."""
    known = sorted(known)
    last = name.rpartition(".")[2]
    same = [item for item in known if item.rpartition(".")[2] == last]
    return f"did you mean '{same[0]}'?" if len(same) == 1 else did_you_mean(name, known)
