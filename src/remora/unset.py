"""Changes of a thing: parameters that were not given, and the field mask of those that were."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

from remora.errors import ValidationError


class Unset(Enum):
    """The type of `UNSET`."""

    UNSET = "UNSET"

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset.UNSET
"""The default of a parameter that leaves something as it is, where None clears it."""


def changed(given: Mapping[str, object], request: object | None) -> list[str]:
    """The paths of a field mask: of those values that were given, None included.

    Args:
        given: Values by the path of their field.
        request: The request of the caller's own, which may have a mask itself.

    Raises:
        ValidationError: Nothing is to be changed. To most services an empty mask means every field.
    """
    paths = [path for path, value in given.items() if value is not UNSET]
    if not paths and request is None:
        raise ValidationError("nothing to change", hint=f"give at least one of the fields: {', '.join(given)}")
    return paths
