"""Paths of a field mask in JSON: lowerCamelCase, joined by commas (field_mask.proto, "JSON Encoding")."""

from __future__ import annotations

import re

from remora.errors import ValidationError

from .scalars import complaint

_SNAKE = re.compile(r"(?:[^A-Z_]|_[a-z])*")
_UNDERSCORE = re.compile(r"_([a-z])")
_CAPITAL = re.compile(r"[A-Z]")


def camel_path(path: object) -> str:
    """`user.display_name` becomes `user.displayName`.

    Raises:
        ValidationError: The path could not be turned back.
    """
    if not isinstance(path, str):
        raise ValidationError(f"expected a path as a str, not {type(path).__name__}")
    if not _SNAKE.fullmatch(path):
        raise ValidationError(f"the path {path!r} has no JSON form: each underscore must stand before a small letter")
    return _UNDERSCORE.sub(lambda match: match[1].upper(), path)


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
    return [_CAPITAL.sub(lambda match: "_" + match[0].lower(), path) for path in text.split(",")]
