"""Inputs of a run as files, the way Flyte's raw containers find them. Blocks: belongs on a worker thread."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from remora.dev.executor.failures import AttemptFailed
from remora.dev.literals.make import ConversionError
from remora.dev.literals.to_json import stored_uri, to_json, to_text
from remora.dev.objects.files import ObjectFiles
from remora.dev.objects.keys import InvalidKey, is_native, key_of
from remora_api.flyteidl2.core import (
    DataLoadingConfig,
    DataLoadingConfigFileInputLayout,
    DataLoadingConfigLiteralMapFormat,
    Literal,
    LiteralMap,
    Scalar,
)


class InputFiles:
    """Writes inputs into a directory: one file or directory per input, and all of them in one file."""

    def __init__(self, directory: Path, files: ObjectFiles, config: DataLoadingConfig) -> None:
        self._directory = directory
        self._files = files
        self._named = config.file_input_layout == DataLoadingConfigFileInputLayout.NAMED_DIR
        self._format = config.format

    def write(self, inputs: Mapping[str, Literal]) -> None:
        """Write everything.

        Raises:
            AttemptFailed: A value cannot be written, or what it refers to is not on this machine.
        """
        values: dict[str, object] = {}
        for name, literal in inputs.items():
            target = self._directory / _file_name(name)
            try:
                values[name] = self._write(target, literal)
            except (ConversionError, OSError) as error:
                raise AttemptFailed(f"input {name!r}: {error}", "BAD_INPUT", retry=False) from error
        if self._format == DataLoadingConfigLiteralMapFormat.PROTO:
            (self._directory / "inputs.pb").write_bytes(bytes(LiteralMap(literals=dict(inputs))))
        else:
            # JSON is YAML too.
            ending = "yaml" if self._format == DataLoadingConfigLiteralMapFormat.YAML else "json"
            text = json.dumps(values, ensure_ascii=False, indent=2)
            (self._directory / f"inputs.{ending}").write_text(text + "\n", encoding="utf-8")

    def _write(self, target: Path, literal: Literal) -> object:
        scalar = _unwrap(literal)
        stored = None if scalar is None else stored_uri(scalar)
        if stored is not None:
            return str(self._fetch(target, *stored))
        if scalar is not None and scalar.binary is not None:
            target.write_bytes(scalar.binary.value)
            return to_json(literal)

        def place(uri: str, directory: bool) -> str:
            # A file inside a list or map: next to the JSON, in a directory of its own.
            folder = target.with_name(target.name + ".files")
            folder.mkdir(exist_ok=True)
            return str(self._fetch(folder / str(sum(1 for _ in folder.iterdir())), uri, directory))

        value = to_json(literal, place)
        text = to_text(literal) if isinstance(value, (str, type(None))) else json.dumps(value, ensure_ascii=False)
        target.write_text(text, encoding="utf-8", newline="")
        return value

    def _fetch(self, target: Path, uri: str, directory: bool) -> Path:
        source = self._source(uri)
        if not source.exists():
            raise ConversionError(f"{uri} does not exist")
        if source.is_dir():
            shutil.copytree(source, target)
        elif directory:
            raise ConversionError(f"{uri} is a file, not a directory")
        else:
            if self._named:
                target.mkdir()
                target = target / source.name
            shutil.copyfile(source, target)
        return target

    def _source(self, uri: str) -> Path:
        if is_native(uri):
            try:
                return self._files.path(key_of(uri.rstrip("/")))
            except InvalidKey as error:
                raise ConversionError(str(error)) from None
        parts = urlsplit(uri)
        if parts.scheme == "file" and parts.netloc in ("", "localhost"):
            return Path(unquote(parts.path))
        if not parts.scheme and uri.startswith("/"):
            return Path(uri)
        raise ConversionError(f"{uri} is not on this machine: upload the file to this control plane first")


def _unwrap(literal: Literal) -> Scalar | None:
    while literal.scalar is not None and literal.scalar.union is not None and literal.scalar.union.value is not None:
        literal = literal.scalar.union.value
    return literal.scalar


def _file_name(name: str) -> str:
    if not name or name in (".", "..") or "/" in name or "\0" in name:
        raise AttemptFailed(f"input {name!r} cannot be the name of a file", "BAD_INPUT", retry=False)
    return name
