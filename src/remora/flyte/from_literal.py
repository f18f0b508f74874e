"""Literals -> Python values. What this version does not know stays a literal instead of failing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from remora.flyte import packed
from remora.flyte.references import Binary, Dir, File, LiteralError, Offloaded, Schema, StructuredDataset
from remora_api.flyteidl2 import core

if TYPE_CHECKING:
    from collections.abc import Sequence


def from_literal(literal: core.Literal, kind: core.LiteralType | None = None, path: str = "value") -> Any:
    """The Python value of a literal.

    | literal | Python |
    |---|---|
    | integer, float, string, boolean | int, float, str, bool |
    | datetime, duration | aware `datetime` in UTC, `timedelta` |
    | none | None |
    | collection, map | list, dict |
    | union | the value inside |
    | generic (Struct), binary tagged msgpack | dict, list, scalars |
    | blob, structured dataset, schema | `File`, `Dir`, `StructuredDataset`, `Schema` |
    | other binary, offloaded, error | `Binary`, `Offloaded`, `LiteralError` |
    | anything newer than this library | the literal itself |

    Args:
        literal: The literal.
        kind: Its declared type, where it is known: an integer that travelled as a float becomes an int again.
        path: How an error calls the value.

    Raises:
        ValuesError: a msgpack value cannot be read, because the extra `msgpack` is missing or the bytes are damaged.
    """
    which = literal.which_oneof("value")
    if which == "scalar" and literal.scalar is not None:
        return _scalar(literal, literal.scalar, kind, path)
    if which == "collection" and literal.collection is not None:
        inner = None if kind is None else kind.collection_type
        items = literal.collection.literals
        return [from_literal(item, inner, f"{path}[{number}]") for number, item in enumerate(items)]
    if which == "map" and literal.map is not None:
        inner = None if kind is None else kind.map_value_type
        return {key: from_literal(item, inner, f"{path}[{key!r}]") for key, item in literal.map.literals.items()}
    if which == "offloaded_metadata" and literal.offloaded_metadata is not None:
        data = literal.offloaded_metadata
        return Offloaded(data.uri, data.size_bytes, data.inferred_type)
    return literal


def _scalar(literal: core.Literal, scalar: core.Scalar, kind: core.LiteralType | None, path: str) -> Any:
    which = scalar.which_oneof("value")
    if which == "primitive" and scalar.primitive is not None:
        return _primitive(literal, scalar.primitive, kind)
    if which == "none_type":
        return None
    if which == "union" and scalar.union is not None:
        inner = scalar.union.value
        return None if inner is None else from_literal(inner, scalar.union.type, path)
    if which == "generic" and scalar.generic is not None:
        return scalar.generic.to_python()
    if which == "binary" and scalar.binary is not None:
        if scalar.binary.tag == packed.TAG:
            return packed.unpack(scalar.binary.value, path)
        return Binary(scalar.binary.value, scalar.binary.tag)
    if which == "blob" and scalar.blob is not None:
        return _blob(scalar.blob)
    if which == "structured_dataset" and scalar.structured_dataset is not None:
        return _structured_dataset(scalar.structured_dataset)
    if which == "schema" and scalar.schema is not None:
        return Schema(scalar.schema.uri, _schema_columns(scalar.schema.type))
    if which == "error" and scalar.error is not None:
        return LiteralError(scalar.error.message, scalar.error.failed_node_id)
    return literal


def _primitive(literal: core.Literal, primitive: core.Primitive, kind: core.LiteralType | None) -> Any:
    which = primitive.which_oneof("value")
    wanted = None if kind is None else kind.simple
    if which == "integer" and primitive.integer is not None:
        return float(primitive.integer) if wanted == core.SimpleType.FLOAT else primitive.integer
    if which == "float_value" and primitive.float_value is not None:
        whole = wanted == core.SimpleType.INTEGER and primitive.float_value.is_integer()
        return int(primitive.float_value) if whole else primitive.float_value
    if which == "string_value":
        return primitive.string_value
    if which == "boolean":
        return primitive.boolean
    if which == "datetime" and primitive.datetime is not None:
        return primitive.datetime.to_datetime()
    if which == "duration" and primitive.duration is not None:
        return primitive.duration.to_timedelta()
    return literal


def _blob(blob: core.Blob) -> File | Dir:
    kind = None if blob.metadata is None else blob.metadata.type
    if kind is None:
        return File(blob.uri)
    multipart = kind.dimensionality == core.BlobTypeBlobDimensionality.MULTIPART
    return Dir(blob.uri, kind.format) if multipart else File(blob.uri, kind.format)


def _structured_dataset(dataset: core.StructuredDataset) -> StructuredDataset:
    from remora.flyte.interface import describe

    kind = None if dataset.metadata is None else dataset.metadata.structured_dataset_type
    if kind is None:
        return StructuredDataset(dataset.uri)
    columns = tuple((column.name, describe(column.literal_type)) for column in kind.columns)
    return StructuredDataset(dataset.uri, kind.format, columns)


def _schema_columns(kind: core.SchemaType | None) -> tuple[tuple[str, str], ...]:
    columns: Sequence[core.SchemaTypeSchemaColumn] = () if kind is None else kind.columns
    return tuple((column.name, column.type.name.lower()) for column in columns)
