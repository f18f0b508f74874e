"""What entities, properties, methods and parameters mean: the manifest's words over those of hand-written functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from remora_codegen.entities import docs
from remora_codegen.entities.arguments import parameters
from remora_codegen.entities.docs import Doc
from remora_codegen.entities.examples import prompted
from remora_codegen.manifest import Entity, EntityMethod, Property
from remora_codegen.manifest.model import Call, Delegate
from remora_codegen.signatures import Function

_EXTRA_DOCS = {
    "limit": "At most so many items in all; None for all of them.",
    "page_size": "How many items to ask for at a time.",
    "request": "Further fields of the request; what the other parameters say wins.",
    "poll_interval": "Seconds between two questions.",
    "timeout": "Deadline of the call in seconds; the client's own when None.",
    "client": "The client to use; the current or the default one when None.",
}
_WAIT_TIMEOUT = "Seconds of the whole wait; None for no limit."
_PAGE_TIMEOUT = "Deadline in seconds of the call for one page; the client's own when None."


def entity_doc(entity: Entity) -> Doc:
    """The docstring of an entity."""
    return docs.parse(entity.doc, f"The message `{entity.message}` with its properties and methods.")


def property_doc(item: Property) -> Doc:
    """The docstring of a property."""
    where = f"`{item.path}`" if item.path else f"`{item.name}`"
    doc = docs.parse(item.doc, f"The field {where} of the message" if item.path else f"The {where} of the entity")
    return _with_note(doc, item.deprecated)


def method_doc(method: EntityMethod) -> Doc:
    """The docstring of a method; one of a collection has that of the children's method, without its example."""
    binding = method.binding
    if isinstance(binding, Delegate):
        doc = method_doc(binding.method)
        return replace(doc, sections=tuple(item for item in doc.sections if not item[0].startswith("Example")))
    if isinstance(binding, Call):
        fallback = f"Call `{binding.service.full_name}/{binding.rpc.name}`"
    else:
        fallback = f"See `{binding.module}.{binding.name}`"
    doc = docs.parse(method.doc, fallback)
    builder = binding.builder if isinstance(binding, Call) else None
    given = {} if builder else dict(doc.arguments)
    source = binding if isinstance(binding, Function) else builder.function if builder else None
    if source is not None:
        written = docs.parse(source.doc, "")
        known = {item.name for item in method.parameters}
        given = {**{name: text for name, text in written.arguments.items() if name in known}, **given}
        sections = doc.sections or tuple(item for item in written.sections if not item[0].startswith("Example"))
        doc = replace(doc, sections=sections)
    given.update({item.name: " ".join(item.doc.split()) for item in method.parameters if item.doc})
    return _with_note(replace(doc, arguments=given), method.deprecated)


def meanings(method: EntityMethod, doc: Doc) -> dict[str, str]:
    """What is said of each parameter of a method; one of which nothing is said is left out."""
    standard = dict(_EXTRA_DOCS)
    if method.shape == "pages":
        standard["timeout"] = _PAGE_TIMEOUT
    binding = method.binding.method.binding if isinstance(method.binding, Delegate) else method.binding
    if isinstance(binding, Call) and binding.wait is not None:
        standard["timeout"] = _WAIT_TIMEOUT
    found = {item.name: doc.arguments.get(item.name) or standard.get(item.name, "") for item in parameters(method)}
    return {name: text for name, text in found.items() if text}


def argument_docs(method: EntityMethod, doc: Doc) -> list[tuple[str, str]]:
    """The section about parameters: all of them, or none where nothing is said of any."""
    said = meanings(method, doc)
    return [(item.name, said.get(item.name, f"The value of `{item.name}`.")) for item in parameters(method) if said]


def example(method: EntityMethod, doc: Doc) -> Sequence[str]:
    """The lines of a method's example, with prompts; empty without one."""
    return prompted(method.example) or doc.example


def _with_note(doc: Doc, deprecated: str) -> Doc:
    """The docstring with a last paragraph about what to use instead, if there is something."""
    return replace(doc, body=(*doc.body, f"Deprecated: {deprecated}.")) if deprecated else doc
