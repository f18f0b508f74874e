"""Literals from the text of an output file, by declared type."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable

from remora.dev.clock import parse_time
from remora.dev.literals import make
from remora.dev.literals.durations import parse_duration
from remora.dev.literals.from_json import Store, from_json
from remora.dev.literals.make import ConversionError, describe, with_article
from remora_api.flyteidl2.core import Literal, LiteralType, SimpleType

_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})


def from_text(text: str, declared: LiteralType, store: Store) -> Literal:
    """Convert what a task wrote.

    A text is taken as it is, its last line break included; around everything else white space does not matter. Lists,
    maps and structs are JSON.

    Args:
        text: Content of the file.
        declared: The type of the output.
        store: Makes literals of files and directories that a list or map names.

    Raises:
        ConversionError: The text does not fit the type.
    """
    if declared.union_type is not None:
        for variant in declared.union_type.variants:
            with contextlib.suppress(ConversionError):
                return make.union(from_text(text, variant, store), variant)
        raise _wrong(text, declared)
    if declared.enum_type is not None:
        return from_json(text.strip(), declared, store)
    if declared.simple is not None and declared.simple != SimpleType.STRUCT:
        convert = _SIMPLE.get(declared.simple)
        if convert is None:
            raise ConversionError(f"outputs of type {describe(declared)} are not supported")
        try:
            return convert(text)
        except ConversionError:
            raise
        except ValueError:
            raise _wrong(text, declared) from None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise ConversionError(f"not JSON, which {with_article(describe(declared))} has to be: {_short(text)}") from None
    return from_json(value, declared, store)


def _wrong(text: str, declared: LiteralType) -> ConversionError:
    return ConversionError(f"{_short(text)} is not {with_article(describe(declared))}")


def _short(text: str) -> str:
    return repr(text) if len(text) <= 60 else repr(text[:57]) + "..."


def _boolean(text: str) -> Literal:
    word = text.strip()
    if word not in _TRUE | _FALSE:
        raise ValueError
    return make.boolean(word in _TRUE)


def _none(text: str) -> Literal:
    if text.strip() not in ("", "null", "None"):
        raise ValueError
    return make.none()


def _number(text: str) -> str:
    # Python also reads 1_000; others do not.
    if "_" in text:
        raise ValueError
    return text


_SIMPLE: dict[SimpleType, Callable[[str], Literal]] = {
    SimpleType.NONE: _none,
    SimpleType.INTEGER: lambda text: make.integer(int(_number(text))),
    SimpleType.FLOAT: lambda text: make.floating(float(_number(text))),
    SimpleType.STRING: make.string,
    SimpleType.BOOLEAN: _boolean,
    SimpleType.DATETIME: lambda text: make.datetime(parse_time(text)),
    SimpleType.DURATION: lambda text: make.duration(parse_duration(text)),
    SimpleType.ERROR: make.error,
}
