"""Plain values of a literal into types that a caller names: dataclasses, pydantic models, TypedDicts, enums, ..."""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal

from remora.errors import ValuesError

Deserializers = Mapping[Any, Callable[[Any], Any]]
"""How to make a value of a class that this library does not know, by class."""

_SCALARS: dict[object, tuple[type, ...]] = {
    bool: (bool,),
    int: (int,),
    float: (float, int),
    str: (str,),
    bytes: (bytes,),
    dict: (dict,),
    list: (list,),
}


def into(value: object, wanted: Any, path: str, deserializers: Deserializers | None = None) -> Any:
    """A value as an annotation wants it.

    Supported are what literals hold (`int`, `list[int]`, `dict[str, float]`, `File`, ...), `T | None` and other
    unions, `Literal`, `Enum` (by name, then by value), `datetime`, `date` and `timedelta` (also from the texts that
    JSON has for them), tuples, dataclasses, TypedDicts, pydantic models, and classes that `deserializers` names.

    Args:
        value: The plain value.
        wanted: The annotation.
        path: How an error calls the value.
        deserializers: Functions that make a value of a class from the plain one, by class.

    Raises:
        ValuesError: the value does not fit; the message says where.
    """
    if deserializers and _hashable(wanted) and wanted in deserializers:
        try:
            return deserializers[wanted](value)
        except Exception as error:
            raise ValuesError(f"{path}: the deserializer of {_name(wanted)} failed: {error}", path=path) from error
    while typing.get_origin(wanted) is typing.Annotated:
        wanted = typing.get_args(wanted)[0]
    if wanted is Any or wanted is object:
        return value
    if wanted is None or wanted is types.NoneType:
        return value if value is None else _wrong(value, wanted, path)
    origin = typing.get_origin(wanted)
    if origin is not None:
        return _generic(value, wanted, origin, path, deserializers)
    if wanted in _SCALARS:
        return _scalar(value, wanted, path)
    if isinstance(wanted, type):
        return _instance(value, wanted, path, deserializers)
    raise ValuesError(f"{path}: {_name(wanted)} is no type that a value can be read into", path=path)


def _scalar(value: object, wanted: Any, path: str) -> Any:
    if isinstance(value, bool) and wanted is not bool:
        return _wrong(value, wanted, path)
    # Struct, and msgpack of some writers, know no integers.
    if wanted is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if not isinstance(value, _SCALARS[wanted]):
        return _wrong(value, wanted, path)
    return float(value) if wanted is float and isinstance(value, int) else value


def _generic(value: object, wanted: Any, origin: Any, path: str, deserializers: Deserializers | None) -> Any:
    arguments = typing.get_args(wanted)
    if origin in (typing.Union, types.UnionType):
        return _union(value, wanted, arguments, path, deserializers)
    if origin is Literal:
        return value if value in arguments else _wrong(value, wanted, path)
    if origin in (list, Sequence) and isinstance(value, list):
        return [into(item, arguments[0], f"{path}[{number}]", deserializers) for number, item in enumerate(value)]
    if origin in (set, frozenset) and isinstance(value, list):
        return origin(into(item, arguments[0], f"{path}[{number}]", deserializers) for number, item in enumerate(value))
    if origin is tuple and isinstance(value, list):
        kinds = [arguments[0]] * len(value) if arguments[1:] == (...,) else list(arguments)
        if len(kinds) != len(value):
            raise ValuesError(f"{path}: expected {len(kinds)} items, got {len(value)}", path=path)
        pairs = enumerate(zip(value, kinds, strict=True))
        return tuple(into(item, kind, f"{path}[{number}]", deserializers) for number, (item, kind) in pairs)
    if origin in (dict, Mapping) and isinstance(value, dict):
        key_kind, item_kind = arguments
        return {
            _key(key, key_kind, path): into(item, item_kind, f"{path}[{key!r}]", deserializers)
            for key, item in value.items()
        }
    return _wrong(value, wanted, path)


def _key(key: object, wanted: Any, path: str) -> Any:
    # JSON has string keys only.
    if wanted is int and isinstance(key, str) and key.lstrip("-").isdigit():
        return int(key)
    return into(key, wanted, f"key {key!r} of {path}")


def _union(
    value: object, wanted: Any, arguments: tuple[Any, ...], path: str, deserializers: Deserializers | None
) -> Any:
    # A member that the value is already wins over one that it can be made into.
    for kind in arguments:
        if isinstance(kind, type) and type(value) is kind:
            return value
    problems = []
    for kind in arguments:
        made, problem = _attempt(value, kind, path, deserializers)
        if problem is None:
            return made
        problems.append(problem)
    # With one real choice beside None its own complaint says most.
    real = [kind for kind in arguments if kind is not types.NoneType]
    if len(real) == 1 and value is not None:
        raise problems[arguments.index(real[0])]
    return _wrong(value, wanted, path)


