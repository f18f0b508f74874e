"""Pages of proto packages: their messages, enums and services."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from remora_codegen.messages.documentation import paragraphs as flat
from remora_codegen.model import Enum, Field, File, Message, Service
from remora_codegen.names import package_path
from remora_codegen.pytypes import Builtin, Imported, MessageName, Type, builtin, generic, named, optional
from remora_codegen.reference import docstrings
from remora_codegen.reference.index import Index, Place
from remora_codegen.reference.markdown import Linker, cell, code, paragraphs
from remora_codegen.reference.types import Types
from remora_codegen.reference.views import ClassView, PageView, Table

_COLUMNS = ("Name", "Description")
_EMPTY = Table("", (), ())


def module_name(package: str, proto_package: str) -> str:
    """The Python package of a proto package."""
    return ".".join((package, *package_path(proto_package)))


def plan(package: str, proto_package: str, files: tuple[File, ...], index: Index) -> Place:
    """Give everything of a proto package its place; the page."""
    path = package_path(proto_package)
    module = module_name(package, proto_package)
    page = index.page(f"{'/'.join(path) or 'messages'}.md", proto_package or module)
    for file in files:
        for message in file.messages:
            place = index.heading(page.page, message.python_name, "message")
            keys = (Imported(module, message.python_name), Imported(f"{module}.{file.module}", message.python_name))
            index.add(place, *keys, name=message.full_name)
        for enum in file.enums:
            place = index.heading(page.page, enum.python_name, "enum")
            keys = (Imported(module, enum.python_name), Imported(f"{module}.{file.module}", enum.python_name))
            index.add(place, *keys, name=enum.full_name)
        for service in file.services:
            place = index.heading(page.page, service.python_name, "service")
            names = (service.python_name, service.stub_name, service.base_name)
            index.add(place, *(Imported(module, name) for name in names), name=service.full_name)
    return page


class PackageWriter:
    """Makes the page of one proto package."""

    def __init__(self, files: tuple[File, ...], types: Types, index: Index, link: Linker) -> None:
        self._module = types.module
        self._files = files
        self._types = types
        self._index = index
        self._link = link

    def view(self, title: str) -> PageView:
        """The page."""
        services = [item for file in self._files for item in file.services]
        messages = [item for file in self._files for item in file.messages]
        enums = [item for file in self._files for item in file.enums]
        tables = (self._directory("Services", services), self._directory("Messages", messages))
        module, _, name = self._module.rpartition(".")
        how = f"from {module} import {name}" if module else f"import {name}"
        return PageView(
            title=title,
            intro=(f"```python\n{how}\n```",),
            tables=tuple(table for table in (*tables, self._directory("Enums", enums)) if table.rows),
            classes=(*map(self._service, services), *map(self._message, messages), *map(self._enum, enums)),
        )

    def _directory(self, title: str, items: list[Service] | list[Message] | list[Enum]) -> Table:
        rows = []
        for item in items:
            address = self._index.address(self._types.page, self._key(item))
            summary = docstrings.read(" ".join(flat(item.doc)[:1])).summary
            rows.append((code([(item.python_name, address)]), cell(summary, self._link)))
        return Table(title, _COLUMNS, tuple(rows))

    def _key(self, item: Service | Message | Enum) -> Imported:
        return Imported(self._module, item.python_name)

    def _section(self, item: Service | Message | Enum, facts: tuple[str, ...], *tables: Table) -> ClassView:
        place = self._index.place(self._key(item))
        assert place is not None
        lines = textwrap.dedent(item.doc).splitlines()
        texts = list(paragraphs(docstrings.paragraphs(lines), self._link, foreign=True))
        if item.deprecated:
            texts.append("Deprecated.")
        return ClassView(
            title=place.title,
            summary=texts[0] if texts else "",
            body=tuple(texts[1:]),
            imported="",
            facts=facts,
            signature="",
            tables=tuple(table for table in tables if table.rows),
            methods=(),
            examples=(),
        )

    def _service(self, item: Service) -> ClassView:
        rows = []
        for method in item.methods:
            sent, received = (
                self._types.linked(named(MessageName(name))) for name in (method.request, method.response)
            )
            rows.append(
                (
                    f"`{method.python_name}`",
                    f"stream of {sent}" if method.client_streaming else sent,
                    f"stream of {received}" if method.server_streaming else received,
                    self._meaning(method.doc, method.deprecated),
                )
            )
        used = f"Stub: `{item.stub_name}(client)`. Server base: `{item.base_name}`."
        return self._section(item, (used,), Table("", ("RPC", "Request", "Response", "Meaning"), tuple(rows)))

    def _message(self, item: Message) -> ClassView:
        rows = tuple(
            (f"`{field.python_name}`", self._types.linked(_type(field)), str(field.number), self._field(field))
            for field in item.fields
        )
        facts = () if rows else ("It has no fields.",)
        return self._section(item, facts, Table("", ("Field", "Type", "Number", "Meaning"), rows))

    def _field(self, field: Field) -> str:
        text = self._meaning(field.doc, field.deprecated)
        return f"{text} One of `{field.oneof}`.".strip() if field.oneof else text

    def _enum(self, item: Enum) -> ClassView:
        rows = tuple(
            (f"`{value.python_name}`", str(value.number), self._meaning(value.doc, value.deprecated))
            for value in item.values
        )
        return self._section(item, (), Table("", ("Member", "Number", "Meaning"), rows))

    def _meaning(self, comment: str, deprecated: bool) -> str:
        text = cell(" ".join(flat(comment)), self._link)
        return f"{text} Deprecated.".strip() if deprecated else text


def _type(field: Field) -> Type:
    value = named(MessageName(field.type_name)) if field.type_name else builtin(field.kind.python)
    if field.is_map:
        assert field.map_key is not None
        return generic(Builtin("dict"), builtin(field.map_key.python), value)
    if field.is_repeated:
        return generic(Builtin("list"), value)
    return optional(value) if field.presence else value


def counts(files: tuple[File, ...]) -> Iterator[str]:
    """What a package has, for a directory of packages."""
    for name, count in (
        ("services", sum(len(file.services) for file in files)),
        ("messages", sum(len(file.messages) for file in files)),
        ("enums", sum(len(file.enums) for file in files)),
    ):
        if count:
            yield f"{count} {name if count > 1 else name[:-1]}"
