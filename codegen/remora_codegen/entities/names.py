"""What a generated module of entities imports, and what each name is called in it."""

from __future__ import annotations

import builtins
import keyword
import sys
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from remora_codegen import layout, names
from remora_codegen.manifest import Entity, Manifest
from remora_codegen.messages.scope import home
from remora_codegen.model import Schema
from remora_codegen.pytypes import Builtin, EntityName, Imported, MessageName, Name, SelfName, Type
from remora_codegen.render import Options

CONTRACT = "remora.contract.v1.entities"
SELF = "_Self"

# Names of the contract that hand-written functions know from elsewhere in the runtime.
_CONTRACT_NAMES = frozenset(
    {
        "AsyncPager",
        "AsyncStream",
        "Client",
        "Content",
        "Entity",
        "Page",
        "PageSource",
        "Pager",
        "Stream",
        "Target",
        "Unset",
    }
)
_CONTRACT_HOMES = ("remora", "remora.chunks", "remora.client", "remora.dual", "remora.entity", "remora.unset")


@dataclass
class _Import:
    local: str
    type_only: bool


class ModuleNames:
    """The names of one module.

    An imported name keeps its own, unless a member, parameter or class of the module is called so: then a message
    package gets the suffix `_pb`, anything else an underscore.
    """

    def __init__(
        self, schema: Schema, manifest: Manifest, options: Options, entity: Entity, taken: Collection[str]
    ) -> None:
        self._schema = schema
        self._manifest = manifest
        self._options = options
        self._entity = entity
        self._taken = {*taken, entity.name, SELF}
        self.members = frozenset(taken)
        self._imports: dict[tuple[str, str], _Import] = {}

    @property
    def has_errors(self) -> bool:
        """Whether the package has errors of its own."""
        return bool(self._manifest.errors)

    def type(self, type_: Type) -> str:
        """A type for an annotation, which imports nothing at run time."""
        return self.text(type_.parts, type_only=True)

    def text(self, parts: Iterable[str | Name], *, type_only: bool) -> str:
        """Text with names filled in."""
        return "".join(part if isinstance(part, str) else self.name(part, type_only=type_only) for part in parts)

    def name(self, name: Name, *, type_only: bool) -> str:
        """One name, imported as needed."""
        if isinstance(name, SelfName):
            return SELF
        if isinstance(name, Builtin):
            return self.builtin(name.name, self.members, type_only=type_only)
        if isinstance(name, MessageName):
            return self.message(name.full_name, type_only=type_only)
        if isinstance(name, EntityName):
            return self._entity_name(name.name)
        return self._imported(name, type_only=type_only)

    def builtin(self, name: str, taken: Collection[str], *, type_only: bool = False) -> str:
        """A builtin, reached through its module where something else is called so."""
        return f"{self.use('', 'builtins', type_only=type_only)}.{name}" if name in taken else name

    def contract(self, name: str, *, type_only: bool = False) -> str:
        """Something of the runtime's contract."""
        return self.use(CONTRACT, name, type_only=type_only)

    def message(self, full_name: str, *, type_only: bool = False) -> str:
        """The class of a message or enum."""
        return f"{self.message_package(full_name, type_only=type_only)}{self._schema.python_name(full_name)}"

    def message_package(self, full_name: str, *, type_only: bool = False) -> str:
        """What stands before a class of a message's or service's package; ends with a dot."""
        file = self._schema.services[full_name].file if full_name in self._schema.services else None
        proto = self._schema.by_file[file] if file else self._schema.type_file(full_name)
        top = home(proto, self._options)
        path = names.package_path(proto.package)
        if not path:
            return f"{self.use('', top, type_only=type_only)}."
        module = ".".join((top, *path[:-1]))
        wanted = path[-1] if not _is_version(path[-1]) or len(path) == 1 else f"{path[-2]}_{path[-1]}"
        return f"{self.use(self._relative(module), path[-1], wanted=wanted, suffix='_pb', type_only=type_only)}."

    def use(self, module: str, name: str, *, wanted: str = "", suffix: str = "_", type_only: bool = False) -> str:
        """The local name of something that is imported; an empty `module` means the module `name` itself.

        Args:
            module: where from.
            name: what.
            wanted: the local name to try first, if not `name`.
            suffix: what is added to a name that is taken.
            type_only: it is used in annotations alone. One use that is not makes it a real import.
        """
        key = (module, name)
        found = self._imports.get(key)
        if found is None:
            local = wanted or name
            if local in self._taken:
                local += suffix
            while local in self._taken:
                local += "_"
            self._taken.add(local)
            found = self._imports[key] = _Import(local, type_only)
        found.type_only = found.type_only and type_only
        return found.local

    def is_imported(self, name: str) -> bool:
        """Whether something imported is called so."""
        return any(item.local == name for item in self._imports.values())

    def keep_free(self, name: str) -> None:
        """Give a name to no import from now on, because a function has a variable of that name."""
        self._taken.add(name)

    def inner(self, module: str, name: str, local: str) -> str:
        """The statement by which a function imports a name for itself."""
        return f"from {self._relative(module)} import {name}{'' if local == name else f' as {local}'}"

    def entity_module(self, name: str) -> str:
        """The module of another entity, seen from this one."""
        return f".{self._manifest.by_name[name].module}"

    def statements(self, *, type_only: bool, indent: int = 0) -> tuple[str, ...]:
        """Import statements in blocks: the standard library, other packages, the own package."""
        blocks: tuple[list[str], ...] = ([], [], [])
        modules: dict[str, list[str]] = {}
        for (module, name), item in self._imports.items():
            if item.type_only is type_only:
                alias = name if item.local == name else f"{name} as {item.local}"
                if module:
                    modules.setdefault(module, []).append(alias)
                else:
                    blocks[self._block(name)].append(f"{' ' * indent}import {alias}")
        for block in blocks:
            block.sort()
        for module in sorted(modules, key=layout.module_order):
            blocks[self._block(module)].extend(layout.from_import(module, modules[module], indent))
        return tuple("\n".join(block) for block in blocks if block)

    def _block(self, module: str) -> int:
        if module.startswith("."):
            return 2
        return 0 if module.partition(".")[0] in sys.stdlib_module_names else 1

    def _entity_name(self, name: str) -> str:
        return name if name == self._entity.name else self.use(self.entity_module(name), name, type_only=True)

    def _imported(self, name: Imported, *, type_only: bool) -> str:
        own = f"{self._options.package}.{self._options.entities}"
        if name.name in self._manifest.by_name and f"{name.module}.".startswith(f"{own}."):
            return self._entity_name(name.name)
        if name.name in _CONTRACT_NAMES and f"{name.module}.".startswith(tuple(f"{item}." for item in _CONTRACT_HOMES)):
            return self.contract(name.name, type_only=type_only)
        return self.use(self._relative(name.module), name.name, type_only=type_only)

    def _relative(self, module: str) -> str:
        """A module of the own package, seen from its package of entities; any other module as it is."""
        package = self._options.package
        if module == package:
            return ".."
        own = f"{package}.{self._options.entities}"
        if module.startswith(f"{own}."):
            return module.removeprefix(own)
        return f"..{module.removeprefix(f'{package}.')}" if module.startswith(f"{package}.") else module