def _attempt(
    value: object, kind: Any, path: str, deserializers: Deserializers | None
) -> tuple[Any, ValuesError | None]:
    try:
        return into(value, kind, path, deserializers), None
    except ValuesError as error:
        return None, error


def _instance(value: object, wanted: Any, path: str, deserializers: Deserializers | None) -> Any:
    # A datetime is a date for Python, and not for whoever asks for one.
    if not typing.is_typeddict(wanted) and isinstance(value, wanted) and wanted is not date:
        return value
    if issubclass(wanted, enum.Enum):
        return _enum(value, wanted, path)
    if wanted in (datetime, date, timedelta):
        return _moment(value, wanted, path)
    if (validate := getattr(wanted, "model_validate", None)) is not None:
        try:
            return validate(value)
        except Exception as error:  # pydantic's own error, whose class is not to be imported here
            raise ValuesError(f"{path}: not a {wanted.__name__}: {error}", path=path) from error
    if typing.is_typeddict(wanted):
        return _typed_dict(value, wanted, path, deserializers)
    if dataclasses.is_dataclass(wanted) and isinstance(value, dict):
        return _dataclass(value, wanted, path, deserializers)
    return _wrong(value, wanted, path)


def _enum(value: object, wanted: type[enum.Enum], path: str) -> enum.Enum:
    if isinstance(value, str) and value in wanted.__members__:
        return wanted[value]
    try:
        return wanted(value)
    except ValueError:
        names = ", ".join(wanted.__members__)
        raise ValuesError(f"{path}: {value!r} is no {wanted.__name__}", path=path, hint=f"it has {names}") from None


def _moment(value: object, wanted: Any, path: str) -> Any:
    if wanted is date and isinstance(value, date):
        return value.date() if isinstance(value, datetime) else value
    if wanted is timedelta and isinstance(value, (int, float)) and not isinstance(value, bool):
        return timedelta(seconds=value)
    if isinstance(value, str) and wanted in (datetime, date):
        try:
            return wanted.fromisoformat(value.replace("Z", "+00:00"))
        except ValueError:
            pass
    return _wrong(value, wanted, path)


def _typed_dict(value: object, wanted: Any, path: str, deserializers: Deserializers | None) -> dict[str, Any]:
    if not isinstance(value, dict):
        return _wrong(value, wanted, path)  # type: ignore[no-any-return]
    kinds = typing.get_type_hints(wanted, include_extras=True)
    # `__required_keys__` does not see through annotations that are strings.
    needed = {key for key, kind in kinds.items() if _is_required(kind, key in wanted.__required_keys__)}
    if missing := sorted(needed - value.keys()):
        raise ValuesError(f"{path}: {wanted.__name__} needs {', '.join(missing)}", path=path)
    if extra := sorted(value.keys() - kinds.keys()):
        raise ValuesError(f"{path}: {wanted.__name__} has no {', '.join(map(str, extra))}", path=path)
    return {key: into(item, _bare(kinds[key]), f"{path}[{key!r}]", deserializers) for key, item in value.items()}


def _is_required(kind: Any, otherwise: bool) -> bool:
    origin = str(typing.get_origin(kind)).rpartition(".")[2]
    return {"Required": True, "NotRequired": False}.get(origin, otherwise)


def _bare(kind: Any) -> Any:
    """A key's annotation without `Required[...]` or `NotRequired[...]`."""
    origin = str(typing.get_origin(kind)).rpartition(".")[2]
    return typing.get_args(kind)[0] if origin in ("Required", "NotRequired") else kind


def _dataclass(value: dict[str, Any], wanted: Any, path: str, deserializers: Deserializers | None) -> Any:
    try:
        kinds = typing.get_type_hints(wanted)
    except NameError as error:
        raise ValuesError(f"{path}: the annotations of {wanted.__name__} cannot be read: {error}", path=path) from None
    known = {field.name: field for field in dataclasses.fields(wanted) if field.init}
    if extra := sorted(value.keys() - known.keys()):
        raise ValuesError(f"{path}: {wanted.__name__} has no field {', '.join(map(str, extra))}", path=path)
    missing = [
        name
        for name, field in known.items()
        if name not in value and field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
    if missing:
        raise ValuesError(f"{path}: {wanted.__name__} needs {', '.join(missing)}", path=path)
    return wanted(**{key: into(item, kinds[key], f"{path}.{key}", deserializers) for key, item in value.items()})


def _hashable(value: object) -> bool:
    return getattr(type(value), "__hash__", None) is not None


def _name(wanted: Any) -> str:
    return wanted.__name__ if isinstance(wanted, type) and typing.get_origin(wanted) is None else str(wanted)


def _wrong(value: object, wanted: Any, path: str) -> Any:
    raise ValuesError(f"{path}: expected {_name(wanted)}, got {type(value).__name__}", path=path)
