"""The manifest's format: every record and key that a manifest may have, with its documentation.

Reading (`remora_codegen.manifest.shapes` and `.records`), the published JSON Schema and the table in `docs/manifest.md`
all come from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from remora_codegen.manifest.records import Key, RecordOf
from remora_codegen.manifest.shapes import AnyValue, Boolean, Constant, ListOf, MapOf, String, Text, Whole
from remora_codegen.model import Location

# What `Client.value` knows.
SETTINGS = ("domain", "org", "project")
_FUNCTION = "as `module:function`; it is read, never imported, and its annotations give the types"


@dataclass(frozen=True, kw_only=True)
class SourceNode:
    """Where the value of a request field comes from: exactly one of `self`, `context`, `value`."""

    title: ClassVar[str] = "a source"
    at: Location

    self_: Annotated[
        Text | None,
        Key(
            String(),
            "Field path in the entity's own message; `.` is the whole message. Makes the method an instance method.",
        ),
    ] = None
    context: Annotated[Text | None, Key(String(SETTINGS), "A setting of the client.")] = None
    optional: Annotated[bool, Key(Boolean(), "The client may lack the setting; the field then keeps its default.")] = (
        False
    )
    value: Annotated[Constant | None, Key(AnyValue(), "A constant; an enum value goes by its name.")] = None


@dataclass(frozen=True, kw_only=True)
class ParameterNode:
    """One parameter of a method, and the request field that it fills."""

    title: ClassVar[str] = "a parameter"
    at: Location

    field: Annotated[
        Text | None, Key(String(), "Field path in the request. The parameter's own name when omitted.")
    ] = None
    doc: Annotated[Text | None, Key(String(), "What the parameter means, for the `Args` of the docstring.")] = None
    type: Annotated[
        Text | None,
        Key(String(), "The Python type that the parameter must have; an error when the field gives another one."),
    ] = None
    default: Annotated[
        Constant | None,
        Key(AnyValue(), "The default value; an enum value goes by its name. Without one the parameter is required."),
    ] = None
    optional: Annotated[
        bool, Key(Boolean(), "The default is None, which leaves the field unset. For fields that can be unset.")
    ] = False
    context: Annotated[
        Text | None,
        Key(String(SETTINGS), "The default is None, which means this setting of the client."),
    ] = None
    positional: Annotated[
        bool | None,
        Key(
            Boolean(), "May be given by position. Required parameters may, others may not, unless this says otherwise."
        ),
    ] = None
    convert: Annotated[
        Text | None, Key(String(), f"A function from the parameter's value to the field's, {_FUNCTION}.")
    ] = None


@dataclass(frozen=True, kw_only=True)
class ReturnsNode:
    """What a method returns, taken out of the response. Without `returns` it is the response itself."""

    title: ClassVar[str] = "'returns'"
    at: Location

    entity: Annotated[Text | None, Key(String(), "The entity to return, or `none` for nothing.")] = None
    field: Annotated[
        Text | None,
        Key(
            String(),
            "Field path in the response. A repeated field gives a list (in a stream: one item for each element).",
        ),
    ] = None
    from_request: Annotated[
        Text | None,
        Key(String(), "Field path in the request instead, for services that answer a creation with nothing."),
    ] = None
    convert: Annotated[
        Text | None, Key(String(), f"A function from what the field holds to what is returned or wrapped, {_FUNCTION}.")
    ] = None
    refresh: Annotated[bool, Key(Boolean(), "Keep the message in this entity and return the entity itself.")] = False


@dataclass(frozen=True, kw_only=True)
class PagesNode:
    """How an RPC that lists is paged; the method then returns a pager over all items."""

    title: ClassVar[str] = "'pages'"
    at: Location

    items: Annotated[Text, Key(String(), "Field path in the response of the repeated field with the items.")]
    next_token: Annotated[Text, Key(String(), "Field path in the response of the token of the next page.")]
    token: Annotated[Text, Key(String(), "Field path in the request of the page token.")]
    size: Annotated[Text | None, Key(String(), "Field path in the request of the page size.")] = None
    page_size: Annotated[
        int | None, Key(Whole(1), "Default of the parameter `page_size`, which `size` gives; 100 when omitted.")
    ] = None
    limit: Annotated[int | None, Key(Whole(1), "Default of the parameter `limit`; no limit when omitted.")] = None


@dataclass(frozen=True, kw_only=True)
class BuilderNode:
    """A hand-written function that makes the request. Its parameters become the method's parameters."""

    title: ClassVar[str] = "'builder'"
    at: Location

    function: Annotated[Text, Key(String(), f"`def f(client: Client, ...) -> Request`, {_FUNCTION}.")]
    arguments: Annotated[
        tuple[tuple[Text, SourceNode], ...],
        Key(
            MapOf(RecordOf(SourceNode)),
            "Parameters of the function that the method fills itself instead of taking them.",
        ),
    ] = ()


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
            f"A hand-written function, {_FUNCTION}. `async def` gives the blocking and the `.aio` form, an async "
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
    aliases: Annotated[tuple[Text, ...], Key(ListOf(String()), "Further names of the same method.")] = ()


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
    function: Annotated[Text | None, Key(String(), f"A plain function of the entity, {_FUNCTION}.")] = None
    convert: Annotated[
        Text | None,
        Key(
            String(),
            f"A function from the field's value to the property's, {_FUNCTION}; or `none` for the message as it is. "
            "By default Timestamp gives an aware datetime, Duration a timedelta, wrappers their value, Struct a dict.",
        ),
    ] = None
    entity: Annotated[Text | None, Key(String(), "Wrap the message in this entity.")] = None
    optional: Annotated[
        bool, Key(Boolean(), "A field that has its default value (an empty string, 0) reads as None.")
    ] = False
    present: Annotated[bool, Key(Boolean(), "A message that is not set reads as an empty one instead of None.")] = False
    doc: Annotated[Text | None, Key(String(), "The docstring; the comment of the field or function otherwise.")] = None
    aliases: Annotated[tuple[Text, ...], Key(ListOf(String()), "Further names of the same property.")] = ()


@dataclass(frozen=True, kw_only=True)
class EntityNode:
    """One entity: a Python class around one message."""

    title: ClassVar[str] = "an entity"
    at: Location

    message: Annotated[Text, Key(String(), "Full name of the message that the entity wraps.")]
    doc: Annotated[
        Text | None,
        Key(String(), "The docstring; its first sentence is the summary. The comment of the message otherwise."),
    ] = None
    properties: Annotated[
        tuple[tuple[Text, PropertyNode], ...],
        Key(MapOf(RecordOf(PropertyNode, shorthand="field")), "Properties by name. A plain string is the field path."),
    ] = ()
    methods: Annotated[tuple[tuple[Text, MethodNode], ...], Key(MapOf(RecordOf(MethodNode)), "Methods by name.")] = ()


@dataclass(frozen=True, kw_only=True)
class ManifestNode:
    """A manifest: what Python classes a set of proto services becomes."""

    title: ClassVar[str] = "a manifest"
    at: Location

    entities: Annotated[
        tuple[tuple[Text, EntityNode], ...], Key(MapOf(RecordOf(EntityNode)), "Entities by class name.")
    ]
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
