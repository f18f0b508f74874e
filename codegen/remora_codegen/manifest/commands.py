"""Checks of the command line that a manifest describes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from remora_codegen.diagnostics import did_you_mean
from remora_codegen.manifest.command_format import CommandNode
from remora_codegen.manifest.command_model import Command, CommandGroup
from remora_codegen.manifest.command_parameters import Draft, resolve_parameters
from remora_codegen.manifest.model import Entity, EntityMethod
from remora_codegen.manifest.scope import Scope
from remora_codegen.manifest.shapes import Text
from remora_codegen.pytypes import EntityName, Imported, SelfName, Type
from remora_codegen.signatures import Function

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_COMMAND_KEYS = ("method", "get", "function", "fill", "arguments")
_COLUMNS = 6

# What the runtime itself offers in every command line.
_RESERVED = frozenset({"completion", "help"})


def resolve_commands(
    scope: Scope, nodes: tuple[tuple[Text, CommandNode], ...], entities: Mapping[str, Entity]
) -> tuple[Command | CommandGroup, ...]:
    """The checked commands; what is wrong is reported."""
    found: list[Command | CommandGroup] = []
    for name, node in nodes:
        if not _is_name(scope, name):
            continue
        if name.value in _RESERVED:
            scope.report(name.at, f"command '{name}' is reserved; every command line has it")
        if not node.commands:
            command = _Resolver(scope, entities, None).command(name, node)
            found += [command] if command is not None else []
            continue
        useless = [key for key in _COMMAND_KEYS if getattr(node, key) not in (None, ())]
        if useless:
            listed = ", ".join(f"'{key}'" for key in useless)
            scope.report(node.at, f"'{name}' is a group of commands, so it takes no {listed}")
        found.append(_group(scope, name, node, entities))
    return tuple(sorted(found, key=lambda item: item.name))


def _is_name(scope: Scope, name: Text) -> bool:
    if _NAME.fullmatch(name.value):
        return True
    scope.report(name.at, f"'{name}' is not the name of a command", "use small letters, digits and -")
    return False


def _group(scope: Scope, name: Text, node: CommandNode, entities: Mapping[str, Entity]) -> CommandGroup:
    entity = _entity(scope, node.entity, entities)
    resolver = _Resolver(scope, entities, node)
    if node.columns and entity is not None:
        _check_columns(scope, node.columns, entity)
    commands = []
    for key, item in node.commands:
        if item.commands:
            scope.report(key.at, f"'{key}' is a group in a group; commands have one level of groups")
        elif _is_name(scope, key) and (command := resolver.command(key, item)) is not None:
            commands.append(command)
    for text in (*node.leave_out, *(key for key, _ in node.options)):
        if text.value not in resolver.parameters:
            hint = did_you_mean(text.value, resolver.parameters)
            scope.report(text.at, f"no command of '{name}' has a parameter '{text}'", hint)
    doc = node.doc.value if node.doc else entity.doc if entity is not None else ""
    return CommandGroup(name.value, doc, entity.name if entity is not None else "", tuple(commands))


def _entity(scope: Scope, name: Text | None, entities: Mapping[str, Entity]) -> Entity | None:
    if name is None or scope.entity(name) is None:
        return None
    return entities.get(name.value)


def _check_columns(scope: Scope, columns: tuple[Text, ...], entity: Entity) -> bool:
    known = _properties(entity)
    wrong = [item for item in columns if item.value not in known]
    for item in wrong:
        hint = did_you_mean(item.value, known)
        scope.report(item.at, f"entity '{entity.name}' has no property '{item}'", hint)
    return not wrong


def _properties(entity: Entity) -> list[str]:
    return [item.name for item in entity.properties if not item.deprecated]


class _Resolver:
    """Checks the commands of one group.

    Attributes:
        parameters: names of the parameters of all commands so far.
    """

    def __init__(self, scope: Scope, entities: Mapping[str, Entity], group: CommandNode | None) -> None:
        self._scope = scope
        self._entities = entities
        self._group = group
        self.parameters: set[str] = set()

    def command(self, name: Text, node: CommandNode) -> Command | None:
        """The checked command, or None after reporting what is wrong."""
        before = len(self._scope.problems)
        drafts = list(self._drafts(name, node))
        if not drafts or len(self._scope.problems) > before:
            return None
        self._fill(node, drafts)
        every = (*drafts, *(fill for draft in drafts for fill in draft.fills.values()))
        self.parameters |= {item.name for draft in every for item in draft.parameters()}
        parameters = resolve_parameters(self._scope, node, self._group, drafts)
        columns = self._columns(node, drafts[-1])
        steps = tuple(draft.step() for draft in drafts)
        return Command(name.value, node.doc.value if node.doc else "", steps, parameters, columns)

    def _drafts(self, name: Text, node: CommandNode) -> Iterator[Draft]:
        """The calls, in order."""
        if node.function is None or node.method is not None:
            yield from self._method(name, node)
        if node.function is None:
            return
        function = self._scope.function(node.function, "'function'")
        if function is None:
            return
        if function.shape != "plain":
            hint = "a command blocks; call the blocking form of what is async"
            self._scope.report(node.function.at, f"function '{function.name}' must be plain, not async", hint)
        elif (function.first == "self") is not (node.method is not None):
            hint = (
                "its first parameter must be `self`, what the method gives"
                if node.method is not None
                else "say with 'method' what gives its first parameter `self`"
            )
            self._scope.report(node.function.at, f"function '{function.name}' cannot be called so", hint)
        else:
            yield Draft(function, node.function.at)

    def _method(self, name: Text, node: CommandNode) -> Iterator[Draft]:
        wanted = node.entity or (self._group.entity if self._group is not None else None)
        if wanted is None:
            self._scope.report(name.at, f"command '{name}' needs an 'entity', or a 'function'")
            return
        entity = _entity(self._scope, wanted, self._entities)
        if entity is None:
            return
        text = node.method or Text(name.value.replace("-", "_"), name.at)
        method = self._named(entity, text)
        if method is None:
            return
        if method.level == "instance":
            yield from self._reading(entity, method, text, node)
        yield Draft(method, text.at, entity.name if method.level == "class" else "")

    def _named(self, entity: Entity, name: Text) -> EntityMethod | None:
        methods = {item.name: item for item in entity.methods}
        if name.value not in methods:
            hint = did_you_mean(name.value, methods)
            self._scope.report(name.at, f"entity '{entity.name}' has no method '{name}'", hint)
        return methods.get(name.value)

    def _reading(self, entity: Entity, method: EntityMethod, text: Text, node: CommandNode) -> Iterator[Draft]:
        """The call that gives the entity."""
        reader = next((item for item in entity.methods if item.name == "get"), None)
        if node.get is not None:
            reader = self._named(entity, node.get)
            if reader is None:
                return
        at = node.get.at if node.get is not None else text.at
        if reader is None:
            hint = "name the one that gives the entity with 'get'"
            self._scope.report(at, f"'{method.what}' is a method of one {entity.name}, and there is no 'get'", hint)
        elif reader.level != "class" or reader.shape != "unary" or self._shown(reader, entity.name) is not entity:
            hint = f"'get' names the class-level method that gives one {entity.name}"
            self._scope.report(at, f"'{reader.what}' does not give the {entity.name} that '{method.what}' needs", hint)
        else:
            yield Draft(reader, at, entity.name, reads=True)

    def _fill(self, node: CommandNode, drafts: list[Draft]) -> None:
        for name, reference in node.fill:
            function = self._scope.function(reference, f"'{name}'")
            if function is None:
                continue
            if function.shape != "plain" or function.first in ("self", "cls"):
                hint = "it must be plain, and take what options give"
                self._scope.report(reference.at, f"function '{function.name}' cannot fill a parameter", hint)
                continue
            known = {item.name for draft in drafts for item in draft.parameters()}
            draft = next((item for item in reversed(drafts) if name.value in {p.name for p in item.parameters()}), None)
            if draft is None:
                hint = did_you_mean(name.value, known)
                self._scope.report(name.at, f"the command has no parameter '{name}'", hint)
            else:
                draft.fills[name.value] = Draft(function, reference.at)

    def _columns(self, node: CommandNode, last: Draft) -> tuple[str, ...]:
        group = self._group
        own = node.entity or (group.entity if group is not None else None)
        entity = self._shown(last.what, own.value if own is not None else "")
        if entity is None:
            for item in node.columns[:1]:
                self._scope.report(item.at, "the command shows no entity, so it has no columns")
            return ()
        if node.columns:
            _check_columns(self._scope, node.columns, entity)
            return tuple(item.value for item in node.columns)
        if group is not None and group.columns and group.entity is not None and group.entity.value == entity.name:
            return tuple(item.value for item in group.columns)
        return tuple(_properties(entity)[:_COLUMNS])

    def _shown(self, what: EntityMethod | Function, own: str) -> Entity | None:
        """The entity that a call gives, one or several; None when it gives something else."""
        return self._entities.get(_entity_name(what.returns, own))


def _entity_name(type_: Type, own: str) -> str:
    for name in type_.names():
        if isinstance(name, SelfName):
            return own
        if isinstance(name, EntityName):
            return name.name
        if isinstance(name, Imported) and "entities" in name.module.split("."):
            return name.name
    return ""
