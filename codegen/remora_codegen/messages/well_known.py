"""What is special about the messages of google.protobuf that have a JSON form or conversions of their own."""

from __future__ import annotations

from dataclasses import dataclass

_FOLDER = "google/protobuf/"

WELL_KNOWN_FILES = tuple(
    f"{_FOLDER}{stem}.proto" for stem in ("any", "duration", "empty", "field_mask", "struct", "timestamp", "wrappers")
)
"""The files of google.protobuf that the runtime package ships; every other package takes them from there."""


@dataclass(frozen=True)
class Special:
    """One well-known type: the runtime class that carries its conversions, and its documentation."""

    base: str
    doc: str


_WRAPPER = "A {} that can be absent; in JSON it is just the value."

SPECIAL = {
    "google.protobuf.Any": Special("AnyBase", "Any message, encoded, with a URL that names its type."),
    "google.protobuf.Duration": Special("DurationBase", "A signed span of time with nanoseconds."),
    "google.protobuf.Empty": Special("Message", "A message without fields."),
    "google.protobuf.FieldMask": Special("FieldMaskBase", "Paths of fields, for example those to update."),
    "google.protobuf.ListValue": Special("ListValueBase", "A list of JSON values."),
    "google.protobuf.NullValue": Special("Enum", "The JSON value null."),
    "google.protobuf.Struct": Special("StructBase", "A JSON object."),
    "google.protobuf.Timestamp": Special(
        "TimestampBase", "A point in time with nanoseconds, counted from 1970 in UTC."
    ),
    "google.protobuf.Value": Special("ValueBase", "Any JSON value."),
    "google.protobuf.BoolValue": Special("WrapperBase", _WRAPPER.format("bool")),
    "google.protobuf.BytesValue": Special("WrapperBase", _WRAPPER.format("bytes")),
    "google.protobuf.DoubleValue": Special("WrapperBase", _WRAPPER.format("double")),
    "google.protobuf.FloatValue": Special("WrapperBase", _WRAPPER.format("float")),
    "google.protobuf.Int32Value": Special("WrapperBase", _WRAPPER.format("int32")),
    "google.protobuf.Int64Value": Special("WrapperBase", _WRAPPER.format("int64")),
    "google.protobuf.StringValue": Special("WrapperBase", _WRAPPER.format("string")),
    "google.protobuf.UInt32Value": Special("WrapperBase", _WRAPPER.format("uint32")),
    "google.protobuf.UInt64Value": Special("WrapperBase", _WRAPPER.format("uint64")),
}
