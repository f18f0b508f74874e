"""How one RPC is called, as the entity generator sees it: sources of values, results, pages, streams, waits."""

from __future__ import annotations

from dataclasses import dataclass

from remora_codegen.model import Field, Method, Service
from remora_codegen.pytypes import Name, Type
from remora_codegen.signatures import Function


@dataclass(frozen=True)
class FieldPath:
    """A way through nested messages to one field; without steps it means the message itself."""

    message: str
    steps: tuple[Field, ...]

    @property
    def leaf(self) -> Field:
        """The field at the end."""
        return self.steps[-1]

    def __str__(self) -> str:
        return ".".join(step.name for step in self.steps) or "."


@dataclass(frozen=True)
class Conversion:
    """How a field's value and the Python value that people see become each other.

    Attributes:
        read: method or attribute of the message that gives the value, for example `to_datetime()`; empty: as it is.
        write: what makes the message, for example `from_datetime`; `value` is the keyword of a wrapper.
        message: full name of the message, when it is one of the converted kinds.
    """

    read: str = ""
    write: str = ""
    message: str = ""


@dataclass(frozen=True)
class Constant:
    """A constant of the manifest as Python text; an enum value contains the name of its class."""

    parts: tuple[str | Name, ...]


@dataclass(frozen=True)
class FromParameter:
    """The value is a parameter's, converted for the field.

    Attributes:
        conversion: how the field's message is made from it.
        function: a hand-written conversion instead.
        setting: the client's setting that stands in for None.
        fallback: the value that stands in for None.
    """

    name: str
    conversion: Conversion = Conversion()
    function: Function | None = None
    setting: str = ""
    fallback: Constant | None = None
    optional: bool = False


@dataclass(frozen=True)
class FromTemplate:
    """The value is a resource name, made from parameters or settings."""

    template: str
    parts: tuple[tuple[str, FromParameter], ...]


@dataclass(frozen=True)
class FromSelf:
    """The value is a field of the entity's own message."""

    path: FieldPath


@dataclass(frozen=True)
class FromContext:
    """The value is a setting of the client."""

    setting: str
    optional: bool


@dataclass(frozen=True)
class FromConstant:
    """The value is always the same."""

    constant: Constant


@dataclass(frozen=True)
class FromPosition:
    """The value says where a page starts, and comes from the token of the page.

    Attributes:
        style: as `Pages.style`.
        first: what the first page has; None for what an unset field holds. For keys only.
        first_page: the number of the first page.
        inclusive: a key is sent as the one just behind it.
    """

    style: str
    first: Source | None = None
    first_page: int = 1
    inclusive: bool = False


@dataclass(frozen=True)
class FromMask:
    """The value is the field mask of the changes that were given."""


@dataclass(frozen=True)
class FromLocal:
    """The value is a local variable of the generated function: the token or size of a page."""

    name: str


Source = FromParameter | FromSelf | FromContext | FromConstant | FromLocal | FromTemplate | FromPosition | FromMask


@dataclass(frozen=True)
class Fill:
    """A request field and where its value comes from."""

    path: FieldPath
    source: Source


@dataclass(frozen=True)
class Header:
    """A header of a call and where its value comes from.

    Attributes:
        may_be_none: the value can be None, and the header is then left out.
    """

    name: str
    source: Source
    may_be_none: bool = False


@dataclass(frozen=True)
class Mask:
    """A field mask.

    Attributes:
        of: the message that is changed; without steps the request.
        changes: parameters and their paths in that message.
    """

    of: FieldPath
    changes: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Sending:
    """The requests of an RPC that takes a stream of them.

    Attributes:
        parameter: gives the items.
        item: the type of one.
        path: the field that an item fills; None if the items are requests.
        chunk_size: the parameter takes content, which is cut into pieces; 0 for items.
        others: where the call's other fills go: `alone`, `first` or `each`; empty when there are none.
    """

    parameter: str
    item: Type
    path: FieldPath | None = None
    conversion: Conversion = Conversion()
    function: Function | None = None
    chunk_size: int = 0
    others: str = ""


