"""`Message`, the base class of every generated message.

Only what every message needs at once is here; JSON, error reports and the dataclass view are imported when used.
"""

from __future__ import annotations

from .encoding import ENCODE_ERRORS
from .rules import RuleBroken
from .wire import WIRE_ERRORS

TYPE_CHECKING = False
if TYPE_CHECKING:
    import dataclasses
    from collections.abc import Mapping
    from typing import Any, ClassVar, TypeVar

    from .fields import FieldRow

    _M = TypeVar("_M", bound="Message")


class _DataclassFields:
    """Gives `dataclasses.fields`, `replace` and `asdict` what they look for, built for a class at first use."""

    def __get__(self, instance: Message | None, owner: type[Message]) -> dict[str, dataclasses.Field[Any]]:
        if not hasattr(owner, "_fields"):
            # Neither is this class a message, nor are those that carry the conversions of well-known types.
            raise AttributeError("__dataclass_fields__")
        from .dataclass_view import dataclass_fields

        return dataclass_fields(owner)


class Message:
    """A protobuf message.

    Every field is an attribute with the field's proto name. A field that was not set is None when the schema can tell
    (messages, oneof members, `optional`), otherwise it has the default of its type; lists and dicts are never None.
    Fields that this schema does not know are kept, and written again by `bytes(message)`.

    Messages compare by value, can be copied and pickled, and are mutable, hence not hashable. The members of a oneof
    are ordinary attributes: setting one leaves the others alone, and a message with two of them set cannot be encoded.
    """

    __slots__ = ("_unknown",)

    _unknown: list[bytes] | tuple[()]

    if TYPE_CHECKING:
        _full_name: ClassVar[str]
        _fields: ClassVar[tuple[FieldRow, ...]]
        __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]

        @staticmethod
        def _decode(data: bytes, pos: int, end: int, depth: int, message: Any) -> Any:
            """Read a message, or merge what is read into `message`; generated."""

        def _encode(self) -> bytes:
            """Write the message; generated."""
            ...
    else:
        __dataclass_fields__ = _DataclassFields()

    @classmethod
    def parse(cls: type[_M], data: bytes | bytearray | memoryview) -> _M:
        """Decode a message from its binary form.

        Raises:
            DecodeError: The bytes are not a message of this type; says where.
        """
        content = data if type(data) is bytes else _as_bytes(data)
        try:
            message: _M = cls._decode(content, 0, len(content), 0, None)
        except RecursionError:
            raise _too_deep(cls) from None
        except WIRE_ERRORS as error:
            from .malformed import decode_error

            raise decode_error(cls, content, error) from None
        return message

    def __bytes__(self) -> bytes:
        try:
            return self._encode()
        except ENCODE_ERRORS as error:
            from .diagnose import encode_error

            raise encode_error(self, error) from None

    def validate(self) -> None:
        """Check the validation rules of the protos (buf.validate), here and in every message inside.

        The client does so before it sends a request. Rules that a plain check cannot express are left to the server;
        the docstring of the message names them.

        Raises:
            ValidationError: A rule is broken; names the path of the field and the rule.
            EncodeError: A field holds a value that its type does not allow.

        Example:
            >>> common.OrgIdentifier(name="Acme").validate()
            Traceback (most recent call last):
            ...
            remora.errors.local.ValidationError: flyteidl2.common.OrgIdentifier.name: must match ... (string.pattern)
        """
        try:
            self._validate("")
        except RuleBroken as broken:
            raise broken.public(self) from None
        except ENCODE_ERRORS as error:
            from .diagnose import encode_error

            raise encode_error(self, error) from None

    def _validate(self, path: str) -> None:
        """Check the rules of the message; generated for messages that have any, in themselves or in one inside."""

    def to_dict(
        self, *, preserving_proto_field_name: bool = False, including_default_value_fields: bool = False
    ) -> dict[str, Any]:
        """Convert to the canonical JSON form as Python objects.

        Args:
            preserving_proto_field_name: Use the names of the .proto file instead of lowerCamelCase.
            including_default_value_fields: Also give scalars without presence, lists and maps that have their default.

        Returns:
            A dict; for the well-known types with a JSON form of their own whatever that is, for example a string.

        Raises:
            JsonError: A value has no JSON form.
        """
        from .json_out import to_dict

        converted: dict[str, Any] = to_dict(self, preserving_proto_field_name, including_default_value_fields)
        return converted

    def to_json(
        self,
        *,
        indent: int | None = None,
        preserving_proto_field_name: bool = False,
        including_default_value_fields: bool = False,
    ) -> str:
        """Convert to canonical JSON text.

        Args:
            indent: Spaces per level; None for one line.
            preserving_proto_field_name: Use the names of the .proto file instead of lowerCamelCase.
            including_default_value_fields: Also give scalars without presence, lists and maps that have their default.

        Raises:
            JsonError: A value has no JSON form.
        """
        from .json_out import to_json

        return to_json(self, indent, preserving_proto_field_name, including_default_value_fields)

    @classmethod
    def from_dict(cls: type[_M], data: Mapping[str, Any], *, ignore_unknown_fields: bool = False) -> _M:
        """Build a message from the objects of its canonical JSON form.

        Args:
            data: What `json.loads` gives; field names may be those of JSON or those of the .proto file.
            ignore_unknown_fields: Pass over unknown fields and unknown enum names.

        Raises:
            JsonError: A value does not fit; says where.
        """
        from .json_in import from_dict

        return from_dict(cls, data, ignore_unknown_fields)

    @classmethod
    def from_json(cls: type[_M], text: str | bytes, *, ignore_unknown_fields: bool = False) -> _M:
        """Build a message from canonical JSON text.

        Args:
            text: The document.
            ignore_unknown_fields: Pass over unknown fields and unknown enum names.

        Raises:
            JsonError: The text is not JSON, or a value does not fit; says where.
        """
        from .json_in import from_json

        return from_json(cls, text, ignore_unknown_fields)

    def is_set(self, field: str) -> bool:
        """Tell whether a field is set: not None where the schema can tell, otherwise different from the default.

        Args:
            field: Name of the attribute or of the field in the .proto file.

        Raises:
            AttributeError: There is no such field.
        """
        from .fields import find, has_value

        found = find(type(self), field)
        return has_value(found, getattr(self, found.attribute))

    def which_oneof(self, group: str) -> str | None:
        """The attribute of the member of a oneof that is set, or None.

        Args:
            group: Name of the oneof.

        Raises:
            AttributeError: There is no such oneof.
        """
        from .fields import oneof_members

        for name in oneof_members(type(self), group):
            if getattr(self, name) is not None:
                return name
        return None

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """Let pydantic take instances as they are, not as the dataclasses that they look like."""
        from .pydantic_schema import schema

        return schema(cls)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        for row in self._fields:
            if getattr(self, row[0]) != getattr(other, row[0]):
                return False
        return b"".join(self._unknown) == b"".join(other._unknown)

    def __repr__(self) -> str:
        from .representation import represent

        return represent(self)


def _as_bytes(data: object) -> bytes:
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data)
    raise TypeError(f"a message is parsed from bytes, not from {type(data).__name__}")


def _too_deep(cls: type[Message]) -> Exception:
    from remora.errors import DecodeError

    return DecodeError(f"{cls._full_name}: the interpreter's stack is too small for this nesting")
