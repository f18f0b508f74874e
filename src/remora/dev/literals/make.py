"""Literals from plain values."""

from __future__ import annotations

from remora_api.flyteidl2.core import (
    Binary,
    Blob,
    BlobMetadata,
    BlobType,
    BlobTypeBlobDimensionality,
    Error,
    Literal,
    LiteralCollection,
    LiteralMap,
    LiteralType,
    Primitive,
    Scalar,
    Schema,
    SimpleType,
    StructuredDataset,
    StructuredDatasetMetadata,
    Union,
    Void,
)
from remora_api.google.protobuf import Duration, Struct, Timestamp

_SECOND = 1_000_000_000
_MAX_INT64 = 2**63


class ConversionError(ValueError):
    """A value does not fit its declared type; the message says which and why."""


def integer(value: int) -> Literal:
    """An integer; raises `ConversionError` outside 64 bits."""
    if not -_MAX_INT64 <= value < _MAX_INT64:
        raise ConversionError(f"{value} does not fit 64 bits")
    return _primitive(Primitive(integer=value))


def floating(value: float) -> Literal:
    """A floating point number."""
    return _primitive(Primitive(float_value=value))


def string(value: str) -> Literal:
    """A text; enum values are texts too."""
    return _primitive(Primitive(string_value=value))


def boolean(value: bool) -> Literal:
    """True or false."""
    return _primitive(Primitive(boolean=value))


def datetime(nanoseconds: int) -> Literal:
    """A point in time."""
    seconds, nanos = divmod(nanoseconds, _SECOND)
    return _primitive(Primitive(datetime=Timestamp(seconds=seconds, nanos=nanos)))


def duration(nanoseconds: int) -> Literal:
    """A span of time. Its seconds and nanoseconds have the same sign, as the message type demands."""
    seconds, nanos = divmod(abs(nanoseconds), _SECOND)
    sign = -1 if nanoseconds < 0 else 1
    return _primitive(Primitive(duration=Duration(seconds=sign * seconds, nanos=sign * nanos)))


def none() -> Literal:
    """Nothing."""
    return Literal(scalar=Scalar(none_type=Void()))


def struct(value: dict[str, object]) -> Literal:
    """A JSON object."""
    return Literal(scalar=Scalar(generic=Struct.from_python(value)))


def binary(value: bytes) -> Literal:
    """Bytes."""
    return Literal(scalar=Scalar(binary=Binary(value=value)))


def error(message: str) -> Literal:
    """An error as a value."""
    return Literal(scalar=Scalar(error=Error(message=message)))


def collection(items: list[Literal]) -> Literal:
    """A list."""
    return Literal(collection=LiteralCollection(literals=items))


def mapping(items: dict[str, Literal]) -> Literal:
    """A map with texts as keys."""
    return Literal(map=LiteralMap(literals=items))


def union(value: Literal, variant: LiteralType) -> Literal:
    """A value of one of several types."""
    return Literal(scalar=Scalar(union=Union(value=value, type=variant)))


def stored(uri: str, declared: LiteralType) -> Literal:
    """What lies at a URI, as the declared type refers to it."""
    if declared.structured_dataset_type is not None:
        metadata = StructuredDatasetMetadata(structured_dataset_type=declared.structured_dataset_type)
        return Literal(scalar=Scalar(structured_dataset=StructuredDataset(uri=uri, metadata=metadata)))
    if declared.schema is not None:
        return Literal(scalar=Scalar(schema=Schema(uri=uri, type=declared.schema)))
    return Literal(scalar=Scalar(blob=Blob(metadata=BlobMetadata(type=declared.blob or BlobType()), uri=uri)))


def is_stored(declared: LiteralType) -> bool:
    """Tell whether values of a type are kept in the object store, by reference."""
    return declared.which_oneof("type") in ("blob", "schema", "structured_dataset_type")


def is_directory(declared: LiteralType) -> bool:
    """Tell whether a stored value of this type is a directory."""
    blob = declared.blob
    return blob is None or blob.dimensionality == BlobTypeBlobDimensionality.MULTIPART


def describe(declared: LiteralType) -> str:
    """The name of a type for messages."""
    kind = declared.which_oneof("type")
    if kind == "simple" and declared.simple is not None:
        return SimpleType(declared.simple).name.lower()
    if kind == "collection_type" and declared.collection_type is not None:
        return f"list of {describe(declared.collection_type)}"
    if kind == "map_value_type" and declared.map_value_type is not None:
        return f"map of {describe(declared.map_value_type)}"
    if kind == "blob":
        return "directory" if is_directory(declared) else "file"
    if kind == "union_type" and declared.union_type is not None:
        return " or ".join(describe(variant) for variant in declared.union_type.variants)
    names = {None: "untyped value", "enum_type": "enum", "schema": "schema"}
    return names.get(kind, "structured dataset")


def with_article(noun: str) -> str:
    """The noun with "a" or "an"."""
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


def _primitive(value: Primitive) -> Literal:
    return Literal(scalar=Scalar(primitive=value))
