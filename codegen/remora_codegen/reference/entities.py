"""Pages of generated entities."""

from __future__ import annotations

from collections.abc import Iterator

from remora_codegen.entities import meanings
from remora_codegen.entities.arguments import parameters
from remora_codegen.entities.examples import async_example
from remora_codegen.manifest import Entity, EntityMethod, Property
from remora_codegen.manifest.model import Call, Collection, Delegate
from remora_codegen.model import Method, Service
from remora_codegen.names import snake_case
from remora_codegen.pytypes import EntityName, Imported, MessageName, SelfName, Type, generic, named, optional
from remora_codegen.reference import docstrings
from remora_codegen.reference.callables import (
    Parameter,
    definition,
    dual_note,
    function_view,
    parameter_table,
)
from remora_codegen.reference.index import Index
from remora_codegen.reference.markdown import Linker, cell, code, fenced, inline, paragraphs, sample
from remora_codegen.reference.rpcs import Rpcs
from remora_codegen.reference.surfaces import Surface
from remora_codegen.reference.types import Types, signature
from remora_codegen.reference.views import ClassView, FunctionView, PageView, Sample, Table
from remora_codegen.signatures import Function

BASE = "remora.entity.Entity"
_CLIENT = Imported("remora.client", "Client")
_INHERITED = (
    ("to_dict", "The wrapped message as Python objects, in canonical proto3 JSON form."),
    ("to_json", "The wrapped message as JSON text, in canonical proto3 JSON form."),
)


