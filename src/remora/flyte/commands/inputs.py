"""Inputs of a run as a command line gives them: text, by the types of the task's interface."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from remora.errors import InvalidArgument, ValuesError
from remora.flyte.hints import did_you_mean
from remora.flyte.interface import describe
from remora.flyte.references import Dir, File, StructuredDataset
from remora.flyte.to_literal import to_literal
from remora.flyte.values import input_types
from remora_api.flyteidl2 import core
from remora_api.flyteidl2 import task as tasks

if TYPE_CHECKING:
    from remora.flyte.parameters import Seconds

_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")


def read_inputs(
    task: str,
    *,
    input: Sequence[str] = (),  # noqa: A002 (the name of the option)
    inputs_file: Path | None = None,
    version: str | None = None,
    project: str | None = None,
    domain: str | None = None,
    timeout: Seconds | None = None,
) -> dict[str, Any]:
    """Inputs from `--input NAME=VALUE` and a JSON file, read as the task's interface says.

    Args:
        task: Name of the task.
        input: A value for an input, NAME=VALUE. Text and numbers are written as they are, lists, maps and structures
            as JSON, moments as 2025-01-31T12:00+01:00, lengths of time as 90s or 1h30m, files as their URI.
        inputs_file: A JSON file with an object of values by name of input, or - for stdin; --input wins over it.
        version: Version of the task; the latest when it is not given.
        project: Project of the task.
        domain: Domain of the task.
        timeout: Deadline of the read in seconds.

    Raises:
        ValuesError: an input is unknown, or its value is not what the task takes.
        NotFound: there is no such task.
    """
    given = dict(_named(item) for item in input)
    if not given and inputs_file is None:
        return {}
    from remora_api.entities import TaskDetails

    details = TaskDetails.fetch(task, project, domain, version, None if version else "latest", timeout=_number(timeout))
    declared = input_types(details.pb2.spec or tasks.TaskSpec())
    values = _from_file(inputs_file) if inputs_file is not None else {}
    problems: list[str] = []
    found: dict[str, Any] = {}
    for name, value in [*values.items(), *given.items()]:
        if name not in declared:
            hint = did_you_mean(name, declared)
            problems.append(f"task {task!r} has no input {name!r}" + (f" ({hint})" if hint else ""))
            continue
        kind, where = declared[name], f"input {name!r}"
        try:
            found[name] = from_text(given[name], kind, where) if name in given else from_json(value, kind, where)
        except ValuesError as error:
            problems.append(str(error))
    if problems:
        raise ValuesError("\n".join(dict.fromkeys(problems)))
    return found


def _number(timeout: Seconds | None) -> float | None:
    return timeout.total_seconds() if isinstance(timeout, timedelta) else timeout


def _named(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise InvalidArgument(f"--input {text[:60]!r} is not of the form NAME=VALUE")
    return name, value


def _from_file(path: Path) -> dict[str, Any]:
    import sys

    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text("utf-8")
        found = json.loads(text)
    except OSError as error:
        raise InvalidArgument(f"--inputs-file {path}: {error.strerror}") from None
    except (UnicodeDecodeError, RecursionError):
        raise InvalidArgument(f"--inputs-file {path}: it is not JSON") from None
    except json.JSONDecodeError as error:
        problem = f"--inputs-file {path}:{error.lineno}:{error.colno}: not JSON: {error.msg}"
        raise InvalidArgument(problem) from None
    if not isinstance(found, dict):
        raise InvalidArgument(f"--inputs-file {path}: it must hold one JSON object, of values by name of input")
    return found


def from_text(text: str, kind: core.LiteralType | None, path: str) -> Any:
    """A Python value from what somebody has written.

    Args:
        text: What was written.
        kind: The type that the task declares.
        path: How an error calls the value.

    Raises:
        ValuesError: the text does not fit the type.
    """
    which = None if kind is None else kind.which_oneof("type")
    if kind is None or which is None:
        return text
    if which == "union_type" and kind.union_type is not None:
        # A text is what everything could be, so it comes last.
        variants = sorted(kind.union_type.variants, key=lambda item: item.simple == core.SimpleType.STRING)
        return _first(text, variants, path, from_text, kind)
    if which == "simple" and kind.simple in _SCALARS:
        return _SCALARS[kind.simple](text, path)
    if which in ("enum_type", "blob", "structured_dataset_type"):
        return from_json(text, kind, path)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        hint = "write it as JSON, in quotes of the shell: --input 'name=[1, 2]'"
        raise ValuesError(f"{path}: {text[:60]!r} is no {describe(kind)}", path=path, hint=hint) from None
    return from_json(value, kind, path)


def from_json(value: Any, kind: core.LiteralType | None, path: str) -> Any:
    """A Python value from JSON; what JSON has no type for is written as text.

    Args:
        value: The value as `json` reads it.
        kind: The type that the task declares.
        path: How an error calls the value.

    Raises:
        ValuesError: the value does not fit the type.
    """
    which = None if kind is None else kind.which_oneof("type")
    if kind is None or which is None:
        return value
    if which == "union_type" and kind.union_type is not None:
        return _first(value, kind.union_type.variants, path, from_json, kind)
    if which == "collection_type" and isinstance(value, list):
        return [from_json(item, kind.collection_type, f"{path}[{number}]") for number, item in enumerate(value)]
    if which == "map_value_type" and isinstance(value, dict):
        return {key: from_json(item, kind.map_value_type, f"{path}[{key!r}]") for key, item in value.items()}
    if isinstance(value, str):
        if kind.simple in (core.SimpleType.DATETIME, core.SimpleType.DURATION):
            value = _SCALARS[kind.simple](value, path)
        elif which == "blob" and kind.blob is not None:
            several = kind.blob.dimensionality == core.BlobTypeBlobDimensionality.MULTIPART
            value = Dir(_uri(value, path)) if several else File(_uri(value, path))
        elif which == "structured_dataset_type":
            value = StructuredDataset(_uri(value, path))
    to_literal(value, kind, path)
    return value


def _uri(text: str, path: str) -> str:
    if "://" not in text:
        hint = f"upload it first: remora upload {text}"
        raise ValuesError(f"{path}: {text[:60]!r} is no URI such as s3://bucket/key", path=path, hint=hint)
    return text


def _first(
    value: Any,
    variants: Sequence[core.LiteralType],
    path: str,
    read: Callable[[Any, core.LiteralType, str], Any],
    kind: core.LiteralType,
) -> Any:
    for variant in variants:
        with contextlib.suppress(ValuesError):
            return read(value, variant, path)
    raise ValuesError(f"{path}: expected {describe(kind)}, got {str(value)[:60]!r}", path=path)


def _none(text: str, path: str) -> None:
    if text not in ("", "null", "none", "None"):
        raise ValuesError(f"{path}: {text[:60]!r} is not none", path=path)


def _integer(text: str, path: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValuesError(f"{path}: {text[:60]!r} is no whole number", path=path) from None


def _float(text: str, path: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValuesError(f"{path}: {text[:60]!r} is no number", path=path) from None


def _boolean(text: str, path: str) -> bool:
    if text.lower() not in (*_TRUE, *_FALSE):
        raise ValuesError(f"{path}: {text[:60]!r} is neither true nor false", path=path)
    return text.lower() in _TRUE


def _moment(text: str, path: str) -> datetime:
    from remora.commands.written import moment

    try:
        return moment(text)
    except ValueError as error:
        raise ValuesError(f"{path}: {error}", path=path) from None


def _length(text: str, path: str) -> timedelta:
    from remora.commands.written import seconds

    try:
        return timedelta(seconds=seconds(text))
    except (ValueError, OverflowError) as error:
        raise ValuesError(f"{path}: {error}", path=path) from None


_SCALARS: dict[core.SimpleType | None, Callable[[str, str], Any]] = {
    core.SimpleType.NONE: _none,
    core.SimpleType.INTEGER: _integer,
    core.SimpleType.FLOAT: _float,
    core.SimpleType.STRING: lambda text, path: text,
    core.SimpleType.BOOLEAN: _boolean,
    core.SimpleType.DATETIME: _moment,
    core.SimpleType.DURATION: _length,
}
