"""A value that must not be seen."""

from __future__ import annotations

MASK = "<redacted>"


class Secret:
    """Text that does not show itself in a repr, a log line, a traceback of locals, or a formatted string.

    Two secrets with the same text are equal. Pickling keeps the text, because a client that is sent to another process
    has to work there.

    Args:
        text: The secret.

    Example:
        >>> password = Secret("hunter2")
        >>> print(password, password.reveal() == "hunter2")
        <redacted> True
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return self._text == other._text if isinstance(other, Secret) else NotImplemented

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__