class EntityWriter:
    """Makes the page of one entity."""

    def __init__(self, surface: Surface, entity: Entity, types: Types, index: Index, link: Linker, rpcs: Rpcs) -> None:
        self._surface = surface
        self._entity = entity
        self._types = types
        self._index = index
        self._link = link
        self._rpcs = rpcs
        self._page = types.page
        self._variable = snake_case(entity.name)
        # As the generated docstrings have it: which methods have both forms, and whether `.aio` is awaited.
        self._dual = {
            method.name: method.shape == "unary"
            for item in surface.manifest.entities
            for method in item.methods
            if method.shape != "plain"
        }

    def view(self) -> PageView:
        """The page."""
        entity = self._entity
        doc = docstrings.of(meanings.entity_doc(entity))
        message = message_type(entity.message)
        key = Imported(self._surface.module, entity.name)
        public = self._index.public.get(key, key)
        wrapped = self._types.linked(message)
        made = Table(
            "Parameters",
            ("Parameter", "Type", "Default", "Meaning"),
            (
                ("`pb2`", wrapped, "", "The message to wrap."),
                ("`client`", self._types.linked(optional(named(_CLIENT))), "`None`", _CLIENT_MEANING),
            ),
        )
        head = signature(
            f"class {entity.name}(",
            [f"pb2: {self._types.text(message)}", "*", "client: Client | None = None"],
            ")",
        )
        shown = ClassView(
            title="",
            summary=inline(doc.summary, self._link),
            body=paragraphs(doc.body, self._link),
            imported=f"from {public.module} import {public.name}",
            facts=(f"Wraps {wrapped}. Methods of this and of other classes give objects; programs seldom make one.",),
            signature=fenced(Sample("python", head)),
            tables=tuple(table for table in (made, *self._directories()) if table.rows),
            methods=tuple(self._method(item) for item in self._methods()),
            examples=(sample(doc.example),) if doc.example else (),
        )
        return PageView(title=entity.name, intro=(), tables=(), classes=(shown,))

    def _methods(self) -> Iterator[EntityMethod]:
        yield from self._entity.methods
        for collection in self._entity.collections:
            yield from collection.methods

    def _directories(self) -> Iterator[Table]:
        entity = self._entity
        yield self._directory("Methods", entity.methods)
        for collection in entity.collections:
            yield self._collection(collection)
        rows = [self._property(item) for item in entity.properties]
        pb2 = self._types.linked(message_type(entity.message))
        rows.append(("`pb2`", pb2, "The wrapped message, as the server sent it."))
        yield Table("Properties", ("Property", "Type", "Description"), tuple(rows))

    def _directory(self, title: str, methods: tuple[EntityMethod, ...]) -> Table:
        rows = [
            (
                code([(f"{item.what}()", self._link(f"{item.what}()"))]),
                cell(meanings.method_doc(item).summary, self._link) + self._also(item.aliases),
            )
            for item in methods
        ]
        if title == "Methods":
            rows += [
                (code([(f"{self._entity.name}.{name}()", self._index.address(self._page, Imported(BASE, name)))]), text)
                for name, text in _INHERITED
                if not any(name in (item.name, *item.aliases) for item in methods)
            ]
        return Table(title, ("Method", "Description"), tuple(rows))

    def _collection(self, item: Collection) -> Table:
        return self._directory(f"Methods of `{self._variable}.{item.name}`", item.methods)

    def _also(self, aliases: tuple[str, ...]) -> str:
        if not aliases:
            return ""
        return f" Also called {', '.join(f'`{name}`' for name in aliases)}."

    def _property(self, item: Property) -> tuple[str, str, str]:
        doc = meanings.property_doc(item)
        meaning = cell(" ".join((doc.summary, *doc.body)), self._link) + self._also(item.aliases)
        return f"`{item.name}`", self._types.linked(item.type), meaning

    def _method(self, item: EntityMethod) -> FunctionView:
        doc = meanings.method_doc(item)
        said = meanings.meanings(item, doc)
        given = [
            Parameter(
                parameter.name,
                parameter.type,
                parameter.kind,
                "UNSET" if parameter.change else parameter.default or "",
                said.get(parameter.name, ""),
            )
            for parameter in parameters(item)
        ]
        owned = item.level == "class"
        target = item.what if owned else f"{self._variable}{item.what.removeprefix(self._entity.name)}"
        example = meanings.example(item, doc)
        text = signature(
            f"def {item.name}(",
            definition(given, self._types),
            f") -> {self._types.text(_result(item))}",
        )
        return function_view(
            f"{item.what}()",
            docstrings.Docstring(**{**vars(docstrings.of(doc)), "example": tuple(example)}),
            self._notes(item, target),
            text,
            parameter_table("Parameters", given, self._types, self._link),
            self._link,
            calls=self._calls(item),
            also=async_example(example, self._dual) if example and item.shape != "plain" else (),
        )

    def _notes(self, item: EntityMethod, target: str) -> tuple[str, ...]:
        kind = ("Class method. " if item.level == "class" else "") + (
            "Makes no call." if item.shape == "plain" else dual_note(target, item.shape, _item_name(item))
        )
        also = self._also(item.aliases).strip()
        return (kind, also) if also else (kind,)

    def _calls(self, item: EntityMethod) -> str:
        binding = item.binding.method.binding if isinstance(item.binding, Delegate) else item.binding
        if isinstance(binding, Call):
            return f"**Calls** {self._rpc(binding.service, binding.rpc)}"
        if item.shape == "plain" or not isinstance(binding, Function):
            return ""
        found = self._rpcs.of(Imported(binding.module, binding.name))
        return f"**May call** {', '.join(self._rpc(*rpc) for rpc in found)}" if found else ""

    def _rpc(self, service: Service, method: Method) -> str:
        file = self._types.schema.by_file[service.file]
        key = Imported(".".join((self._types.package, *file.package_path)), service.python_name)
        return code([(f"{service.full_name}/{method.name}", self._index.address(self._page, key))])


def message_type(full_name: str) -> Type:
    """The type of a message."""
    return named(MessageName(full_name))


def _result(item: EntityMethod) -> Type:
    """What the blocking form gives."""
    wrapper = {"pages": "Pager", "stream": "Stream"}.get(item.shape)
    return generic(Imported("remora.dual", wrapper), item.returns) if wrapper else item.returns


def _item_name(item: EntityMethod) -> str:
    """A name for the variable of a loop."""
    names = [part for part in item.returns.parts if not isinstance(part, str)]
    if len(item.returns.parts) == 1 and names:
        name = names[0]
        if isinstance(name, SelfName):
            return snake_case(item.entity)
        if isinstance(name, EntityName):
            return snake_case(name.name)
    return "item"


_CLIENT_MEANING = "The client that its methods use; the current or the default one when None."
