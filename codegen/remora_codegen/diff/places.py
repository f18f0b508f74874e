"""Where a manifest speaks of an entity, a member, a message or an RPC."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from remora_codegen.manifest.model import Call, FieldPath, Manifest
from remora_codegen.manifest_files import composed, manifest_files
from remora_codegen.model import Location


class Places:
    """The places of one manifest, by the subjects that changes name."""

    def __init__(self, path: Path | None, manifest: Manifest | None) -> None:
        """Read the file again for its places; without a manifest there are none."""
        self._found: dict[str, Location] = {}
        if path is None or manifest is None:
            return
        for file in manifest_files(path):
            values = dict(_values(composed(file)))
            for name, pair in _entries(values.get("entities")):
                if name in manifest.by_name:
                    self._entity(str(file), name, pair, manifest)
            for name, pair in _entries(values.get("commands")):
                self._command(str(file), name, pair)
            for name, (key, _) in _entries(values.get("exports")):
                self._found[f"export {name}"] = _at(str(file), key)
            for name, (key, _) in _entries(values.get("logins")):
                self._found[f"login {name}"] = _at(str(file), key)

    def of(self, subject: str) -> Location | None:
        """The place of a subject, such as `method Order.get` or `field acme.Order.total`; None when there is none."""
        found = self._found.get(subject)
        if found is None and subject.startswith("parameter "):
            return self._found.get("method " + subject.removeprefix("parameter ").partition("(")[0])
        if found is None and subject.startswith("option "):
            return self._found.get("command " + subject.removeprefix("option ").partition(" --")[0])
        return found

    def _entity(self, file: str, name: str, pair: tuple[yaml.Node, yaml.Node], manifest: Manifest) -> None:
        key, node = pair
        entity = manifest.by_name[name]
        place = _at(file, key)
        self._found[f"entity {name}"] = place
        self._found.setdefault(f"message {entity.message}", place)
        values = dict(_values(node))
        members = {
            what: dict(_entries(values.get(section)))
            for what, section in (("property", "properties"), ("method", "methods"))
        }
        for what, found in members.items():
            for member, (member_key, _) in found.items():
                self._found[f"{what} {name}.{member}"] = _at(file, member_key)
        for item in entity.properties:
            self._aliases("property", name, item.name, item.aliases)
            if item.path is not None:
                self._path(item.path, self._found.get(f"property {name}.{item.name}", place))
        for method in entity.methods:
            self._aliases("method", name, method.name, method.aliases)
            where = self._found.get(f"method {name}.{method.name}", place)
            if isinstance(method.binding, Call):
                call = method.binding
                self._found.setdefault(f"rpc {call.service.full_name}/{call.rpc.name}", where)
                self._found.setdefault(f"service {call.service.full_name}", where)
            parameters = _entries(dict(_values(members["method"].get(method.name, (None, None))[1])).get("parameters"))
            keys = {parameter: _at(file, node) for parameter, (node, _) in parameters}
            for parameter, at in keys.items():
                self._found[f"parameter {name}.{method.name}({parameter})"] = at
            if isinstance(method.binding, Call):
                for fill in method.binding.fills:
                    self._path(fill.path, keys.get(getattr(fill.source, "name", ""), where))

    def _command(self, file: str, name: str, pair: tuple[yaml.Node, yaml.Node]) -> None:
        key, node = pair
        self._found[f"command {name}"] = _at(file, key)
        for inner, (inner_key, _) in _entries(dict(_values(node)).get("commands")):
            self._found[f"command {name} {inner}"] = _at(file, inner_key)

    def _aliases(self, what: str, entity: str, name: str, aliases: tuple[str, ...]) -> None:
        for alias in aliases:
            if place := self._found.get(f"{what} {entity}.{name}"):
                self._found.setdefault(f"{what} {entity}.{alias}", place)

    def _path(self, path: FieldPath, place: Location) -> None:
        message = path.message
        for step in path.steps:
            self._found.setdefault(f"field {message}.{step.name}", place)
            message = step.type_name


def _values(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        yield from ((str(key.value), value) for key, value in node.value)


def _entries(node: yaml.Node | None) -> Iterator[tuple[str, tuple[yaml.Node, yaml.Node]]]:
    if isinstance(node, yaml.MappingNode):
        yield from ((str(key.value), (key, value)) for key, value in node.value)


def _at(file: str, node: yaml.Node) -> Location:
    return Location(file, node.start_mark.line + 1, node.start_mark.column + 1)
