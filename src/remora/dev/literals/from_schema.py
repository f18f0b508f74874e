"""Declared types from the JSON schemas that `json_schema` makes of them."""

from __future__ import annotations

from collections.abc import Callable

from remora.dev.literals.make import ConversionError
from remora_api.flyteidl2.core import (
    BlobType,
    BlobTypeBlobDimensionality,
    EnumType,
    LiteralType,
    SimpleType,
    StructuredDatasetType,
    UnionType,
)

_FORMATS: dict[str, Callable[[], LiteralType]] = {
    "datetime": lambda: LiteralType(simple=SimpleType.DATETIME),
    "duration": lambda: LiteralType(simple=SimpleType.DURATION),
    "binary": lambda: LiteralType(simple=SimpleType.BINARY),
    "blob": lambda: LiteralType(blob=BlobType()),
    "directory": lambda: LiteralType(blob=BlobType(dimensionality=BlobTypeBlobDimensionality.MULTIPART)),
    "structured-dataset": lambda: LiteralType(structured_dataset_type=StructuredDatasetType()),
}
_TYPES = {
    "null": SimpleType.NONE,
    "integer": SimpleType.INTEGER,
    "number": SimpleType.FLOAT,
    "string": SimpleType.STRING,
    "boolean": SimpleType.BOOLEAN,
    "object": SimpleType.STRUCT,
}


def from_schema(schema: object) -> LiteralType:
    """The type whose values a schema describes.

    Raises:
        ConversionError: It is not a schema that a launch form has.
    """
    if not isinstance(schema, dict):
        raise ConversionError("its schema is not an object")
    variants = schema.get("oneOf")
    if isinstance(variants, list):
        return LiteralType(union_type=UnionType(variants=[from_schema(variant) for variant in variants]))
    values = schema.get("enum")
    if isinstance(values, list):
        return LiteralType(enum_type=EnumType(values=[str(value) for value in values]))
    kind, form = schema.get("type"), schema.get("format")
    if kind == "string" and isinstance(form, str) and form in _FORMATS:
        return _FORMATS[form]()
    if kind == "array":
        return LiteralType(collection_type=from_schema(schema.get("items")))
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return LiteralType(map_value_type=from_schema(schema["additionalProperties"]))
    if not isinstance(kind, str) or kind not in _TYPES:
        raise ConversionError(f"its schema has the unknown type {kind!r}")
    return LiteralType(simple=_TYPES[kind])
