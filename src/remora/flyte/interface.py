"""Types of inputs and outputs: Python annotations <-> `core.LiteralType`, and how a type is called in a message."""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from remora.errors import ValuesError
from remora.flyte.references import Dir, File, Schema, StructuredDataset
from remora_api.flyteidl2 import core

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SIMPLE: dict[object, str] = {
    bool: "BOOLEAN",
    int: "INTEGER",
    float: "FLOAT",
    str: "STRING",
    datetime: "DATETIME",
    date: "DATETIME",
    timedelta: "DURATION",
    None: "NONE",
    types.NoneType: "NONE",
}
_PYTHON: dict[str, object] = {
    "NONE": None,
    "INTEGER": int,
    "FLOAT": float,
    "STRING": str,
    "BOOLEAN": bool,
    "DATETIME": datetime,
    "DURATION": timedelta,
    "STRUCT": dict,
}
# Names that the official SDK gives to members of a union, so that its tasks find the member that was meant.
_TAGS: dict[object, str] = {
    bool: "bool",
    int: "int",
    float: "float",
    str: "str",
    datetime: "datetime",
    date: "date",
    timedelta: "timedelta",
    None: "none",
    types.NoneType: "none",
}


def literal_type(annotation: object, path: str = "type") -> core.LiteralType:
    """The literal type of a Python annotation.

    Supported are bool, int, float, str, datetime, date, timedelta, None, `list[T]`, `dict[str, T]`, `T | None` and
    other unions, `Enum` classes, `Literal["a", "b"]`, `File`, `Dir`, `StructuredDataset`, and structures: plain
    `dict`, dataclasses, `TypedDict` and pydantic models.

    Args:
        annotation: The annotation as an object (not a string).
        path: How an error calls it.

    Raises:
        ValuesError: there is no literal type for it.
    """
    annotation = _unwrapped(annotation)
    if _hashable(annotation) and annotation in _SIMPLE:
        return _simple(_SIMPLE[annotation])
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        return core.LiteralType(union_type=core.UnionType(variants=[_variant(item, path) for item in arguments]))
    if origin is Literal:
        if not all(isinstance(item, str) for item in arguments):
            raise ValuesError(f"{path}: a Literal of anything but strings has no literal type", path=path)
        return core.LiteralType(enum_type=core.EnumType(values=list(arguments)))
    if origin is list:
        return core.LiteralType(collection_type=literal_type(arguments[0], f"{path}[]"))
    if origin is dict:
        return _mapping_type(arguments, path)
    if origin is None and isinstance(annotation, type):
        return _class_type(annotation, path)
    raise ValuesError(f"{path}: {_name(annotation)} has no literal type", path=path, hint=_SUPPORTED)


_SUPPORTED = "use int, float, str, bool, datetime, timedelta, list[T], dict[str, T], File, a dataclass, ..."


def _class_type(annotation: type, path: str) -> core.LiteralType:
    if issubclass(annotation, enum.Enum):
        return core.LiteralType(enum_type=core.EnumType(values=[member.name for member in annotation]))
    if issubclass(annotation, File):
        return core.LiteralType(blob=core.BlobType(dimensionality=core.BlobTypeBlobDimensionality.SINGLE))
    if issubclass(annotation, Dir):
        return core.LiteralType(blob=core.BlobType(dimensionality=core.BlobTypeBlobDimensionality.MULTIPART))
    if issubclass(annotation, StructuredDataset):
        return core.LiteralType(structured_dataset_type=core.StructuredDatasetType())
    if issubclass(annotation, Schema):
        return core.LiteralType(schema=core.SchemaType())
    if issubclass(annotation, dict) or dataclasses.is_dataclass(annotation) or hasattr(annotation, "model_fields"):
        return _simple("STRUCT")
    if annotation is list:
        raise ValuesError(f"{path}: list needs the type of its items", path=path, hint="for example list[int]")
    raise ValuesError(f"{path}: {_name(annotation)} has no literal type", path=path, hint=_SUPPORTED)


def _mapping_type(arguments: tuple[Any, ...], path: str) -> core.LiteralType:
    key, value = arguments
    if key is not str:
        raise ValuesError(f"{path}: keys of a dict must be str, not {_name(key)}", path=path)
    if value is Any or value is object:
        return _simple("STRUCT")
    return core.LiteralType(map_value_type=literal_type(value, f"{path}[]"))


