"""What the template of an entity sees: text that is laid out already, in the order in which it is written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BoundView:
    """The class that holds both forms of one method.

    Attributes:
        name: the class.
        bases: the list of bases with brackets, or nothing.
        doc: its docstring.
        attribute: where it keeps what it is bound to.
        owner: the parameter of its constructor, with annotation.
        call_signature: `def` line or lines of the blocking form.
        call_body: its statements, indented.
        aio_signature: the same of the async form.
        descriptor: for a class-level method the class of the descriptor, else nothing.
        descriptor_doc: docstring of that class.
        descriptor_signature: `def` line of its `__get__`.
    """

    name: str
    bases: str
    doc: str
    attribute: str
    owner: str
    call_signature: str
    call_doc: str
    call_body: str
    aio_signature: str
    aio_doc: str
    aio_body: str
    descriptor: str
    descriptor_doc: str
    descriptor_signature: str


@dataclass(frozen=True)
class CollectionView:
    """The class that holds the methods of one collection.

    Attributes:
        members: its methods as (name, class of both forms, docstring).
    """

    name: str
    doc: str
    owner: str
    members: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class MemberView:
    """One member of the entity's class.

    Attributes:
        decorator: with its line break, or nothing.
        signature: `def` line or lines.
        doc: docstring with its line break, or nothing.
        body: statements, indented.
    """

    decorator: str
    signature: str
    doc: str
    body: str


@dataclass(frozen=True)
class EntityView:
    """One module with one entity.

    Attributes:
        descriptors: class-level methods as (attribute, descriptor class).
        members: properties and methods, in order.
        type_variable: the definition of the type variable for subclasses; empty when nothing needs it.
    """

    name: str
    doc: str
    module_doc: str
    base: str
    message: str
    imports: tuple[str, ...]
    type_imports: tuple[str, ...]
    type_checking: str
    type_variable: str
    bound: tuple[BoundView, ...]
    collections: tuple[CollectionView, ...]
    descriptors: tuple[tuple[str, str], ...]
    members: tuple[MemberView, ...]
