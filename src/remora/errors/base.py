"""The root of the error tree."""

from __future__ import annotations

from .redact import redact


class RemoraError(Exception):
    """Root of every error that Remora raises on purpose.

    Secrets (signed URLs, tokens, passwords) are taken out of the message and the hint before they are kept.

    Args:
        message: What was wrong and where.
        hint: What to do about it, if there is something to say.

    Attributes:
        message: The message without the hint.
        hint: The hint, or None.
    """

    def __init__(self, message: str = "", *, hint: str | None = None) -> None:
        self.message = redact(message)
        self.hint = None if hint is None else redact(hint)
        super().__init__(self.message)

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message} (hint: {self.hint})"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"
