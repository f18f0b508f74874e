"""Resource names: text that names a thing by its place, such as `shelves/fiction/books/emma`.

The form is that of Google's API improvement proposal 122: parts between slashes, no part empty.
"""

from __future__ import annotations

import re
from functools import lru_cache

from remora.errors import ValidationError

_PART = re.compile(r"\{(\w+)\}")


def resource_name(template: str, /, **parts: str) -> str:
    """Put parts into a template.

    Args:
        template: The form of the name, such as `shelves/{shelf}/books/{book}`.
        parts: The text for each pair of braces.

    Raises:
        ValidationError: A part is empty or holds a slash.

    Example:
        >>> resource_name("shelves/{shelf}/books/{book}", shelf="fiction", book="emma")
        'shelves/fiction/books/emma'
    """
    for part, value in parts.items():
        if not value:
            raise ValidationError(f"{part} is empty, and {template} needs it", field=part, hint=f"pass {part}=")
        if "/" in value:
            raise ValidationError(
                f"{part} {value!r} holds a slash, which separates the parts of {template}",
                field=part,
                hint="give the part alone, not the whole name",
            )
    return _PART.sub(lambda match: parts[match[1]], template)


def resource_part(name: str, template: str, part: str) -> str:
    """Take one part out of a resource name; an empty name has empty parts.

    Raises:
        ValidationError: The name is not of the template's form.

    Example:
        >>> resource_part("shelves/fiction/books/emma", "shelves/{shelf}/books/{book}", "shelf")
        'fiction'
    """
    if not name:
        return ""
    match = _pattern(template).fullmatch(name)
    if match is None:
        raise ValidationError(f"{name!r} is not of the form {template}", field=part)
    return match[part]


@lru_cache
def _pattern(template: str) -> re.Pattern[str]:
    pieces = _PART.split(template)
    return re.compile(
        "".join(f"(?P<{piece}>[^/]+)" if index % 2 else re.escape(piece) for index, piece in enumerate(pieces))
    )
