"""Reading one value strictly: what is not clearly true, false or text is an error, never a guess."""

from __future__ import annotations

from remora.errors import ConfigError

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})


def as_bool(value: object, where: str) -> bool:
    """Read a boolean; 1/true/yes/on and 0/false/no/off count, in any case.

    Args:
        value: The value as given, a bool or text.
        where: Where it comes from, for the error.

    Raises:
        ConfigError: It is anything else.
    """
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower() if isinstance(value, (str, int)) else ""
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ConfigError(f"{where} must be true or false, not {value!r}", hint="write true, false, 1, 0, yes or no")


def as_text(value: object, where: str) -> str:
    """Read text; a number counts as its digits, a list or a boolean does not count.

    Args:
        value: The value as given.
        where: Where it comes from, for the error.

    Raises:
        ConfigError: It is neither text nor a number.
    """
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    raise ConfigError(f"{where} must be text, not {type(value).__name__}")


def is_unset(value: object) -> bool:
    """Whether a value from the environment or a file counts as not given: nothing, or empty text."""
    return value is None or (isinstance(value, str) and not value.strip())
