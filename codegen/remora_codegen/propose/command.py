"""`remora init`: read a schema, propose a manifest, write it and the settings; overwrite nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from remora_codegen import config, generate, transaction
from remora_codegen.config import Settings
from remora_codegen.diagnostics import Diagnostic, GeneratorError
from remora_codegen.model import Location, Schema
from remora_codegen.propose.checked import proposal
from remora_codegen.propose.text import text

_TABLE = "pyproject.toml"
DEFAULT_MANIFEST = Path("remora.yaml")


def init(settings: Settings, say: Callable[[str], None]) -> None:
    """Propose a manifest.

    Args:
        settings: the source, the manifest to write, and the package, which is named after the protos when empty.
        say: told what was written, what has no place, and what to do next, line by line.

    Raises:
        GeneratorError: the manifest exists already, or the source cannot be read.
        OSError: something could not be written; nothing was changed.
    """
    manifest = settings.manifest or DEFAULT_MANIFEST
    if manifest.exists():
        hint = "remove it, or name another with --manifest"
        raise GeneratorError([Diagnostic(Location(str(manifest)), "this file exists already", hint)])
    schema = generate.read_schema(settings)
    if not schema.services:
        problem = "there is no service to propose entities from"
        raise GeneratorError([Diagnostic(Location(settings.source), problem)])
    plan = proposal(schema)
    content = text(plan)
    package = settings.package or _package(schema)
    writes = {manifest.name: content.encode()}
    transaction.apply(manifest.parent, writes)
    methods = sum(len(entity.methods) for entity in plan.entities.values())
    counts = [_counted(len(plan.entities), "entity", "entities"), _counted(methods, "method", "methods")]
    if plan.logins:
        counts.append(_counted(len(plan.logins), "login", "logins"))
    say(f"{manifest}: {', '.join(counts)}; look at it and change what you like")
    _write_table(_table(settings, manifest, package), say)
    for rpc, reason in sorted(plan.unplaced.items()):
        say(f"not placed: {rpc}: {reason}")
    say("next: remora generate")


def _counted(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def _package(schema: Schema) -> str:
    """`acme_api` for services of `acme.orders.v1`."""
    first = min(schema.services).split(".")[0]
    return re.sub(r"\W", "_", first.lower()) + "_api"


def _table(settings: Settings, manifest: Path, package: str) -> str:
    lines = ["[tool.remora]"]
    if settings.descriptor_set is not None:
        lines.append(f"descriptor-set = {_quoted(settings.descriptor_set.as_posix())}")
    elif settings.from_package:
        lines.append(f"from-package = {_quoted(settings.from_package)}")
    elif settings.from_reflection:
        lines.append(f"from-reflection = {_quoted(settings.from_reflection)}")
    else:
        lines.append(f"protos = {_quoted(settings.protos.as_posix())}")
    for key, values in (("files", settings.files), ("include", [item.as_posix() for item in settings.include])):
        if values:
            lines.append(f"{key} = [{', '.join(_quoted(item) for item in values)}]")
    lines += [
        f"manifest = {_quoted(manifest.as_posix())}",
        f"out = {_quoted(settings.out.as_posix())}",
        f"package = {_quoted(package)}",
    ]
    return "\n".join(lines) + "\n"


def _write_table(table: str, say: Callable[[str], None]) -> None:
    path = Path(_TABLE)
    if not path.exists():
        transaction.apply(Path(), {_TABLE: table.encode()})
        say(f"{path}: written, with [tool.remora]")
        return
    present = path.read_text("utf-8")
    if config.has_table(path):
        say(f"{path}: has a [tool.remora] already; to use the manifest it must say:")
        for line in table.splitlines():
            say(f"  {line}")
        return
    gap = "" if not present or present.endswith("\n\n") else "\n" if present.endswith("\n") else "\n\n"
    transaction.apply(Path(), {_TABLE: (present + gap + table).encode()})
    say(f"{path}: [tool.remora] added")


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
