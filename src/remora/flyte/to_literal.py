"""Python values -> literals, guided by the declared type."""

from __future__ import annotations

import enum
import numbers
import typing
from collections.abc import Mapping, Sequence, Set
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from remora.errors import ValuesError
from remora.flyte import packed
from remora.flyte.hints import did_you_mean
from remora.flyte.interface import describe
from remora.flyte.references import Binary, Dir, File, Offloaded, Schema, StructuredDataset
from remora.flyte.structures import check_exact, plain_data, shown, text
from remora_api.flyteidl2 import core
from remora_api.google import protobuf

if TYPE_CHECKING:
    from collections.abc import Callable

# Limit of google.protobuf.Duration, from its comment in duration.proto.
_LONGEST = timedelta(seconds=315_576_000_000)
_INT64 = range(-(2**63), 2**63)


def to_literal(value: object, kind: core.LiteralType | None, path: str = "value") -> core.Literal:
    """The literal of a Python value, as its declared type wants it.

    A `core.Literal` is passed on as it is, so what this function does not cover can be built by hand.

    Args:
        value: The value.
        kind: Its declared type.
        path: How an error calls the value, such as "input 'n' of task 'x.y'".

    Raises:
        ValuesError: the value does not fit the type; the message says what was expected and what was given.
    """
    try:
        return _convert(value, kind, path)
    except RecursionError:
        raise ValuesError(f"{path}: the value is nested too deeply, or contains itself", path=path) from None


def _convert(value: object, kind: core.LiteralType | None, path: str) -> core.Literal:
    if isinstance(value, core.Literal):
        return value
    if isinstance(value, Offloaded):
        data = core.LiteralOffloadedMetadata(uri=value.uri, size_bytes=value.size_bytes, inferred_type=value.type)
        return core.Literal(offloaded_metadata=data)
    which = None if kind is None else kind.which_oneof("type")
    convert = _CONVERSIONS.get(which or "")
    if kind is None or convert is None:
        raise ValuesError(
            f"{path}: this version cannot convert to {describe(kind)}", path=path, hint="give a core.Literal instead"
        )
    return convert(value, kind, path)


def _wrong(value: object, kind: core.LiteralType, path: str, hint: str | None = None) -> ValuesError:
    return ValuesError(f"{path}: expected {describe(kind)}, got {shown(value)}", path=path, hint=hint)


def _primitive(**fields: Any) -> core.Literal:
    return core.Literal(scalar=core.Scalar(primitive=core.Primitive(**fields)))


# --- simple types


def _simple(value: object, kind: core.LiteralType, path: str) -> core.Literal:
    convert = _SIMPLE.get(int(kind.simple or 0))
    if convert is None:
        raise ValuesError(f"{path}: this version cannot convert to {describe(kind)}", path=path)
    return convert(value, kind, path)


def _none(value: object, kind: core.LiteralType, path: str) -> core.Literal:
    if value is not None:
        raise _wrong(value, kind, path)
    return core.Literal(scalar=core.Scalar(none_type=core.Void()))


def _integer(value: object, kind: core.LiteralType, path: str) -> core.Literal:
    # bool is an int in Python, and is not one in an interface. numpy's integers register as Integral.
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        whole = isinstance(value, float) and value.is_integer()
        raise _wrong(value, kind, path, f"did you mean {value:.0f}?" if whole else _quoted(value))
    number = int(value)
    if number not in _INT64:
        raise ValuesError(f"{path}: {shown(number)} does not fit into 64 bits", path=path)
    return _primitive(integer=number)


def _quoted(value: object) -> str | None:
    """A hint for a number in quotes."""
    if isinstance(value, str) and len(value) <= 20:
        try:
            return f"did you mean {int(value)}?"
        except ValueError:
            return None
    return None


def _float(value: object, kind: core.LiteralType, path: str) -> core.Literal:
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise _wrong(value, kind, path)
    try:
        number = float(value)
    except OverflowError:
        raise ValuesError(f"{path}: {shown(value)} is too large for a float", path=path) from None
    return _primitive(float_value=number)


def _string(value: object, kind: core.LiteralType, path: str) -> core.Literal:
    if not isinstance(value, str):
        raise _wrong(value, kind, path)
    return _primitive(string_value=text(value, path))


