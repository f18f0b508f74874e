"""Messages as the `dataclasses` module sees them, so that `fields`, `replace` and `asdict` work."""

from __future__ import annotations

import dataclasses

from .base import Message
from .fields import fields_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_views: dict[type[Message], dict[str, dataclasses.Field[Any]]] = {}


def dataclass_fields(cls: type[Message]) -> dict[str, dataclasses.Field[Any]]:
    """The value of `__dataclass_fields__` for a message class."""
    found = _views.get(cls)
    if found is None:
        namespace: dict[str, Any] = {"__annotations__": {}}
        for field in fields_of(cls):
            # The annotation only says that this is a field; its type is in the constructor.
            namespace["__annotations__"][field.attribute] = "Any"
            namespace[field.attribute] = dataclasses.field(kw_only=True, default_factory=field.default)
        view: Any = dataclasses.dataclass(init=False, repr=False, eq=False)(type(cls.__name__, (), namespace))
        found = _views[cls] = view.__dataclass_fields__
    return found
