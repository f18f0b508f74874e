"""Credentials of the running context, for clients that pass them on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from remora.errors import ValidationError

_pairs: ContextVar[tuple[tuple[str, str], ...]] = ContextVar("remora_auth_metadata", default=())


@contextmanager
def auth_metadata(*kv: tuple[str, str]) -> Iterator[None]:
    """Send these headers with every call of this block, by clients whose login is `Passthrough`.

    The block may hold blocking and async code. Concurrent tasks and threads each see their own block; of nested blocks
    the inner one counts alone.

    Args:
        *kv: Names and values of headers, such as `("authorization", "Bearer ...")`.

    Raises:
        ValidationError: A name or a value may not be sent; the value is not shown.

    Example:
        >>> with remora.auth_metadata(("authorization", token)):  # doctest: +SKIP
        ...     remora.Run.get("r1")
    """
    token = _pairs.set(tuple(_checked(pair) for pair in kv))
    try:
        yield
    finally:
        _pairs.reset(token)


def _checked(pair: tuple[str, str]) -> tuple[str, str]:
    from remora.channel.headers import encode_metadata

    if len(pair) != 2:
        raise ValidationError('auth_metadata takes pairs of texts, such as ("authorization", "Bearer ...")')
    name, value = encode_metadata({pair[0]: pair[1]})[0]
    return name, value


def get_auth_metadata() -> tuple[tuple[str, str], ...]:
    """The headers of the running context, as `auth_metadata` took them."""
    return _pairs.get()


def current_metadata() -> dict[str, str]:
    """The headers of the running context; a later pair of a name counts."""
    return dict(get_auth_metadata())
