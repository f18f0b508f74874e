"""`google.protobuf.Any` in JSON, which needs the types inside: those whose modules are imported."""

from __future__ import annotations

from remora.errors import DecodeError, JsonError

from .base import Message
from .well_known import WellKnown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, TypeVar

    from .json_in import JsonReader
    from .json_out import JsonWriter
    from .well_known import AnyBase

    _A = TypeVar("_A", bound=AnyBase)

_types: dict[str, type[Message]] = {}


def find_type(full_name: str) -> type[Message] | None:
    """The message class with this full proto name, among the modules that are imported."""
    if full_name not in _types:
        # Modules may have been imported since the last look; the first class with a name keeps it.
        for cls in _generated(Message):
            _types.setdefault(cls._full_name, cls)
    return _types.get(full_name)


def _generated(cls: type[Message]) -> Iterator[type[Message]]:
    for subclass in cls.__subclasses__():
        if "_full_name" in vars(subclass):
            yield subclass
        else:
            yield from _generated(subclass)


def write_any(message: AnyBase, writer: JsonWriter, path: str) -> dict[str, Any]:
    """The JSON form of an Any: "@type" and the fields of the message inside, or its own JSON form as "value"."""
    if not message.type_url and not message.value:
        return {}
    inner = _type(message.type_url, path)
    try:
        content = inner.parse(message.value)
    except DecodeError as error:
        raise JsonError(f"the content is malformed: {error.message}, at {path}.value", path=f"{path}.value") from None
    found: dict[str, Any] = {"@type": message.type_url}
    if isinstance(content, WellKnown):
        found["value"] = writer.message(content, f"{path}.value")
        return found
    return writer.fields(content, path, found)


def read_any(cls: type[_A], reader: JsonReader, value: Any, path: str) -> _A:
    """An Any of its JSON form."""
    entries = reader.mapping(value, path)
    result = cls()
    if not entries:
        return result
    type_url = entries.get("@type")
    if not isinstance(type_url, str):
        raise JsonError(f'expected "@type" with the URL of a type, at {path}', path=path)
    inner = _type(type_url, path)
    if issubclass(inner, WellKnown):
        if "value" not in entries:
            raise JsonError(f'expected "value" beside "@type", at {path}', path=path)
        content: Message = reader.message(inner, entries["value"], f"{path}.value")
    else:
        content = reader.fields(inner, {key: item for key, item in entries.items() if key != "@type"}, path)
    result.type_url = type_url
    result.value = bytes(content)
    return result


def _type(type_url: str, path: str) -> type[Message]:
    found = find_type(type_url.rpartition("/")[2])
    if found is None:
        raise JsonError(
            f"the type {type_url!r} is not known, at {path}",
            path=path,
            hint="import the module that defines it before converting",
        )
    return found
