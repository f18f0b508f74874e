"""Base class of generated entities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from remora.client import Client


class EntityMessage(Protocol):
    """What an entity needs of the message it wraps; every generated message has it."""

    def to_dict(self) -> dict[str, Any]:
        """The message in canonical proto3 JSON form, as Python objects."""
        ...

    def to_json(self) -> str:
        """The message in canonical proto3 JSON form, as text."""
        ...


M = TypeVar("M", bound=EntityMessage)


class Entity(Generic[M]):
    """A message with behaviour: properties, and methods that call the control plane.

    An entity remembers the client that made it, so its methods go to the same endpoint whatever client is current
    later. One that was made by hand, `Run(message)`, uses the current or the default client. Two entities are equal
    when they are of one class and wrap equal messages. A pickled entity carries its message and, if it has one of its
    own, its client's settings.

    Attributes:
        pb2: The message that this entity wraps, as the server sent it.
    """

    __slots__ = ("__weakref__", "_client", "_memo", "pb2")

    pb2: M
    _client: Client | None
    # What a behaviour has fetched for this object and will not change any more; not part of what the entity is.
    _memo: dict[str, Any] | None

    def __init__(self, pb2: M, *, client: Client | None = None) -> None:
        self.pb2 = pb2
        self._client = client
        self._memo = None

    def to_dict(self) -> dict[str, Any]:
        """The wrapped message as Python objects, in canonical proto3 JSON form (lowerCamelCase names)."""
        return self.pb2.to_dict()

    def to_json(self) -> str:
        """The wrapped message as JSON text, in canonical proto3 JSON form."""
        return self.pb2.to_json()

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return bool(self.pb2 == other.pb2)

    def __repr__(self) -> str:
        from remora.display import text

        return text(self)

    def __rich_repr__(self) -> Iterator[tuple[str, Any]]:
        from remora.display import rich_repr

        return rich_repr(self)

    def _repr_html_(self) -> str:
        from remora.display import html

        return html(self)
