"""Canonical JSON to messages (proto3 specification, "JSON Mapping")."""

from __future__ import annotations

import json
from collections.abc import Mapping

from remora.errors import JsonError, ValidationError

from .base import Message
from .fields import FieldInfo, fields_of
from .json_scalars import read_enum, read_key, read_scalar
from .well_known import WellKnown
from .wire import MAX_DEPTH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, TypeVar

    _M = TypeVar("_M", bound=Message)
    _T = TypeVar("_T")

_NULL = "google.protobuf.NullValue"
_VALUE = "google.protobuf.Value"


def from_json(cls: type[_M], text: str | bytes, ignore_unknown_fields: bool) -> _M:
    """Parse JSON text; see `Message.from_json`."""
    name = cls.__name__
    try:
        document = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except RecursionError:
        raise JsonError(f"the JSON text is nested too deeply, at {name}", path=name) from None
    except ValueError as error:
        raise JsonError(f"not valid JSON: {error}", path=name) from None
    return from_dict(cls, document, ignore_unknown_fields)


def from_dict(cls: type[_M], data: Any, ignore_unknown_fields: bool) -> _M:
    """Convert the objects of a JSON document; see `Message.from_dict`."""
    try:
        return JsonReader(ignore_unknown_fields).message(cls, data, cls.__name__)
    except RecursionError:
        raise JsonError("nested too deeply for the interpreter's stack", path=cls.__name__) from None


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} stands twice in one object")
        found[key] = value
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f'{name} is not a JSON number; it is the string "{name}"')


class JsonReader:
    """One conversion.

    Args:
        ignore_unknown: Pass over unknown fields and unknown enum names.
    """

    def __init__(self, ignore_unknown: bool) -> None:
        self._ignore_unknown = ignore_unknown
        self._depth = 0

    def message(self, cls: type[_M], value: Any, path: str) -> _M:
        """Convert any message."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise JsonError(f"nested deeper than {MAX_DEPTH}, at {path}", path=path)
        message: Any
        if issubclass(cls, WellKnown):
            message = cls._read_json(self, value, path)
        else:
            message = self.fields(cls, self.mapping(value, path), path)
        self._depth -= 1
        converted: _M = message
        return converted

    def fields(self, cls: type[_M], entries: Mapping[str, Any], path: str) -> _M:
        """Convert an object to an ordinary message."""
        by_name = _by_json_name(cls)
        message = cls()
        seen: dict[str, str] = {}
        for key, value in entries.items():
            field = by_name.get(key)
            if field is None:
                if self._ignore_unknown:
                    continue
                raise _unknown_field(cls, key, path)
            here = f"{path}.{key}"
            if field.attribute in seen:
                raise JsonError(f"{seen[field.attribute]!r} and {key!r} are the same field, at {here}", path=here)
            seen[field.attribute] = key
            if value is None and not _takes_null(field):
                continue
            if field.oneof:
                other = message.which_oneof(field.oneof)
                if other is not None:
                    raise JsonError(f"oneof {field.oneof!r} already has {other!r} set, at {here}", path=here)
            self._field(message, field, value, here)
        return message

    def _field(self, message: Message, field: FieldInfo, value: Any, path: str) -> None:
        if field.label == "map":
            setattr(message, field.attribute, self._map(field, value, path))
        elif field.label == "repeated":
            items = (self._element(field, item, f"{path}[{i}]") for i, item in enumerate(self.sequence(value, path)))
            setattr(message, field.attribute, [item for item in items if item is not None])
        else:
            converted = self.value(field, value, path)
            if converted is not None:
                setattr(message, field.attribute, converted)

    def _map(self, field: FieldInfo, value: Any, path: str) -> dict[Any, Any]:
        found = {}
        for key, item in self.mapping(value, path).items():
            here = f"{path}[{key!r}]"
            converted = self._element(field, item, here)
            if converted is not None:
                found[self.checked(here, read_key, field.key_kind, key)] = converted
        return found

    def _element(self, field: FieldInfo, value: Any, path: str) -> Any:
        if value is None and not _takes_null(field):
            raise JsonError(f"null cannot be an element, at {path}", path=path)
        return self.value(field, value, path)

    def value(self, field: FieldInfo, value: Any, path: str) -> Any:
        """Convert one value of a field; None for an unknown enum name that is to be ignored."""
        if field.kind == "message":
            return self.message(field.message_type, value, path)
        if field.kind != "enum":
            return self.checked(path, read_scalar, field.kind, value)
        enum = field.enum_type
        if value is None and enum._full_name == _NULL:
            return enum(0)
        member = self.checked(path, read_enum, enum, value)
        if member is None and not self._ignore_unknown:
            raise JsonError(f"{enum._full_name} has no value {value!r}, at {path}", path=path)
        return member

    def mapping(self, value: Any, path: str) -> Mapping[str, Any]:
        """Insist on an object."""
        if not isinstance(value, Mapping):
            raise JsonError(f"expected an object, not {type(value).__name__}, at {path}", path=path)
        return value

    def sequence(self, value: Any, path: str) -> Sequence[Any]:
        """Insist on an array."""
        if not isinstance(value, (list, tuple)):
            raise JsonError(f"expected an array, not {type(value).__name__}, at {path}", path=path)
        return value

    def checked(self, path: str, convert: Callable[..., _T], *arguments: Any) -> _T:
        """Convert, and say where it was if that fails.

        Raises:
            JsonError: The conversion raised a ValidationError.
        """
        try:
            return convert(*arguments)
        except ValidationError as error:
            raise JsonError(f"{error.message}, at {path}", path=path) from None


def _takes_null(field: FieldInfo) -> bool:
    """Tell whether null is a value of the field, and not its absence."""
    if field.kind == "enum":
        return field.enum_type._full_name == _NULL
    return field.kind == "message" and field.message_type._full_name == _VALUE


_names: dict[type[Message], dict[str, FieldInfo]] = {}


def _by_json_name(cls: type[Message]) -> dict[str, FieldInfo]:
    found = _names.get(cls)
    if found is None:
        fields = fields_of(cls)
        # Where the JSON name of one field is the proto name of another, the JSON name wins.
        found = _names[cls] = {
            **{field.name: field for field in fields},
            **{field.json_name: field for field in fields},
        }
    return found


def _unknown_field(cls: type[Message], key: object, path: str) -> JsonError:
    from difflib import get_close_matches

    close = get_close_matches(str(key)[:100], [field.json_name for field in fields_of(cls)], n=1)
    hint = f"did you mean {close[0]!r}?" if close else None
    return JsonError(f"{cls._full_name} has no field {key!r}, at {path}", path=path, hint=hint)