def _boolean(value: object, kind: core.LiteralType, path: str) -> core.Literal:
    if not isinstance(value, bool):
        raise _wrong(value, kind, path)
    return _primitive(boolean=value)


def _datetime(value: object, kind: core.LiteralType, path: str) -> core.Literal:
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            hint = "use datetime.now(timezone.utc) or value.astimezone()"
            raise ValuesError(f"{path}: {value.isoformat()} has no time zone", path=path, hint=hint)
        moment = value
    elif isinstance(value, date):
        moment = datetime(value.year, value.month, value.day, tzinfo=timezone.utc)
    else:
        raise _wrong(value, kind, path)
    return _primitive(datetime=protobuf.Timestamp.from_datetime(moment))


def _duration(value: object, kind: core.LiteralType, path: str) -> core.Literal:
    if not isinstance(value, timedelta):
        raise _wrong(value, kind, path, "use a timedelta" if isinstance(value, (int, float)) else None)
    if abs(value) > _LONGEST:
        raise ValuesError(f"{path}: {value} is longer than a duration can be (10,000 years)", path=path)
    return _primitive(duration=protobuf.Duration.from_timedelta(value))


def _binary(value: object, kind: core.LiteralType, path: str) -> core.Literal:
    if isinstance(value, Binary):
        return core.Literal(scalar=core.Scalar(binary=core.Binary(value=value.value, tag=value.tag)))
    return _packed(value, kind, path)


def _struct(value: object, kind: core.LiteralType, path: str) -> core.Literal:
    if isinstance(value, Binary):
        return _binary(value, kind, path)
    plain = plain_data(value, path)
    if not isinstance(plain, dict):
        raise _wrong(value, kind, path, "use a dict, a dataclass or a pydantic model")
    if packed.available() and _wants_msgpack(kind):
        return _packed(plain, kind, path)
    check_exact(plain, path)
    return core.Literal(scalar=core.Scalar(generic=protobuf.Struct.from_python(plain)))


def _packed(value: object, kind: core.LiteralType, path: str) -> core.Literal:
    data = packed.pack(plain_data(value, path), path)
    return core.Literal(scalar=core.Scalar(binary=core.Binary(value=data, tag=packed.TAG)))


def _wants_msgpack(kind: core.LiteralType) -> bool:
    """Whether the task that declared this type said that it reads MessagePack."""
    annotations = None if kind.annotation is None else kind.annotation.annotations
    cache_key = {} if annotations is None else annotations.to_python().get("cache-key-metadata")
    return isinstance(cache_key, dict) and cache_key.get("serialization-format") == packed.TAG


# --- containers


def _collection(value: object, kind: core.LiteralType, path: str) -> core.Literal:
    if isinstance(value, (str, bytes, bytearray, Mapping)) or not isinstance(value, Sequence):
        hint = "sets have no order: sort it into a list" if isinstance(value, Set) else None
        raise _wrong(value, kind, path, hint)
    items = [_convert(item, kind.collection_type, f"{path}[{number}]") for number, item in enumerate(value)]
    return core.Literal(collection=core.LiteralCollection(literals=items))


def _map(value: object, kind: core.LiteralType, path: str) -> core.Literal:
    if not isinstance(value, Mapping):
        raise _wrong(value, kind, path)
    for key in value:
        if not isinstance(key, str):
            raise ValuesError(f"{path}: keys must be strings, got {shown(key)}", path=path)
    items = {text(key, path): _convert(item, kind.map_value_type, f"{path}[{key!r}]") for key, item in value.items()}
    return core.Literal(map=core.LiteralMap(literals=items))


def _union(value: object, kind: core.LiteralType, path: str) -> core.Literal:
    """The first member of the union that takes the value; an int goes to integer before float, whatever the order."""
    declared = [] if kind.union_type is None else kind.union_type.variants
    variants = sorted(declared, key=lambda variant: _is_float(variant) and not isinstance(value, float))
    problems: dict[int, ValuesError] = {}
    for number, variant in enumerate(variants):
        inner = _fitting(value, variant, path)
        if isinstance(inner, core.Literal):
            return core.Literal(scalar=core.Scalar(union=core.Union(value=inner, type=variant)))
        problems[number] = inner
    # With one real member besides none (`T | None`), its own message says more than "one of T, none".
    real = [problems[number] for number, variant in enumerate(variants) if not _is_none(variant)]
    if len(real) == 1 and value is not None:
        raise real[0]
    raise _wrong(value, kind, path)


