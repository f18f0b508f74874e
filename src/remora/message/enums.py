"""Open enums: an IntEnum that accepts numbers which the schema does not name."""

from __future__ import annotations

from enum import IntEnum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    _E = TypeVar("_E", bound="Enum")


class Enum(IntEnum):
    """Base of generated enums.

    A number without a name gives a member that keeps it, so that a newer server can send more than this schema knows:
    `ActionPhase(99)` has the value 99 and the name `UNRECOGNIZED_99`, and is in no list of members.
    """

    def __init_subclass__(
        cls, full_name: str, prefix: str = "", proto_names: tuple[str, ...] = (), closed: bool = False
    ) -> None:
        """Keep what JSON needs.

        Args:
            full_name: The full proto name.
            prefix: What was taken off the front of every proto name.
            proto_names: The proto names in the order of the members, aliases included, when `prefix` is not enough.
            closed: True for proto2, where an unknown number is an unknown field.
        """
        super().__init_subclass__()
        cls._full_name = full_name
        cls._prefix = prefix
        cls._proto_names = proto_names
        cls._closed = closed

    if TYPE_CHECKING:
        _full_name: str
        _prefix: str
        _proto_names: tuple[str, ...]
        _closed: bool

    @classmethod
    def _missing_(cls: type[_E], value: object) -> _E | None:
        if not isinstance(value, int) or not -0x80000000 <= value <= 0x7FFFFFFF:
            return None
        # Not remembered: bytes from outside must not make the class grow.
        member = int.__new__(cls, value)
        member._name_ = f"UNRECOGNIZED_{value}"
        member._value_ = int(value)
        return member

    @classmethod
    def _decode(cls: type[_E], number: int) -> _E:
        """The member for a number from the wire."""
        members: Any = cls._value2member_map_
        member: _E | None = members.get(number)
        return cls(number) if member is None else member

    @classmethod
    def _knows(cls, number: int) -> bool:
        """Tell whether the schema names this number."""
        return number in cls._value2member_map_

    # IntEnum's text form differs between Python 3.10 and 3.11; this is the later one.
    __str__ = int.__repr__
