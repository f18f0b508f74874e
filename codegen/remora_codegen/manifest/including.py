"""Reading manifests from YAML, with those that they include."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from remora_codegen import reads
from remora_codegen.diagnostics import Diagnostic, GeneratorError, did_you_mean
from remora_codegen.manifest.format import MANIFEST, ManifestNode
from remora_codegen.manifest.shapes import Reader, Text
from remora_codegen.model import Location

_MERGED = ("context", "metadata", "logins", "errors", "entities", "commands", "exports")
_ONE = {
    "context": "setting",
    "metadata": "header",
    "logins": "login",
    "errors": "error",
    "entities": "entity",
    "commands": "command",
    "exports": "export",
}


@dataclass
class Documents:
    """A manifest and all that it includes, read and put together.

    Attributes:
        sources: directories of hand-written functions, those of an included manifest beside that one.
        included: names of the included files, as the manifests write them.
        problems: what is wrong, so far.
    """

    sources: list[Path] = field(default_factory=list)
    included: list[str] = field(default_factory=list)
    problems: list[Diagnostic] = field(default_factory=list)
    _read: dict[Path, ManifestNode] = field(default_factory=dict)

    def read(self, path: Path) -> ManifestNode | None:
        """The manifest with what it includes; None if it cannot be read at all.

        Raises:
            GeneratorError: a file is missing, cannot be read or is not YAML.
        """
        node = self._one(path, ())
        if node is None:
            return None
        parts = list(self._read.values())
        found: dict[str, Any] = {key: tuple(self._entries(key, parts)) for key in _MERGED}
        return ManifestNode(at=node.at, status=self._status(parts), **found)

    def _one(self, path: Path, above: tuple[Path, ...]) -> ManifestNode | None:
        """Read one file, and before it those that it includes."""
        reader = Reader(str(path))
        document = _parse(path, reader)
        node: ManifestNode | None = MANIFEST.read(document, reader) if document is not None else None
        self.problems += reader.problems
        if node is None:
            return None
        here = (*above, path.resolve())
        for item in node.include:
            self._include(path.parent / item.value, item, here)
        for source in node.sources:
            directory = path.parent / source.value
            if not directory.is_dir():
                self.problems.append(Diagnostic(source.at, f"there is no directory '{source}' beside the manifest"))
            self.sources.append(directory)
        self._read[path.resolve()] = node
        return node

    def _include(self, path: Path, text: Text, above: tuple[Path, ...]) -> None:
        where = path.resolve()
        if where in above:
            chain = " -> ".join(item.name for item in (*above[above.index(where) :], where))
            self.problems.append(Diagnostic(text.at, f"manifests include each other in a circle: {chain}"))
        elif not path.is_file():
            beside = [item.name for item in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
            hint = did_you_mean(path.name, [item for item in beside if item != above[-1].name])
            self.problems.append(Diagnostic(text.at, f"there is no manifest '{text}' to include", hint))
        elif where not in self._read:
            self.included.append(text.value)
            self._one(path, above)

    def _entries(self, key: str, parts: list[ManifestNode]) -> Iterator[tuple[Text, Any]]:
        seen: dict[str, Location] = {}
        for part in parts:
            for name, value in getattr(part, key):
                first = seen.setdefault(name.value, name.at)
                if first is not name.at:
                    problem = f"{_ONE[key]} '{name}' is defined twice; the other is at {first}"
                    self.problems.append(Diagnostic(name.at, problem))
                    continue
                yield name, value

    def _status(self, parts: list[ManifestNode]) -> Any:
        given = [part.status for part in parts if part.status is not None]
        for other in given[1:]:
            self.problems.append(Diagnostic(other.at, f"'status' is defined twice; the other is at {given[0].at}"))
        return given[0] if given else None


def _parse(path: Path, reader: Reader) -> yaml.Node | None:
    try:
        content = path.read_bytes()
        reads.note(path, content)
        text = content.decode()
    except FileNotFoundError:
        raise GeneratorError([Diagnostic(Location(reader.file), "the manifest does not exist")]) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise GeneratorError([Diagnostic(Location(reader.file), f"the manifest cannot be read: {reason}")]) from None
    loaders: list[type] = [getattr(yaml, "CSafeLoader", yaml.SafeLoader), yaml.SafeLoader]
    try:
        node = yaml.compose(text, Loader=loaders[0])
    except yaml.YAMLError:
        # The pure Python parser says the same about a broken file on every machine.
        try:
            node = yaml.compose(text, Loader=loaders[1])
        except yaml.YAMLError as error:
            raise GeneratorError([_syntax_error(error, reader.file)]) from None
    if node is None:
        reader.problems.append(Diagnostic(Location(reader.file, 1, 1), "the manifest is empty"))
    return node


def _syntax_error(error: yaml.YAMLError, file: str) -> Diagnostic:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error).splitlines()[0]
    place = Location(file, mark.line + 1, mark.column + 1) if mark else Location(file)
    return Diagnostic(place, f"not valid YAML: {problem}")
