"""Outputs of an attempt from the files that it wrote. Blocks: belongs on a worker thread."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from remora.dev.executor.failures import AttemptFailed
from remora.dev.literals import make
from remora.dev.literals.from_text import from_text
from remora.dev.literals.make import ConversionError, describe, is_directory, is_stored, with_article
from remora.dev.objects.files import ObjectFiles
from remora.dev.objects.keys import InvalidKey, join_key, native_url
from remora.errors import DecodeError
from remora_api.flyteidl2.core import Literal, LiteralType, SimpleType, VariableMap
from remora_api.flyteidl2.task import NamedLiteral, Outputs

# A file that is read into memory to become a value; larger ones are files.
_MAX_VALUE = 16 * 1024 * 1024


class OutputFiles:
    """Reads `<directory>/<name>` for each declared output."""

    def __init__(self, directory: Path, files: ObjectFiles, prefix: str) -> None:
        """Read from `directory`, and keep files in the object store below the key `prefix`."""
        self._directory = directory
        self._files = files
        self._prefix = prefix

    def read(self, declared: VariableMap | None) -> Outputs:
        """Read all outputs.

        Raises:
            AttemptFailed: One is missing or does not fit its type.
        """
        outputs = Outputs()
        for entry in declared.variables if declared is not None else ():
            kind = entry.value.type if entry.value is not None and entry.value.type is not None else LiteralType()
            try:
                outputs.literals.append(NamedLiteral(name=entry.key, value=self._literal(entry.key, kind)))
            except (ConversionError, InvalidKey, OSError) as error:
                raise AttemptFailed(f"output {entry.key!r}: {error}", "BAD_OUTPUT") from error
        return outputs

    def _literal(self, name: str, declared: LiteralType) -> Literal:
        if declared.which_oneof("type") is None:
            raise ConversionError("it is declared without a type")
        path = self._inside(name)
        if is_stored(declared):
            return self._keep(name, path, declared)
        if not path.exists():
            raise _missing(name)
        if not path.is_file():
            what = "a directory" if path.is_dir() else "a special file"
            raise ConversionError(f"the task wrote {what}, not {with_article(describe(declared))}")
        if path.stat().st_size > _MAX_VALUE:
            raise ConversionError(f"larger than {_MAX_VALUE} bytes; declare it as a file")
        data = path.read_bytes()
        if declared.simple == SimpleType.BINARY:
            return make.binary(data)
        try:
            text = data.decode()
        except UnicodeDecodeError:
            raise ConversionError("not UTF-8 text") from None

        def store(relative: str, kind: LiteralType) -> Literal:
            return self._keep(f"{name}.files/{relative.strip('/')}", self._inside(relative), kind)

        return from_text(text, declared, store)

    def _inside(self, relative: str) -> Path:
        # Resolved, so that neither `..` nor a link leads to files that are not the task's.
        path = Path(os.path.realpath(self._directory / relative))
        base = Path(os.path.realpath(self._directory))
        if base not in path.parents:
            raise ConversionError(f"{relative} leads out of the output directory")
        return path

    def _keep(self, name: str, path: Path, declared: LiteralType) -> Literal:
        key = join_key(self._prefix, name)
        target = self._files.path(key)
        if not path.exists():
            raise _missing(name)
        if declared.blob is not None and is_directory(declared) != path.is_dir():
            raise ConversionError(f"it is not {with_article(describe(declared))}")
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            for folder, folders, names in os.walk(path):
                for entry in (*folders, *names):
                    self._inside(os.path.relpath(os.path.join(folder, entry), self._directory))
            shutil.copytree(path, target, dirs_exist_ok=True)
        else:
            shutil.copyfile(path, target)
        return make.stored(native_url(key), declared)


def _missing(name: str) -> ConversionError:
    return ConversionError(f"the task did not write {name} into its output directory")


def read_outputs_file(path: Path, declared: VariableMap | None) -> Outputs:
    """Read the file that a task written with Flyte's own SDK leaves; without declared outputs it may be missing.

    Raises:
        AttemptFailed: It is missing or unreadable.
    """
    try:
        return Outputs.parse(path.read_bytes())
    except FileNotFoundError:
        if declared is None or not declared.variables:
            return Outputs()
        raise AttemptFailed(
            "the task declares outputs but wrote no {{.outputPrefix}}/outputs.pb; a task whose outputs are plain files "
            "needs container.data_config.enabled",
            "BAD_OUTPUT",
        ) from None
    except (DecodeError, OSError) as error:
        raise AttemptFailed(f"outputs.pb cannot be read: {error}", "BAD_OUTPUT") from error
