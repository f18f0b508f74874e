"""What `remora init` proposes, as data: entities, their methods, and the RPCs that found no place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from remora_codegen.model import Field, Message, Method, Service


@dataclass(frozen=True)
class Rpc:
    """One RPC and the words of its name.

    Attributes:
        verb: what it does in the manner of a collection: `get`, `list`, `create`, `update`, `delete`, `watch`; empty
            for anything else.
        noun: the rest of the name, `BookDetails` of `GetBookDetails`.
    """

    service: Service
    method: Method
    verb: str
    noun: str

    @property
    def path(self) -> str:
        """The RPC as a manifest writes it."""
        return f"{self.service.full_name}/{self.method.name}"


@dataclass(frozen=True)
class Found:
    """Where a response holds the message of an entity.

    Attributes:
        message: full name of the message.
        path: the fields that lead to it; none when it is the response itself.
        many: the last field is repeated.
    """

    message: str
    path: tuple[Field, ...] = ()

    @property
    def many(self) -> bool:
        """Whether the last field is repeated."""
        return bool(self.path) and self.path[-1].is_repeated

    def __str__(self) -> str:
        return ".".join(item.name for item in self.path)


@dataclass
class MethodPlan:
    """One method of an entity; every value is the text that the manifest has for it.

    Attributes:
        pages: what the manifest says of pages; None for a method that is no list.
        requests: what it says of a stream of requests; empty for one request.
    """

    name: str
    rpc: Rpc
    parameters: dict[str, str] = field(default_factory=dict)
    request: dict[str, str] = field(default_factory=dict)
    mask: str = ""
    requests: Mapping[str, str] = field(default_factory=dict)
    pages: Mapping[str, str] | None = None
    returns: str = ""


@dataclass
class EntityPlan:
    """One entity."""

    name: str
    message: Message
    properties: dict[str, str] = field(default_factory=dict)
    methods: dict[str, MethodPlan] = field(default_factory=dict)


@dataclass
class Plan:
    """Everything.

    Attributes:
        unplaced: RPC -> why it has no place.
    """

    entities: dict[str, EntityPlan] = field(default_factory=dict)
    unplaced: dict[str, str] = field(default_factory=dict)
