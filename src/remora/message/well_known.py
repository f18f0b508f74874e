"""Conversions of the well-known types; the generated classes of `google.protobuf` have these as bases.

Nothing is imported for them before one is used.
"""

from __future__ import annotations

from .base import Message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta
    from typing import Any, TypeVar

    from .json_in import JsonReader
    from .json_out import JsonWriter

    _M = TypeVar("_M", bound=Message)
    _T = TypeVar("_T", bound="TimestampBase")
    _D = TypeVar("_D", bound="DurationBase")
    _F = TypeVar("_F", bound="FieldMaskBase")
    _S = TypeVar("_S", bound="StructBase")
    _V = TypeVar("_V", bound="ValueBase")
    _L = TypeVar("_L", bound="ListValueBase")
    _A = TypeVar("_A", bound="AnyBase")
    _W = TypeVar("_W", bound="WellKnown")


class WellKnown(Message):
    """A message with a JSON form of its own."""

    __slots__ = ()

    def _write_json(self, writer: JsonWriter, path: str) -> Any:
        raise NotImplementedError

    @classmethod
    def _read_json(cls: type[_W], reader: JsonReader, value: Any, path: str) -> _W:
        raise NotImplementedError


class TimestampBase(WellKnown):
    """Conversions of `google.protobuf.Timestamp`."""

    __slots__ = ()
    if TYPE_CHECKING:
        seconds: int
        nanos: int

    @classmethod
    def from_datetime(cls: type[_T], moment: datetime) -> _T:
        """Convert an aware datetime; microseconds are kept.

        Raises:
            ValidationError: The datetime has no timezone.
        """
        from .moments import seconds_and_nanos

        timestamp = cls()
        timestamp.seconds, timestamp.nanos = seconds_and_nanos(moment)
        return timestamp

    def to_datetime(self) -> datetime:
        """Convert to an aware datetime in UTC; what is less than a microsecond is cut off.

        Raises:
            ValidationError: The timestamp is outside of the years 1 to 9999, or its nanoseconds are out of range.
        """
        from .moments import to_datetime

        return to_datetime(self.seconds, self.nanos)

    def _write_json(self, writer: JsonWriter, path: str) -> Any:
        from .moments import format_timestamp

        return writer.checked(path, format_timestamp, self.seconds, self.nanos)

    @classmethod
    def _read_json(cls: type[_T], reader: JsonReader, value: Any, path: str) -> _T:
        from .moments import parse_timestamp

        timestamp = cls()
        timestamp.seconds, timestamp.nanos = reader.checked(path, parse_timestamp, value)
        return timestamp


class DurationBase(WellKnown):
    """Conversions of `google.protobuf.Duration`."""

    __slots__ = ()
    if TYPE_CHECKING:
        seconds: int
        nanos: int

    @classmethod
    def from_timedelta(cls: type[_D], span: timedelta) -> _D:
        """Convert a timedelta; nothing is lost."""
        from .moments import split_timedelta

        duration = cls()
        duration.seconds, duration.nanos = split_timedelta(span)
        return duration

    def to_timedelta(self) -> timedelta:
        """Convert to a timedelta; what is less than a microsecond is cut off, towards zero.

        Raises:
            ValidationError: Seconds or nanoseconds are out of range, or their signs differ.
        """
        from .moments import to_timedelta

        return to_timedelta(self.seconds, self.nanos)

    def _write_json(self, writer: JsonWriter, path: str) -> Any:
        from .moments import format_duration

        return writer.checked(path, format_duration, self.seconds, self.nanos)

    @classmethod
    def _read_json(cls: type[_D], reader: JsonReader, value: Any, path: str) -> _D:
        from .moments import parse_duration

        duration = cls()
        duration.seconds, duration.nanos = reader.checked(path, parse_duration, value)
        return duration


class FieldMaskBase(WellKnown):
    """The JSON form of `google.protobuf.FieldMask`: its paths in lowerCamelCase, joined by commas."""

    __slots__ = ()
    if TYPE_CHECKING:
        paths: list[str]

    def _write_json(self, writer: JsonWriter, path: str) -> Any:
        from .json_names import camel_path

        return ",".join([writer.checked(path, camel_path, item) for item in self.paths])

    @classmethod
    def _read_json(cls: type[_F], reader: JsonReader, value: Any, path: str) -> _F:
        from .json_names import split_mask

        mask = cls()
        mask.paths = reader.checked(path, split_mask, value)
        return mask


class WrapperBase(WellKnown):
    """The JSON form of the wrappers, such as `google.protobuf.StringValue`: the value alone."""

    __slots__ = ()

    def _write_json(self, writer: JsonWriter, path: str) -> Any:
        from .fields import fields_of

        (field,) = fields_of(type(self))
        return writer.value(field, getattr(self, field.attribute), path)

    @classmethod
    def _read_json(cls: type[_W], reader: JsonReader, value: Any, path: str) -> _W:
        from .fields import fields_of

        (field,) = fields_of(cls)
        wrapper = cls()
        setattr(wrapper, field.attribute, reader.value(field, value, path))
        return wrapper


