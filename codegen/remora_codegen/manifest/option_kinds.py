"""Which types of parameters can be written on a command line, and how."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from remora_codegen.manifest.command_model import Kind
from remora_codegen.model import Schema
from remora_codegen.pytypes import Builtin, Imported, MessageName, Name, Type
from remora_codegen.signatures import Functions

_MANY = frozenset({"Collection", "Iterable", "Iterator", "Sequence", "Set", "AbstractSet", "list", "set", "frozenset"})
_MAPPINGS = frozenset({"Mapping", "dict", "MutableMapping"})
_PATHS = frozenset({"Path", "PathLike", "Content", "Target"})
_BUILTINS = {"str": "text", "int": "integer", "float": "number", "bool": "flag", "bytes": "bytes"}
_OTHERS = {"datetime": "time", "timedelta": "duration", "Any": "json"}

# Of several types that a parameter may have, the first of these is the one that is written.
_PREFERENCE = (
    "choice",
    "enum",
    "flag",
    "seconds",
    "duration",
    "time",
    "integer",
    "number",
    "path",
    "text",
    "bytes",
    "pairs",
    "message",
    "json",
)


class Kinds:
    """Finds the kind of a type."""

    def __init__(self, schema: Schema, functions: Functions) -> None:
        self._schema = schema
        self._functions = functions

    def of(self, type_: Type) -> Kind | None:
        """How a parameter of this type is written; None if it cannot be."""
        found = list(self._read(type_))
        several = [kind for kind in found if kind.many]
        if several and not any(kind.name == "path" for kind in found):
            found = several
        names = {kind.name for kind in found if not kind.many}
        if {"number", "duration"} <= names:
            return Kind("seconds")
        return min(found, key=lambda kind: _PREFERENCE.index(kind.name), default=None)

    def _read(self, type_: Type) -> Iterator[Kind]:
        """Every member of the type that can be written."""
        names: dict[str, Name] = {}
        text = ""
        for part in type_.parts:
            if isinstance(part, str):
                text += part
            else:
                key = f"_{len(names)}"
                names[key] = part
                text += key
        yield from self._expression(ast.parse(text, mode="eval").body, names)

    def _expression(self, node: ast.expr, names: dict[str, Name]) -> Iterator[Kind]:
        if isinstance(node, ast.BinOp):
            yield from self._expression(node.left, names)
            yield from self._expression(node.right, names)
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            arguments = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            yield from self._generic(names.get(node.value.id), arguments, names)
        elif isinstance(node, ast.Name) and node.id in names:
            yield from self._name(names[node.id])

    def _generic(self, name: Name | None, arguments: list[ast.expr], names: dict[str, Name]) -> Iterator[Kind]:
        if not isinstance(name, (Builtin, Imported)):
            return
        if name.name == "Literal":
            values = [item.value for item in arguments if isinstance(item, ast.Constant)]
            words = [value for value in values if isinstance(value, str)]
            if len(words) == len(arguments):
                yield Kind("choice", choices=tuple(words))
        elif name.name in _MAPPINGS:
            keys, contents = ([kind.name for kind in self._expression(item, names)] for item in arguments)
            if keys == ["text"] and "text" in contents:
                yield Kind("pairs", many=True)
            elif contents == ["json"]:
                yield Kind("json")
        elif name.name in _PATHS:
            yield Kind("path")
        elif name.name in _MANY or (name.name == "tuple" and ast.unparse(arguments[-1]) == "..."):
            items = [kind for kind in self._expression(arguments[0], names) if not kind.many and kind.name != "flag"]
            if items:
                best = min(items, key=lambda kind: _PREFERENCE.index(kind.name))
                yield Kind(best.name, True, best.choices, best.type_name)

    def _name(self, name: Name) -> Iterator[Kind]:
        if isinstance(name, MessageName):
            yield self._of_schema(name.full_name)
        elif isinstance(name, Builtin):
            if name.name in _BUILTINS:
                yield Kind(_BUILTINS[name.name])
            elif name.name == "dict":
                yield Kind("json")
        elif isinstance(name, Imported):
            if name.name in _PATHS:
                yield Kind("path")
            elif name.name in _OTHERS and name.module in ("datetime", "typing"):
                yield Kind(_OTHERS[name.name])
            elif words := self._functions.members(name):
                yield Kind("choice", choices=words)
            elif (alias := self._functions.alias(name)) is not None:
                yield from self._read(alias)

    def _of_schema(self, full_name: str) -> Kind:
        enum = self._schema.enums.get(full_name)
        if enum is None:
            return Kind("message", type_name=full_name)
        return Kind("enum", choices=tuple(item.python_name for item in enum.values), type_name=full_name)
