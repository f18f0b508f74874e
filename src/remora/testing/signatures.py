"""What a method takes and gives, compared with what was agreed."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

_MODULES = re.compile(r"\b(?:\w+\.)+(?=\w)")
_RENAMED = re.compile(r"(?<=[^\W_])_+\b")


def check_signature(method: object, agreed: type, own: type) -> None:
    """Compare a method with a protocol class: names, kinds, defaults and types of parameters, and the result.

    Args:
        method: A method of an entity, both forms of it if it has two.
        agreed: Its `__call__` has the signature of the blocking form, its `aio`, if there is one, that of the other.
        own: The class of the entity.

    Raises:
        AssertionError: They differ.
    """
    name = agreed.__name__
    blocking = vars(agreed)["__call__"]
    asynchronous = vars(agreed).get("aio")
    given = method if inspect.ismethod(method) else type(method).__call__
    _compare(name, given, blocking, own)
    found = getattr(method, "aio", None)
    if (found is None) is not (asynchronous is None):
        raise AssertionError(f"{name} has {'no' if found is None else 'a'} form .aio, unlike what was agreed")
    if found is not None and asynchronous is not None:
        _compare(f"{name}.aio", found, asynchronous, own)


def _compare(name: str, given: Callable[..., Any], agreed: Callable[..., Any], own: type) -> None:
    here, there = _signature(given, own), _signature(agreed, own)
    if here != there:
        raise AssertionError(f"{name} is\n    {here}\nand was agreed to be\n    {there}")


def _signature(function: Callable[..., Any], own: type) -> str:
    signature = inspect.signature(inspect.unwrap(getattr(function, "__func__", function)))
    _, *parameters = signature.parameters.values()
    plain = inspect.Signature(
        [item.replace(annotation=_Text(item.annotation, own)) for item in parameters],
        return_annotation=_Text(signature.return_annotation, own),
    )
    return f"{'async ' if inspect.iscoroutinefunction(function) else ''}{plain}"


class _Text:
    """An annotation without the names of modules, which differ from one module to the next."""

    def __init__(self, annotation: object, own: type) -> None:
        text = str(annotation).replace("_Self", own.__name__)
        self._text = _RENAMED.sub("", _MODULES.sub("", text))

    def __repr__(self) -> str:
        return self._text
