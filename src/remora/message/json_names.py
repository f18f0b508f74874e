"""Paths of a field mask in JSON: lowerCamelCase, joined by commas (field_mask.proto, "JSON Encoding").

Names of fields are ASCII; what else a path may hold is treated as google's `json_format` treats it.
"""

from __future__ import annotations

from remora.errors import ValidationError

from .scalars import complaint


def camel_path(path: object) -> str:
    """`user.display_name` becomes `user.displayName`.

    Raises:
        ValidationError: The path could not be turned back.
    """
    if not isinstance(path, str):
        raise ValidationError(f"expected a path as a str, not {type(path).__name__}")
    first, *others = path.split("_")
    if any(char.isupper() for char in path) or not all(part[:1].islower() for part in others):
        raise ValidationError(f"the path {path!r} has no JSON form: each underscore must stand before a small letter")
    return first + "".join(part[0].upper() + part[1:] for part in others)


def split_mask(text: object) -> list[str]:
    """The paths of a JSON field mask, in snake_case.

    Raises:
        ValidationError: It is not a string, not Unicode text, or a path has an underscore.
    """
    if not isinstance(text, str):
        raise ValidationError(f"expected a field mask as a string, not {type(text).__name__}")
    if reason := complaint("string", text):
        raise ValidationError(reason)
    if "_" in text:
        raise ValidationError("the paths of a field mask are in lowerCamelCase in JSON, without underscores")
    if not text:
        return []
    return ["".join(f"_{char.lower()}" if char.isupper() else char for char in path) for path in text.split(",")]