def _variant(annotation: object, path: str) -> core.LiteralType:
    result = literal_type(annotation, path)
    plain = _unwrapped(annotation)
    if _hashable(plain) and plain in _TAGS:
        result.structure = core.TypeStructure(tag=_TAGS[plain])
    return result


def _unwrapped(annotation: object) -> object:
    """The type behind `Annotated[T, ...]`, a NewType or a `type X = ...` alias."""
    while True:
        if typing.get_origin(annotation) is typing.Annotated:
            annotation = typing.get_args(annotation)[0]
        elif (behind := getattr(annotation, "__supertype__", None)) is not None:
            annotation = behind
        elif type(annotation).__name__ == "TypeAliasType":
            annotation = getattr(annotation, "__value__")  # noqa: B009 (a dynamic attribute of an unknown object)
        else:
            return annotation


def _simple(name: str) -> core.LiteralType:
    return core.LiteralType(simple=core.SimpleType[name])


def _hashable(value: object) -> bool:
    return getattr(type(value), "__hash__", None) is not None


def _name(annotation: object) -> str:
    plain = isinstance(annotation, type) and typing.get_origin(annotation) is None
    return getattr(annotation, "__name__", "") if plain else repr(annotation)


def python_type(kind: core.LiteralType | None) -> object:
    """The Python annotation that fits a literal type best; `object` for a type that this version does not know."""
    which = None if kind is None else kind.which_oneof("type")
    if kind is None or which is None:
        return object
    if which == "simple" and kind.simple is not None:
        return _PYTHON.get(kind.simple.name, object)
    if which == "collection_type":
        return list[python_type(kind.collection_type)]  # type: ignore[misc]  # built from data, not for a checker
    if which == "map_value_type":
        return dict[str, python_type(kind.map_value_type)]  # type: ignore[misc]
    if which == "enum_type" and kind.enum_type is not None and kind.enum_type.values:
        return Literal[tuple(kind.enum_type.values)]
    if which == "union_type" and kind.union_type is not None and kind.union_type.variants:
        return typing.Union[tuple(python_type(variant) for variant in kind.union_type.variants)]  # noqa: UP007
    if which == "blob" and kind.blob is not None:
        return Dir if kind.blob.dimensionality == core.BlobTypeBlobDimensionality.MULTIPART else File
    if which == "structured_dataset_type":
        return StructuredDataset
    return Schema if which == "schema" else object


def describe(kind: core.LiteralType | None) -> str:
    """A literal type in words, for messages: "integer", "list of string", "one of integer, none"."""
    which = None if kind is None else kind.which_oneof("type")
    if kind is None or which is None:
        return "a value of unknown type"
    if which == "simple" and kind.simple is not None:
        return kind.simple.name.lower()
    if which == "collection_type":
        return f"list of {describe(kind.collection_type)}"
    if which == "map_value_type":
        return f"map of string to {describe(kind.map_value_type)}"
    if which == "enum_type" and kind.enum_type is not None:
        return f"one of the names {', '.join(kind.enum_type.values)}"
    if which == "union_type" and kind.union_type is not None:
        return f"one of {', '.join(describe(variant) for variant in kind.union_type.variants)}"
    if which == "blob" and kind.blob is not None:
        return "directory" if kind.blob.dimensionality == core.BlobTypeBlobDimensionality.MULTIPART else "file"
    return {"structured_dataset_type": "structured dataset", "schema": "schema"}.get(which, which)


def variable_map(variables: Mapping[str, object] | None, parameter: str) -> core.VariableMap:
    """An ordered interface from names and annotations.

    Raises:
        ValuesError: some annotations have no literal type; all of them are named.
    """
    problems: list[str] = []
    kinds = {name: _checked(item, f"{parameter}[{name!r}]", problems) for name, item in (variables or {}).items()}
    if problems:
        raise ValuesError("\n".join(problems), path=parameter)
    return core.VariableMap(
        variables=[core.VariableEntry(key=name, value=core.Variable(type=kind)) for name, kind in kinds.items()]
    )


def _checked(annotation: object, path: str, problems: list[str]) -> core.LiteralType | None:
    """The type of one variable; what is wrong with it goes into `problems`."""
    try:
        return literal_type(annotation, path)
    except ValuesError as error:
        problems.append(str(error))
        return None


def variables(entries: core.VariableMap | None) -> dict[str, core.LiteralType | None]:
    """Names and types of an interface, in the order of the interface."""
    listed: Iterable[core.VariableEntry] = () if entries is None else entries.variables
    return {entry.key: entry.value.type if entry.value is not None else None for entry in listed}
