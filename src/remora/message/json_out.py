"""Messages to canonical JSON (proto3 specification, "JSON Mapping")."""

from __future__ import annotations

import json

from remora.errors import JsonError, ValidationError

from .base import Message
from .fields import FieldInfo, fields_of, has_value
from .json_scalars import write_enum, write_scalar
from .well_known import WellKnown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    _T = TypeVar("_T")


def to_dict(message: Message, proto_names: bool, defaults: bool) -> Any:
    """The JSON form of a message as Python objects; see `Message.to_dict`."""
    try:
        return JsonWriter(proto_names, defaults).message(message, type(message).__name__)
    except RecursionError:
        raise JsonError(f"{message._full_name}: nested too deeply, or a message contains itself") from None


def to_json(message: Message, indent: int | None, proto_names: bool, defaults: bool) -> str:
    """The JSON form of a message as text; see `Message.to_json`."""
    return json.dumps(to_dict(message, proto_names, defaults), indent=indent)


class JsonWriter:
    """One conversion.

    Args:
        proto_names: Use the names of the .proto file.
        defaults: Also write fields without presence that have their default.
    """

    def __init__(self, proto_names: bool, defaults: bool) -> None:
        self._proto_names = proto_names
        self._defaults = defaults

    def message(self, message: Message, path: str) -> Any:
        """The JSON form of any message."""
        if isinstance(message, WellKnown):
            return message._write_json(self, path)
        if not isinstance(message, Message):
            raise JsonError(f"expected a message, not {type(message).__name__}, at {path}", path=path)
        return self.fields(message, path, {})

    def fields(self, message: Message, path: str, into: dict[str, Any]) -> dict[str, Any]:
        """Add the fields of an ordinary message to an object, in the order of their numbers."""
        fields = fields_of(type(message))
        chosen: dict[str, str] = {}
        for field in sorted(fields, key=lambda item: item.number):
            value = getattr(message, field.attribute)
            here = f"{path}.{field.attribute}"
            if not self.checked(here, _is_set, field, value):
                continue
            if field.oneof and chosen.setdefault(field.oneof, field.attribute) != field.attribute:
                raise JsonError(f"two members of oneof {field.oneof!r} are set, at {here}", path=here)
            into[self._name(field)] = self._field(field, value, here)
        if self._defaults:
            for field in fields:
                if not field.has_presence and self._name(field) not in into:
                    into[self._name(field)] = self._default(field, f"{path}.{field.attribute}")
        return into

    def _name(self, field: FieldInfo) -> str:
        return field.name if self._proto_names else field.json_name

    def _field(self, field: FieldInfo, value: Any, path: str) -> Any:
        if field.label == "map":
            return {_key(key): self.value(field, item, f"{path}[{key!r}]") for key, item in value.items()}
        if field.label == "repeated":
            return [self.value(field, item, f"{path}[{index}]") for index, item in enumerate(value)]
        return self.value(field, value, path)

    def _default(self, field: FieldInfo, path: str) -> Any:
        default = field.default()
        return default if field.label in ("map", "repeated") else self.value(field, default, path)

    def value(self, field: FieldInfo, value: Any, path: str) -> Any:
        """The JSON form of one value of a field."""
        if field.kind == "message":
            if not isinstance(value, field.message_type):
                problem = f"expected {field.message_type._full_name}, not {type(value).__name__}, at {path}"
                raise JsonError(problem, path=path)
            return self.message(value, path)
        if field.kind == "enum":
            return self.checked(path, write_enum, field.enum_type, value)
        return self.checked(path, write_scalar, field.kind, value)

    def checked(self, path: str, convert: Callable[..., _T], *arguments: Any) -> _T:
        """Convert, and say where it was if that fails.

        Raises:
            JsonError: The conversion raised a ValidationError.
        """
        try:
            return convert(*arguments)
        except ValidationError as error:
            raise JsonError(f"{error.message}, at {path}", path=path) from None


def _is_set(field: FieldInfo, value: Any) -> bool:
    if field.label == "map" and not isinstance(value, dict):
        raise ValidationError(f"expected a dict, not {type(value).__name__}")
    if field.label == "repeated" and not isinstance(value, (list, tuple)):
        raise ValidationError(f"expected a list, not {type(value).__name__}")
    return has_value(field, value)


def _key(key: object) -> str:
    return ("true" if key else "false") if isinstance(key, bool) else str(key)
