"""What protoc says about bad .proto files, as diagnostics with hints."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from remora_codegen.diagnostics import Diagnostic, did_you_mean
from remora_codegen.model import Location

EDITIONS = "editions are not supported; use proto2 or proto3"

# protoc says `path/file.proto:12:3: message`, or `path/file.proto: message` without a place.
_LINE = re.compile(r"^(?P<file>[^:\s][^:]*\.proto)(?::(?P<line>\d+):(?P<column>\d+))?:\s*(?P<message>.+)$")
_IMPORT = re.compile(r'^Import "(?P<file>[^"]+)" was not found or had errors\.$')
_UNKNOWN = re.compile(r'^"(?P<name>[^"]+)" is not defined\.$')
_PACKAGE = re.compile(r"^\s*package\s+([\w.]+)\s*;", re.MULTILINE)
_SCALARS = (
    *("double", "float", "bool", "string", "bytes", "int32", "int64", "uint32", "uint64", "sint32", "sint64"),
    *("fixed32", "fixed64", "sfixed32", "sfixed64"),
)
_TYPE = re.compile(r"^\s*(?:message|enum)\s+(\w+)", re.MULTILINE)


def diagnostics(texts: Iterable[str], root: Path) -> list[Diagnostic]:
    """Every mistake once, with the nearest known name as a hint.

    Args:
        texts: the standard error of protoc, of one or several runs.
        root: the directory of the .proto files.
    """
    found = [item for text in texts for item in _parsed(text, root)]
    unknown = {item.location.file for item in found if item.message == "File not found."}
    bad = {item.location.file for item in found} - unknown
    kept = [item for item in found if item.location.file not in unknown and not _is_consequence(item, found, bad)]
    result = [replace(item, location=_shown(item.location, root), hint=_hint(item, root)) for item in kept]
    return result or [Diagnostic(Location(str(root)), "protoc failed without saying why")]


def _parsed(text: str, root: Path) -> list[Diagnostic]:
    if text.startswith("Traceback "):
        reason = text.strip().splitlines()[-1]
        return [Diagnostic(Location(str(root)), f"protoc cannot run: {reason}", "reinstall 'remora[codegen]'")]
    found: list[Diagnostic] = []
    for line in text.splitlines():
        if not line.strip() or "warning:" in line:
            continue
        match = _LINE.match(line.strip())
        if match is None:
            found.append(Diagnostic(Location(str(root)), line.strip()))
            continue
        # Some protoc versions show the path on disk, others the name a file is imported by.
        name, message = match["file"].removeprefix(f"{root}/"), match["message"]
        place = Location(name, int(match["line"] or 0), int(match["column"] or 0))
        if message.startswith("This file uses editions"):  # said by versions that hide them behind a flag
            message = EDITIONS
        if message.startswith("Suggested ") and found and found[-1].location == place:
            found[-1] = replace(found[-1], hint=message[0].lower() + message[1:])
        else:
            found.append(Diagnostic(place, message))
    return found


def _is_consequence(item: Diagnostic, found: Iterable[Diagnostic], bad: set[str]) -> bool:
    """True when the mistake is only that an imported file has mistakes, or that its types are missing therefore."""
    imports = [
        match["file"]
        for other in found
        if other.location.file == item.location.file and (match := _IMPORT.match(other.message))
    ]
    if own := _IMPORT.match(item.message):
        return own["file"] in bad
    return bool(imports) and _UNKNOWN.match(item.message) is not None


def _shown(place: Location, root: Path) -> Location:
    path = root / place.file
    return replace(place, file=str(path)) if path.exists() else place


def _hint(item: Diagnostic, root: Path) -> str:
    if match := _IMPORT.match(item.message):
        return did_you_mean(match["file"], (path.relative_to(root).as_posix() for path in root.rglob("*.proto")))
    if match := _UNKNOWN.match(item.message):
        return did_you_mean(match["name"], (name for name in (*_SCALARS, *_type_names(root)) if name != match["name"]))
    return item.hint


def _type_names(root: Path) -> Iterator[str]:
    for path in root.rglob("*.proto"):
        text = path.read_text("utf-8", errors="replace")
        package = _PACKAGE.search(text)
        for name in _TYPE.findall(text):
            yield name
            if package:
                yield f"{package[1]}.{name}"
