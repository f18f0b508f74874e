"""Taking secrets out of text before it reaches a message, a log line or a repr."""

from __future__ import annotations


def redact(text: str) -> str:
    """Return `text` with everything that may be a secret replaced by `<redacted>`.

    Replaced are the query string and fragment of a URL (a signed URL is a password), the user part of a URL, bearer
    and basic credentials, JSON web tokens, and the value of `name=value` pairs whose name says secret.

    Args:
        text: Any text that is about to be shown or logged.

    Returns:
        The same text without secrets; calling it twice changes nothing more.
    """
    if not text:
        return text
    from .secrets import mask

    return mask(text)