@dataclass(frozen=True)
class Resume:
    """How a dropped stream goes on; a path here may go through repeated fields, of which the last element counts.

    Attributes:
        after: the position of a response.
        into: the position in the request.
        plus: what is added to a number.
        first: the position that the first response tells.
        give_up: seconds.
    """

    after: FieldPath
    into: FieldPath
    plus: int
    first: FieldPath | None
    give_up: int


@dataclass(frozen=True)
class Wait:
    """Waiting for a state.

    Attributes:
        until: states that end it well, `reached` a function that says so of a state.
        failed: states that end it with an error.
        reason: why, as the answer says.
        error: the class of the package that is raised; empty for the runtime's own.
        timeout: default of the parameter, in seconds.
        poll_interval: default of the parameter, in seconds; None for streams.
    """

    state: FieldPath
    until: tuple[Constant, ...]
    reached: Function | None
    failed: tuple[Constant, ...]
    reason: FieldPath | None
    error: str
    timeout: float | None
    poll_interval: float | None


@dataclass(frozen=True)
class BodyStatus:
    """A status that stands in an answer.

    Attributes:
        standard: the codes are those of gRPC.
    """

    code: FieldPath
    message: FieldPath | None
    ok: tuple[Constant, ...]
    standard: bool


@dataclass(frozen=True)
class Builder:
    """A hand-written function that makes the request, and those of its arguments that no parameter gives."""

    function: Function
    arguments: tuple[tuple[str, Source], ...]
    parameters: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """What comes out of a response.

    Attributes:
        kind: `none`, `value`, `entity` or `refresh`.
        path: where it is in the response (or request); None for the whole message.
        function: converts what is there; for a repeated field, each element.
        many: a repeated field: a list, or in a stream one item for each element.
        own: the entity is the one that has the method, so subclasses get their own class.
        join: `bytes` or `file`: what becomes of the bytes of all responses.
        adapter: the entity's function that makes its message of another one; empty when it is that message.
        kept: fields of the entity's message, and the fields of the request that fill them.
    """

    kind: str
    path: FieldPath | None = None
    conversion: Conversion = Conversion()
    function: Function | None = None
    entity: str = ""
    many: bool = False
    own: bool = False
    from_request: bool = False
    join: str = ""
    adapter: str = ""
    kept: tuple[tuple[FieldPath, FieldPath], ...] = ()


@dataclass(frozen=True)
class Pages:
    """How a listing RPC is paged; the request's position and size are among the call's fills.

    Attributes:
        style: `token`, `page`, `offset`, `key`, or `stream` for a list that comes as a stream.
        items: the repeated field; None for a stream whose responses are the items.
        next_token: where the next token is.
        key: where an item has its key; without steps the item itself. `keys` is its Python type.
        more: a bool of the response that tells whether there is more.
        total: the number of all items, `total_pages` that of all pages.
        short_page_ends: a page that is not full is the last one.
        page_size: default of the parameter; None when the request has no page size.
        limit: default of the parameter; None for no limit.
    """

    style: str
    items: FieldPath | None
    limit: int | None
    page_size: int | None = None
    max_page_size: int | None = None
    next_token: FieldPath | None = None
    first_page: int = 1
    key: FieldPath | None = None
    keys: str = ""
    more: FieldPath | None = None
    total: FieldPath | None = None
    total_pages: FieldPath | None = None
    short_page_ends: bool = False


@dataclass(frozen=True)
class Call:
    """A method's binding to an RPC.

    Attributes:
        signature_test: a contract test compares the signature alone.
    """

    service: Service
    rpc: Method
    fills: tuple[Fill, ...]
    result: Result
    builder: Builder | None = None
    pages: Pages | None = None
    retry_safe: bool = False
    signature_test: bool = False
    headers: tuple[Header, ...] = ()
    mask: Mask | None = None
    sending: Sending | None = None
    resume: Resume | None = None
    wait: Wait | None = None
    status: BodyStatus | None = None

    @property
    def takes_request(self) -> bool:
        """Whether there is a request to which callers may add fields of their own."""
        return self.sending is None or self.sending.path is not None or self.sending.others != ""