class StructBase(WellKnown):
    """Conversions of `google.protobuf.Struct`."""

    __slots__ = ()
    if TYPE_CHECKING:
        fields: dict[str, Any]

    @classmethod
    def from_python(cls: type[_S], values: Mapping[str, Any]) -> _S:
        """Convert a mapping of JSON values.

        Raises:
            ValidationError: A key or a value has no JSON form; says where.
        """
        from .json_values import struct_from_python

        return struct_from_python(cls, values)

    def to_python(self) -> dict[str, Any]:
        """Convert to a dict; numbers are floats, as in JSON."""
        return {key: value.to_python() for key, value in self.fields.items()}

    def _write_json(self, writer: JsonWriter, path: str) -> Any:
        return {key: writer.message(value, f"{path}.{key}") for key, value in self.fields.items()}

    @classmethod
    def _read_json(cls: type[_S], reader: JsonReader, value: Any, path: str) -> _S:
        from .fields import fields_of
        from .json_scalars import read_key

        (field,) = fields_of(cls)
        entries = reader.mapping(value, path)
        struct = cls()
        struct.fields = {
            reader.checked(path, read_key, "string", key): reader.message(field.message_type, item, f"{path}.{key}")
            for key, item in entries.items()
        }
        return struct


class ListValueBase(WellKnown):
    """Conversions of `google.protobuf.ListValue`."""

    __slots__ = ()
    if TYPE_CHECKING:
        values: list[Any]

    @classmethod
    def from_python(cls: type[_L], values: Sequence[Any]) -> _L:
        """Convert a list of JSON values.

        Raises:
            ValidationError: A value has no JSON form; says where.
        """
        from .json_values import list_from_python

        return list_from_python(cls, values)

    def to_python(self) -> list[Any]:
        """Convert to a list; numbers are floats, as in JSON."""
        return [value.to_python() for value in self.values]

    def _write_json(self, writer: JsonWriter, path: str) -> Any:
        return [writer.message(value, f"{path}[{index}]") for index, value in enumerate(self.values)]

    @classmethod
    def _read_json(cls: type[_L], reader: JsonReader, value: Any, path: str) -> _L:
        from .fields import fields_of

        (field,) = fields_of(cls)
        items = reader.sequence(value, path)
        result = cls()
        result.values = [
            reader.message(field.message_type, item, f"{path}[{index}]") for index, item in enumerate(items)
        ]
        return result


class ValueBase(WellKnown):
    """Conversions of `google.protobuf.Value`."""

    __slots__ = ()
    if TYPE_CHECKING:
        null_value: Any
        number_value: float | None
        string_value: str | None
        bool_value: bool | None
        struct_value: Any
        list_value: Any

    @classmethod
    def from_python(cls: type[_V], value: Any) -> _V:
        """Convert None, a bool, a number, a str, a mapping or a list.

        Raises:
            ValidationError: A value has no JSON form; says where.
        """
        from .json_values import value_from_python

        return value_from_python(cls, value)

    def to_python(self) -> Any:
        """Convert to the Python value; None also when nothing is set."""
        kind = self.which_oneof("kind")
        if kind is None or kind == "null_value":
            return None
        value = getattr(self, kind)
        return value.to_python() if kind in ("struct_value", "list_value") else value

    def _write_json(self, writer: JsonWriter, path: str) -> Any:
        from .json_values import write_value

        return write_value(self, writer, path)

    @classmethod
    def _read_json(cls: type[_V], reader: JsonReader, value: Any, path: str) -> _V:
        from .json_values import read_value

        return read_value(cls, reader, value, path)


class AnyBase(WellKnown):
    """Conversions of `google.protobuf.Any`."""

    __slots__ = ()
    if TYPE_CHECKING:
        type_url: str
        value: bytes

    @classmethod
    def pack(cls: type[_A], message: Message, *, prefix: str = "type.googleapis.com/") -> _A:
        """Put a message into an Any.

        Args:
            message: The message.
            prefix: What stands before the type's name in the URL; a missing slash is added.
        """
        packed = cls()
        packed.type_url = f"{prefix.removesuffix('/')}/{message._full_name}"
        packed.value = bytes(message)
        return packed

    @property
    def type_name(self) -> str:
        """The full name of the type inside, or ""."""
        return self.type_url.rpartition("/")[2]

    def unpack(self, message_type: type[_M]) -> _M | None:
        """Take out a message of this type; None when another type is inside.

        Raises:
            DecodeError: The value is not a message of the type that the URL names.
        """
        return message_type.parse(self.value) if self.type_name == message_type._full_name else None

    def _write_json(self, writer: JsonWriter, path: str) -> Any:
        from .json_any import write_any

        return write_any(self, writer, path)

    @classmethod
    def _read_json(cls: type[_A], reader: JsonReader, value: Any, path: str) -> _A:
        from .json_any import read_any

        return read_any(cls, reader, value, path)
