"""The module of a package's own errors."""

from __future__ import annotations

from dataclasses import dataclass

from remora_codegen.entities import docs
from remora_codegen.entities.names import ModuleNames
from remora_codegen.entities.source import Source, call, keyword, laid_out
from remora_codegen.literals import literal
from remora_codegen.manifest import Entity, Manifest
from remora_codegen.manifest.model import ErrorClass
from remora_codegen.model import Schema
from remora_codegen.render import Options

MODULE = "errors"


@dataclass(frozen=True)
class ErrorView:
    """One class.

    Attributes:
        detail: the annotation of its attribute `detail`; empty without one.
        detail_body: the statements of that attribute, indented.
    """

    name: str
    base: str
    doc: str
    detail: str
    detail_doc: str
    detail_body: str


@dataclass(frozen=True)
class ErrorsView:
    """The module."""

    imports: tuple[str, ...]
    type_imports: tuple[str, ...]
    type_checking: str
    errors: tuple[ErrorView, ...]
    rules: str
    mapped: str
    caller: str


def errors_view(schema: Schema, manifest: Manifest, options: Options) -> ErrorsView:
    """What the template of the module sees."""
    taken = [*(item.name for item in manifest.errors), "RULES", "checked", "caller", "detail"]
    names = ModuleNames(schema, manifest, options, Entity("", "", ""), taken)
    views = tuple(_view(names, item) for item in manifest.errors)
    rule = names.contract("Rule")
    rules = "\n".join(line for item in manifest.errors for line in laid_out(call(rule, _rule(item)), 4, after=","))
    mapped, caller = names.contract("Mapped"), names.contract("Caller", type_only=True)
    type_imports = names.statements(type_only=True, indent=4)
    checking = names.use("typing", "TYPE_CHECKING") if type_imports else ""
    return ErrorsView(names.statements(type_only=False), type_imports, checking, views, rules, mapped, caller)


def _view(names: ModuleNames, item: ErrorClass) -> ErrorView:
    base = item.base if item.own else f"{names.contract('errors')}.{item.base}"
    doc = docs.parse(item.doc, "An error of the service")
    text = docs.compose(doc, (), doc.example, 4)
    if not item.detail:
        return ErrorView(item.name, base, text, "", "", "")
    found = call(names.contract("detail_of"), ["self", literal(item.detail), names.message(item.detail)])
    return ErrorView(
        item.name,
        base,
        text,
        f"{names.message(item.detail, type_only=True)} | None",
        f'"""What the server says of it: the detail `{item.detail}`, if it sent one."""',
        "\n".join(laid_out(found, 8, "return ")),
    )


def _rule(item: ErrorClass) -> list[Source]:
    given = [(name, getattr(item, name)) for name in ("status", "message", "detail", "body")]
    return [item.name, *(keyword(name, literal(value)) for name, value in given if value)]
