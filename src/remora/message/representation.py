"""A short `repr`: what is set, long values cut, secrets left out."""

from __future__ import annotations

from .base import Message
from .enums import Enum
from .fields import FieldInfo, fields_of, has_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MAX_TEXT = 60
_MAX_ITEMS = 3
_MAX_DEPTH = 4

# Words that mark a name as that of a secret: `client_secret`, `access_token`, `password`, `api_key`.
_SECRET_WORDS = frozenset(
    {"secret", "token", "password", "passwd", "passphrase", "credential", "credentials", "apikey"}
)
_SECRET_NAMES = (
    "api_key",
    "private_key",
    "secret_key",
    "access_key",
    "signed_url",
    "authorization",
    "client_assertion",
)
# Tokens of paging say where a list goes on; they open nothing.
_PAGE_TOKENS = ("page_token", "next_page_token", "next_token")
# What these words precede is not the secret but something about it: `secret_name`, `token_type`, `token_endpoint`.
_HARMLESS_ENDS = ("name", "type", "key", "id", "endpoint", "uri", "url", "group", "version", "kind", "count", "format")


def is_secret(message_name: str, field: FieldInfo) -> bool:
    """Tell whether a field probably holds a secret, by its name and by that of its message."""
    return field.kind in ("string", "bytes") and names_secret(message_name, field.name)


def names_secret(owner: str, name: str) -> bool:
    """Tell whether a name is probably that of a secret.

    Args:
        owner: Full name of the message, or name of the class, that has it.
        name: Name of the field or property.
    """
    name = name.lower()
    if any(secret in name for secret in _SECRET_NAMES):
        return True
    if name in _PAGE_TOKENS or (name == "token" and owner.rpartition(".")[2].startswith("List")):
        return False
    words = name.split("_")
    if words[-1] in ("value", "values") and "secret" in owner.lower():
        return True
    return not _SECRET_WORDS.isdisjoint(words) and words[-1] not in _HARMLESS_ENDS


def represent(message: Message, depth: int = 0) -> str:
    """The `repr` of a message."""
    cls = type(message)
    if depth >= _MAX_DEPTH:
        return f"{cls.__name__}(...)"
    parts = []
    for field in fields_of(cls):
        value = getattr(message, field.attribute, None)
        if value is None or not _is_interesting(field, value):
            continue
        text = "<hidden>" if is_secret(cls._full_name, field) else _value(value, depth)
        parts.append(f"{field.attribute}={text}")
    if message._unknown:
        parts.append(f"<{sum(map(len, message._unknown))} bytes of unknown fields>")
    return f"{cls.__name__}({', '.join(parts)})"


def _is_interesting(field: FieldInfo, value: Any) -> bool:
    try:
        return has_value(field, value)
    except TypeError:
        # A value of a wrong type is what someone who prints a message may be looking for.
        return True


def _value(value: object, depth: int) -> str:
    if isinstance(value, Message):
        return represent(value, depth + 1)
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, str):
        return _cut(repr(value[: _MAX_TEXT + 1]), len(value), "characters")
    if isinstance(value, (bytes, bytearray)):
        return _cut(repr(bytes(value[: _MAX_TEXT + 1])), len(value), "bytes")
    if isinstance(value, dict):
        items = [f"{_value(key, depth)}: {_value(item, depth)}" for key, item in list(value.items())[:_MAX_ITEMS]]
        return "{" + ", ".join(items + _more(len(value))) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join([_value(item, depth) for item in value[:_MAX_ITEMS]] + _more(len(value))) + "]"
    return repr(value)


def _more(count: int) -> list[str]:
    return [f"... {count - _MAX_ITEMS} more"] if count > _MAX_ITEMS else []


def _cut(text: str, length: int, unit: str) -> str:
    if length <= _MAX_TEXT:
        return text
    quote = text[-1]
    return f"{text[:_MAX_TEXT]}...{quote} ({length} {unit})"
