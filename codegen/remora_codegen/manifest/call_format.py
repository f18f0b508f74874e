"""The part of the manifest's format that says how one RPC is called: parameters, sources, results, pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from remora_codegen.manifest.records import Key, RecordOf
from remora_codegen.manifest.shapes import AnyValue, Boolean, Constant, ListOf, MapOf, Number, String, Text, Whole
from remora_codegen.model import Location

FUNCTION = "as `module:function`; it is read, never imported, and its annotations give the types"


@dataclass(frozen=True, kw_only=True)
class SourceNode:
    """Where the value of a request field or header comes from: one of `self`, `context`, `value`, `template`."""

    title: ClassVar[str] = "a source"
    at: Location

    self_: Annotated[
        Text | None,
        Key(
            String(),
            "Field path in the entity's own message; `.` is the whole message. Makes the method an instance method.",
        ),
    ] = None
    context: Annotated[
        Text | None,
        Key(String(), "A setting of the client: org, project, domain, or one of the manifest's `context`."),
    ] = None
    optional: Annotated[
        bool,
        Key(Boolean(), "The client may lack the setting; the field then keeps its default, a header is left out."),
    ] = False
    value: Annotated[Constant | None, Key(AnyValue(), "A constant; an enum value goes by its name.")] = None
    template: Annotated[
        Text | None,
        Key(
            String(),
            "A resource name such as `shelves/{shelf}/books/{book}`, made from the method's parameters of those names.",
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class ParameterNode:
    """One parameter of a method, and the request field that it fills."""

    title: ClassVar[str] = "a parameter"
    at: Location

    field: Annotated[
        Text | None, Key(String(), "Field path in the request. The parameter's own name when omitted.")
    ] = None
    metadata: Annotated[
        Text | None,
        Key(String(), "The header of the call that the parameter goes into, instead of a field; bytes for `...-bin`."),
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
        Key(String(), "The default is None, which means this setting of the client."),
    ] = None
    mask: Annotated[
        bool | None,
        Key(Boolean(), "`false`: in a method with `mask`, this says which thing is changed and is no change itself."),
    ] = None
    positional: Annotated[
        bool | None,
        Key(
            Boolean(), "May be given by position. Required parameters may, others may not, unless this says otherwise."
        ),
    ] = None
    convert: Annotated[
        Text | None, Key(String(), f"A function from the parameter's value to the field's, {FUNCTION}.")
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
        Text | None, Key(String(), f"A function from what the field holds to what is returned or wrapped, {FUNCTION}.")
    ] = None
    refresh: Annotated[bool, Key(Boolean(), "Keep the message in this entity and return the entity itself.")] = False
    keep: Annotated[
        tuple[tuple[Text, Text], ...],
        Key(
            MapOf(String()),
            "Field paths of the entity's message, and the field paths in the request that fill them: what the answer "
            "does not say again.",
        ),
    ] = ()
    join: Annotated[
        Text | None,
        Key(
            String(("bytes", "file")),
            "The field's bytes of all responses of a stream: `bytes` returns them, `file` adds the parameter `to`, a "
            "path or binary file, and returns how many were written there.",
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class PagesNode:
    """How an RPC that lists is paged, by one of `token`, `page`, `offset`, `after`; the method then returns a pager."""

    title: ClassVar[str] = "'pages'"
    at: Location

    items: Annotated[
        Text | None,
        Key(
            String(),
            "Field path in the response of the repeated field with the items. A stream may do without: each response "
            "is an item then.",
        ),
    ] = None
    token: Annotated[Text | None, Key(String(), "Field path in the request of the page token.")] = None
    next_token: Annotated[
        Text | None, Key(String(), "Field path in the response of the token of the next page; goes with `token`.")
    ] = None
    page: Annotated[Text | None, Key(String(), "Field path in the request of the number of the page.")] = None
    first_page: Annotated[
        int | None, Key(Whole(0), "Number of the first page, 0 or 1; goes with `page`; 1 when omitted.")
    ] = None
    offset: Annotated[
        Text | None, Key(String(), "Field path in the request of the number of items to leave out at the beginning.")
    ] = None
    after: Annotated[
        Text | None,
        Key(
            String(),
            "Field path in the request of the key after which a page starts. A parameter that fills the same field "
            "gives the first page.",
        ),
    ] = None
    key: Annotated[
        Text | None,
        Key(String(), "Field path in an item of its key, or `.` for the item itself; goes with `after`."),
    ] = None
    inclusive: Annotated[
        bool,
        Key(
            Boolean(),
            "The field `after` names the first key of a page, so the key just behind the last one is sent: "
            "one zero byte longer, or 1 larger.",
        ),
    ] = False
    more: Annotated[
        Text | None, Key(String(), "Field path in the response of a bool that tells whether there are more items.")
    ] = None
    total: Annotated[
        Text | None, Key(String(), "Field path in the response of the number of all items; for `page` and `offset`.")
    ] = None
    total_pages: Annotated[
        Text | None, Key(String(), "Field path in the response of the number of all pages; for `page`.")
    ] = None
    short_page_ends: Annotated[
        bool,
        Key(
            Boolean(),
            "A page with fewer items than `size` asked for is the last one. Otherwise, where nothing else tells the "
            "end, an empty page does.",
        ),
    ] = False
    size: Annotated[Text | None, Key(String(), "Field path in the request of the page size.")] = None
    page_size: Annotated[
        int | None, Key(Whole(1), "Default of the parameter `page_size`, which `size` gives; 100 when omitted.")
    ] = None
    max_page_size: Annotated[
        int | None, Key(Whole(1), "Largest page size that is sent, whatever a caller asks for; 200 when omitted.")
    ] = None
    limit: Annotated[int | None, Key(Whole(1), "Default of the parameter `limit`; no limit when omitted.")] = None


@dataclass(frozen=True, kw_only=True)
class MaskNode:
    """The field mask of an update. It names those parameters of the changed message that the caller gives."""

    title: ClassVar[str] = "'mask'"
    at: Location

    field: Annotated[Text, Key(String(), "Field path in the request of the `google.protobuf.FieldMask`.")]
    of: Annotated[
        Text | None,
        Key(
            String(),
            "Field path in the request of the message that is changed, to which the mask's paths are relative; `.` is "
            "the request itself. When omitted, the one field that parameters reach into.",
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class RequestsNode:
    """What an RPC that takes a stream of requests is sent: a parameter with items, or with content in pieces."""

    title: ClassVar[str] = "'requests'"
    at: Location

    parameter: Annotated[Text, Key(String(), "Name of the parameter that takes the items.")]
    field: Annotated[
        Text | None,
        Key(String(), "Field path in a request that an item fills. Without it the items are the requests themselves."),
    ] = None
    convert: Annotated[
        Text | None, Key(String(), f"A function from an item to the field's value, or to the request, {FUNCTION}.")
    ] = None
    chunk_size: Annotated[
        int | None,
        Key(
            Whole(1),
            "The field holds bytes: the parameter takes bytes, the path of a file, a binary file or pieces of bytes, "
            "which are sent in chunks of at most so many bytes.",
        ),
    ] = None
    others: Annotated[
        Text | None,
        Key(
            String(("alone", "first", "each")),
            "Where the other parameters go: `alone` into a first request without an item, `first` into the first "
            "request with an item, `each` into every request. Each when omitted.",
        ),
    ] = None
    doc: Annotated[Text | None, Key(String(), "What the parameter means, for the `Args` of the docstring.")] = None


@dataclass(frozen=True, kw_only=True)
class ResumeNode:
    """How a stream that was dropped goes on: it is called again from the position after the last one seen."""

    title: ClassVar[str] = "'resume'"
    at: Location

    after: Annotated[
        Text,
        Key(
            String(),
            "Field path in a response of its position. Of a repeated field on the way, the last element counts.",
        ),
    ]
    into: Annotated[Text, Key(String(), "Field path in the request of the position to start at.")]
    plus: Annotated[
        int | None,
        Key(Whole(0), "What is added to a number; 1 when omitted. 0 for services that start behind the position."),
    ] = None
    first: Annotated[
        Text | None,
        Key(
            String(),
            "Field path in the first response of the position at which the stream begins, for a call that names none.",
        ),
    ] = None
    give_up: Annotated[
        int | None, Key(Whole(1), "Seconds without any response after which the error is raised; 60 when omitted.")
    ] = None


@dataclass(frozen=True, kw_only=True)
class WaitNode:
    """Waiting until an answer shows a state: the RPC is polled, or its stream is read."""

    title: ClassVar[str] = "'wait'"
    at: Location

    state: Annotated[Text, Key(String(), "Field path in the response of the state.")]
    until: Annotated[
        tuple[Constant, ...], Key(ListOf(AnyValue()), "States that end the wait; an enum value goes by its name.")
    ] = ()
    reached: Annotated[
        Text | None,
        Key(String(), f"A function from a state to whether it ends the wait, {FUNCTION}. It may stand beside `until`."),
    ] = None
    failed: Annotated[
        tuple[Constant, ...], Key(ListOf(AnyValue()), "States that end the wait with the error `WaitFailed`.")
    ] = ()
    reason: Annotated[
        Text | None, Key(String(), "Field path in the response of a string that says why the state is a failed one.")
    ] = None
    error: Annotated[
        Text | None, Key(String(), "One of the manifest's `errors`, which is raised instead of `WaitFailed`.")
    ] = None
    timeout: Annotated[
        float | None,
        Key(Number(0), "Default of the parameter `timeout`, the seconds of the whole wait; no limit when omitted."),
    ] = None
    poll_interval: Annotated[
        float | None,
        Key(Number(0), "Default of the parameter `poll_interval`, in seconds; 1 when omitted. Not for streams."),
    ] = None


@dataclass(frozen=True, kw_only=True)
class StatusNode:
    """A status that stands in an answer, instead of being the status of the call."""

    title: ClassVar[str] = "'status'"
    at: Location

    code: Annotated[
        Text, Key(String(), "Field path in the response of the code: a number, a string, an enum, or true on failure.")
    ]
    message: Annotated[Text | None, Key(String(), "Field path in the response of the message, a string.")] = None
    ok: Annotated[
        tuple[Constant, ...],
        Key(ListOf(AnyValue()), "Codes that mean success; what an unset field holds, such as 0, when omitted."),
    ] = ()


@dataclass(frozen=True, kw_only=True)
class BuilderNode:
    """A hand-written function that makes the request. Its parameters become the method's parameters."""

    title: ClassVar[str] = "'builder'"
    at: Location

    function: Annotated[Text, Key(String(), f"`def f(client: Client, ...) -> Request`, {FUNCTION}.")]
    arguments: Annotated[
        tuple[tuple[Text, SourceNode], ...],
        Key(
            MapOf(RecordOf(SourceNode)),
            "Parameters of the function that the method fills itself instead of taking them.",
        ),
    ] = ()
