"""Literals as JSON values and as text."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable

from remora.dev.clock import format_time, nanoseconds
from remora.dev.literals.durations import format_duration
from remora.dev.literals.make import ConversionError
from remora_api.flyteidl2.core import Literal, Primitive, Scalar

# Takes the URI of a stored value, and whether it is a directory; returns what stands for it in the JSON.
Place = Callable[[str, bool], str]


def uri_as_it_is(uri: str, directory: bool) -> str:
    """The `Place` that leaves a stored value where it is."""
    return uri


def to_json(literal: Literal, place: Place = uri_as_it_is) -> object:
    """Convert a literal to what `json.dumps` takes.

    Times are RFC 3339, durations as Go writes them, bytes base64, numbers that JSON lacks are texts.

    Raises:
        ConversionError: The literal has no value, or one that is not here.
    """
    if literal.collection is not None:
        return [to_json(item, place) for item in literal.collection.literals]
    if literal.map is not None:
        return {key: to_json(item, place) for key, item in literal.map.literals.items()}
    if literal.scalar is not None:
        return _scalar(literal.scalar, place)
    if literal.offloaded_metadata is not None:
        raise ConversionError(f"the value was offloaded to {literal.offloaded_metadata.uri}, which is not read here")
    raise ConversionError("the literal has no value")


def to_text(literal: Literal, place: Place = uri_as_it_is) -> str:
    """Convert a literal to text: primitives plainly, stored values as their URI or path, everything else as JSON.

    Raises:
        ConversionError: The literal has no value, or one that is not here.
    """
    value = to_json(literal, place)
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False)


def _scalar(scalar: Scalar, place: Place) -> object:
    if scalar.primitive is not None:
        return _primitive(scalar.primitive)
    if scalar.none_type is not None:
        return None
    if scalar.union is not None and scalar.union.value is not None:
        return to_json(scalar.union.value, place)
    if scalar.generic is not None:
        return _whole_numbers(scalar.generic.to_python())
    if scalar.binary is not None:
        return base64.b64encode(scalar.binary.value).decode()
    if scalar.error is not None:
        return scalar.error.message
    stored = stored_uri(scalar)
    if stored is not None:
        return place(*stored)
    raise ConversionError("the literal has no value")


def stored_uri(scalar: Scalar) -> tuple[str, bool] | None:
    """URI of a stored value and whether it is a directory; None for values of other kinds."""
    if scalar.blob is not None:
        metadata = scalar.blob.metadata
        single = metadata is None or metadata.type is None or not metadata.type.dimensionality
        return scalar.blob.uri, not single
    if scalar.structured_dataset is not None:
        return scalar.structured_dataset.uri, True
    if scalar.schema is not None:
        return scalar.schema.uri, True
    return None


def _primitive(primitive: Primitive) -> object:
    if primitive.integer is not None:
        return primitive.integer
    if primitive.float_value is not None:
        value = primitive.float_value
        if math.isfinite(value):
            return value
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if primitive.string_value is not None:
        return primitive.string_value
    if primitive.boolean is not None:
        return primitive.boolean
    if primitive.datetime is not None:
        return format_time(nanoseconds(primitive.datetime))
    if primitive.duration is not None:
        return format_duration(nanoseconds(primitive.duration))
    raise ConversionError("the literal has no value")


def _whole_numbers(value: object) -> object:
    # A Struct knows floating point only; a task that reads JSON expects 5 to be 5.
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, dict):
        return {key: _whole_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole_numbers(item) for item in value]
    return value
