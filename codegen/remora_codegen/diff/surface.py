"""Two manifests compared: the entities, methods, properties and parameters that people write in their programs."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from remora_codegen.diff.changes import Change, Level
from remora_codegen.diff.types import differing
from remora_codegen.manifest.model import (
    Call,
    Entity,
    EntityMethod,
    Fill,
    FromParameter,
    Login,
    Manifest,
    Parameter,
    Property,
)
from remora_codegen.model import Field, Message, Method, Service
from remora_codegen.pytypes import Type
from remora_codegen.signatures import Function

_SHAPES = {"unary": "one result", "stream": "a stream", "pages": "a pager", "plain": "a plain function"}
_NOT_FACTS = frozenset({"doc", "example", "location", "at", "file"})
_POSITIONAL = ("positional_only", "positional")


def compare(old: Manifest | None, new: Manifest | None) -> Iterator[Change]:
    """Every change of the surface, without places: subjects name what the manifest has."""
    before = old.by_name if old else {}
    after = new.by_name if new else {}
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            yield Change(Level.PYTHON, "entity-removed", f"entity {name}", "removed")
        elif name not in before:
            yield Change(Level.ADDS, "entity-added", f"entity {name}", "added")
        else:
            yield from _entity(before[name], after[name])
    exported, exports = (old.exports if old else {}), (new.exports if new else {})
    for name in sorted(exported.keys() | exports.keys()):
        if name not in exports:
            yield Change(Level.PYTHON, "export-removed", f"export {name}", "removed")
        elif name not in exported:
            yield Change(Level.ADDS, "export-added", f"export {name}", "added")
    yield from _logins(old, new)


def _logins(old: Manifest | None, new: Manifest | None) -> Iterator[Change]:
    before = {item.name: item for item in old.logins} if old else {}
    after = {item.name: item for item in new.logins} if new else {}
    for name in sorted(before.keys() | after.keys()):
        subject = f"login {name}"
        if name not in after:
            yield Change(Level.PYTHON, "login-removed", subject, "removed")
        elif name not in before:
            yield Change(Level.ADDS, "login-added", subject, "added")
        else:
            yield from _login(subject, before[name], after[name])


def _login(subject: str, old: Login, new: Login) -> Iterator[Change]:
    names, now = [item.name for item in old.parameters], [item.name for item in new.parameters]
    for name in names:
        if name not in now:
            yield Change(Level.PYTHON, "login-parameter", subject, f"parameter '{name}' was removed")
    for item in new.parameters:
        if item.name not in names:
            level = Level.PYTHON if item.default is None else Level.ADDS
            words = "a required parameter" if item.default is None else "a parameter"
            yield Change(level, "login-parameter", subject, f"'{item.name}' was added, {words}")
    if [name for name in names if name in now] != [name for name in now if name in names]:
        message = f"its parameters were ordered {', '.join(names)} and are {', '.join(now)}"
        yield Change(Level.PYTHON, "login-parameter", subject, message)
    sends = [f"{item.header}: {item.scheme} ..." if item.scheme else f"{item.header}: ..." for item in (old, new)]
    if sends[0] != sends[1]:
        yield Change(Level.BEHAVES, "login-header", subject, f"it sent '{sends[0]}' and sends '{sends[1]}'")
    calls = [f"{item.service.full_name}/{item.rpc.name}" for item in (old, new)]
    if calls[0] != calls[1]:
        yield Change(Level.BEHAVES, "login-rpc", subject, f"it called '{calls[0]}' and calls '{calls[1]}'")


def _entity(old: Entity, new: Entity) -> Iterator[Change]:
    subject = f"entity {old.name}"
    if old.message != new.message:
        message = f"it wrapped '{old.message}' and wraps '{new.message}'"
        yield Change(Level.PYTHON, "entity-message", subject, message)
    yield from _members("property", old.name, _properties(old), _properties(new))
    yield from _members("method", old.name, _methods(old), _methods(new))


def _properties(entity: Entity) -> dict[str, Any]:
    """Properties by each of their names."""
    return {name: item for item in entity.properties for name in (item.name, *item.aliases)}


def _methods(entity: Entity) -> dict[str, Any]:
    """Methods by each of their names below the entity."""
    found = {}
    for item in entity.methods:
        own = item.what.removeprefix(f"{entity.name}.")
        found.update({own.removesuffix(item.name) + name: item for name in (item.name, *item.aliases)})
    return found


def _members(what: str, entity: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name in sorted(old.keys() | new.keys()):
        subject = f"{what} {entity}.{name}"
        before, after = old.get(name), new.get(name)
        if after is None:
            assert before is not None
            successor = _successor(before, old, new)
            message = f"renamed to '{successor}'" if successor else "removed"
            yield Change(Level.PYTHON, f"{what}-removed", subject, message)
        elif before is None:
            yield Change(Level.ADDS, f"{what}-added", subject, "added")
        elif name.rpartition(".")[2] == after.name:  # an alias has nothing of its own that could change
            if isinstance(after, Property):
                yield from _property(subject, before, after)
            else:
                yield from _method(subject, before, after)


def _successor(gone: Any, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """The new name of a member that is bound to the same thing."""
    facts = _binding_facts(gone)
    found = [name for name, item in new.items() if name not in old and _binding_facts(item) == facts]
    return found[0] if len(found) == 1 else ""


def _binding_facts(item: Any) -> object:
    if isinstance(item, Property):
        return _facts(item.path), _facts(item.function), item.entity
    if isinstance(item.binding, Call):
        return item.binding.service.full_name, item.binding.rpc.name
    return _facts(item.binding)


def _property(subject: str, old: Property, new: Property) -> Iterator[Change]:
    if types := differing(old.type, new.type):
        level = Level.BEHAVES if _holds(*types) else Level.PYTHON
        yield Change(level, "property-type", subject, f"its type was '{types[0]}' and is '{types[1]}'")
    elif _facts(replace(old, aliases=())) != _facts(replace(new, aliases=())):
        path = (str(old.path), str(new.path))
        reads = f"it read '{path[0]}' and reads '{path[1]}'" if path[0] != path[1] else "it reads its field differently"
        yield Change(Level.BEHAVES, "property-source", subject, reads)


def _method(subject: str, old: EntityMethod, new: EntityMethod) -> Iterator[Change]:
    if old.level != new.level:
        message = f"it was a method of the {old.level} and is one of the {new.level}"
        yield Change(Level.PYTHON, "method-level", subject, message)
    if old.shape != new.shape:
        message = f"it gave {_SHAPES[old.shape]} and gives {_SHAPES[new.shape]}"
        yield Change(Level.PYTHON, "method-shape", subject, message)
    elif returns := differing(old.returns, new.returns):
        level = Level.BEHAVES if _holds(*returns) else Level.PYTHON
        yield Change(level, "method-returns", subject, f"it returned '{returns[0]}' and returns '{returns[1]}'")
    yield from _parameters(subject.removeprefix("method "), old.parameters, new.parameters)
    yield from _binding(subject, old, new)


def _parameters(method: str, old: Sequence[Parameter], new: Sequence[Parameter]) -> Iterator[Change]:
    before, after = {item.name: item for item in old}, {item.name: item for item in new}
    for name, item in before.items():
        subject = f"parameter {method}({name})"
        if name in after:
            yield from _parameter(subject, item, after[name])
            continue
        place = [other.name for other in new if other.name not in before and other.type == item.type]
        message = f"removed or renamed to '{place[0]}'" if len(place) == 1 else "removed"
        yield Change(Level.PYTHON, "parameter-removed", subject, message)
    for name, item in after.items():
        if name not in before:
            subject = f"parameter {method}({name})"
            if item.default is None and not item.kind.startswith("var_"):
                yield Change(Level.PYTHON, "parameter-required", subject, "added, and required")
            else:
                yield Change(Level.ADDS, "parameter-added", subject, "added")
    order = [item.name for item in old if item.kind in _POSITIONAL and item.name in after]
    moved = [item.name for item in new if item.kind in _POSITIONAL and item.name in order]
    if [name for name in order if name in moved] != moved:
        message = f"positional parameters were ordered {', '.join(order)} and are {', '.join(moved)}"
        yield Change(Level.PYTHON, "parameter-order", f"method {method}", message)
    elif moved and [item.name for item in new if item.kind in _POSITIONAL][: len(moved)] != moved:
        message = "a new positional parameter stands before old ones"
        yield Change(Level.PYTHON, "parameter-order", f"method {method}", message)


def _parameter(subject: str, old: Parameter, new: Parameter) -> Iterator[Change]:
    if types := differing(old.type, new.type):
        level = Level.ADDS if _holds(types[1], types[0]) else Level.PYTHON
        yield Change(level, "parameter-type", subject, f"its type was '{types[0]}' and is '{types[1]}'")
    if old.default is not None and new.default is None:
        yield Change(Level.PYTHON, "parameter-required", subject, f"required now; its default was {old.default}")
    elif old.default is None and new.default is not None:
        yield Change(Level.ADDS, "parameter-default", subject, f"no longer required; its default is {new.default}")
    elif old.default != new.default:
        message = f"its default was {old.default} and is {new.default}"
        yield Change(Level.BEHAVES, "parameter-default", subject, message)
    if old.kind != new.kind:
        by_position = (old.kind in _POSITIONAL, new.kind in _POSITIONAL)
        if by_position == (False, True) and new.kind == "positional":
            yield Change(Level.ADDS, "parameter-kind", subject, "it may be given by position now")
        else:
            yield Change(Level.PYTHON, "parameter-kind", subject, f"it was {_kind(old)} and is {_kind(new)}")


def _binding(subject: str, old: EntityMethod, new: EntityMethod) -> Iterator[Change]:
    before, after = old.binding, new.binding
    if isinstance(before, Call) and isinstance(after, Call):
        calls = [f"{item.service.full_name}/{item.rpc.name}" for item in (before, after)]
        if calls[0] != calls[1]:
            message = f"it called '{calls[0]}' and calls '{calls[1]}'"
            yield Change(Level.BEHAVES, "method-rpc", subject, message)
            return
        for name, was, now in _different(before, after):
            if name == "retry_safe":
                state = "sent again after a lost connection" if now else "never sent again"
                yield Change(Level.BEHAVES, "method-retry", subject, f"its call is {state}")
            elif not (name == "result" and old.returns != new.returns):
                message = f"'{_WORDS.get(name, name)}' of the method differs{_detail(was, now)}"
                yield Change(Level.BEHAVES, f"method-{_WORDS.get(name, name)}", subject, message)
    elif isinstance(before, Call) or isinstance(after, Call):
        message = "a hand-written behaviour took the place of a plain call"
        if isinstance(after, Call):
            message = "a plain call took the place of a hand-written behaviour"
        yield Change(Level.BEHAVES, "method-binding", subject, message)
    elif _facts(before) != _facts(after):
        message = f"its behaviour was {_behaviour(before)} and is {_behaviour(after)}"
        yield Change(Level.BEHAVES, "method-binding", subject, message)


def _behaviour(binding: object) -> str:
    return f"'{binding.module}:{binding.name}'" if isinstance(binding, Function) else "another kind of method"


# How the manifest calls what a call has.
_WORDS = {"fills": "request", "result": "returns"}


def _different(old: Call, new: Call) -> Iterator[tuple[str, object, object]]:
    for item in dataclasses.fields(old):
        if item.name not in ("service", "rpc"):
            was, now = getattr(old, item.name), getattr(new, item.name)
            if item.name == "fills":
                was, now = _common_fills(old, new), _common_fills(new, old)
            if _facts(was) != _facts(now):
                yield item.name, was, now


def _common_fills(call: Call, other: Call) -> list[Fill]:
    """How the request is filled, but for parameters that the other side lacks; those are told as such."""
    names = {fill.source.name for fill in other.fills if isinstance(fill.source, FromParameter)}
    return [fill for fill in call.fills if not isinstance(fill.source, FromParameter) or fill.source.name in names]


def _detail(was: object, now: object) -> str:
    """Which single value differs, where two records have the same fields."""
    if not (dataclasses.is_dataclass(was) and type(was) is type(now)):
        return ""
    names = [item.name for item in dataclasses.fields(was) if item.name not in _NOT_FACTS]
    found = [name for name in names if _facts(getattr(was, name)) != _facts(getattr(now, name))]
    return "".join(f"; {name} was {getattr(was, name)} and is {getattr(now, name)}" for name in found[:1])


def _facts(value: Any) -> object:
    """What matters of a part of the model, comparable: without comments and places, other things by their names."""
    if isinstance(value, (Message, Service)):
        return value.full_name
    if isinstance(value, (Method, Field)):
        return value.name
    if isinstance(value, Function):
        return value.module, value.name
    if isinstance(value, (Type, enum.Enum)):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [item.name for item in dataclasses.fields(value) if item.name not in _NOT_FACTS]
        return type(value).__name__, tuple((name, _facts(getattr(value, name))) for name in names)
    if isinstance(value, (tuple, list)):
        return tuple(_facts(item) for item in value)
    if isinstance(value, Mapping):
        return tuple((key, _facts(item)) for key, item in value.items())
    return value


def _holds(outer: str, inner: str) -> bool:
    """Whether each member of the union `inner` is one of the union `outer`."""
    return _union(inner) <= _union(outer)


def _union(type_: str) -> set[str]:
    """The members of a union; what stands in brackets belongs to one member."""
    members, depth, current = set(), 0, ""
    for char in type_ + "|":
        depth += {"[": 1, "]": -1}.get(char, 0)
        if char == "|" and depth == 0:
            members.add(current.strip())
            current = ""
        else:
            current += char
    return members


def _kind(parameter: Parameter) -> str:
    return {
        "positional_only": "given by position alone",
        "positional": "given by position or name",
        "keyword": "given by name alone",
        "var_positional": "any number of values",
        "var_keyword": "any number of names",
    }[parameter.kind]
