"""Declared types as JSON schema."""

from __future__ import annotations

from remora.dev.literals.make import is_directory
from remora_api.flyteidl2.core import LiteralType, SimpleType

_SIMPLE: dict[SimpleType, dict[str, object]] = {
    SimpleType.NONE: {"type": "null"},
    SimpleType.INTEGER: {"type": "integer"},
    SimpleType.FLOAT: {"type": "number"},
    SimpleType.STRING: {"type": "string"},
    SimpleType.BOOLEAN: {"type": "boolean"},
    SimpleType.DATETIME: {"type": "string", "format": "datetime"},
    SimpleType.DURATION: {"type": "string", "format": "duration"},
    SimpleType.BINARY: {"type": "string", "format": "binary"},
    SimpleType.ERROR: {"type": "string"},
    SimpleType.STRUCT: {"type": "object"},
}


def json_schema(declared: LiteralType) -> dict[str, object]:
    """The schema of the JSON form of a type's values."""
    if declared.simple is not None:
        return dict(_SIMPLE.get(declared.simple, {}))
    if declared.collection_type is not None:
        return {"type": "array", "items": json_schema(declared.collection_type)}
    if declared.map_value_type is not None:
        return {"type": "object", "additionalProperties": json_schema(declared.map_value_type)}
    if declared.union_type is not None:
        return {"oneOf": [json_schema(variant) for variant in declared.union_type.variants]}
    if declared.enum_type is not None:
        return {"type": "string", "enum": list(declared.enum_type.values)}
    if declared.blob is not None:
        return {"type": "string", "format": "directory" if is_directory(declared) else "blob"}
    if declared.structured_dataset_type is not None or declared.schema is not None:
        return {"type": "string", "format": "structured-dataset"}
    return {}
