"""Reading one value strictly: what is not clearly what is wanted is an error, never a guess."""

from __future__ import annotations

from remora.errors import ConfigError

from .secret import Secret

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})

AUTH_TYPES = ("Pkce", "ClientSecret", "DeviceFlow", "ExternalCommand", "Passthrough")
"""Ways to log in, as config files spell them."""

_AUTH_WORDS = {
    **{name.lower(): name for name in AUTH_TYPES},
    "headless": "DeviceFlow",
    "appcredential": "ClientSecret",
    "clientcredentials": "ClientSecret",
    "command": "ExternalCommand",
    "custom": "ExternalCommand",
}


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


def as_secret(value: object, where: str) -> Secret:
    """Read text that must not be shown.

    Raises:
        ConfigError: It is not text.
    """
    if isinstance(value, Secret):
        return value
    return Secret(as_text(value, where))


def as_auth_type(value: object, where: str) -> str:
    """Read a way to log in, one of `AUTH_TYPES`, in any case, with or without "-" and "_".

    Raises:
        ConfigError: It is none of them.
    """
    word = as_text(value, where)
    known = _AUTH_WORDS.get(word.lower().replace("-", "").replace("_", ""))
    if word and known is None:
        raise ConfigError(f"{where} is {word!r}, which is no way to log in", hint=f"write {', '.join(AUTH_TYPES)}")
    return known or ""


def as_argv(value: object, where: str) -> tuple[str, ...]:
    """Read a command: a list of words, or text that is a JSON array or words as a POSIX shell splits them.

    No shell ever runs it, so variables, pipes and globs mean nothing.

    Raises:
        ConfigError: It is none of these, or its first word is empty.
    """
    if isinstance(value, str) and not value.lstrip().startswith("["):
        import shlex

        try:
            words = shlex.split(value)
        except ValueError as error:
            raise ConfigError(f"{where} cannot be split into words: {error}") from None
    else:
        words = list(_items(value, where))
    if words and not words[0]:
        raise ConfigError(f"{where} names no program")
    return tuple(words)


def as_words(value: object, where: str) -> tuple[str, ...]:
    """Read several words: a list, or text that is a JSON array or has commas or spaces between the words.

    Raises:
        ConfigError: It is none of these.
    """
    if isinstance(value, str) and not value.lstrip().startswith("["):
        return tuple(value.replace(",", " ").split())
    return tuple(item for item in _items(value, where) if item)


def _items(value: object, where: str) -> list[str]:
    items = value
    if isinstance(value, str):
        import json

        try:
            items = json.loads(value)
        except ValueError:
            raise ConfigError(f"{where} starts like a JSON array, and is none") from None
    if not isinstance(items, (list, tuple)):
        raise ConfigError(f"{where} must be a list of words, not {type(items).__name__}")
    return [as_text(item, f"{where}, item {number}") for number, item in enumerate(items, 1)]


def is_unset(value: object) -> bool:
    """Whether a value from the environment or a file counts as not given: nothing, empty text or an empty list."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())
