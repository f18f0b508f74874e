"""The manifest's format: every record and key that a manifest may have, with its documentation.

Reading (`remora_codegen.manifest.shapes` and `.records`), the published JSON Schema and the table in `docs/manifest.md`
all come from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from remora_codegen.manifest.call_format import (
    FUNCTION,
    BuilderNode,
    MaskNode,
    PagesNode,
    ParameterNode,
    RequestsNode,
    ResumeNode,
    ReturnsNode,
    SourceNode,
    StatusNode,
    WaitNode,
)
from remora_codegen.manifest.command_format import CommandNode
from remora_codegen.manifest.records import Key, RecordOf
from remora_codegen.manifest.shapes import AnyValue, Boolean, Constant, ListOf, MapOf, String, Text, Whole
from remora_codegen.model import Location

STATUSES = (
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
)


@dataclass(frozen=True, kw_only=True)
class MethodNode:
    """One method: bound to an RPC (`rpc`) or to a hand-written function (`behaviour`)."""

    title: ClassVar[str] = "a method"
    at: Location

    rpc: Annotated[Text | None, Key(String(), "The RPC, as `package.Service/Method`.")] = None
    behaviour: Annotated[
        Text | None,
        Key(
            String(),
            f"A hand-written function, {FUNCTION}. `async def` gives the blocking and the `.aio` form, an async "
            "generator gives streams, a plain function of a PageSource gives pagers, any other plain function "
            "is copied as a plain method. The first parameter `cls` makes it a class-level method, `self` an instance "
            "method.",
        ),
    ] = None
    doc: Annotated[
        Text | None,
        Key(
            String(), "The docstring; its first sentence is the summary. The comment of the RPC or function otherwise."
        ),
    ] = None
    example: Annotated[
        Text | None, Key(String(), "Python lines that call the blocking form; the `.aio` example is made from them.")
    ] = None
    parameters: Annotated[
        tuple[tuple[Text, ParameterNode], ...],
        Key(
            MapOf(RecordOf(ParameterNode, shorthand="field")),
            "Parameters by name, in the order of the signature. A plain string is the field path.",
        ),
    ] = ()
    request: Annotated[
        tuple[tuple[Text, SourceNode], ...],
        Key(MapOf(RecordOf(SourceNode)), "Request fields that no parameter fills, by field path."),
    ] = ()
    metadata: Annotated[
        tuple[tuple[Text, SourceNode], ...],
        Key(MapOf(RecordOf(SourceNode)), "Headers of the call that no parameter gives, by name."),
    ] = ()
    mask: Annotated[
        MaskNode | None,
        Key(
            RecordOf(MaskNode, shorthand="field"),
            "The request has a field mask: parameters that are left out stay as they are, None clears. A plain string "
            "is the mask's field.",
        ),
    ] = None
    requests: Annotated[
        RequestsNode | None,
        Key(
            RecordOf(RequestsNode, shorthand="parameter"),
            "What is sent by an RPC that takes a stream of requests. A plain string is the parameter. Without it, one "
            "request is sent, and the sending side stays open until the call ends.",
        ),
    ] = None
    resume: Annotated[
        ResumeNode | None, Key(RecordOf(ResumeNode), "How a stream of responses goes on after a lost connection.")
    ] = None
    wait: Annotated[
        WaitNode | None,
        Key(RecordOf(WaitNode), "The method waits until an answer shows a state, and returns that one."),
    ] = None
    status: Annotated[
        StatusNode | None,
        Key(
            RecordOf(StatusNode),
            "The answer holds a status, which becomes an error; it goes before the manifest's.",
        ),
    ] = None
    builder: Annotated[
        BuilderNode | None,
        Key(RecordOf(BuilderNode, shorthand="function"), "A hand-written function that makes the request."),
    ] = None
    returns: Annotated[
        ReturnsNode | None,
        Key(RecordOf(ReturnsNode, shorthand="entity"), "What comes back. A plain string is the entity."),
    ] = None
    pages: Annotated[PagesNode | None, Key(RecordOf(PagesNode), "How the RPC is paged.")] = None
    retry_safe: Annotated[
        bool, Key(Boolean(), "The RPC may be sent again after a lost connection although the proto does not say so.")
    ] = False
    signature_test: Annotated[
        bool,
        Key(
            Boolean(),
            "The method's contract test compares its signature alone, because its functions refuse sample values.",
        ),
    ] = False
    aliases: Annotated[tuple[Text, ...], Key(ListOf(String()), "Further names of the same method.")] = ()
    old_names: Annotated[
        tuple[Text, ...],
        Key(ListOf(String()), "Further names that give a DeprecationWarning, which tells the new one."),
    ] = ()
    deprecated: Annotated[
        Text | None, Key(String(), "What to use instead; a call warns with a DeprecationWarning that says so.")
    ] = None


@dataclass(frozen=True, kw_only=True)
class PropertyNode:
    """One property: a field path of the message, or a hand-written plain function of the entity."""

    title: ClassVar[str] = "a property"
    at: Location

    field: Annotated[
        Text | None,
        Key(
            String(),
            "Field path in the entity's message. The property's own name when neither this nor `function` is given.",
        ),
    ] = None
    function: Annotated[Text | None, Key(String(), f"A plain function of the entity, {FUNCTION}.")] = None
    convert: Annotated[
        Text | None,
        Key(
            String(),
            f"A function from the field's value to the property's, {FUNCTION}; or `none` for the message as it is. "
            "By default Timestamp gives an aware datetime, Duration a timedelta, wrappers their value, Struct a dict.",
        ),
    ] = None
    entity: Annotated[Text | None, Key(String(), "Wrap the message in this entity.")] = None
    part_of: Annotated[
        Text | None,
        Key(
            String(),
            "The field is a resource name such as `shelves/{shelf}/books/{book}`; the property is its part of the "
            "property's own name.",
        ),
    ] = None
    optional: Annotated[
        bool, Key(Boolean(), "A field that has its default value (an empty string, 0) reads as None.")
    ] = False
    present: Annotated[bool, Key(Boolean(), "A message that is not set reads as an empty one instead of None.")] = False
    doc: Annotated[Text | None, Key(String(), "The docstring; the comment of the field or function otherwise.")] = None
    aliases: Annotated[tuple[Text, ...], Key(ListOf(String()), "Further names of the same property.")] = ()
    old_names: Annotated[
        tuple[Text, ...],
        Key(ListOf(String()), "Further names that give a DeprecationWarning, which tells the new one."),
    ] = ()
    deprecated: Annotated[
        Text | None, Key(String(), "What to use instead; reading warns with a DeprecationWarning that says so.")
    ] = None


@dataclass(frozen=True, kw_only=True)
class CollectionNode:
    """The children of an entity: class-level methods of another one, with parameters that the parent fills."""

    title: ClassVar[str] = "a collection"
    at: Location

    entity: Annotated[Text, Key(String(), "The entity of the children.")]
    fill: Annotated[
        tuple[tuple[Text, Text], ...],
        Key(MapOf(String()), "Parameters of the children's methods, and the field paths here that fill them."),
    ]
    methods: Annotated[
        tuple[Text, ...],
        Key(ListOf(String()), "Which methods of the children; all that have these parameters when omitted."),
    ] = ()
    doc: Annotated[Text | None, Key(String(), "The docstring.")] = None


@dataclass(frozen=True, kw_only=True)
class EntityNode:
    """One entity: a Python class around one message."""

    title: ClassVar[str] = "an entity"
    at: Location

    message: Annotated[Text, Key(String(), "Full name of the message that the entity wraps.")]
    from_: Annotated[
        tuple[tuple[Text, tuple[tuple[Text, Text], ...]], ...],
        Key(
            MapOf(MapOf(String())),
            "Other messages of which the entity can be made, by full name: field paths of the entity's message, and "
            "the field paths there that fill them.",
        ),
    ] = ()
    doc: Annotated[
        Text | None,
        Key(String(), "The docstring; its first sentence is the summary. The comment of the message otherwise."),
    ] = None
    properties: Annotated[
        tuple[tuple[Text, PropertyNode], ...],
        Key(MapOf(RecordOf(PropertyNode, shorthand="field")), "Properties by name. A plain string is the field path."),
    ] = ()
    methods: Annotated[tuple[tuple[Text, MethodNode], ...], Key(MapOf(RecordOf(MethodNode)), "Methods by name.")] = ()
    collections: Annotated[
        tuple[tuple[Text, CollectionNode], ...],
        Key(MapOf(RecordOf(CollectionNode)), "Collections of children by name."),
    ] = ()


@dataclass(frozen=True, kw_only=True)
class ErrorNode:
    """A class of errors, and which errors of calls become one. Of the keys that say so, all must hold."""

    title: ClassVar[str] = "an error"
    at: Location

    doc: Annotated[Text | None, Key(String(), "The docstring of the class.")] = None
    status: Annotated[Text | None, Key(String(STATUSES), "The gRPC status of the call, such as NOT_FOUND.")] = None
    message: Annotated[
        Text | None, Key(String(), "A regular expression that is found somewhere in the error's message.")
    ] = None
    detail: Annotated[
        Text | None,
        Key(
            String(),
            "Full name of the message that is among the details of the error; the attribute `detail` holds it.",
        ),
    ] = None
    body: Annotated[
        tuple[Constant, ...],
        Key(ListOf(AnyValue()), "Codes of a `status` in an answer, as strings, numbers or `true`."),
    ] = ()
    base: Annotated[
        Text | None,
        Key(
            String(),
            "The class above, of `remora.errors` or of this manifest; that of `status` when omitted, else RpcError.",
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class LoginParameterNode:
    """One parameter of a login, and the request field that it fills."""

    title: ClassVar[str] = "a parameter of a login"
    at: Location

    field: Annotated[
        Text | None, Key(String(), "Field path in the request. The parameter's own name when omitted.")
    ] = None
    doc: Annotated[Text | None, Key(String(), "What the parameter means; the comment of the field otherwise.")] = None
    secret: Annotated[bool, Key(Boolean(), "The value is never shown.")] = False
    default: Annotated[
        Constant | None, Key(AnyValue(), "The default value. Without one the parameter is required.")
    ] = None


@dataclass(frozen=True, kw_only=True)
class LoginNode:
    """A way to log in by an RPC that gives a token: `Client(url, auth=Name(...))`."""

    title: ClassVar[str] = "a login"
    at: Location

    rpc: Annotated[Text, Key(String(), "The RPC that gives the token, as `package.Service/Method`.")]
    token: Annotated[Text, Key(String(), "Field path in the response of the token, a string.")]
    doc: Annotated[Text | None, Key(String(), "The docstring of the class; the comment of the RPC otherwise.")] = None
    parameters: Annotated[
        tuple[tuple[Text, LoginParameterNode], ...],
        Key(
            MapOf(RecordOf(LoginParameterNode, shorthand="field")),
            "What it takes to log in, by name. A plain string is the field path.",
        ),
    ] = ()
    header: Annotated[
        Text | None, Key(String(), "Header of every call that carries the token; `authorization` when omitted.")
    ] = None
    scheme: Annotated[
        Text | None,
        Key(String(), "The word before the token in the header; `Bearer` when neither this nor `header` is given."),
    ] = None
    lifetime: Annotated[
        int | None,
        Key(Whole(1), "Default of the parameter `lifetime`: seconds after which a token is renewed before its use."),
    ] = None


@dataclass(frozen=True, kw_only=True)
class ManifestNode:
    """A manifest: what Python classes a set of proto services becomes."""

    title: ClassVar[str] = "a manifest"
    at: Location

    entities: Annotated[
        tuple[tuple[Text, EntityNode], ...], Key(MapOf(RecordOf(EntityNode)), "Entities by class name.")
    ]
    include: Annotated[
        tuple[Text, ...],
        Key(ListOf(String()), "Other manifests, relative to this one, whose contents are part of this one."),
    ] = ()
    context: Annotated[
        tuple[tuple[Text, Text], ...],
        Key(
            MapOf(String()),
            "Settings of the client beside org, project and domain, with their meaning: `Client(context={name: ...})`.",
        ),
    ] = ()
    metadata: Annotated[
        tuple[tuple[Text, SourceNode], ...],
        Key(MapOf(RecordOf(SourceNode)), "Headers of every call of every method that is bound to an RPC, by name."),
    ] = ()
    logins: Annotated[
        tuple[tuple[Text, LoginNode], ...],
        Key(MapOf(RecordOf(LoginNode)), "Logins of the service's own by class name, for `Client(auth=...)`."),
    ] = ()
    errors: Annotated[
        tuple[tuple[Text, ErrorNode], ...],
        Key(MapOf(RecordOf(ErrorNode)), "Errors of the service's own by class name; the first that fits counts."),
    ] = ()
    status: Annotated[
        StatusNode | None,
        Key(RecordOf(StatusNode), "A status that stands in every answer that has these fields."),
    ] = None
    commands: Annotated[
        tuple[tuple[Text, CommandNode], ...],
        Key(
            MapOf(RecordOf(CommandNode, shorthand="method")),
            "The command line: groups of commands, and commands, by name.",
        ),
    ] = ()
    exports: Annotated[
        tuple[tuple[Text, Text], ...],
        Key(
            MapOf(String()),
            "Hand-written names, as `module:name`, that the package of entities offers beside the entities.",
        ),
    ] = ()
    sources: Annotated[
        tuple[Text, ...],
        Key(
            ListOf(String()),
            "Directories, relative to the manifest, where modules of hand-written functions are looked for first.",
        ),
    ] = ()


MANIFEST = RecordOf(ManifestNode)
