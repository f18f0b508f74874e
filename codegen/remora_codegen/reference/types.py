"""Types on a page: as text in signatures, as code with links in tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from remora_codegen import layout
from remora_codegen.model import Schema
from remora_codegen.pytypes import Builtin, EntityName, Imported, MessageName, Name, SelfName, Type
from remora_codegen.reference.index import Index
from remora_codegen.reference.markdown import code

SIGNATURE_WIDTH = 100


@dataclass(frozen=True)
class Types:
    """How one page shows types.

    Attributes:
        page: the page.
        package: the generated package.
        entities: the module of the page's entities.
        owner: the class that `Self` stands for.
        module: the package of messages whose page it is.
        defined: follows a name to the module that defines it.
        aliases: what an alias of a type stands for; None for anything else.
    """

    schema: Schema
    index: Index
    defined: Callable[[Imported], Imported]
    page: str
    package: str
    entities: str
    owner: str = ""
    module: str = ""
    aliases: Callable[[Imported], Type | None] = lambda name: None

    def text(self, type_: Type) -> str:
        """A type as plain text."""
        return "".join(text for text, _ in self._parts(type_))

    def linked(self, type_: Type) -> str:
        """A type as code; names with a place on some page lead there, and other aliases of types are spelled out."""
        return code(self._links(type_))

    def _links(self, type_: Type) -> Iterator[tuple[str, str]]:
        parts = list(self._parts(type_))
        following = [text for text, _ in parts[1:]] + [""]
        for (text, key), after in zip(parts, following, strict=True):
            address = self.index.address(self.page, key) if key else ""
            # An alias with parameters of its own stays a name.
            spelled = self.aliases(key) if key and not address and not after.startswith("[") else None
            if spelled is None:
                yield text, address
            else:
                yield from self._links(spelled)

    def message_key(self, full_name: str) -> Imported:
        """The module and name of the class of a message or enum."""
        file = self.schema.type_file(full_name)
        return Imported(".".join((self.package, *file.package_path)), self.schema.python_name(full_name))

    def _parts(self, type_: Type) -> Iterator[tuple[str, Imported | None]]:
        parts = list(type_.parts)
        for position, part in enumerate(parts):
            if isinstance(part, str):
                if part:
                    yield part, None
            elif isinstance(part, SelfName):
                yield self.owner, None
            elif isinstance(part, Builtin):
                yield part.name, None
            elif isinstance(part, EntityName):
                yield part.name, Imported(self.entities, part.name)
            elif isinstance(part, MessageName):
                key = self.message_key(part.full_name)
                yield key.name if key.module == self.module else f"{key.module.rpartition('.')[2]}.{key.name}", key
            else:
                following = parts[position + 1] if position + 1 < len(parts) else ""
                yield self._imported(part, following, parts, position)

    def _imported(
        self, name: Imported, following: object, parts: list[str | Name], position: int
    ) -> tuple[str, Imported | None]:
        if isinstance(following, str) and following.startswith("."):
            # `module.Name`: the attribute belongs to the name before it.
            attribute = following[1:]
            end = next((index for index, char in enumerate(attribute) if not (char.isalnum() or char == "_")), None)
            attribute, rest = (attribute, "") if end is None else (attribute[:end], attribute[end:])
            parts[position + 1] = rest
            module = f"{name.module}.{name.name}" if name.module else name.name
            return f"{name.name.rpartition('.')[2]}.{attribute}", self.defined(Imported(module, attribute))
        return name.name, self.defined(name)


def signature(head: str, items: list[str], tail: str) -> str:
    """A signature as a person would break it."""
    return layout.bracketed(head, items, tail, width=SIGNATURE_WIDTH)
