"""The manifest as the entity generator sees it: checked against the schema, with every name and type decided.

The parts of a call are in `remora_codegen.manifest.call_model`, and offered here beside the rest.
"""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from remora_codegen.manifest.call_model import (
    BodyStatus,
    Builder,
    Call,
    Constant,
    Conversion,
    FieldPath,
    Fill,
    FromConstant,
    FromContext,
    FromLocal,
    FromMask,
    FromParameter,
    FromPosition,
    FromSelf,
    FromTemplate,
    Header,
    Mask,
    Pages,
    Result,
    Resume,
    Sending,
    Source,
    Wait,
)
from remora_codegen.model import Method, Service
from remora_codegen.names import snake_case
from remora_codegen.pytypes import Type
from remora_codegen.signatures import Function

if TYPE_CHECKING:
    from remora_codegen.manifest.command_model import Command, CommandGroup

__all__ = [
    "BodyStatus",
    "Builder",
    "Call",
    "Collection",
    "Constant",
    "Conversion",
    "Delegate",
    "Entity",
    "EntityMethod",
    "ErrorClass",
    "FieldPath",
    "Fill",
    "FromConstant",
    "FromContext",
    "FromLocal",
    "FromMask",
    "FromParameter",
    "FromPosition",
    "FromSelf",
    "FromTemplate",
    "Header",
    "Login",
    "LoginParameter",
    "Manifest",
    "Mask",
    "Origin",
    "Pages",
    "Parameter",
    "Property",
    "Result",
    "Resume",
    "Sending",
    "Source",
    "Wait",
]


@dataclass(frozen=True)
class Property:
    """One property of an entity.

    Attributes:
        path: the field that it reads; None for a hand-written function.
        conversion: how the field's value is converted when `function` is None.
        function: with a path: converts the value; without: gives the property from the entity.
        entity: the entity that wraps the message.
        empty_is_none: a field with its default value reads as None.
        none_is_empty: a message that is not set reads as an empty one.
        deprecated: what to use instead; empty when the property is not deprecated.
        template: the field is a resource name of this form, and the property its part of the property's name.
    """

    name: str
    type: Type
    doc: str
    path: FieldPath | None = None
    conversion: Conversion = field(default_factory=Conversion)
    function: Function | None = None
    entity: str = ""
    empty_is_none: bool = False
    none_is_empty: bool = False
    template: str = ""
    aliases: tuple[str, ...] = ()
    deprecated: str = ""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a method.

    Attributes:
        kind: as `remora_codegen.signatures.Argument.kind`.
        default: Python text, None for a required parameter.
        change: left out, it changes nothing; its default is the contract's `UNSET`.
    """

    name: str
    type: Type
    kind: str
    default: str | None = None
    doc: str = ""
    change: bool = False


@dataclass(frozen=True)
class ErrorClass:
    """An error of the service's own; empty texts are not asked for.

    Attributes:
        base: the class above, of the manifest if `own`, else of the runtime.
        detail: full name of a message.
        body: codes as Python values.
    """

    name: str
    doc: str
    base: str
    own: bool
    status: str
    message: str
    detail: str
    body: tuple[str | int, ...]


@dataclass(frozen=True)
class LoginParameter:
    """A parameter of a login.

    Attributes:
        path: the request field that it fills.
        secret: it is never shown.
        default: the value that stands in for it; None if it is required.
    """

    name: str
    path: FieldPath
    doc: str
    secret: bool
    default: Constant | None


@dataclass(frozen=True)
class Login:
    """A way to log in by an RPC.

    Attributes:
        token: where the response has the token.
        header: the header that carries it, after the word `scheme` if there is one.
        lifetime: seconds, None when nobody says.
    """

    name: str
    doc: str
    service: Service
    rpc: Method
    parameters: tuple[LoginParameter, ...]
    token: FieldPath
    header: str
    scheme: str
    lifetime: int | None


@dataclass(frozen=True)
class Delegate:
    """A method of a parent's collection: the children's method with some parameters filled.

    Attributes:
        entity: the children's entity.
        method: its class-level method.
        filled: parameters, and the fields of the parent that give them.
    """

    entity: str
    method: EntityMethod
    filled: tuple[tuple[str, FieldPath], ...]


@dataclass(frozen=True)
class EntityMethod:
    """One method of an entity.

    Attributes:
        level: `class` or `instance`.
        shape: `unary` (one result), `stream`, `pages`, or `plain` (a hand-written function without I/O).
        returns: the result of one call; for streams and pages the type of an item.
        binding: the RPC, the hand-written function, or the children's method.
        deprecated: what to use instead; empty when the method is not deprecated.
        collection: the collection that has the method; empty for the entity itself.
    """

    entity: str
    name: str
    level: str
    shape: str
    parameters: tuple[Parameter, ...]
    returns: Type
    binding: Call | Function | Delegate
    doc: str
    example: str = ""
    aliases: tuple[str, ...] = ()
    collection: str = ""
    deprecated: str = ""

    @property
    def what(self) -> str:
        """The public dotted name, for warnings and errors."""
        return f"{self.entity}.{f'{self.collection}.' if self.collection else ''}{self.name}"

    @property
    def key(self) -> str:
        """A name of its own among all methods of the entity and its collections."""
        return f"{self.collection}_{self.name}" if self.collection else self.name


@dataclass(frozen=True)
class Collection:
    """The children of an entity."""

    name: str
    doc: str
    methods: tuple[EntityMethod, ...]


@dataclass(frozen=True)
class Origin:
    """Another message of which an entity can be made: paths in its own message, and those that fill them."""

    message: str
    fields: tuple[tuple[FieldPath, FieldPath], ...]
    name: str


@dataclass(frozen=True)
class Entity:
    """One entity."""

    name: str
    message: str
    doc: str
    properties: tuple[Property, ...] = ()
    methods: tuple[EntityMethod, ...] = ()
    collections: tuple[Collection, ...] = ()
    origins: tuple[Origin, ...] = ()

    @property
    def module(self) -> str:
        """The module of the entity in the package of entities."""
        return snake_case(self.name) + ("_" if keyword.iskeyword(snake_case(self.name)) else "")


@dataclass(frozen=True)
class Manifest:
    """All entities of one manifest, by name in alphabetical order, and what is exported beside them.

    Attributes:
        included: names of the manifests that it includes.
        sources: directories where modules of hand-written functions are looked for.
        commands: the command line.
        context: settings of the client beside those that every client has, with their meaning.
    """

    file: str
    entities: tuple[Entity, ...]
    exports: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    errors: tuple[ErrorClass, ...] = ()
    logins: tuple[Login, ...] = ()
    included: tuple[str, ...] = ()
    sources: tuple[Path, ...] = ()
    commands: tuple[Command | CommandGroup, ...] = ()
    context: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def by_name(self) -> Mapping[str, Entity]:
        """Entities by name."""
        return {item.name: item for item in self.entities}
