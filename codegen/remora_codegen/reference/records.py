"""The fields of dataclasses and their like, and the attributes of classes."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from remora_codegen.annotations import last_name
from remora_codegen.reference.callables import Parameter, default_text, method
from remora_codegen.reference.source import annotated
from remora_codegen.source_modules import Module

_RECORDS = ("NamedTuple", "TypedDict")


def is_record(node: ast.ClassDef) -> bool:
    """Whether the fields of a class are the parameters of its constructor."""
    decorators = {last_name(item.func if isinstance(item, ast.Call) else item) for item in node.decorator_list}
    return "dataclass" in decorators or any(last_name(base) in _RECORDS for base in node.bases)


def fields(line: Iterable[tuple[Module, ast.ClassDef]], said: Mapping[str, str]) -> list[Parameter]:
    """The fields that a constructor takes.

    Args:
        line: the class and its bases, each with its module.
        said: what the fields mean.
    """
    found = {item.name: item for module, node in reversed(list(line)) for item in _fields(module, node, said)}
    return sorted(found.values(), key=lambda item: item.kind == "keyword")


def _fields(module: Module, node: ast.ClassDef, said: Mapping[str, str]) -> Iterator[Parameter]:
    by_name = any("kw_only=True" in ast.unparse(item) for item in node.decorator_list)
    for item in node.body:
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name) and not item.target.id.startswith("_"):
            name, given = item.target.id, item.value.keywords if isinstance(item.value, ast.Call) else []
            options = {key.arg: ast.unparse(key.value) for key in given}
            if options.get("init") != "False" and "ClassVar" not in ast.unparse(item.annotation):
                kind = "keyword" if by_name or options.get("kw_only") == "True" else "positional"
                type_ = annotated(module, item.annotation)
                yield Parameter(name, type_, kind, default_text(item.value), said.get(name, ""))


def attribute_annotations(node: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    """Annotated attributes: of the class, and those that methods set on `self`."""
    for item in node.body:
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            yield item.target.id, item.annotation
    init = method(node, "__init__")
    if init is None:
        return
    given = {argument.arg: argument.annotation for argument in (*init.args.args, *init.args.kwonlyargs)}
    for part in ast.walk(init):
        if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Attribute):
            yield part.target.attr, part.annotation
        elif isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Attribute):
            value = part.value
            if isinstance(value, ast.Name) and (annotation := given.get(value.id)) is not None:
                yield part.targets[0].attr, annotation
