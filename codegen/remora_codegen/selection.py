"""`--only`: a part of the schema and the manifest, with everything that it needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from remora_codegen.diagnostics import Diagnostic, GeneratorError, did_you_mean
from remora_codegen.model import Field, Location, Message, Method, Schema, Service
from remora_codegen.pytypes import EntityName, Imported, MessageName, Type

if TYPE_CHECKING:
    from remora_codegen.manifest.command_model import Command, CommandGroup
    from remora_codegen.manifest.model import Manifest


def select(
    schema: Schema, manifest: Manifest | None, patterns: Sequence[str], package: str, keep: Iterable[str] = ()
) -> tuple[Schema, Manifest | None]:
    """What the patterns choose, and whatever that refers to.

    A chosen entity needs its message, the services of its methods and the entities that it gives; a service needs the
    messages of its methods; a message needs the types of its fields. What hand-written functions import inside their
    bodies is not seen.

    Args:
        schema: all there is.
        manifest: all entities, if there is a manifest.
        patterns: globs over full names and last names of services, messages, enums and entities.
        package: the generated package, which annotations of hand-written functions may import from.
        keep: names of files that stay whole.

    Raises:
        GeneratorError: a pattern matches nothing.
    """
    return _Selection(schema, manifest, package).run(patterns, frozenset(keep))


class _Selection:
    def __init__(self, schema: Schema, manifest: Manifest | None, package: str) -> None:
        self.schema = schema
        self.manifest = manifest
        self.package = package
        self.names: set[str] = set()
        self.entities: set[str] = set()
        # Annotations name classes by the generated package and the Python name.
        self.by_class: dict[tuple[str, str], str] = {}
        for file in schema.files:
            module = ".".join((package, *file.package_path))
            self.by_class.update({(module, item.python_name): item.full_name for item in file.messages})
            self.by_class.update({(module, item.python_name): item.full_name for item in file.enums})

    def run(self, patterns: Sequence[str], keep: frozenset[str]) -> tuple[Schema, Manifest | None]:
        self._follow(*self._matches(patterns))
        files = []
        for file in self.schema.files:
            if file.name in keep:
                files.append(file)
                continue
            messages = tuple(item for item in file.messages if item.full_name in self.names)
            enums = tuple(item for item in file.enums if item.full_name in self.names)
            services = tuple(item for item in file.services if item.full_name in self.names)
            if messages or enums or services:
                files.append(replace(file, messages=messages, enums=enums, services=services))
        manifest = self.manifest
        if manifest is not None:
            chosen = tuple(item for item in manifest.entities if item.name in self.entities)
            logins = tuple(item for item in manifest.logins if item.service.full_name in self.names)
            exports = manifest.exports if chosen else {}
            commands = tuple(self._commands(manifest))
            manifest = replace(manifest, entities=chosen, exports=exports, logins=logins, commands=commands)
        return Schema(tuple(files)), manifest

    def _commands(self, manifest: Manifest) -> Iterator[Command | CommandGroup]:
        """Commands that call nothing but methods of chosen entities, and functions of what those give."""
        from remora_codegen.manifest.command_model import Command

        for entry in manifest.commands:
            if not isinstance(entry, Command):
                commands = tuple(item for item in entry.commands if self._is_callable(item))
                if commands:
                    yield replace(entry, commands=commands)
            elif self._is_callable(entry):
                yield entry

    def _is_callable(self, command: Command) -> bool:
        owners = [getattr(step.what, "entity", "") for step in command.steps]
        return owners[0] != "" and all(not name or name in self.entities for name in owners)

    def _matches(self, patterns: Sequence[str]) -> tuple[set[str], set[str]]:
        known = {*self.schema.messages, *self.schema.enums, *self.schema.services}
        entities = self.manifest.by_name if self.manifest else {}
        problems = []
        names: set[str] = set()
        chosen: set[str] = set()
        for pattern in patterns:
            found = {name for name in known if _is_match(name, pattern)}
            own = {name for name, item in entities.items() if fnmatchcase(name, pattern) or item.message in found}
            if not found and not own:
                last = (name.rpartition(".")[2] for name in known)
                hint = did_you_mean(pattern, [*known, *last, *entities])
                problem = f"no entity, service, message or enum matches '{pattern}'"
                problems.append(Diagnostic(Location("--only"), problem, hint))
            names |= found
            chosen |= own
        if problems:
            raise GeneratorError(problems)
        return names, chosen

    def _follow(self, names: set[str], entities: set[str]) -> None:
        pending = [*names]
        waiting = [*entities]
        while pending or waiting:
            if waiting:
                name = waiting.pop()
                if name not in self.entities:
                    assert self.manifest is not None
                    self.entities.add(name)
                    self._walk(self.manifest.by_name[name], pending, waiting)
                continue
            current = pending.pop()
            if current not in self.names:
                self.names.add(current)
                pending += self._needs(current)

    def _needs(self, name: str) -> Iterator[str]:
        if message := self.schema.messages.get(name):
            yield from (item.type_name for item in message.fields if item.type_name)
        if service := self.schema.services.get(name):
            for method in service.methods:
                yield method.request
                yield method.response

    def _walk(self, value: object, names: list[str], entities: list[str], what: str = "") -> None:
        """Collect what a part of the manifest's model refers to, whatever parts it is made of."""
        if isinstance(value, str):
            names += [value] if value in self.schema.messages else []
            known = self.manifest.by_name if self.manifest else {}
            entities += [value] if what == "entity" and value in known else []
        elif isinstance(value, (Service, Message)):
            names.append(value.full_name)
        elif isinstance(value, Type):
            self._type(value, names, entities)
        elif isinstance(value, (tuple, list)):
            for item in value:
                self._walk(item, names, entities)
        elif isinstance(value, Mapping):
            for item in (*value.keys(), *value.values()):
                self._walk(item, names, entities)
        elif is_dataclass(value) and not isinstance(value, (Field, Method)):
            for part in fields(value):
                self._walk(getattr(value, part.name), names, entities, part.name)

    def _type(self, type_: Type, names: list[str], entities: list[str]) -> None:
        for name in type_.names():
            if isinstance(name, MessageName):
                names.append(name.full_name)
            elif isinstance(name, EntityName):
                entities.append(name.name)
            elif isinstance(name, Imported):
                self._imported(name, names, entities)

    def _imported(self, name: Imported, names: list[str], entities: list[str]) -> None:
        if full_name := self.by_class.get((name.module, name.name)):
            names.append(full_name)
        elif name.module == f"{self.package}.entities" and self.manifest and name.name in self.manifest.by_name:
            entities.append(name.name)


def _is_match(full_name: str, pattern: str) -> bool:
    return fnmatchcase(full_name, pattern) or fnmatchcase(full_name.rpartition(".")[2], pattern)
