"""What methods and their parameters mean, from the manifest, the hand-written functions and the protos."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from remora_codegen.entities import docs
from remora_codegen.entities.docs import Doc
from remora_codegen.manifest import EntityMethod
from remora_codegen.manifest.model import Call, Delegate
from remora_codegen.signatures import Function

_STANDARD = {
    "limit": "At most so many items in all; None for all of them.",
    "page_size": "How many items to ask for at a time.",
    "request": "Further fields of the request; what the other parameters say wins.",
    "poll_interval": "Seconds between two questions.",
    "timeout": "Deadline of the call in seconds; the client's own when None.",
    "client": "The client to use; the current or the default one when None.",
}
_WAIT_TIMEOUT = "Seconds of the whole wait; None for no limit."
_PAGE_TIMEOUT = "Deadline in seconds of the call for one page; the client's own when None."


def method_doc(method: EntityMethod) -> Doc:
    """The docstring of a method."""
    assert not isinstance(method.binding, Delegate)
    if isinstance(method.binding, Call):
        fallback = f"Call `{method.binding.service.full_name}/{method.binding.rpc.name}`"
    else:
        fallback = f"See `{method.binding.module}.{method.binding.name}`"
    doc = docs.parse(method.doc, fallback)
    given = dict(doc.arguments) if not isinstance(method.binding, Call) or not method.binding.builder else {}
    source = method.binding if isinstance(method.binding, Function) else None
    if source is None and isinstance(method.binding, Call) and method.binding.builder:
        source = method.binding.builder.function
    if source is not None:
        written = docs.parse(source.doc, "")
        known = {item.name for item in method.parameters}
        given = {**{name: text for name, text in written.arguments.items() if name in known}, **given}
        sections = doc.sections or tuple(item for item in written.sections if not item[0].startswith("Example"))
        doc = Doc(doc.summary, doc.body, given, sections)
    given.update({item.name: " ".join(item.doc.split()) for item in method.parameters if item.doc})
    return with_note(Doc(doc.summary, doc.body, given, doc.sections), method.deprecated)


def with_note(doc: Doc, deprecated: str) -> Doc:
    """The docstring with a last paragraph about what to use instead, if there is something."""
    return replace(doc, body=(*doc.body, f"Deprecated: {deprecated}.")) if deprecated else doc


def standard_docs(method: EntityMethod) -> Mapping[str, str]:
    """What the parameters mean that many methods have."""
    standard = {**_STANDARD, **({"timeout": _PAGE_TIMEOUT} if method.shape == "pages" else {})}
    binding = method.binding.method.binding if isinstance(method.binding, Delegate) else method.binding
    if isinstance(binding, Call) and binding.wait is not None:
        standard["timeout"] = _WAIT_TIMEOUT
    return standard
