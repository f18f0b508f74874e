"""Makes what the template of an entity sees, out of the checked manifest."""

from __future__ import annotations

from remora_codegen import layout
from remora_codegen.entities import docs
from remora_codegen.entities.arguments import Arguments, arguments, first_parameter, follows_subclass, return_type
from remora_codegen.entities.bodies import implementation
from remora_codegen.entities.docs import Doc
from remora_codegen.entities.examples import async_example
from remora_codegen.entities.meanings import argument_docs, entity_doc, example, method_doc, property_doc
from remora_codegen.entities.names import SELF, ModuleNames
from remora_codegen.entities.origins import origin_member
from remora_codegen.entities.properties import property_body
from remora_codegen.entities.source import call, laid_out
from remora_codegen.entities.views import BoundView, CollectionView, EntityView, MemberView
from remora_codegen.literals import literal
from remora_codegen.manifest import Entity, EntityMethod, Manifest, Property
from remora_codegen.manifest.model import Call, Collection
from remora_codegen.model import Schema
from remora_codegen.pytypes import NONE
from remora_codegen.render import Options

_MEMBER_INDENT = 4
_BODY_INDENT = 8


def _title(name: str) -> str:
    """A name as a part of a class name."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


class EntityBuilder:
    """Makes the view of one entity."""

    def __init__(self, schema: Schema, manifest: Manifest, options: Options, entity: Entity) -> None:
        self.schema = schema
        self.entity = entity
        members: tuple[Property | EntityMethod, ...] = (*entity.properties, *entity.methods)
        names = [name for item in members for name in (item.name, *item.aliases)]
        grouped = [method for item in entity.collections for method in item.methods]
        names += [item.name for item in entity.collections]
        names += [method.name for method in grouped]
        parameters = [item.name for method in (*entity.methods, *grouped) for item in method.parameters]
        self.names = ModuleNames(schema, manifest, options, entity, [*names, *parameters])
        self.dual = {
            method.name: method.shape == "unary"
            for item in manifest.entities
            for method in item.methods
            if method.shape != "plain"
        }
        self.uses_variable = False

    def build(self) -> EntityView:
        """The view."""
        entity = self.entity
        message = self.names.message(entity.message, type_only=True)
        base = f'{self.names.contract("Entity")}["{message}"]'
        bound: list[BoundView] = []
        descriptors: list[tuple[str, str]] = []
        members = [member for item in entity.properties for member in self._property(item)]
        for method in entity.methods:
            given = arguments(self.names, method)
            doc = method_doc(method)
            if method.shape == "plain":
                members += self._plain(method, given, doc)
                continue
            view = self._bound(method, given, doc)
            bound.append(view)
            for name in (method.name, *method.aliases):
                if view.descriptor:
                    descriptors.append((name, view.descriptor))
                else:
                    members.append(self._accessor(method, name, view, doc))
            members.append(self._implementation(method, given))
        members += [origin_member(self.schema, self.names, entity, item) for item in entity.origins]
        collections = tuple(self._collection(item, bound, members) for item in entity.collections)
        variable = ""
        if self.uses_variable:
            variable = f'{SELF} = {self.names.use("typing", "TypeVar")}("{SELF}", bound="{entity.name}")'
        type_imports = self.names.statements(type_only=True, indent=4)
        type_checking = self.names.use("typing", "TYPE_CHECKING") if type_imports else ""
        summary = entity_doc(entity)
        return EntityView(
            name=entity.name,
            doc=docs.compose(summary, (), summary.example, _MEMBER_INDENT),
            module_doc=f'"""The entity `{entity.name}`, which wraps the message `{entity.message}`."""',
            base=base,
            message=message,
            imports=self.names.statements(type_only=False),
            type_imports=type_imports,
            type_checking=type_checking,
            type_variable=variable,
            bound=tuple(bound),
            collections=collections,
            descriptors=tuple(descriptors),
            members=tuple(members),
        )

    def _collection(self, item: Collection, bound: list[BoundView], members: list[MemberView]) -> CollectionView:
        """The class of a collection; what its methods need is added to the lists."""
        name = f"_{self.entity.name}{_title(item.name)}"
        doc = docs.parse(item.doc, "")
        found = []
        for method in item.methods:
            given = arguments(self.names, method)
            written = method_doc(method)
            view = self._bound(method, given, written)
            bound.append(view)
            members.append(self._implementation(method, given))
            found.append((method.name, view.name, docs.quoted(written.summary, (), _BODY_INDENT)))
        text = docs.compose(doc, (), doc.example, _MEMBER_INDENT)
        signature = f"    def {item.name}(self) -> {name}:"
        accessor = docs.quoted(doc.summary, (), _BODY_INDENT)
        members.append(MemberView("@property", signature, accessor, f"        return {name}(self)"))
        return CollectionView(name, text, self.entity.name, tuple(found))

    def _property(self, item: Property) -> list[MemberView]:
        doc = property_doc(item)
        body = property_body(self.schema, self.names, item)
        if item.deprecated:
            body = [*self._warning(f"{self.entity.name}.{item.name}", item.deprecated), *body]
        annotation = self.names.type(item.type)
        text = docs.compose(doc, (), doc.example, _BODY_INDENT)
        first = MemberView("@property", f"    def {item.name}(self) -> {annotation}:", text, "\n".join(body))
        others = [
            MemberView(
                "@property",
                f"    def {alias}(self) -> {annotation}:",
                f'"""Another name for `{item.name}`."""',
                f"        return self.{item.name}",
            )
            for alias in item.aliases
        ]
        return [first, *others]

    def _warning(self, what: str, instead: str) -> list[str]:
        made = call(self.names.contract("deprecated"), [literal(what), literal(instead)])
        return laid_out(made, _BODY_INDENT)

    def _bound(self, method: EntityMethod, arguments: Arguments, doc: Doc) -> BoundView:
        name = f"_{self.entity.name}{_title(method.key)}"
        owned = method.level == "class"
        generic = follows_subclass(method)
        own = SELF if generic else self.entity.name
        attribute = "_entity" if not owned else "_cls"
        self.uses_variable = self.uses_variable or generic or owned
        target = f"self.{attribute}._{method.key}"
        item = self.names.type(method.returns)
        call_type, aio_type = self._result_types(method, item)
        examples = example(method, doc)
        meanings = argument_docs(method, doc)
        asynchronous = async_example(examples, self.dual)
        return BoundView(
            name=name,
            bases=f"({self.names.use('typing', 'Generic')}[{SELF}])" if generic else "",
            doc=f'"""Both forms of `{method.what}`: call it to block, or use `.aio`."""',
            attribute=attribute,
            owner=f"owner: type[{own}]" if owned else f"entity: {own}",
            call_signature=self._signature("def __call__(", "self", arguments, call_type),
            call_doc=docs.compose(doc, meanings, examples, _BODY_INDENT),
            call_body="\n".join(self._call_body(method, target, arguments)),
            aio_signature=self._signature(
                "async def aio(" if method.shape == "unary" else "def aio(", "self", arguments, aio_type
            ),
            aio_doc=docs.compose(doc, meanings, asynchronous, _BODY_INDENT),
            aio_body="\n".join(self._aio_body(method, target, arguments)),
            descriptor=f"{name}Descriptor" if owned else "",
            descriptor_doc=f'"""Binds `{method.what}` to the class that it is asked of."""',
            descriptor_signature=(
                f"def __get__(self, instance: object, owner: type[{own}]) -> {name}{f'[{SELF}]' if generic else ''}:"
            ),
        )

    def _result_types(self, method: EntityMethod, item: str) -> tuple[str, str]:
        if method.shape == "pages":
            return f"{self.names.contract('Pager')}[{item}]", f"{self.names.contract('AsyncPager')}[{item}]"
        if method.shape == "stream":
            stream = self.names.contract("Stream", type_only=True)
            return f"{stream}[{item}]", f"{self.names.contract('AsyncStream', type_only=True)}[{item}]"
        return item, item

    def _signature(self, head: str, first: str, arguments: Arguments, returns: str) -> str:
        return layout.bracketed(head, [first, *arguments.definition], f") -> {returns}:", _MEMBER_INDENT)

    def _call_body(self, method: EntityMethod, target: str, arguments: Arguments) -> list[str]:
        function = {"pages": "Pager", "stream": "stream_sync", "unary": "run_sync"}[method.shape]
        inner = call(target, arguments.passing)
        outer = call(self.names.contract(function), [inner, f'"{method.what}"'])
        nothing = method.shape == "unary" and method.returns == NONE
        before = self._warning(method.what, method.deprecated) if method.deprecated else []
        return [*before, *laid_out(outer, _BODY_INDENT, "" if nothing else "return ")]

    def _aio_body(self, method: EntityMethod, target: str, arguments: Arguments) -> list[str]:
        inner = call(target, arguments.passing)
        before = self._warning(method.what, method.deprecated) if method.deprecated else []
        if method.shape == "unary":
            nothing = method.returns == NONE
            return [*before, *laid_out(inner, _BODY_INDENT, "await " if nothing else "return await ")]
        function = "AsyncPager" if method.shape == "pages" else "stream_async"
        return [*before, *laid_out(call(self.names.contract(function), [inner]), _BODY_INDENT, "return ")]

    def _accessor(self, method: EntityMethod, name: str, bound: BoundView, doc: Doc) -> MemberView:
        generic = follows_subclass(method)
        own, result = (f"self: {SELF}", f"{bound.name}[{SELF}]") if generic else ("self", bound.name)
        text = docs.quoted(doc.summary, (), _BODY_INDENT)
        return MemberView(
            "@property", f"    def {name}({own}) -> {result}:", text, f"        return {bound.name}(self)"
        )

    def _implementation(self, method: EntityMethod, arguments: Arguments) -> MemberView:
        body = implementation(self.schema, self.names, method, arguments)
        coroutine = method.shape == "unary" or (method.shape == "stream" and isinstance(method.binding, Call))
        head = f"{'async ' if coroutine else ''}def _{method.key}("
        returns = return_type(self.names, method)
        signature = self._signature(head, first_parameter(self.names, method), arguments, returns)
        return MemberView("@classmethod" if method.level == "class" else "", signature, "", "\n".join(body))

    def _plain(self, method: EntityMethod, arguments: Arguments, doc: Doc) -> list[MemberView]:
        body = implementation(self.schema, self.names, method, arguments)
        if method.deprecated:
            body = [*self._warning(method.what, method.deprecated), *body]
        returns = return_type(self.names, method)
        first = first_parameter(self.names, method)
        self.uses_variable = self.uses_variable or SELF in first
        decorator = "@classmethod" if method.level == "class" else ""
        meanings = argument_docs(method, doc) if doc.arguments else []
        text = docs.compose(doc, meanings, example(method, doc), _BODY_INDENT)
        found = []
        for name in (method.name, *method.aliases):
            signature = self._signature(f"def {name}(", first, arguments, returns)
            found.append(MemberView(decorator, signature, text, "\n".join(body)))
        return found