def _fitting(value: object, kind: core.LiteralType, path: str) -> core.Literal | ValuesError:
    """The literal if the value fits the type, else what is wrong."""
    try:
        return _convert(value, kind, path)
    except ValuesError as error:
        return error


def _is_float(kind: core.LiteralType) -> bool:
    return kind.which_oneof("type") == "simple" and kind.simple == core.SimpleType.FLOAT


def _is_none(kind: core.LiteralType) -> bool:
    return kind.which_oneof("type") == "simple" and kind.simple == core.SimpleType.NONE


# --- everything else


def _enum(value: object, kind: core.LiteralType, path: str) -> core.Literal:
    names = [] if kind.enum_type is None else kind.enum_type.values
    # A member travels by its name; a Literal by its value, which is a plain string.
    candidates = [value.name, value.value] if isinstance(value, enum.Enum) else [value]
    for candidate in candidates:
        if isinstance(candidate, str) and candidate in names:
            return _primitive(string_value=str.__str__(candidate))
    hint = did_you_mean(value, names) if isinstance(value, str) else None
    raise _wrong(value, kind, path, hint)


def _blob(value: object, kind: core.LiteralType, path: str) -> core.Literal:
    declared = kind.blob if kind.blob is not None else core.BlobType()
    multipart = declared.dimensionality == core.BlobTypeBlobDimensionality.MULTIPART
    wanted: type[File] | type[Dir] = Dir if multipart else File
    if isinstance(value, str) and "://" in value:
        value = wanted(value)
    if not isinstance(value, wanted):
        upload = "upload it with remora.upload_file and give File(uri)" if not multipart else "give Dir(uri)"
        raise _wrong(value, kind, path, upload)
    if not value.uri:
        raise ValuesError(f"{path}: the {wanted.__name__} has no uri", path=path)
    # The declared format is what the task reads; a reference from elsewhere may not know it.
    blob_type = core.BlobType(format=declared.format or value.format, dimensionality=declared.dimensionality)
    blob = core.Blob(metadata=core.BlobMetadata(type=blob_type), uri=text(value.uri, path))
    return core.Literal(scalar=core.Scalar(blob=blob))


def _structured_dataset(value: object, kind: core.LiteralType, path: str) -> core.Literal:
    if isinstance(value, str) and "://" in value:
        value = StructuredDataset(value)
    if not isinstance(value, StructuredDataset):
        raise _wrong(value, kind, path, "give StructuredDataset(uri, format)")
    declared = kind.structured_dataset_type or core.StructuredDatasetType()
    dataset_type = core.StructuredDatasetType(
        columns=list(declared.columns),
        format=value.format or declared.format,
        external_schema_type=declared.external_schema_type,
        external_schema_bytes=declared.external_schema_bytes,
    )
    metadata = core.StructuredDatasetMetadata(structured_dataset_type=dataset_type)
    dataset = core.StructuredDataset(uri=text(value.uri, path), metadata=metadata)
    return core.Literal(scalar=core.Scalar(structured_dataset=dataset))


def _schema(value: object, kind: core.LiteralType, path: str) -> core.Literal:
    if not isinstance(value, Schema):
        raise _wrong(value, kind, path, "give Schema(uri)")
    return core.Literal(scalar=core.Scalar(schema=core.Schema(uri=text(value.uri, path), type=kind.schema)))


if TYPE_CHECKING:
    _Conversion = Callable[[object, core.LiteralType, str], core.Literal]

_CONVERSIONS: typing.Final[dict[str, _Conversion]] = {
    "simple": _simple,
    "collection_type": _collection,
    "map_value_type": _map,
    "union_type": _union,
    "enum_type": _enum,
    "blob": _blob,
    "structured_dataset_type": _structured_dataset,
    "schema": _schema,
}
# By number of core.SimpleType, so that importing this module loads no message.
_SIMPLE: typing.Final[dict[int, _Conversion]] = {
    0: _none,
    1: _integer,
    2: _float,
    3: _string,
    4: _boolean,
    5: _datetime,
    6: _duration,
    7: _binary,
    9: _struct,
}
