"""Literals from JSON values, by declared type."""

from __future__ import annotations

import base64
import binascii
import contextlib
from collections.abc import Callable

from remora.dev.clock import parse_time
from remora.dev.literals import make
from remora.dev.literals.durations import parse_duration
from remora.dev.literals.make import ConversionError, describe, is_stored, with_article
from remora_api.flyteidl2.core import Literal, LiteralType, SimpleType

# Takes what stands in the JSON for a stored value (a path or a URL) and its type; returns the literal.
Store = Callable[[str, LiteralType], Literal]


def from_json(value: object, declared: LiteralType, store: Store = make.stored) -> Literal:
    """Convert a JSON value.

    Args:
        value: What `json.loads` returns, or the Python form of a `Struct`.
        declared: The type that the literal has to have.
        store: Makes the literal of a file, directory, schema or dataset; by default the text is its URI.

    Raises:
        ConversionError: The value does not fit the type.
    """
    if declared.collection_type is not None:
        if not isinstance(value, list):
            raise _wrong(value, declared)
        inner = declared.collection_type
        return make.collection([_inside(f"[{i}]", item, inner, store) for i, item in enumerate(value)])
    if declared.map_value_type is not None:
        if not isinstance(value, dict):
            raise _wrong(value, declared)
        inner = declared.map_value_type
        return make.mapping({key: _inside(f"[{key!r}]", item, inner, store) for key, item in value.items()})
    if declared.union_type is not None:
        return _union(value, declared, store)
    if declared.enum_type is not None:
        if value not in declared.enum_type.values:
            raise ConversionError(f"{value!r} is not one of {', '.join(declared.enum_type.values)}")
        return make.string(str(value))
    if is_stored(declared):
        if not isinstance(value, str):
            raise _wrong(value, declared)
        return store(value, declared)
    return _simple(value, declared)


def _inside(place: str, value: object, declared: LiteralType, store: Store) -> Literal:
    try:
        return from_json(value, declared, store)
    except ConversionError as error:
        text = str(error)
        raise ConversionError(f"{place}{text}" if text.startswith("[") else f"{place}: {text}") from None


def _union(value: object, declared: LiteralType, store: Store) -> Literal:
    assert declared.union_type is not None
    for variant in declared.union_type.variants:
        with contextlib.suppress(ConversionError):
            return make.union(from_json(value, variant, store), variant)
    raise _wrong(value, declared)


def _simple(value: object, declared: LiteralType) -> Literal:
    convert = _SIMPLE.get(declared.simple if declared.simple is not None else SimpleType.STRUCT)
    literal = None if convert is None else convert(value)
    if literal is None:
        raise _wrong(value, declared)
    return literal


def _wrong(value: object, declared: LiteralType) -> ConversionError:
    text = repr(value)
    return ConversionError(
        f"{text if len(text) <= 80 else text[:77] + '...'} is not {with_article(describe(declared))}"
    )


def _integer(value: object) -> Literal | None:
    # A Struct has no integers: 5 arrives as 5.0.
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return make.integer(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _float(value: object) -> Literal | None:
    if isinstance(value, str) and value in ("NaN", "Infinity", "-Infinity"):
        return make.floating(float(value))
    return make.floating(float(value)) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _datetime(value: object) -> Literal | None:
    try:
        return make.datetime(parse_time(value)) if isinstance(value, str) else None
    except ValueError:
        return None


def _duration(value: object) -> Literal | None:
    try:
        return make.duration(parse_duration(value)) if isinstance(value, str) else None
    except ValueError:
        return None


def _binary(value: object) -> Literal | None:
    try:
        return make.binary(base64.b64decode(value, validate=True)) if isinstance(value, str) else None
    except binascii.Error:
        return None


_SIMPLE: dict[SimpleType, Callable[[object], Literal | None]] = {
    SimpleType.NONE: lambda value: make.none() if value is None else None,
    SimpleType.INTEGER: _integer,
    SimpleType.FLOAT: _float,
    SimpleType.STRING: lambda value: make.string(value) if isinstance(value, str) else None,
    SimpleType.BOOLEAN: lambda value: make.boolean(value) if isinstance(value, bool) else None,
    SimpleType.DATETIME: _datetime,
    SimpleType.DURATION: _duration,
    SimpleType.BINARY: _binary,
    SimpleType.ERROR: lambda value: make.error(value) if isinstance(value, str) else None,
    SimpleType.STRUCT: lambda value: make.struct(value) if isinstance(value, dict) else None,
}