def _is_version(part: str) -> bool:
    return len(part) > 1 and part[0] == "v" and part[1].isdigit()


class Locals:
    """Names of local variables of one function, apart from its parameters, from each other and from imports.

    Attributes:
        known: expressions that a variable holds already.
    """

    def __init__(self, names: ModuleNames, parameters: Iterable[str]) -> None:
        self._names = names
        self._taken = {"self", *parameters}
        self._parameters = frozenset(self._taken)
        self._fixed: dict[str, str] = {}
        self.known: dict[str, str] = {}

    def own(self, name: str) -> str:
        """A free name for another variable, made from the wanted one."""
        while name in self._taken or name in _BUILTINS or keyword.iskeyword(name) or self._names.is_imported(name):
            name += "_"
        self._taken.add(name)
        self._names.keep_free(name)
        return name

    def entity(self, name: str) -> str:
        """A free name for a class that the function imports; the module may import the same for annotations."""
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name

    def fixed(self, name: str) -> str:
        """What a variable that most functions have is called in this one."""
        if name not in self._fixed:
            self._fixed[name] = self.own(name)
        return self._fixed[name]

    def builtin(self, name: str) -> str:
        """A builtin, whatever the parameters are called."""
        return self._names.builtin(name, self._parameters)


_BUILTINS = frozenset(dir(builtins))
